//! A change of the document that does away with a problem.
//!
//! Writing it into text belongs to [`crate::edit`].

use serde::Serialize;

use crate::source::Span;

/// A change that does away with a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a command: ``write `average` ``.
    pub title: String,
    /// The changes; all of them or none.
    pub changes: Vec<Change>,
    /// Whether it is what was meant as far as can be told; others are only offered.
    pub certainty: Certainty,
}

/// Whether a change may be made without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// It changes no meaning, or only one thing can be meant: `charter check --fix` makes it.
    Mechanical,
    /// A person chooses: editors offer it.
    Offered,
}

/// One change of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Other text at a place.
    Replace {
        /// The place.
        span: Span,
        /// The text, as YAML.
        text: String,
    },
    /// A key and its value at the end of a mapping, in the mapping's own manner.
    Add {
        /// The mapping, from its first key or its brace to the end of its last value or its brace.
        mapping: Span,
        /// The key.
        key: String,
        /// Its value on one line, as YAML.
        value: String,
    },
    /// An item at the end of a list, or behind the single value that stands for one.
    Append {
        /// The list or the single value.
        list: Span,
        /// The item on one line, as YAML.
        item: String,
    },
}

impl Change {
    /// The place that it is about.
    pub fn span(&self) -> Span {
        match self {
            Self::Replace { span, .. } => *span,
            Self::Add { mapping, .. } => *mapping,
            Self::Append { list, .. } => *list,
        }
    }
}

impl Fix {
    /// Replaces one text, mechanically.
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { title: format!("write `{text}`"), changes: vec![Change::Replace { span, text }], certainty: Certainty::Mechanical }
    }

    /// The same, only to be offered.
    #[must_use]
    pub fn offered(mut self) -> Self {
        self.certainty = Certainty::Offered;
        self
    }

    /// Whether it may be made without asking.
    pub fn is_mechanical(&self) -> bool {
        self.certainty == Certainty::Mechanical
    }
}
