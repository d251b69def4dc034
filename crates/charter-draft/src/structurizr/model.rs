//! The model of a workspace: elements and relations, from the DSL or from JSON.

use charter_spec::Span;

/// Most elements of a workspace.
pub(super) const ELEMENTS_MAX: usize = 4_000;
/// Most relations of a workspace.
pub(super) const RELATIONS_MAX: usize = 12_000;

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Person,
    System,
    Container,
    Component,
    /// An element of a kind of the author's own.
    Custom,
}

/// An element.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) kind: Kind,
    /// The name that relations use, lowercase, after those of its parents: `bank.api`.
    pub(super) path: String,
    pub(super) name: String,
    pub(super) about: Option<String>,
    pub(super) technology: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) url: Option<String>,
    pub(super) properties: Vec<(String, String)>,
    pub(super) group: Option<String>,
    pub(super) parent: Option<usize>,
    pub(super) span: Span,
}

impl Element {
    pub(super) fn new(kind: Kind, name: &str, span: Span) -> Self {
        Self {
            kind,
            path: String::new(),
            name: name.trim().to_owned(),
            about: None,
            technology: None,
            tags: Vec::new(),
            url: None,
            properties: Vec::new(),
            group: None,
            parent: None,
            span,
        }
    }

    pub(super) fn add_tags(&mut self, text: &str) {
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            if !self.tags.iter().any(|known| known == tag) {
                self.tags.push(tag.to_owned());
            }
        }
    }
}

/// A relation between two elements.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) verb: Option<String>,
    pub(super) technology: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) span: Span,
}

/// A workspace as far as a charter has a place for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) name: Option<String>,
    pub(super) about: Option<String>,
    /// Where it is named.
    pub(super) span: Span,
    pub(super) elements: Vec<Element>,
    pub(super) relations: Vec<Relation>,
    /// Systems that views are about, which is how a workspace says what it is about.
    pub(super) viewed: Vec<usize>,
    /// What stays in the document only, in words: `views`, `deployment environment "Live"`.
    pub(super) kept: Vec<(String, Span)>,
}

impl Model {
    /// The software system that an element is or belongs to; `None` for people.
    pub(super) fn system_of(&self, mut at: usize) -> Option<usize> {
        for _ in 0..8 {
            let element = self.elements.get(at)?;
            match element.parent {
                Some(parent) => at = parent,
                None => return (element.kind != Kind::Person).then_some(at),
            }
        }
        None
    }

    pub(super) fn children(&self, of: usize) -> impl Iterator<Item = usize> + '_ {
        self.elements.iter().enumerate().filter(move |(_, element)| element.parent == Some(of)).map(|(at, _)| at)
    }
}
