//! What is wrong, where, by which arithmetic, and one way out. Lint findings are of this type too.
//!
//! Deciding what is wrong does not belong here.

mod codes;
mod fix;
mod json;
mod text;

use serde::Serialize;

pub use codes::{CODES, Code, explain};
pub use fix::{Certainty, Change, Fix};
pub use json::{JsonDiagnostic, JsonPlace};
pub use text::{Style, render};

use crate::source::Span;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A promise cannot hold, or the document cannot be understood: the check fails.
    Error,
    /// It holds only with luck.
    Warning,
    /// Worth knowing.
    Hint,
}

impl Severity {
    /// The word that stands before the code.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

/// What a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "assumption", rename_all = "lowercase")]
pub enum Basis {
    /// The figures in the document prove it.
    Proven,
    /// It holds under this assumption.
    Assumes(String),
}

/// A place that takes part in a problem, with what it has to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is said there; may be empty for the first place.
    pub text: String,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code, a letter for the family and three digits: `Y004`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What the code means, the same for every problem of it.
    pub title: &'static str,
    /// This problem, lowercase, one line, the user's words in backticks.
    pub message: String,
    /// The place, then the second one that disagrees with it.
    pub labels: Vec<Label>,
    /// The sum, line by line.
    pub arithmetic: Vec<String>,
    /// One way out.
    pub help: Option<String>,
    /// Proven by the figures or under an assumption; `None` for problems of reading.
    pub basis: Option<Basis>,
    /// The figure that would settle it.
    pub asks: Option<String>,
    /// A change that does away with it.
    pub fix: Option<Fix>,
    /// That the charter weighs the rule otherwise than the rule does.
    pub weighed: Option<Weighed>,
}

/// A severity that the charter has set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Weighed {
    /// What the rule says.
    pub was: Severity,
    /// Why the charter says otherwise.
    pub why: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
}

impl Diagnostic {
    /// A problem without a place yet.
    pub fn new(code: &'static str, severity: Severity, title: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            title,
            message: one_line(message),
            labels: Vec::new(),
            arithmetic: Vec::new(),
            help: None,
            basis: None,
            asks: None,
            fix: None,
            weighed: None,
        }
    }

    /// A problem of reading at a place.
    pub fn reading(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code.name(), code.severity(), code.title(), message).at(span, "")
    }

    /// Adds a place. The first one added is the primary place.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: one_line(text) });
        self
    }

    /// Adds a line of arithmetic.
    #[must_use]
    pub fn sum(mut self, line: impl Into<String>) -> Self {
        self.arithmetic.push(one_line(line));
        self
    }

    /// Sets the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(one_line(help));
        self
    }

    /// Says that the figures in the document prove it.
    #[must_use]
    pub fn proven(mut self) -> Self {
        self.basis = Some(Basis::Proven);
        self
    }

    /// Says under which assumption it holds.
    #[must_use]
    pub fn assumes(mut self, assumption: impl Into<String>) -> Self {
        self.basis = Some(Basis::Assumes(one_line(assumption)));
        self
    }

    /// Names the figure that would settle it.
    #[must_use]
    pub fn asks(mut self, figure: impl Into<String>) -> Self {
        self.asks = Some(one_line(figure));
        self
    }

    /// Sets the change that does away with it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Writes what is meant at a place, where only one thing can be meant.
    #[must_use]
    pub(crate) fn meant(self, span: Span, word: Option<&str>) -> Self {
        match word {
            Some(word) => self.fix(Fix::replace(span, word)),
            None => self,
        }
    }

    /// Offers what is near to a word, where more than one thing can be meant.
    #[must_use]
    pub(crate) fn or_offer(self, span: Span, near: Option<&str>) -> Self {
        match near.filter(|_| self.fix.is_none()) {
            Some(near) => self.fix(Fix::replace(span, near).offered()),
            None => self,
        }
    }

    /// The first place; the start of the first file for a problem without one.
    pub fn span(&self) -> Span {
        self.labels.first().map(|label| label.span).unwrap_or_default()
    }

    /// Whether it fails the check.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Text that quotes the user stays on one line and moves no cursor: control characters become spaces.
fn one_line(text: impl Into<String>) -> String {
    let text = text.into();
    if text.contains(char::is_control) {
        return text.replace(char::is_control, " ");
    }
    text
}
