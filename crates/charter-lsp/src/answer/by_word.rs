//! Words that name an element without being references of the language: who asks in a scenario, for whom a view is, where a control stands, which model a
//! fault is brought in at. Whoever reads the charter takes the word for the element, so it is followed and renamed with it.

use super::mentions::Named;
use crate::outline::{Kind, Outline, Step};
use crate::server::Snapshot;
use charter_plan::resolved::{Element, Resolved};
use charter_spec::names::FileKind;
use charter_spec::{FileId, SectionName, Span};

/// Keys whose values may be such words.
const KEYS: [&str; 4] = ["source", "audience", "where", "at"];

/// The sections of which the word under a path names an element.
fn sections(path: &[Step]) -> &'static [SectionName] {
    let keys: Vec<&str> = path
        .iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Item => None,
        })
        .collect();
    match keys.as_slice() {
        ["quality", _, "source"] | ["architecture", "views", _, "audience"] => &[SectionName::Stakeholders],
        ["controls", _, "where"] => &[SectionName::Architecture, SectionName::Routes, SectionName::Models, SectionName::Dependencies],
        ["chaos", "experiments", _, "faults", "at"] => &[SectionName::Models],
        _ => &[],
    }
}

/// Such words in one file of the charter, with what they name. Words that name nothing are only words.
pub(super) fn of_file(snapshot: &Snapshot, resolved: &Resolved, file: FileId) -> Vec<(Named, Element)> {
    let outline = Outline::of(snapshot.text(file));
    let mut found = Vec::new();
    for node in &outline.nodes {
        let Kind::Value(written) = &node.kind else { continue };
        let path = || outline.path(node.parent);
        if !outline.is_under(node, &KEYS) {
            continue;
        }
        let inner = written.trim_matches(['"', '\'']);
        let (word, _) = inner.split_once('@').unwrap_or((inner, ""));
        let Ok(id) = charter_spec::Id::new(word) else { continue };
        let declares = |section: &&SectionName| resolved.spec.declaration(**section, &id).is_some();
        if let Some(section) = sections(&path()).iter().find(declares) {
            let start = node.head.start + written.find(inner).unwrap_or(0);
            let whole = Span::new(file, node.head.start, node.head.end);
            found.push((Named { id: Span::new(file, start, start + word.len()), whole }, Element { section: *section, id }));
        }
    }
    found
}

/// The document and its parts.
pub(super) fn charter_files(snapshot: &Snapshot) -> Vec<FileId> {
    let files = &snapshot.checked.files;
    let included = snapshot.checked.references.iter().filter(|file| file.kind == FileKind::Include).map(|file| file.path.value.as_str());
    let mut found: Vec<FileId> =
        std::iter::once(snapshot.home.document.as_str()).chain(included).filter_map(|path| files.find(path)).collect();
    found.sort();
    found.dedup();
    found
}
