//! Who is named where: the charter's own references, words that stand for elements, and what records and contracts say in passing.

use super::by_word;
use crate::server::Snapshot;
use charter_plan::resolved::{Element, Resolved};
use charter_spec::ast::Resolution;
use charter_spec::{FileId, Mention, Mentioned, SectionName, Span};

/// Most places of prose that are looked at.
const PROSE_BYTES_MAX: usize = 4 << 20;

/// A place that names an element.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    /// The id itself, without section, version or quotes.
    pub(super) id: Span,
    /// Everything that is written there.
    pub(super) whole: Span,
}

/// What a place is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Subject {
    /// An element; the place is its declaration, or names it.
    Element(Element),
    /// A version of a model.
    Version { model: Element, version: Span },
    /// A section as a whole.
    Section(SectionName),
    /// A file, by its path in the charter's folder.
    File(String),
}

/// The element that a mention leads to.
pub(super) fn element_of(resolved: &Resolved, mention: &Mention) -> Option<Element> {
    match mention.resolve(&resolved.spec) {
        Resolution::Element { section, id } => Some(Element { section, id }),
        _ => None,
    }
}

/// What stands at a place, with the place.
pub(super) fn subject(snapshot: &Snapshot, file: FileId, offset: usize) -> Option<(Subject, Span)> {
    let resolved = snapshot.checked.resolved.as_ref()?;
    let here = Span::new(file, offset, offset);
    let mentions = snapshot.checked.mentions.iter().filter(|mention| mention.span.contains(here));
    // The narrowest one is meant: an id within a measure rather than the measure.
    if let Some(mention) = mentions.min_by_key(|mention| mention.span.end - mention.span.start)
        && let Some(subject) = named_by(snapshot, resolved, mention, offset)
    {
        return Some((subject, mention.span));
    }
    if let Some(reference) = snapshot.checked.references.iter().find(|reference| reference.path.span.contains(here)) {
        return Some((Subject::File(reference.path.value.clone()), reference.path.span));
    }
    if let Some(reference) = resolved.references.all().iter().find(|reference| reference.span.contains(here) && !reference.to.is_whole()) {
        return Some((Subject::Element(reference.to.clone()), reference.span));
    }
    if let Some(element) = resolved.index.elements().find(|element| resolved.index.place(element).is_some_and(|place| place.contains(here)))
    {
        return Some((Subject::Element(element.clone()), resolved.index.place(element)?));
    }
    if by_word::charter_files(snapshot).contains(&file)
        && let Some((named, element)) = by_word::of_file(snapshot, resolved, file).into_iter().find(|(named, _)| named.whole.contains(here))
    {
        return Some((Subject::Element(element), named.id));
    }
    let prose = in_prose(snapshot, resolved, file).into_iter().find(|(named, _)| named.whole.contains(here));
    prose.map(|(named, element)| (Subject::Element(element), named.id))
}

fn named_by(snapshot: &Snapshot, resolved: &Resolved, mention: &Mention, offset: usize) -> Option<Subject> {
    if let Mentioned::ModelVersion { model, version: Some(version) } = &mention.named {
        let written = snapshot.checked.files.text(mention.span)?;
        let at = mention.span.start as usize + written.find('@')?;
        let entry = resolved.spec.models.get_entry(model)?;
        if offset > at
            && let Some(version) = entry.versions.get_entry(version)
        {
            return Some(Subject::Version { model: Element::new(SectionName::Models, model), version: version.id.span });
        }
    }
    match mention.resolve(&resolved.spec) {
        Resolution::Element { section, id } => Some(Subject::Element(Element { section, id })),
        Resolution::Task { phase, .. } => Some(Subject::Element(Element { section: SectionName::Roadmap, id: phase })),
        Resolution::Section(section) => Some(Subject::Section(section)),
        Resolution::File(path) => Some(Subject::File(path)),
        Resolution::Nothing => None,
    }
}

/// Every place that names an element, its declaration left out, each once and in order.
pub(super) fn places(snapshot: &Snapshot, element: &Element) -> Vec<Named> {
    let Some(resolved) = &snapshot.checked.resolved else { return Vec::new() };
    let declared = resolved.index.place(element);
    let mentioned = snapshot.checked.mentions.iter().filter(|mention| element_of(resolved, mention).as_ref() == Some(element));
    // What the reader does not check the plan follows all the same: verbs of the architecture, shares of the load.
    let followed = resolved.references.to(element).map(|reference| reference.span);
    let spans = mentioned.map(|mention| mention.span).chain(followed).filter(|span| Some(*span) != declared);
    let mut found: Vec<Named> = spans.filter_map(|span| named(snapshot, span, element)).collect();
    for file in by_word::charter_files(snapshot) {
        found.extend(by_word::of_file(snapshot, resolved, file).into_iter().filter(|(_, other)| other == element).map(|(named, _)| named));
    }
    for file in prose_files(snapshot) {
        found.extend(in_prose(snapshot, resolved, file).into_iter().filter(|(_, other)| other == element).map(|(named, _)| named));
    }
    found.sort();
    found.dedup_by(|next, kept| kept.id == next.id);
    found
}

/// The id within a place: behind a section, before a version, a rung or a proof.
pub(super) fn named(snapshot: &Snapshot, span: Span, element: &Element) -> Option<Named> {
    let written = snapshot.checked.files.text(span)?;
    let inner = written.trim_start_matches(['"', '\'']);
    let mut start = written.len() - inner.len();
    let mut rest = inner;
    let qualifier = format!("{}.", element.section.key());
    if let Some(behind) = rest.strip_prefix(&qualifier) {
        start += qualifier.len();
        rest = behind;
    }
    let behind = rest.strip_prefix(element.id.as_str())?;
    // Only whole ids: `fraud` is not in `fraud-v2`.
    if behind.starts_with(is_id_character) {
        return None;
    }
    let from = span.start as usize + start;
    Some(Named { id: Span::new(span.file, from, from + element.id.len()), whole: span })
}

fn is_id_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

/// Files whose prose may name elements: decision records, contracts and model cards that the charter names and the host has read.
fn prose_files(snapshot: &Snapshot) -> Vec<FileId> {
    let checked = &snapshot.checked;
    checked.files.paths().filter(|path| checked.speaks_of_elements(path)).filter_map(|path| checked.files.find(path)).collect()
}

/// Ids in prose: between backticks, bare where only one element has the id, or with their section. Other words are only words.
fn in_prose(snapshot: &Snapshot, resolved: &Resolved, file: FileId) -> Vec<(Named, Element)> {
    let path = snapshot.checked.files.path(file);
    let text = snapshot.text(file);
    if !snapshot.checked.speaks_of_elements(path) || text.len() > PROSE_BYTES_MAX {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = 0;
    // A part between two backticks is code; where a fence stands, its text is too long for an id and passes.
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1
            && let Some((element, offset)) = spoken_of(resolved, part)
        {
            let id = Span::new(file, at + offset, at + offset + element.id.len());
            found.push((Named { id, whole: Span::new(file, at, at + part.len()) }, element));
        }
        at += part.len() + 1;
    }
    found
}

/// The element that a word in backticks names, and where its id starts.
fn spoken_of(resolved: &Resolved, word: &str) -> Option<(Element, usize)> {
    if word.len() > 2 * charter_spec::limits::ID_LENGTH_MAX {
        return None;
    }
    if let Some((section, id)) = word.split_once('.') {
        let element = Element { section: SectionName::from_key(section)?, id: charter_spec::Id::new(id).ok()? };
        return resolved.index.place(&element).is_some().then(|| (element, section.len() + 1));
    }
    let mut declared = resolved.index.all(word).filter(|element| resolved.spec.declaration(element.section, &element.id).is_some());
    let only = declared.next()?;
    declared.next().is_none().then_some((only, 0))
}
