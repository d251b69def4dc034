//! A diagnostic for machines. The field names are stable.

use serde::Serialize;

use super::{Basis, Certainty, Diagnostic, Severity, Weighed};
use crate::edit::text_edits;
use crate::source::{FileSet, Span};

/// A diagnostic with its places resolved to file, line and column (both from 1; columns count characters).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JsonDiagnostic {
    /// `Y004`.
    pub code: &'static str,
    /// `error`, `warning` or `hint`.
    pub severity: Severity,
    /// What the code means.
    pub title: &'static str,
    /// This problem.
    pub message: String,
    /// The first place.
    #[serde(flatten)]
    pub place: JsonPlace,
    /// Other places.
    pub related: Vec<JsonRelated>,
    /// The sum, line by line.
    pub arithmetic: Vec<String>,
    /// One way out.
    pub help: Option<String>,
    /// What it rests on.
    pub basis: Option<Basis>,
    /// The figure that would settle it.
    pub asks: Option<String>,
    /// A change that does away with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<JsonFix>,
    /// That the charter weighs the rule otherwise than the rule does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weighed: Option<Weighed>,
}

/// A change as edits of text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JsonFix {
    /// What it does.
    pub title: String,
    /// Whether `--fix` makes it.
    pub certainty: Certainty,
    /// The edits; all of them or none.
    pub edits: Vec<JsonEdit>,
}

/// Other text at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JsonEdit {
    /// The place.
    #[serde(flatten)]
    pub place: JsonPlace,
    /// What stands there afterwards.
    pub text: String,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JsonPlace {
    /// Path in the file set.
    pub file: String,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
}

/// A further place with what it has to do with the problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JsonRelated {
    /// The place.
    #[serde(flatten)]
    pub place: JsonPlace,
    /// What is said there.
    pub message: String,
}

impl JsonPlace {
    /// The place of a span.
    pub fn of(files: &FileSet, span: Span) -> Self {
        let (start, end) = (files.position(span.file, span.start), files.position(span.file, span.end));
        Self { file: files.path(span.file).to_owned(), line: start.line, column: start.column, end_line: end.line, end_column: end.column }
    }
}

impl JsonDiagnostic {
    /// Resolves the places of a diagnostic.
    pub fn of(files: &FileSet, diagnostic: &Diagnostic) -> Self {
        let related = diagnostic
            .labels
            .iter()
            .skip(1)
            .map(|label| JsonRelated { place: JsonPlace::of(files, label.span), message: label.text.clone() })
            .collect();
        Self {
            code: diagnostic.code,
            severity: diagnostic.severity,
            title: diagnostic.title,
            message: diagnostic.message.clone(),
            place: JsonPlace::of(files, diagnostic.span()),
            related,
            arithmetic: diagnostic.arithmetic.clone(),
            help: diagnostic.help.clone(),
            basis: diagnostic.basis.clone(),
            asks: diagnostic.asks.clone(),
            fix: JsonFix::of(files, diagnostic),
            weighed: diagnostic.weighed.clone(),
        }
    }
}

impl JsonFix {
    fn of(files: &FileSet, diagnostic: &Diagnostic) -> Option<Self> {
        let fix = diagnostic.fix.as_ref()?;
        let edits = text_edits(files, &fix.changes)?;
        let edits = edits.into_iter().map(|edit| JsonEdit { place: JsonPlace::of(files, edit.span), text: edit.text }).collect();
        Some(Self { title: fix.title.clone(), certainty: fix.certainty, edits })
    }
}
