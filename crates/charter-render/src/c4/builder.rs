//! What the parts of the derivation share: adding elements and relations, finding homes for components, and making names unique.

use super::{Architecture, Declared, Element, ElementId, Kind, Relation, Shape, Tag, Unresolved};
use charter_plan::Resolved;
use charter_spec::ast::DataClass;
use charter_spec::{Id, SectionName, Span, Spec};
use std::collections::{HashMap, HashSet};

/// An element before it has an id.
pub(super) struct New {
    pub(super) key: String,
    pub(super) kind: Kind,
    pub(super) word: &'static str,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) technology: String,
    pub(super) shape: Shape,
    pub(super) tags: Vec<Tag>,
    pub(super) parent: Option<ElementId>,
    pub(super) declared: Option<Declared>,
    pub(super) span: Span,
    pub(super) facts: Vec<(&'static str, String)>,
}

impl New {
    /// An element that the charter declares, called by its id.
    pub(super) fn declared(section: SectionName, word: &'static str, kind: Kind, id: &Id, span: Span) -> Self {
        Self { declared: Some(Declared::new(section, id)), ..Self::derived(word, kind, id.as_str(), id.as_str(), span) }
    }

    /// An element that follows from others.
    pub(super) fn derived(word: &'static str, kind: Kind, key: &str, name: &str, span: Span) -> Self {
        Self {
            key: format!("{}-{key}", word.replace(' ', "-")),
            kind,
            word,
            name: name.to_owned(),
            description: String::new(),
            technology: String::new(),
            shape: Shape::Plain,
            tags: Vec::new(),
            parent: None,
            declared: None,
            span,
            facts: Vec::new(),
        }
    }

    pub(super) fn fact(&mut self, name: &'static str, value: Option<impl ToString>) {
        self.facts.extend(value.map(|value| (name, value.to_string())));
    }

    pub(super) fn tag(&mut self, tag: Tag, applies: bool) {
        if applies {
            self.tags.push(tag);
        }
    }
}

pub(super) struct Builder<'a> {
    pub(super) resolved: &'a Resolved,
    pub(super) spec: &'a Spec,
    pub(super) elements: Vec<Element>,
    relations: Vec<Relation>,
    seen: HashSet<(ElementId, ElementId, String)>,
    keys: HashSet<String>,
    declared: HashMap<Declared, ElementId>,
    unresolved: Vec<Unresolved>,
    /// Where routes and models live; `None` when there are none and no container is declared.
    pub(super) serving: Option<ElementId>,
    /// Whether what `architecture` says is being taken over.
    pub(super) is_stating: bool,
}

/// Our own system is the first element.
pub(super) const SYSTEM: ElementId = ElementId(0);

pub(super) fn build(resolved: &Resolved) -> Architecture {
    let mut builder = Builder {
        resolved,
        spec: &resolved.spec,
        elements: Vec::new(),
        relations: Vec::new(),
        seen: HashSet::new(),
        keys: HashSet::new(),
        declared: HashMap::new(),
        unresolved: Vec::new(),
        serving: None,
        is_stating: false,
    };
    builder.system();
    builder.declared_containers();
    builder.derived_containers();
    builder.components();
    builder.landscape();
    builder.people();
    builder.is_stating = true;
    builder.stated_relations();
    builder.is_stating = false;
    builder.served_relations();
    builder.landscape_relations();
    builder.people_relations();
    builder.code();
    builder.name();
    let Builder { elements, relations, declared, unresolved, .. } = builder;
    Architecture { elements, relations, views: Vec::new(), unresolved, declared }
}

impl Builder<'_> {
    fn system(&mut self) {
        let spec = self.spec;
        let named = spec.system.as_ref().filter(|system| !system.value.trim().is_empty());
        let (id, span) = named.map_or(("system", Span::default()), |system| (system.value.as_str(), system.span));
        let mut system = New::derived("system", Kind::System, &slug(id), id, span);
        if let Some(title) = &spec.title {
            system.description = title.value.clone();
        }
        system.fact("owner", spec.owner.as_ref().map(|owner| &owner.value));
        self.add(system);
    }

    /// Adds an element; its key is made unique when another one has it.
    pub(super) fn add(&mut self, new: New) -> ElementId {
        let id = ElementId(self.elements.len());
        let New { mut key, kind, word, name, description, technology, shape, mut tags, parent, declared, span, facts } = new;
        if !self.keys.insert(key.clone()) {
            key = (2..).map(|number| format!("{key}-{number}")).find(|key| !self.keys.contains(key)).unwrap_or(key);
            self.keys.insert(key.clone());
        }
        tags.sort_unstable();
        tags.dedup();
        if let Some(declared) = &declared {
            self.declared.entry(declared.clone()).or_insert(id);
        }
        self.elements.push(Element { id, key, kind, word, name, description, technology, shape, tags, parent, declared, span, facts });
        id
    }

    /// Adds an arrow, once for the same ends and words; none from an element to itself.
    pub(super) fn relate(&mut self, from: ElementId, to: ElementId, verb: &str, technology: &str, span: Span) {
        if from != to && self.seen.insert((from, to, verb.to_owned())) {
            let (verb, technology) = (verb.to_owned(), technology.to_owned());
            self.relations.push(Relation { from, to, verb, technology, is_stated: self.is_stating, span });
        }
    }

    /// Elements with an arrow.
    pub(super) fn related(&self) -> HashSet<ElementId> {
        self.relations.iter().flat_map(|relation| [relation.from, relation.to]).collect()
    }

    pub(super) fn find(&self, section: SectionName, id: &Id) -> Option<ElementId> {
        self.declared.get(&Declared::new(section, id)).copied()
    }

    pub(super) fn find_declared(&self, declared: &Declared) -> Option<ElementId> {
        self.declared.get(declared).copied()
    }

    /// The element of a name as people write it: `fraud`, `models.fraud`, a container, `system`, or a word such as `gateway`.
    pub(super) fn named(&self, name: &str) -> Option<ElementId> {
        if name == "system" || self.spec.system.as_ref().is_some_and(|system| system.value == name) {
            return Some(SYSTEM);
        }
        let pictured = [
            SectionName::Architecture,
            SectionName::Routes,
            SectionName::Models,
            SectionName::Features,
            SectionName::DataSets,
            SectionName::Dependencies,
            SectionName::Providers,
            SectionName::Stakeholders,
        ];
        let bare = name.split('/').next().unwrap_or(name);
        let by_id = || {
            let id = Id::new(bare).ok()?;
            pictured.iter().find_map(|section| self.find(*section, &id))
        };
        let qualified = || self.resolved.index.named(name).and_then(|element| self.find_declared(&element));
        by_id().or_else(qualified).or_else(|| self.serving.filter(|serving| self.element(*serving).name == name))
    }

    pub(super) fn unresolved(&mut self, name: &str, place: String, span: Span) {
        self.unresolved.push(Unresolved { name: name.to_owned(), place, span });
    }

    pub(super) fn element(&self, id: ElementId) -> &Element {
        // INVARIANT: ids come from `add`, and elements are never removed.
        &self.elements[id.0]
    }

    pub(super) fn tag(&mut self, id: ElementId, tag: Tag) {
        let element = &mut self.elements[id.0];
        if !element.tags.contains(&tag) {
            element.tags.push(tag);
            element.tags.sort_unstable();
        }
    }

    /// Makes names unique among the children of one parent: `fraud` and `fraud` become `fraud` and `fraud (model)`.
    fn name(&mut self) {
        let mut taken: HashSet<(Option<ElementId>, String)> = HashSet::new();
        for element in &mut self.elements {
            let name = element.name.clone();
            let candidates = [name.clone(), format!("{name} ({})", element.word)].into_iter();
            let numbered = (2..).map(|number: u32| format!("{name} ({number})"));
            let free = candidates.chain(numbered).find(|name| !taken.contains(&(element.parent, name.to_lowercase())));
            element.name = free.unwrap_or_else(|| element.key.clone());
            taken.insert((element.parent, element.name.to_lowercase()));
        }
    }
}

/// Letters, digits, `-` and `_` of a text; for what is no id already.
pub(super) fn slug(text: &str) -> String {
    let keep = |letter: char| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' };
    let slug: String = text.chars().map(keep).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "unnamed".to_owned() } else { slug.to_owned() }
}

/// Whether data of a class are about people: pseudonymous data still are (GDPR art. 4 (5), recital 26).
pub(super) fn is_about_people(class: DataClass) -> bool {
    matches!(class, DataClass::Personal | DataClass::Sensitive | DataClass::Pseudonymous)
}
