//! Views: which elements stand in one picture, and what passes between them there.
//!
//! | level | stands in it | for whom |
//! |---|---|---|
//! | context | our system, those who use it, the systems around it | everyone |
//! | container | our containers, and what they have to do with | architects, developers, operations |
//! | component | the parts of one container, and what they have to do with | architects and developers of that container |
//! | code | the rungs of one critical route, and what they ask | who changes or reviews that path |

use super::{Architecture, Declared, Element, ElementId, Kind, Tag};
use charter_plan::Resolved;
use charter_spec::Span;
use charter_spec::ast::C4Level;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Unique: `context`, `containers`, `components-container-gateway`, `code-route-fraud`, or the id under `architecture.views`.
    pub key: String,
    pub level: Level,
    pub title: String,
    /// What the picture opens; our system for context and containers.
    pub of: ElementId,
    /// What stands in it, without what is opened: in the order of [`Architecture::elements`].
    pub elements: Vec<ElementId>,
    pub audience: Vec<String>,
    /// What it shows, in words; empty for a standard view.
    pub about: String,
    /// Where it is declared; `None` for a standard view.
    pub span: Option<Span>,
}

/// The levels of C4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    Context,
    Container,
    Component,
    Code,
}

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Self::Context => "context",
            Self::Container => "container",
            Self::Component => "component",
            Self::Code => "code",
        }
    }
}

/// An arrow of a view: every relation between two of its elements or their parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub from: ElementId,
    pub to: ElementId,
    /// The verbs, each once; those that are said of the two themselves come first.
    pub verbs: Vec<String>,
    /// The protocols and products, each once.
    pub technologies: Vec<String>,
    /// Whether one of the relations ends at something critical.
    pub critical: bool,
}

/// Verbs that fit on an arrow.
const VERBS_SHOWN: usize = 2;

impl Line {
    /// The words for an arrow: at most two verbs, and how many more there are.
    pub fn label(&self) -> String {
        let shown: Vec<&str> = self.verbs.iter().take(VERBS_SHOWN).map(String::as_str).collect();
        let more = self.verbs.len() - shown.len();
        let label = shown.join("; ");
        if more == 0 { label } else { format!("{label} and {more} more") }
    }
}

impl Architecture {
    /// The arrows of a view in a fixed order. Relations of parts that are not shown count for the nearest shown whole.
    pub fn lines(&self, view: &View) -> Vec<Line> {
        let shown: HashSet<ElementId> = view.elements.iter().copied().collect();
        let lift = |id: ElementId| self.ancestors(id).find(|element| shown.contains(&element.id)).map(|element| element.id);
        let mut lines: BTreeMap<(ElementId, ElementId), Line> = BTreeMap::new();
        // Two rounds, so that what is said of the two themselves comes first.
        for exact in [true, false] {
            for relation in &self.relations {
                if exact != (shown.contains(&relation.from) && shown.contains(&relation.to)) {
                    continue;
                }
                let (Some(from), Some(to)) = (lift(relation.from), lift(relation.to)) else { continue };
                // A whole and its part are one inside the other, not side by side.
                if self.is_within(from, to) || self.is_within(to, from) {
                    continue;
                }
                let line =
                    lines.entry((from, to)).or_insert_with(|| Line { from, to, verbs: vec![], technologies: vec![], critical: false });
                if !line.verbs.contains(&relation.verb) {
                    line.verbs.push(relation.verb.clone());
                }
                if !relation.technology.is_empty() && !line.technologies.contains(&relation.technology) {
                    line.technologies.push(relation.technology.clone());
                }
                line.critical |= self.element(relation.to).has(Tag::Critical);
            }
        }
        lines.into_values().collect()
    }
}

pub(super) fn views(architecture: &Architecture, resolved: &Resolved) -> Vec<View> {
    let system = architecture.system();
    let neighbours = Neighbours::new(architecture);
    let mut views = vec![View {
        key: "context".to_owned(),
        level: Level::Context,
        title: format!("System context of {}", system.name),
        of: system.id,
        elements: neighbours.context(system.id),
        audience: audience(&["everyone"]),
        about: String::new(),
        span: None,
    }];
    if architecture.children(system.id).next().is_some() {
        views.push(opened(&neighbours, system, Level::Container, "containers".to_owned()));
    }
    for element in &architecture.elements {
        let level = match element.kind {
            Kind::Container => Level::Component,
            Kind::Component => Level::Code,
            _ => continue,
        };
        if neighbours.parts.contains_key(&element.id) {
            let name = if level == Level::Component { "components" } else { "code" };
            views.push(opened(&neighbours, element, level, format!("{name}-{}", element.key)));
        }
    }
    views.extend(declared(architecture, resolved, &neighbours));
    views
}

fn opened(neighbours: &Neighbours<'_>, of: &Element, level: Level, key: String) -> View {
    let (what, audience_of): (&str, &[&str]) = match level {
        Level::Context => ("System context", &["everyone"]),
        Level::Container => ("Containers", &["architects", "developers", "operations"]),
        Level::Component => ("Components", &["architects", "developers"]),
        Level::Code => ("Code", &["developers of this path"]),
    };
    View {
        key,
        level,
        title: format!("{what} of {}", of.name),
        of: of.id,
        elements: neighbours.around(of.id),
        audience: audience(audience_of),
        about: String::new(),
        span: None,
    }
}

fn audience(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Views that `architecture.views` declares.
fn declared(architecture: &Architecture, resolved: &Resolved, neighbours: &Neighbours<'_>) -> Vec<View> {
    let mut views = Vec::new();
    let find = |reference: &charter_spec::Ref<charter_spec::names::target::Element>| {
        resolved.index.find(reference).and_then(|declared: Declared| architecture.of(&declared)).map(|element| element.id)
    };
    for entry in resolved.spec.architecture.iter().flat_map(|stated| &stated.views) {
        let of = entry.of.as_ref().and_then(|of| find(&of.value)).unwrap_or(architecture.system().id);
        let level = entry.level.as_ref().map_or_else(
            || level_of(architecture.element(of)),
            |level| match level.value {
                C4Level::Context => Level::Context,
                C4Level::Container => Level::Container,
                C4Level::Component => Level::Component,
                C4Level::Code => Level::Code,
            },
        );
        let all = if level == Level::Context { neighbours.context(of) } else { neighbours.around(of) };
        let shown: BTreeSet<ElementId> = if entry.shows.is_written() {
            entry.shows.iter().filter_map(|id| find(&id.value)).collect()
        } else {
            all.into_iter().collect()
        };
        let hidden: HashSet<ElementId> = entry.hides.iter().filter_map(|id| find(&id.value)).collect();
        let about = entry.about.as_ref().map(|about| about.value.clone()).unwrap_or_default();
        views.push(View {
            key: unique(&entry.id.value, &views),
            level,
            title: if about.is_empty() { entry.id.value.to_string() } else { about.clone() },
            of,
            elements: shown.into_iter().filter(|id| !hidden.contains(id)).collect(),
            audience: entry.audience.iter().map(|word| word.value.clone()).collect(),
            about,
            span: Some(entry.id.span),
        });
    }
    views
}

/// Ids of declared views are unique; the prefix keeps them apart from the standard ones.
fn unique(id: &str, views: &[View]) -> String {
    let key = format!("view-{id}");
    if views.iter().any(|view| view.key == key) { format!("{key}-{}", views.len()) } else { key }
}

fn level_of(element: &Element) -> Level {
    match element.kind {
        Kind::Person | Kind::System => Level::Container,
        Kind::Container => Level::Component,
        Kind::Component | Kind::Code => Level::Code,
    }
}

/// Who has to do with whom, prepared once for all views.
struct Neighbours<'a> {
    architecture: &'a Architecture,
    parts: HashMap<ElementId, Vec<ElementId>>,
    /// For each element, the other ends of its own relations.
    ends: HashMap<ElementId, Vec<ElementId>>,
}

impl<'a> Neighbours<'a> {
    fn new(architecture: &'a Architecture) -> Self {
        let mut parts: HashMap<ElementId, Vec<ElementId>> = HashMap::new();
        for element in &architecture.elements {
            if let Some(parent) = element.parent {
                parts.entry(parent).or_default().push(element.id);
            }
        }
        let mut ends: HashMap<ElementId, Vec<ElementId>> = HashMap::new();
        for relation in &architecture.relations {
            ends.entry(relation.from).or_default().push(relation.to);
            ends.entry(relation.to).or_default().push(relation.from);
        }
        Self { architecture, parts, ends }
    }

    /// Our system and all that stands beside it and is no bystander.
    fn context(&self, system: ElementId) -> Vec<ElementId> {
        let beside = |element: &&Element| element.id == system || element.parent.is_none() && !element.has(Tag::Bystander);
        self.architecture.elements.iter().filter(beside).map(|element| element.id).collect()
    }

    /// The parts of an element, and everything outside it that one of them has to do with, as far opened as a picture of this level shows it.
    fn around(&self, of: ElementId) -> Vec<ElementId> {
        let parts = self.parts.get(&of).cloned().unwrap_or_default();
        let mut shown: BTreeSet<ElementId> = parts.iter().copied().collect();
        let mut waiting = parts;
        while let Some(inside) = waiting.pop() {
            waiting.extend(self.parts.get(&inside).into_iter().flatten().copied());
            for end in self.ends.get(&inside).into_iter().flatten().copied() {
                if !self.architecture.is_within(end, of) {
                    shown.extend(self.beside(end, of));
                }
            }
        }
        shown.into_iter().collect()
    }

    /// The whole of `other` that stands beside `of` or one of its wholes.
    fn beside(&self, other: ElementId, of: ElementId) -> Option<ElementId> {
        let found = self.architecture.ancestors(other).find(|element| match element.parent {
            None => true,
            Some(parent) => self.architecture.is_within(of, parent),
        })?;
        // Something that holds `of` cannot stand beside it.
        (!self.architecture.is_within(of, found.id)).then_some(found.id)
    }
}
