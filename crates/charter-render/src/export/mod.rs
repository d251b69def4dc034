//! A charter in the formats of other tools.
//!
//! One file or folder a format. Each is written strictly after its standard, and what a format cannot carry is told as a [`Note`] with its place, never
//! dropped in silence. The same charter, evidence and date give the same bytes: identifiers follow from ids, timestamps from evidence or the date.
//!
//! Reading these formats belongs to `charter-draft`, writing files to the caller.

mod calm;
mod csv;
mod cyclonedx;
mod document;
mod facts;
mod format;
mod identity;
mod k6;
mod likec4;
mod madr;
mod mermaid;
mod model_card;
mod names;
mod odcs;
mod openslo;
mod oscal;
mod promise;
mod proofs;
mod structurizr;

#[cfg(test)]
mod tests;

pub use format::Format;

use charter_plan::artifact::Artifacts;
use charter_plan::{Evidence, Resolved};
use charter_spec::quantity::Date;
use charter_spec::{FileSet, Span};

/// What an export is made from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub resolved: &'a Resolved,
    /// The files that the charter was read from and those that it names, as far as they are there: contracts are passed on as they are.
    pub files: &'a FileSet,
    /// Facts about model files; without them there are no digests but those that the charter states.
    pub artifacts: &'a Artifacts,
    pub evidence: &'a [Evidence],
    pub today: Date,
}

/// One file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Relative, with `/`, made of letters, digits, `-`, `_` and `.`: safe to create.
    pub path: String,
    /// UTF-8 with a newline at its end.
    pub text: String,
}

/// Something that the format cannot carry, or carries in another way than the charter says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Lowercase, no final full stop.
    pub text: String,
    /// Where it stands in the charter; `None` when it is about the whole.
    pub span: Option<Span>,
}

/// Files and what is to be said about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// In a fixed order; empty when the charter has nothing that the format is about.
    pub files: Vec<File>,
    /// In the order of the charter's sections.
    pub notes: Vec<Note>,
}

impl Export {
    fn file(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.push(File { path: path.into(), text: text.into() });
    }

    fn note(&mut self, text: impl Into<String>, span: impl Into<Option<Span>>) {
        let note = Note { text: text.into(), span: span.into() };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// Writes a charter in a format. Time and memory are linear in the document, for the pictures also in what they show.
pub fn export(format: Format, input: &Input<'_>) -> Export {
    let mut out = Export::default();
    match format {
        Format::Structurizr => structurizr::write(input, &mut out),
        Format::LikeC4 => likec4::write(input, &mut out),
        Format::Mermaid => mermaid::write(input, &mut out),
        Format::OpenSlo => openslo::write(input, &mut out),
        Format::K6 => k6::write(input, &mut out),
        Format::Odcs => odcs::write(input, &mut out),
        Format::CycloneDx => cyclonedx::write(input, &mut out),
        Format::ModelCards => model_card::write(input, &mut out),
        Format::Oscal => oscal::write(input, &mut out),
        Format::Calm => calm::write(input, &mut out),
        Format::Madr => madr::write(input, &mut out),
        Format::Csv => csv::write(input, &mut out),
    }
    out
}
