//! Which changes are made without asking, and how they look.
//!
//! What a change is belongs to whoever found the problem; writing files to the caller.

mod diff;

pub use diff::unified;

use charter_spec::edit::{TextEdit, apply, text_edits};
use charter_spec::{Diagnostic, FileId, FileSet, Fix};
use std::collections::BTreeMap;

/// A mechanical change of one finding, as edits.
#[derive(Clone, Debug, PartialEq)]
pub struct Mend {
    /// The finding's code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What is done about it.
    pub title: String,
    /// Where: path, line and column from 1.
    pub place: (String, usize, usize),
    /// All of them or none.
    pub edits: Vec<TextEdit>,
}

/// The mechanical changes that can be made together, in the order of the findings: of two that meet, the first.
pub fn mends(files: &FileSet, findings: &[Diagnostic]) -> Vec<Mend> {
    let mut chosen: Vec<Mend> = Vec::new();
    for finding in findings {
        let Some(fix) = finding.fix.as_ref().filter(|fix| Fix::is_mechanical(fix)) else { continue };
        let Some(edits) = text_edits(files, &fix.changes).filter(|edits| changes_anything(files, edits)) else { continue };
        let meets = |edit: &TextEdit| chosen.iter().flat_map(|mend| &mend.edits).any(|other| touch(edit, other));
        if edits.iter().any(meets) {
            continue;
        }
        let place = files.position(finding.span().file, finding.span().start);
        chosen.push(Mend {
            code: finding.code,
            message: finding.message.clone(),
            title: fix.title.clone(),
            place: (files.path(finding.span().file).to_owned(), place.line, place.column),
            edits,
        });
    }
    chosen
}

fn changes_anything(files: &FileSet, edits: &[TextEdit]) -> bool {
    edits.iter().any(|edit| files.text(edit.span) != Some(edit.text.as_str()))
}

/// Whether two edits overlap or meet: then the order in which they are made would matter.
fn touch(left: &TextEdit, right: &TextEdit) -> bool {
    left.span.file == right.span.file && left.span.start <= right.span.end && right.span.start <= left.span.end
}

/// The files that changes touch, as they are afterwards, by path; `None` when they cannot be made together.
pub fn mended(files: &FileSet, mends: &[Mend]) -> Option<BTreeMap<String, String>> {
    let mut by_file: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
    for edit in mends.iter().flat_map(|mend| &mend.edits) {
        by_file.entry(edit.span.file).or_default().push(edit.clone());
    }
    let texts = by_file.into_iter().map(|(file, edits)| {
        let text = std::str::from_utf8(files.bytes(file)).ok()?;
        Some((files.path(file).to_owned(), apply(text, &edits)?))
    });
    texts.collect()
}
