//! The model of a workspace: elements and relations, from the DSL or from JSON.

use charter_spec::Span;

/// Most elements of a workspace.
pub(super) const ELEMENTS_MAX: usize = 4_000;
/// Most relations of a workspace.
pub(super) const RELATIONS_MAX: usize = 12_000;

/// The comment of views and styles in our own export that follow from the rest of the charter.
pub const FOLLOWS: &str = "// follows from the charter";

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Someone.
    Person,
    /// A software system.
    System,
    /// A deployable part of a system.
    Container,
    /// A part of a container.
    Component,
    /// An element of a kind of the author's own.
    Custom,
}

/// An element.
#[derive(Clone, Debug)]
pub struct Element {
    /// What it is.
    pub kind: Kind,
    /// The name that relations use, lowercase, after those of its parents: `bank.api`. Empty where it has none.
    pub path: String,
    /// The last part of the path as it is written.
    pub identifier: String,
    /// What it is called.
    pub name: String,
    /// What it does.
    pub about: Option<String>,
    /// What it is made with.
    pub technology: Option<String>,
    /// Its tags, without those that Structurizr gives every element of a kind.
    pub tags: Vec<String>,
    /// Its address.
    pub url: Option<String>,
    /// Names and values of its own.
    pub properties: Vec<(String, String)>,
    /// The group that it stands in; groups inside groups with `/` between.
    pub group: Option<String>,
    /// What it is a part of, as a position among the elements.
    pub parent: Option<usize>,
    /// Where it is declared.
    pub span: Span,
}

impl Element {
    pub(super) fn new(kind: Kind, name: &str, span: Span) -> Self {
        Self {
            kind,
            path: String::new(),
            identifier: String::new(),
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
pub struct Relation {
    /// Whose relation it is, as a position among the elements.
    pub from: usize,
    /// Where it leads.
    pub to: usize,
    /// The name that deployments and views use for it; empty where it has none.
    pub identifier: String,
    /// What is done.
    pub verb: Option<String>,
    /// How.
    pub technology: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// What else is said of it, as statements of the DSL.
    pub lines: Vec<String>,
    /// Where it is declared.
    pub span: Span,
}

/// Where a text of the document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// In the workspace, beside the model.
    Workspace,
    /// In the model, before its elements.
    Head,
    /// In the model, behind its elements.
    Model,
    /// Inside an element.
    Element(usize),
    /// Among the views.
    Views,
}

/// A part of the document for which a charter has no word.
#[derive(Clone, Debug)]
pub struct Text {
    /// Where it stands.
    pub home: Home,
    /// Its first words.
    pub what: String,
    /// As it is written.
    pub text: String,
    /// Its words, lowercase: some of them name elements.
    pub words: Vec<String>,
    /// Where it stands.
    pub span: Span,
}

/// A workspace as far as a charter has a place for it, and the texts of the rest.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// What it is called.
    pub name: Option<String>,
    /// What it is about.
    pub about: Option<String>,
    /// Where it is named.
    pub(super) span: Span,
    /// In the order in which they are declared; a part stands behind its whole.
    pub elements: Vec<Element>,
    /// In the order in which they are declared.
    pub relations: Vec<Relation>,
    /// Systems that views are about, which is how a workspace says what it is about.
    pub(super) viewed: Vec<usize>,
    /// What stays in the document only, in words: `views`, `deployment environment "Live"`.
    pub(super) kept: Vec<(String, Span)>,
    /// The same as it is written, for an export.
    pub texts: Vec<Text>,
    /// Whether names are paths: `bank.api`.
    pub is_hierarchical: bool,
    /// Constants by name, as written.
    pub constants: Vec<(String, String)>,
    /// The files that it was read from, the first one first.
    pub(super) files: Vec<charter_spec::FileId>,
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

    /// The parts of an element.
    pub fn children(&self, of: usize) -> impl Iterator<Item = usize> + '_ {
        self.elements.iter().enumerate().filter(move |(_, element)| element.parent == Some(of)).map(|(at, _)| at)
    }
}
