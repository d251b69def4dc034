//! What only the workspace says that the charter was taken from: names, groups, tags, addresses, parts of other systems, and texts for which the charter has
//! no word. What the charter says goes before it.

use super::super::names::{Names, identifier, one_line};
use super::{Export, Input};
use crate::c4::{Architecture, Element, ElementId, Kind};
use charter_draft::structurizr::{Ends, Home, RESERVED, Relation, Source, Text, source};
use charter_spec::Spec;
use std::collections::{HashMap, HashSet};

/// The charter's elements and those of the workspace, side by side.
pub(super) struct Merge {
    source: Option<Source>,
    /// The position in the workspace by element.
    at: HashMap<ElementId, usize>,
    /// The id under which relations name an element.
    ids: HashMap<ElementId, String>,
    /// Free facts by element.
    facts: HashMap<ElementId, Vec<(String, String)>>,
    /// What an element is called in its braces, and everywhere else.
    names: HashMap<ElementId, (String, String)>,
    /// The same for parts of other systems, by position.
    part_names: HashMap<usize, (String, String)>,
    whole: Option<ElementId>,
    /// What that container is for.
    whole_about: String,
    /// The element by its position in the workspace.
    by_position: HashMap<usize, ElementId>,
    /// Elements that are not written: their positions by path.
    gone: HashMap<String, usize>,
    /// What views of the workspace may have as a key, lowercase.
    view_keys: HashSet<String>,
}

impl Merge {
    pub(super) fn new(input: &Input<'_>, architecture: &Architecture) -> Self {
        let spec = &input.resolved.spec;
        let source = source(input.files, spec);
        let mut merge = Self {
            source,
            at: HashMap::new(),
            ids: HashMap::new(),
            facts: HashMap::new(),
            names: HashMap::new(),
            part_names: HashMap::new(),
            whole: None,
            whole_about: String::new(),
            by_position: HashMap::new(),
            gone: HashMap::new(),
            view_keys: HashSet::new(),
        };
        merge.pair(architecture);
        for element in &architecture.elements {
            let facts = facts(spec, architecture, element);
            if !facts.is_empty() {
                let of = if merge.is_whole(element.id) { architecture.system().id } else { element.id };
                merge.facts.insert(of, facts);
            }
        }
        merge.call(architecture);
        merge.note_gone();
        merge
    }

    /// Notes what every text is compared with, once.
    fn note_gone(&mut self) {
        self.by_position = self.at.iter().map(|(id, at)| (*at, *id)).collect();
        let elements = self.source.iter().flat_map(|source| source.model.elements.iter().enumerate());
        let missing = elements.filter(|(at, element)| !element.path.is_empty() && self.name_of(*at).is_none());
        let mut gone = HashMap::new();
        for (at, element) in missing {
            gone.entry(element.path.clone()).or_insert(at);
        }
        self.gone = gone;
        let mut keys = HashSet::new();
        for text in self.texts(Home::Views) {
            let lower = text.text.to_lowercase();
            let mut between: Vec<&str> = lower.split('"').skip(1).collect();
            between.pop();
            keys.extend(between.into_iter().map(str::to_owned));
            keys.extend(text.words.iter().cloned());
        }
        self.view_keys = keys;
    }

    /// Finds each element in the workspace, by the id that an import gave it.
    fn pair(&mut self, architecture: &Architecture) {
        let by_id: HashMap<&str, usize> =
            self.source.iter().flat_map(|source| source.ids.iter().enumerate()).filter_map(|(at, id)| Some((id.as_deref()?, at))).collect();
        let whole = self.source.as_ref().and_then(|source| source.whole.clone());
        for element in &architecture.elements {
            let is_own = matches!(element.word, "person" | "container" | "component" | "dependency");
            let declared = element.declared.as_ref().map(|declared| declared.id.as_str());
            if element.id == architecture.system().id {
                self.ids.insert(element.id, "system".to_owned());
                if let Some(ours) = self.source.as_ref().and_then(|source| source.ours) {
                    self.at.insert(element.id, ours);
                }
            } else if let Some(id) = declared.filter(|_| is_own || element.kind == Kind::Person) {
                let has_parts = architecture.children(element.id).next().is_some();
                if element.kind == Kind::Container && whole.as_deref() == Some(id) && !has_parts {
                    self.whole = Some(element.id);
                    self.whole_about.clone_from(&element.description);
                    self.ids.insert(element.id, id.to_owned());
                    continue;
                }
                self.ids.insert(element.id, id.to_owned());
                if let Some(at) = by_id.get(id) {
                    self.at.insert(element.id, *at);
                }
            }
        }
    }

    /// Gives every element a name: that of the workspace, so that its texts still name what they name.
    fn call(&mut self, architecture: &Architecture) {
        let is_hierarchical = self.is_hierarchical();
        let mut names = Names::default();
        let mut parts: Vec<usize> = Vec::new();
        if let Some(source) = &self.source {
            let used = source.model.elements.iter().map(|element| &element.identifier);
            for name in used.chain(source.model.relations.iter().map(|relation| &relation.identifier)).filter(|name| !name.is_empty()) {
                names.reserve(name);
            }
        }
        for element in &architecture.elements {
            let known = self.at.get(&element.id).and_then(|at| self.source.as_ref()?.model.elements.get(*at));
            let own = known.map(|known| known.identifier.clone()).filter(|name| !name.is_empty());
            let own = own.unwrap_or_else(|| names.unique(identifier(&element.key)));
            let parent = element.parent.and_then(|parent| self.names.get(&parent)).filter(|_| is_hierarchical);
            let name = parent.map_or_else(|| own.clone(), |(_, parent)| format!("{parent}.{own}"));
            self.names.insert(element.id, (own, name));
            parts.extend(self.parts(element.id));
        }
        if let (Some(whole), Some(system)) = (self.whole, self.names.get(&architecture.system().id).cloned()) {
            self.names.insert(whole, system);
        }
        let by_position: HashMap<usize, String> =
            self.at.iter().filter_map(|(id, at)| Some((*at, self.names.get(id)?.1.clone()))).collect();
        let mut open: Vec<(usize, Option<String>)> =
            parts.into_iter().map(|at| (at, self.part(at).and_then(|part| by_position.get(&part.parent?).cloned()))).collect();
        while let Some((at, parent)) = open.pop() {
            let Some(part) = self.part(at) else { continue };
            let own = if part.identifier.is_empty() { names.unique(identifier(&part.name)) } else { part.identifier.clone() };
            let name = parent.filter(|_| is_hierarchical).map_or_else(|| own.clone(), |parent| format!("{parent}.{own}"));
            open.extend(self.inner(at).into_iter().map(|inner| (inner, Some(name.clone()))));
            self.part_names.insert(at, (own, name));
        }
    }

    /// Says which texts are not written: they name what is no longer there.
    pub(super) fn left(&self, input: &Input<'_>, out: &mut Export) {
        let named = input.resolved.spec.architecture.as_ref().and_then(|architecture| architecture.workspace.iter().next());
        let Some(named) = named else { return };
        if self.source.is_none() {
            out.note(format!("`{}` is not there, so what only it says is left out", named.value.as_str()), named.span);
        }
        for text in self.source.iter().flat_map(|source| &source.model.texts) {
            if super::leads_elsewhere(&text.text) {
                let message = format!(
                    "`{}` leads to files beside `{}`, which an export does not hold; it is a comment",
                    text.what,
                    named.value.as_str()
                );
                out.note(message, named.span);
            }
            if let Some(gone) = self.gone(text) {
                let message = format!(
                    "`{}` of `{}` names `{gone}`, which the charter no longer has, and is left out",
                    text.what,
                    named.value.as_str()
                );
                out.note(message, named.span);
            }
        }
        for line in self.relations().iter().flat_map(|relation| &relation.lines).filter(|line| super::leads_elsewhere(line)) {
            let message = format!(
                "`{}` of a relation leads to files beside `{}`, which an export does not hold; it is a comment",
                one_line(line.trim_start_matches("// ")),
                named.value.as_str()
            );
            out.note(message, named.span);
        }
        if named.value.as_str().ends_with(".json") {
            let message = format!("views, deployment and documentation of `{}` stay there: they are written in JSON", named.value.as_str());
            out.note(message, named.span);
        }
    }

    /// An element that a text names and that is not written.
    fn gone(&self, text: &Text) -> Option<&str> {
        let named = text.words.iter().filter_map(|word| self.gone.get_key_value(word));
        named.min_by_key(|(_, at)| **at).map(|(path, _)| path.as_str())
    }

    pub(super) fn workspace(&self) -> (Option<&str>, Option<&str>) {
        let model = self.source.as_ref().map(|source| &source.model);
        (model.and_then(|model| model.name.as_deref()), model.map(|model| model.about.as_deref().unwrap_or_default()))
    }

    pub(super) fn is_hierarchical(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.model.is_hierarchical)
    }

    /// Constants that a text names.
    pub(super) fn constants(&self) -> Vec<&(String, String)> {
        let Some(source) = &self.source else { return Vec::new() };
        let model = &source.model;
        let mut needed: HashSet<&str> = HashSet::new();
        for (name, _) in model.constants.iter().rev() {
            let texts = model.texts.iter().map(|text| text.text.as_str());
            let lines = model.relations.iter().flat_map(|relation| relation.lines.iter().map(String::as_str));
            let values = model.constants.iter().filter(|(other, _)| needed.contains(other.as_str())).map(|(_, value)| value.as_str());
            let word = format!("${{{name}}}");
            if texts.chain(lines).chain(values).any(|text| text.contains(&word)) {
                needed.insert(name);
            }
        }
        model.constants.iter().filter(|(name, _)| needed.contains(name.as_str())).collect()
    }

    pub(super) fn texts(&self, home: Home) -> Vec<&Text> {
        let all = self.source.iter().flat_map(|source| &source.model.texts);
        all.filter(|text| text.home == home && self.gone(text).is_none()).collect()
    }

    /// Whether a view of the workspace has a key.
    pub(super) fn names_view(&self, key: &str) -> bool {
        self.view_keys.contains(&key.to_lowercase())
    }

    pub(super) fn has_style(&self, tag: &str) -> bool {
        let quoted = format!("element \"{tag}\"");
        let plain = format!("element {tag} ");
        self.texts(Home::Views).iter().any(|text| text.text.contains(&quoted) || text.text.contains(&plain))
    }

    /// What the element is called everywhere but in its own braces.
    pub(super) fn name(&self, id: ElementId) -> &str {
        self.names.get(&id).map_or("", |(_, name)| name.as_str())
    }

    pub(super) fn own_name(&self, id: ElementId) -> &str {
        self.names.get(&id).map_or("", |(own, _)| own.as_str())
    }

    pub(super) fn part_name(&self, at: usize) -> &str {
        self.part_names.get(&at).map_or("", |(own, _)| own.as_str())
    }

    /// What an element of the workspace is called here; `None` when it is not written.
    pub(super) fn name_of(&self, at: usize) -> Option<&str> {
        let part = self.part_names.get(&at).map(|(_, name)| name.as_str());
        part.or_else(|| self.by_position.get(&at).map(|id| self.name(*id)))
    }

    pub(super) fn id(&self, id: ElementId) -> Option<String> {
        self.ids.get(&id).cloned()
    }

    /// Whether an element is the container that stands for our whole system: a workspace has the system itself.
    pub(super) fn is_whole(&self, id: ElementId) -> bool {
        self.whole == Some(id)
    }

    pub(super) fn position(&self, id: ElementId) -> Option<usize> {
        self.at.get(&id).copied()
    }

    pub(super) fn part(&self, at: usize) -> Option<&charter_draft::structurizr::Element> {
        self.source.as_ref()?.model.elements.get(at)
    }

    fn known(&self, id: ElementId) -> Option<&charter_draft::structurizr::Element> {
        self.part(self.position(id)?)
    }

    /// Parts of another system: the charter has it as a whole.
    pub(super) fn parts(&self, id: ElementId) -> Vec<usize> {
        self.position(id).map(|at| self.inner(at)).unwrap_or_default()
    }

    /// Parts of an element of the workspace that have no place in the charter.
    pub(super) fn inner(&self, at: usize) -> Vec<usize> {
        let Some(source) = &self.source else { return Vec::new() };
        source.model.children(at).filter(|at| source.ids.get(*at).is_none_or(Option::is_none)).collect()
    }

    pub(super) fn ends(&self) -> &[Ends] {
        self.source.as_ref().map_or(&[], |source| &source.ends)
    }

    pub(super) fn relations(&self) -> &[Relation] {
        self.source.as_ref().map_or(&[], |source| &source.model.relations)
    }

    pub(super) fn relation(&self, at: usize) -> Option<&Relation> {
        self.relations().get(at)
    }

    fn fact(&self, id: ElementId, name: &str) -> Option<String> {
        self.facts.get(&id)?.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// Our own system has no facts in a charter, so the workspace speaks for it.
    fn of_system(&self, id: ElementId) -> Option<&charter_draft::structurizr::Element> {
        self.known(id).filter(|_| self.ids.get(&id).is_some_and(|name| name == "system"))
    }

    pub(super) fn group(&self, id: ElementId) -> Option<String> {
        self.fact(id, "group").or_else(|| self.of_system(id)?.group.clone())
    }

    pub(super) fn url(&self, id: ElementId) -> Option<String> {
        self.fact(id, "url").or_else(|| self.of_system(id)?.url.clone())
    }

    pub(super) fn tags(&self, id: ElementId) -> Vec<String> {
        let facts = self.fact(id, "tags");
        let facts = facts.iter().flat_map(|tags| tags.split(',')).map(|tag| tag.trim().to_owned());
        facts.chain(self.of_system(id).into_iter().flat_map(|system| system.tags.clone())).filter(|tag| !tag.is_empty()).collect()
    }

    /// What it is called: what a fact says, else the workspace, else its id.
    pub(super) fn title<'e>(&'e self, element: &'e Element) -> &'e str {
        let fact = self.facts.get(&element.id).and_then(|facts| facts.iter().find(|(name, _)| name == "name"));
        fact.map(|(_, name)| name.as_str()).or_else(|| self.known(element.id).map(|known| known.name.as_str())).unwrap_or(&element.name)
    }

    /// What it does; a name that an import put there for want of a description is none.
    pub(super) fn description<'e>(&'e self, element: &'e Element) -> &'e str {
        let Some(known) = self.known(element.id) else { return &element.description };
        let is_system = self.of_system(element.id).is_some();
        if is_system && self.whole.is_none() {
            return known.about.as_deref().unwrap_or_default();
        }
        let about = if is_system { &self.whole_about } else { &element.description };
        if known.about.is_none() && *about == known.name { "" } else { about }
    }

    pub(super) fn is_custom(&self, id: ElementId) -> bool {
        self.known(id).is_some_and(|known| known.kind == charter_draft::structurizr::Kind::Custom)
    }

    /// Facts that are no words of the language, under the names that they have in the workspace.
    pub(super) fn properties(&self, id: ElementId) -> Vec<(String, String)> {
        let known = self.known(id);
        let name = |fact: &str| {
            let properties = known.iter().flat_map(|known| &known.properties);
            properties
                .map(|(name, _)| name)
                .find(|name| charter_draft::identified(name) == fact.strip_prefix("property-").unwrap_or(fact))
                .cloned()
                .unwrap_or_else(|| fact.to_owned())
        };
        let is_property = |fact: &str| !RESERVED.contains(&fact) || (known.is_none() && matches!(fact, "parts" | "relations"));
        let facts = self.facts.get(&id).into_iter().flatten().filter(|(fact, _)| is_property(fact));
        let facts = facts.map(|(fact, value)| (name(fact), value.clone()));
        let mut all: Vec<(String, String)> = facts.collect();
        for (name, value) in self.of_system(id).into_iter().flat_map(|system| system.properties.clone()) {
            if !all.iter().any(|(known, _)| *known == name) {
                all.push((name, value));
            }
        }
        all.into_iter().filter(|(name, _)| name != "charter").collect()
    }
}

/// The free facts of an element that `architecture` or `dependencies` declares.
fn facts(spec: &Spec, architecture: &Architecture, element: &Element) -> Vec<(String, String)> {
    let Some(declared) = &element.declared else { return Vec::new() };
    let id = &declared.id;
    let stated = spec.architecture.as_ref();
    let found = match element.word {
        "dependency" => spec.dependencies.get(id).map(|entry| &entry.facts),
        "person" => stated.and_then(|stated| stated.people.get(id)).map(|entry| &entry.facts),
        "container" => stated.and_then(|stated| stated.containers.get(id)).map(|entry| &entry.facts),
        "component" => {
            let parent = element.parent.and_then(|parent| architecture.element(parent).declared.as_ref());
            let container = parent.and_then(|parent| stated?.containers.get(&parent.id));
            container.and_then(|container| container.components.get(id)).map(|entry| &entry.facts)
        }
        _ => None,
    };
    found.into_iter().flatten().map(|fact| (fact.id.value.to_string(), fact.value.value.clone())).collect()
}
