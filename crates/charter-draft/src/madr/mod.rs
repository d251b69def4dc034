//! Decision records in Markdown: MADR 2, 3 and 4, Nygard's template, adr-tools, and what teams make of them.
//!
//! Each record stays as it is, beside the charter; the entry in `decisions` names it and carries what the language has a place for: title, status,
//! date, people, context, drivers, options with what speaks for and against them, the choice with its reason, consequences, confirmation, and which
//! record replaces which. Other fields of the header become `facts`. Sections that no dialect knows stay in the record, and are noted.

mod draft;
mod header;
mod kept;
mod markdown;
mod outcome;
mod own;
mod record;
mod relations;
mod words;

pub use kept::{Kept, kept};
pub use own::{Told, Unsaid, unsaid, with_front};

use crate::document::Map;
use crate::foreign::{Code, Ids, Notes, slug, text_of};
use crate::import::{Draft, Target};
use charter_spec::{FileSet, Span};
use record::Record;
use std::collections::HashSet;

/// Most records of one import.
pub const RECORDS_MAX: usize = 1_500;
/// Elements that the records of one import may declare; a charter takes 20,000 in all.
const ELEMENTS_MAX: usize = 12_000;
/// Characters of one import; a charter takes 2 MiB in all.
const TEXT_MAX: usize = 1 << 20;

/// Whether a name, as a field of a header, is one that records have: a fact of this name would be taken for it.
pub fn is_field(name: &str) -> bool {
    words::role(name).is_some()
}

/// Imports every Markdown file of the set.
pub fn import(files: &FileSet, target: &Target<'_>) -> Draft {
    read(files, target, false)
}

/// The same; where names are trusted, every name that a record's own block has leads somewhere.
fn read(files: &FileSet, target: &Target<'_>, trusts_names: bool) -> Draft {
    let mut notes = Notes::default();
    let mut records = records(files, &mut notes);
    let mut draft = Draft::default();
    // A decision whose record is in the charter already is that decision.
    records.retain(|record| {
        let place = target.place(&record.path, "decisions");
        let known = target
            .spec
            .is_some_and(|spec| spec.decisions.iter().any(|known| known.record.as_ref().is_some_and(|path| path.as_str() == place)));
        if known {
            notes.push(Code::Skipped, record.span, format!("`{}` is in the charter already", record.path));
        }
        !known
    });
    let relations = relations::relate(&mut records, &mut notes);
    let ids = ids(&records, target, &mut notes);
    let known: HashSet<String> = target.spec.map(declared).unwrap_or_default().into_iter().chain(ids.iter().cloned()).collect();
    let mut section = Map::new();
    let (mut elements, mut text, mut cut) = (0, 0, 0);
    for ((record, relations), id) in records.iter().zip(&relations).zip(&ids) {
        let path = target.place(&record.path, "decisions");
        elements += draft::elements(record);
        let full = elements <= ELEMENTS_MAX && text <= TEXT_MAX;
        cut += usize::from(!full);
        let mut entry = draft::decision(record, &path, full);
        let named = |positions: &mut dyn Iterator<Item = &usize>| positions.filter_map(|at| ids.get(*at).cloned()).collect::<Vec<String>>();
        entry.put("supersedes", named(&mut relations.supersedes.iter()));
        entry.put_some("superseded_by", relations.superseded_by.and_then(|at| ids.get(at).cloned()));
        entry.put("related", named(&mut relations.related.iter()));
        if let Some(own) = &record.own {
            own::apply(&mut entry, own, (!trusts_names).then_some(&known), &mut notes);
        }
        text += crate::document::write(&entry).len();
        section.put(id.clone(), entry);
        if target.copies() {
            draft.copy(files, &record.path, &path);
        }
    }
    if cut > 0 {
        let span = records.last().map(|record| record.span).unwrap_or_default();
        let message =
            format!("{cut} records are carried with title, status, date and relations only: more would be beyond what a charter takes");
        notes.push(Code::Limit, span, message);
    }
    draft.count(section.len(), "decision");
    draft.sections.put("decisions", section);
    draft.notes = notes.finish();
    draft
}

/// Every id that a charter declares.
fn declared(spec: &charter_spec::Spec) -> HashSet<String> {
    let sections = charter_spec::SectionName::ALL.iter().copied();
    sections.flat_map(|section| spec.declared(section)).map(|(id, _)| id.as_str().to_owned()).collect()
}

fn records(files: &FileSet, notes: &mut Notes) -> Vec<Record> {
    let mut records = Vec::new();
    let is_markdown = |path: &&str| [".md", ".markdown", ".mdown"].iter().any(|end| path.to_ascii_lowercase().ends_with(end));
    let paths: Vec<&str> = files.paths().filter(is_markdown).collect();
    for path in &paths {
        let Some(file) = files.find(path) else { continue };
        if records.len() >= RECORDS_MAX {
            notes.push(
                Code::Limit,
                Span::new(file, 0, 0),
                format!("an import takes {RECORDS_MAX} records; this one and those behind it are left out"),
            );
            break;
        }
        let Some((text, base)) = text_of(files, file, notes) else { continue };
        records.extend(record::read(path, file, text, base, notes));
    }
    records
}

/// `adr-0004` for a record with a number, the name of the file for one without.
fn ids(records: &[Record], target: &Target<'_>, notes: &mut Notes) -> Vec<String> {
    let taken = target.spec.into_iter().flat_map(|spec| spec.decisions.iter().map(|known| known.id.as_str()));
    let mut ids = Ids::taken(taken);
    records
        .iter()
        .map(|record| {
            let name = record.path.rsplit('/').next().unwrap_or(&record.path);
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            let stated = record.own.as_ref().and_then(own::id);
            let wanted = match record.number {
                _ if stated.is_some() => stated.unwrap_or_default(),
                // `adr-004` is a name of its own; `adr-004-use-kserve` is the decision with this number.
                Some(_) if record::is_bare(stem) => stem.to_owned(),
                Some(number) => format!("adr-{number:04}"),
                None => Some(slug(stem)).filter(|id| !id.is_empty()).unwrap_or_else(|| slug(&record.title)),
            };
            let id = ids.take(&wanted, "decision");
            if id != wanted && !wanted.is_empty() {
                notes.push(Code::Renamed, record.span, format!("`{wanted}` is taken: this decision is `{id}`"));
            }
            id
        })
        .collect()
}
