//! The architecture as C4 sees it (Simon Brown, "The C4 model"): people, systems, containers, components, and code where it is critical; who has to do
//! with whom; and which of them stand in one picture.
//!
//! Everything follows from what the charter declares: stakeholders and `architecture.people` become people, dependencies and providers become systems
//! around ours, routes, models, features and data sets become components, and the rungs of critical routes become code. `architecture:` adds what cannot
//! be derived. How a picture is laid out and which format carries it does not belong here.
//!
//! ```no_run
//! # fn shown(resolved: &charter_plan::Resolved) {
//! let architecture = charter_render::c4::Architecture::new(resolved);
//! for view in &architecture.views {
//!     for id in &view.elements {
//!         let element = architecture.element(*id); // a box: `kind`, `name`, `technology`, `description`, `tags`
//!     }
//!     for line in architecture.lines(view) {} // an arrow between two boxes of the view, with its words
//! }
//! # }
//! ```

mod answers;
mod builder;
mod code;
mod components;
mod containers;
mod landscape;
mod people;
mod stated;
mod view;

#[cfg(test)]
mod tests;

pub use view::{Level, Line, View};

use charter_plan::Resolved;
use charter_plan::resolved::Element as Declared;
use charter_spec::Span;
use std::collections::HashMap;

/// The whole picture, valid by construction: every id leads to an element, names are unique among the children of one parent, keys everywhere.
#[derive(Clone, Debug)]
pub struct Architecture {
    /// In the order in which they are declared, ours before those around it; an element's parent stands before it.
    pub elements: Vec<Element>,
    /// Each pair of ends with the same words once.
    pub relations: Vec<Relation>,
    /// The standard views from the widest to the narrowest, then those of `architecture.views`.
    pub views: Vec<View>,
    /// Names under `architecture` that lead nowhere; no picture can show them.
    pub unresolved: Vec<Unresolved>,
    declared: HashMap<Declared, ElementId>,
}

/// An element of one [`Architecture`]: its place in [`Architecture::elements`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ElementId(usize);

/// A box.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    pub id: ElementId,
    /// Unique in the picture and the same in every run: `route-fraud`. ASCII letters, digits, `-` and `_`.
    pub key: String,
    pub kind: Kind,
    /// What it is in the charter: `route`, `model`, `dependency` …
    pub word: &'static str,
    /// Unique among the children of its parent, whatever the case of letters.
    pub name: String,
    /// One or two sentences; empty when the charter says nothing.
    pub description: String,
    /// What it is made with or reached by; empty when the charter does not say.
    pub technology: String,
    pub shape: Shape,
    /// Sorted, each once.
    pub tags: Vec<Tag>,
    /// What it is a part of; `None` for people and systems.
    pub parent: Option<ElementId>,
    /// What of the charter it is; `None` for what only follows, such as the gateway.
    pub declared: Option<Declared>,
    /// Where it is declared; for what follows, the section that it follows from.
    pub span: Span,
    /// Further facts as written: `region`, `data`, `slo`, `url`, `owner` …
    pub facts: Vec<(&'static str, String)>,
}

/// The level of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Person,
    System,
    Container,
    Component,
    Code,
}

impl Kind {
    /// As C4 writes it under a name: `Software System`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::System => "Software System",
            Self::Container => "Container",
            Self::Component => "Component",
            Self::Code => "Code",
        }
    }
}

/// How a box is best drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    Plain,
    /// It keeps data.
    Store,
    /// It keeps work in order.
    Queue,
}

/// What a picture may show by colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tag {
    /// Much depends on it: `criticality: critical`, `critical: true`, or it leads to such a thing.
    Critical,
    /// Not ours.
    External,
    /// Data about people pass it: personal, sensitive or pseudonymous.
    PersonalData,
    /// Nobody declared it; it follows from what is declared.
    Derived,
    /// Has an interest and does not use the system itself; stands in no standard view.
    Bystander,
}

impl Tag {
    /// Every tag.
    pub const ALL: &'static [Self] = &[Self::Critical, Self::External, Self::PersonalData, Self::Derived, Self::Bystander];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::External => "external",
            Self::PersonalData => "personal data",
            Self::Derived => "derived",
            Self::Bystander => "stakeholder",
        }
    }
}

/// An arrow, between elements of any level. [`Architecture::lines`] lifts arrows to what a view shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    pub from: ElementId,
    pub to: ElementId,
    /// A verb phrase: `streams events to`.
    pub verb: String,
    /// The protocol or product; empty when the charter does not say.
    pub technology: String,
    /// Whether `architecture` says it; what it does not say follows from other sections.
    pub is_stated: bool,
    /// Where it is said, or the declaration that it follows from.
    pub span: Span,
}

/// A name under `architecture` that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    pub name: String,
    /// Where it stands: `architecture.containers.gateway.talks_to`.
    pub place: String,
    pub span: Span,
}

impl Architecture {
    /// Derives the picture. Time and memory are linear in the document; views add the relations that they show.
    pub fn new(resolved: &Resolved) -> Self {
        let mut architecture = builder::build(resolved);
        architecture.views = view::views(&architecture, resolved);
        architecture
    }

    /// The element with this id.
    pub fn element(&self, id: ElementId) -> &Element {
        // INVARIANT: an id is a place in `elements`, and elements are never removed.
        &self.elements[id.0]
    }

    /// Our own system: the first element.
    pub fn system(&self) -> &Element {
        self.element(ElementId(0))
    }

    /// The element that something declared became.
    pub fn of(&self, declared: &Declared) -> Option<&Element> {
        self.declared.get(declared).map(|id| self.element(*id))
    }

    /// The parts of an element, in order.
    pub fn children(&self, of: ElementId) -> impl Iterator<Item = &Element> {
        self.elements.iter().filter(move |element| element.parent == Some(of))
    }

    /// The element itself, its parent, and so on up to a person or a system.
    pub fn ancestors(&self, id: ElementId) -> impl Iterator<Item = &Element> {
        std::iter::successors(Some(self.element(id)), |element| element.parent.map(|parent| self.element(parent)))
    }

    /// Whether an element is `whole` or one of its parts, at any depth.
    pub fn is_within(&self, id: ElementId, whole: ElementId) -> bool {
        self.ancestors(id).any(|ancestor| ancestor.id == whole)
    }
}

impl Element {
    pub fn has(&self, tag: Tag) -> bool {
        self.tags.contains(&tag)
    }
}
