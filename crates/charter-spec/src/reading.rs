//! The result of reading a document.

use crate::ast::Spec;
use crate::diagnostic::Diagnostic;
use crate::names::{FileReference, Mention};
use crate::source::Span;

/// What was read, what is wrong with it, and which files it names.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The document, with holes where something is missing or wrong; `None` when nothing at all could be read.
    pub spec: Option<Spec>,
    /// Every problem, in the order of the document.
    pub diagnostics: Vec<Diagnostic>,
    /// Keys that are written and whose values could not be read. Their fields are holes, and the problem is reported: whoever asks for
    /// what is missing stays silent about these.
    pub unreadable: Vec<Span>,
    /// Files that the document names, each path once for each place and kind.
    pub references: Vec<FileReference>,
    /// Every place that names an element, in the order of the document; whether it leads somewhere is among the diagnostics.
    pub mentions: Vec<Mention>,
}

impl Reading {
    /// Whether any problem fails the check.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}
