//! The tree: scalars, sequences and mappings, each with its place.

use saphyr_parser::ScalarStyle;

use crate::source::{FileSet, Span};

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) kind: NodeKind,
}

#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
    /// Reported already: readers leave a hole and say nothing.
    Broken,
}

#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) text: Box<str>,
    pub(crate) style: ScalarStyle,
}

#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) text: Box<str>,
    pub(crate) span: Span,
}

impl Scalar {
    /// Whether it stands without quotes, so that YAML gives it a type.
    pub(crate) fn is_plain(&self) -> bool {
        self.style == ScalarStyle::Plain
    }
}

impl Node {
    /// The scalar, when it is one.
    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// What the user sees: `a list`.
    pub(crate) fn shape(&self) -> &'static str {
        match &self.kind {
            NodeKind::Scalar(_) => "a single value",
            NodeKind::Sequence(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
            NodeKind::Broken => "something unreadable",
        }
    }

    /// The place of a part of the scalar's text; the whole scalar where text and source differ (escapes, folded lines).
    pub(crate) fn inner(&self, files: &FileSet, start: usize, end: usize) -> Span {
        let Some(scalar) = self.scalar() else { return self.span };
        let quote = match scalar.style {
            ScalarStyle::Plain => 0,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1,
            ScalarStyle::Literal | ScalarStyle::Folded => return self.span,
        };
        let from = self.span.start as usize + quote;
        let whole = Span::new(self.span.file, from, from + scalar.text.len());
        if files.text(whole) != Some(&*scalar.text) || end > scalar.text.len() {
            return self.span;
        }
        // An empty range would show no caret; the renderer shows one for it.
        Span::new(self.span.file, from + start, from + end.max(start))
    }
}
