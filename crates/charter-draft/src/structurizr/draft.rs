//! From the model to sections: our system's parts under `architecture`, the systems around it under `dependencies`.

use super::model::{Element, Kind, Model, Relation};
use crate::document::{Map, Value};
use crate::foreign::{Code, Ids, Notes, identified, short, slug};
use charter_spec::ast::{DataClass, DependencyKind, Direction, Level};
use charter_spec::quantity::parse_quantity;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Tags that say only what an element is, or what our own export adds to draw it.
pub(super) const PLAIN_TAGS: &[&str] = &[
    "Element",
    "Person",
    "Software System",
    "Container",
    "Component",
    "person",
    "dependency",
    "provider",
    "container",
    "component",
    "external",
    "critical",
    "personal data",
    "derived",
    "stakeholder",
    "store",
    "queue",
    "system",
];

/// The tag of a relation in our own export that follows from the rest of the charter.
pub const DERIVED_RELATION: &str = "charter-derived";

/// Facts that an import makes of something else than a property.
pub const RESERVED: &[&str] = &["name", "group", "tags", "url", "parts", "relations"];

/// What became of the elements.
pub(super) struct Built {
    pub(super) architecture: Map,
    pub(super) dependencies: Map,
    /// Our system: id and name.
    pub(super) system: Option<(String, String)>,
    /// Our system in the model, and whether it stands in the charter as one container.
    pub(super) ours: Option<usize>,
    pub(super) is_whole: bool,
    /// The id of that container.
    pub(super) whole: Option<String>,
    /// The id of each element in the charter; `None` for our system, for what is derived, and for parts of other systems.
    pub(super) ids: HashMap<usize, String>,
    /// For each relation: what stands for its ends in the charter, and whether the charter has a key for it.
    pub(super) ends: Vec<Ends>,
    /// People, containers, components, dependencies.
    pub(super) counts: [usize; 4],
}

/// What became of a relation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// The ids of what stands for its ends, `system` for our own; `None` where nothing does.
    pub ids: Option<(String, String)>,
    /// Whether the charter's language has a key for it; what has none is said in a fact, or stays in the document.
    pub has_key: bool,
}

struct Builder<'m, 'n> {
    model: &'m Model,
    notes: &'n mut Notes,
    ours: Option<usize>,
    ids: HashMap<usize, String>,
    /// Whether our system has no parts, so that it stands in the charter as one.
    is_whole: bool,
    /// Containers that our own export derived from parts which the charter at hand does not declare: here they are containers like others.
    foreign: HashSet<usize>,
    /// Outgoing relations by element: target, verbs, technologies.
    outgoing: BTreeMap<usize, Vec<(String, String, String)>>,
    /// Incoming relations of our containers from systems around it.
    incoming: BTreeMap<usize, Vec<(String, String, String)>>,
    /// What has no key, in words, by element.
    said: BTreeMap<usize, Vec<String>>,
    ends: Vec<Ends>,
}

/// Turns a model into sections. `taken` are ids that the charter has already.
pub(super) fn build<'i>(model: &Model, taken: impl IntoIterator<Item = &'i str>, notes: &mut Notes) -> Built {
    let ours = our_system(model);
    let taken: HashSet<&str> = taken.into_iter().collect();
    let mut builder = Builder {
        model,
        notes,
        ours,
        ids: HashMap::new(),
        is_whole: ours.is_some_and(|ours| model.children(ours).next().is_none()),
        foreign: foreign(model, &taken),
        outgoing: BTreeMap::new(),
        incoming: BTreeMap::new(),
        said: BTreeMap::new(),
        ends: Vec::new(),
    };
    builder.name(taken);
    for relation in &model.relations {
        builder.relate(relation);
    }
    builder.write()
}

/// The system that the workspace is about: the one that views open, else the one with the most parts, else the only one.
fn our_system(model: &Model) -> Option<usize> {
    let systems: Vec<usize> = model
        .elements
        .iter()
        .enumerate()
        .filter(|(_, element)| element.kind == Kind::System && !element.tags.iter().any(|tag| tag == "external"))
        .map(|(at, _)| at)
        .collect();
    let mut parts: HashMap<usize, usize> = HashMap::new();
    for element in &model.elements {
        if let Some(parent) = element.parent {
            *parts.entry(parent).or_default() += 1;
        }
    }
    let with_parts = systems.iter().copied().filter(|at| parts.contains_key(at));
    // The first of those with the most parts, so that the same document gives the same charter.
    let largest = with_parts.fold(None, |best: Option<usize>, at| match best {
        Some(known) if parts.get(&known) >= parts.get(&at) => Some(known),
        _ => Some(at),
    });
    let viewed = model.viewed.iter().copied().find(|at| systems.contains(at));
    let only = || systems.first().copied().filter(|_| systems.len() == 1);
    largest.or(viewed).or_else(only).or_else(|| {
        let mut degree: HashMap<usize, usize> = HashMap::new();
        for relation in &model.relations {
            *degree.entry(relation.from).or_default() += 1;
            *degree.entry(relation.to).or_default() += 1;
        }
        systems.iter().copied().fold(None, |best: Option<usize>, at| match best {
            Some(known) if degree.get(&known) >= degree.get(&at) => Some(known),
            _ => Some(at),
        })
    })
}

impl Builder<'_, '_> {
    /// Gives every element that gets a place of its own an id that no other has: relations name ids of all kinds.
    fn name<'i>(&mut self, taken: impl IntoIterator<Item = &'i str>) {
        let mut ids = Ids::taken(taken.into_iter().chain(["system"]));
        for (at, element) in self.model.elements.iter().enumerate() {
            if Some(at) == self.ours && !self.is_whole {
                continue;
            }
            let inside_other = element.kind != Kind::Person && self.model.system_of(at) != self.ours && element.parent.is_some();
            if inside_other || self.is_derived(at) {
                continue;
            }
            let wanted = wanted(element);
            let id = ids.take(&wanted, "element");
            if id != wanted && !wanted.is_empty() {
                self.notes.push(Code::Renamed, element.span, format!("`{wanted}` is taken: `{}` is `{id}`", short(&element.name)));
            }
            self.ids.insert(at, id);
        }
    }

    fn id(&self, at: usize) -> Option<String> {
        self.ids.get(&at).cloned()
    }

    fn is_derived(&self, at: usize) -> bool {
        self.model.elements.get(at).is_some_and(is_derived) && !self.foreign.contains(&at)
    }

    /// Whether an element is such a container, or a part of one.
    fn is_foreign(&self, at: usize) -> bool {
        let parent = self.model.elements.get(at).and_then(|element| element.parent);
        self.foreign.contains(&at) || parent.is_some_and(|parent| self.foreign.contains(&parent))
    }

    /// What stands for an element in a charter: itself, the system around it when it is inside another, `system` for our own.
    fn stand_in(&self, at: usize) -> Option<(usize, String)> {
        if let Some(id) = self.id(at) {
            return Some((at, id));
        }
        if Some(at) == self.ours || self.is_derived(at) {
            return Some((at, "system".to_owned()));
        }
        let system = self.model.system_of(at)?;
        self.id(system).map(|id| (system, id))
    }

    fn relate(&mut self, relation: &Relation) {
        let (Some((from, from_id)), Some((to, to_id))) = (self.stand_in(relation.from), self.stand_in(relation.to)) else {
            self.ends.push(Ends::default());
            return;
        };
        // Our own export draws what follows from the rest; it follows again.
        if relation.tags.iter().any(|tag| tag == DERIVED_RELATION) && !self.is_foreign(relation.from) && !self.is_foreign(relation.to) {
            self.ends.push(Ends { ids: Some((from_id, to_id)), has_key: true });
            return;
        }
        let verb = relation.verb.clone().unwrap_or_default();
        let technology = relation.technology.clone().unwrap_or_default();
        if from == to || from_id == to_id {
            let message = format!("`{}` has to do with itself or its own parts: kept in the document only", short(&from_id));
            self.notes.help(Code::Kept, relation.span, message, "an export to Structurizr writes it back");
            self.ends.push(Ends { ids: Some((from_id, to_id)), has_key: false });
            return;
        }
        let is_container = |at: usize| self.model.elements.get(at).is_some_and(|element| element.kind == Kind::Container);
        let (from_side, to_side) = (self.side(from), self.side(to));
        // Our system as one container is a container.
        let is_system = |at: usize| Some(at) == self.ours && !self.is_whole;
        let outward = from_side != Side::Around && !is_system(from);
        let inward = from_side == Side::Around && to_side == Side::Ours && (is_container(to) || (Some(to) == self.ours && self.is_whole));
        self.ends.push(Ends { ids: Some((from_id.clone(), to_id.clone())), has_key: outward || inward });
        if outward {
            self.outgoing.entry(from).or_default().push((to_id, verb, technology));
        } else if inward {
            self.incoming.entry(to).or_default().push((from_id, verb, technology));
        } else if from_side == Side::Around {
            self.say(from, to, &to_id, &verb, &technology);
        } else {
            self.say(to, from, "system", &verb, &technology);
        }
        let tags: Vec<&str> = relation.tags.iter().map(String::as_str).filter(|tag| *tag != DERIVED_RELATION).collect();
        if !tags.is_empty() {
            let tags = tags.join(", ");
            let message = format!("tags `{}` of a relation are kept in the document only", short(&tags));
            self.notes.help(Code::Kept, relation.span, message, "an export to Structurizr writes them back");
        }
    }

    /// Keeps a relation for which the language has no key as a fact of the element around the system, or of the person.
    fn say(&mut self, of: usize, other: usize, other_id: &str, verb: &str, technology: &str) {
        let is_outward = self.side(of) == Side::Around && self.side(other) != Side::Ours;
        let verb = if verb.is_empty() { "has to do with" } else { verb };
        let how = if technology.is_empty() { String::new() } else { format!(" ({technology})") };
        let direction = if is_outward || Some(other) != self.ours { format!("{verb} {other_id}{how}") } else { format!("{verb}{how}") };
        self.said.entry(of).or_default().push(direction);
    }

    fn is_ours(&self, at: usize) -> bool {
        self.ours.is_some() && self.model.system_of(at) == self.ours
    }

    fn side(&self, at: usize) -> Side {
        match self.model.elements.get(at) {
            Some(element) if element.kind == Kind::Person => Side::Person,
            _ if self.is_ours(at) => Side::Ours,
            _ => Side::Around,
        }
    }

    fn write(mut self) -> Built {
        let model = self.model;
        let (mut people, mut containers, mut dependencies) = (Map::new(), Map::new(), Map::new());
        let mut components = 0;
        for (at, element) in model.elements.iter().enumerate() {
            let Some(id) = self.id(at) else { continue };
            match element.kind {
                Kind::Person => drop(people.put(id, self.person(at, element))),
                _ if Some(at) == self.ours => drop(containers.put(id, self.container(at, element, Map::new()))),
                Kind::System | Kind::Custom if element.parent.is_none() => drop(dependencies.put(id, self.dependency(at, element))),
                Kind::Container => {
                    let mut inner = Map::new().block();
                    for child in model.children(at).collect::<Vec<_>>() {
                        if let (Some(id), Some(part)) = (self.id(child), model.elements.get(child)) {
                            components += 1;
                            inner.put(id, self.component(child, part));
                        }
                    }
                    containers.put(id, self.container(at, element, inner));
                }
                _ => {}
            }
        }
        let ours = self.ours.and_then(|at| model.elements.get(at));
        let system = ours.map(|element| {
            (Some(wanted(element)).filter(|id| !id.is_empty()).unwrap_or_else(|| "system".to_owned()), element.name.clone())
        });
        // A landscape has no parts: our system stands there as one.
        let is_whole = self.is_whole;
        let whole = self.ours.filter(|_| is_whole).and_then(|ours| self.id(ours));
        let counts = [people.len(), containers.len(), components, dependencies.len()];
        self.open_directions(&dependencies);
        let architecture = Map::new().with("people", people.block()).with("containers", containers.block());
        Built { architecture, dependencies, system, ours: self.ours, is_whole, whole, ids: self.ids, ends: self.ends, counts }
    }

    /// Says of each system around ours that nothing tells which way data flow.
    fn open_directions(&mut self, dependencies: &Map) {
        for (at, element) in self.model.elements.iter().enumerate() {
            let Some(id) = self.id(at).filter(|id| matches!(dependencies.get(id), Some(Value::Map(map)) if !map.contains("direction")))
            else {
                continue;
            };
            if property(element, "charter").is_none() {
                let message = format!("an arrow does not say which way data flow, so `direction` of `{id}` is left open");
                let help = "write `direction: upstream` where it feeds us, `downstream` where we feed it, `shared` where others use it too";
                self.notes.help(Code::Open, element.span, message, help);
            }
        }
    }

    fn person(&self, at: usize, element: &Element) -> Map {
        let mut map = Map::new();
        map.put_some("about", element.about.clone().or_else(|| title(element, &self.id(at).unwrap_or_default())));
        map.put("uses", relations(self.outgoing.get(&at).map(Vec::as_slice).unwrap_or_default()));
        map.put("facts", self.facts(at, element, &[]));
        if map.is_empty() {
            map.put("about", element.name.clone());
        }
        map
    }

    fn container(&self, at: usize, element: &Element, components: Map) -> Map {
        let mut map = Map::new();
        map.put_some("tech", element.technology.clone());
        map.put_some("about", element.about.clone().or_else(|| title(element, &self.id(at).unwrap_or_default())));
        map.put_some("layer", property(element, "layer"));
        if element.tags.iter().any(|tag| tag == "critical") {
            map.put("critical", true);
        }
        map.put("talks_to", relations(self.outgoing.get(&at).map(Vec::as_slice).unwrap_or_default()));
        map.put("used_by", relations(self.incoming.get(&at).map(Vec::as_slice).unwrap_or_default()));
        map.put("components", components);
        map.put("facts", self.facts(at, element, &["layer"]));
        if map.is_empty() {
            map.put("about", element.name.clone());
        }
        map
    }

    fn component(&self, at: usize, element: &Element) -> Map {
        let mut map = Map::new();
        map.put_some("about", element.about.clone().or_else(|| title(element, &self.id(at).unwrap_or_default())));
        map.put_some("tech", element.technology.clone());
        if element.tags.iter().any(|tag| tag == "critical") {
            map.put("critical", true);
        }
        map.put("talks_to", relations(self.outgoing.get(&at).map(Vec::as_slice).unwrap_or_default()));
        map.put("facts", self.facts(at, element, &[]));
        if map.is_empty() {
            map.put("about", element.name.clone());
        }
        map
    }

    fn dependency(&self, at: usize, element: &Element) -> Map {
        let mut map = Map::new();
        let stated = property(element, "direction").filter(|word| Direction::ALL.iter().any(|known| known.word() == word));
        // An arrow says who asks whom; which way data flow, nobody says.
        map.put_some("direction", stated);
        let known = |key: &str, words: &[&str]| property(element, key).filter(|word| words.contains(&word.as_str()));
        let words = |all: &[&'static str]| all.to_vec();
        map.put_some("kind", known("kind", &words(&DependencyKind::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>())));
        map.put_some("data", known("data", &words(&DataClass::ALL.iter().map(|class| class.word()).collect::<Vec<_>>())));
        map.put_some("criticality", known("criticality", &words(&Level::ALL.iter().map(|level| level.word()).collect::<Vec<_>>())));
        map.put_some("region", property(element, "region"));
        let slo = property(element, "slo");
        let is_share = |slo: &&String| slo.ends_with('%') && parse_quantity(slo).is_ok_and(|share| (0.0..=1.0).contains(&share.base));
        map.put_some("slo", slo.as_ref().filter(is_share).cloned());
        map.put_some(
            "via",
            element.technology.clone().or_else(|| property(element, "technology")).filter(|_| element.kind != Kind::Person),
        );
        map.put_some("url", element.url.clone().or_else(|| property(element, "url")));
        map.put_some("about", element.about.clone().or_else(|| title(element, &self.id(at).unwrap_or_default())));
        map.put("facts", self.facts(at, element, &["direction", "kind", "data", "criticality", "region", "technology", "url", "slo"]));
        if map.is_empty() {
            map.put("about", element.name.clone());
        }
        map
    }

    /// What the language has no key for: the name where it is not the id, tags, group, properties, parts of other systems.
    fn facts(&self, at: usize, element: &Element, known: &[&str]) -> Map {
        let mut map = Map::new();
        let id = self.id(at).unwrap_or_default();
        // `sign-in-controller` says as much as `Sign In Controller`.
        if element.about.is_some() && element.name.to_lowercase().replace([' ', '_'], "-") != id {
            map.put("name", element.name.clone());
        }
        map.put_some("group", element.group.clone());
        let tags: Vec<&str> = element.tags.iter().map(String::as_str).filter(|tag| !PLAIN_TAGS.contains(tag)).collect();
        map.put("tags", tags.join(", "));
        if matches!(element.kind, Kind::Person | Kind::Container | Kind::Component) {
            map.put_some("url", element.url.clone());
        }
        for (key, value) in &element.properties {
            let id = slug(key);
            if known.contains(&key.as_str()) || key == "charter" || id.is_empty() || value.trim().is_empty() {
                continue;
            }
            // A property may be called as a fact is that says something else.
            let id = if RESERVED.contains(&id.as_str()) { format!("property-{id}") } else { id };
            if map.contains(&id) {
                continue;
            }
            map.put(id, value.clone());
        }
        let parts: Vec<String> = if element.kind == Kind::System { self.parts(at) } else { Vec::new() };
        map.put("parts", parts.join("; "));
        map.put("relations", self.said.get(&at).map(|said| said.join("; ")).unwrap_or_default());
        map
    }

    fn parts(&self, of: usize) -> Vec<String> {
        let told = |element: &Element| match (&element.technology, &element.about) {
            (Some(technology), _) => format!("{} ({technology})", element.name),
            (None, _) => element.name.clone(),
        };
        self.model.children(of).filter_map(|at| self.model.elements.get(at)).map(told).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Person,
    Ours,
    Around,
}

/// What our own export adds, and derives again from the rest of the charter.
fn is_derived(element: &Element) -> bool {
    element.tags.iter().any(|tag| tag == "derived") && element.properties.iter().all(|(key, _)| key != "charter")
}

/// Containers of our own export with a part that the charter which is imported into does not declare: nothing would derive it there.
fn foreign(model: &Model, taken: &HashSet<&str>) -> HashSet<usize> {
    let is_new = |part: &Element| own_id(part).is_some_and(|id| !taken.contains(id));
    let holds_new = |at: usize| model.children(at).filter_map(|child| model.elements.get(child)).any(is_new);
    (0..model.elements.len()).filter(|at| model.elements.get(*at).is_some_and(is_derived) && holds_new(*at)).collect()
}

/// What our own export says that an element is called in the charter.
fn own_id(element: &Element) -> Option<&str> {
    let (_, place) = element.properties.iter().find(|(key, _)| key == "charter")?;
    place.split_once('.').map(|(_, id)| id).filter(|id| charter_spec::Id::new(id).is_ok())
}

/// The id that a name suggests; a name that is an id stays as it is.
fn wanted(element: &Element) -> String {
    if let Some(id) = own_id(element) {
        return id.to_owned();
    }
    let id = if element.name.bytes().any(|byte| byte.is_ascii_uppercase()) { slug(&element.name) } else { identified(&element.name) };
    // A name in another alphabet: the author's own word for it is better than a number.
    if id.is_empty() { slug(element.path.rsplit('.').next().unwrap_or_default()) } else { id }
}

/// The name where the id says less.
fn title(element: &Element, id: &str) -> Option<String> {
    (element.name.to_lowercase().replace([' ', '_'], "-") != id).then(|| element.name.clone())
}

fn property(element: &Element, key: &str) -> Option<String> {
    element.properties.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone()).filter(|value| !value.trim().is_empty())
}

/// Relations to one target as one: their verbs and their technologies, each once.
pub fn joined<'r>(list: impl IntoIterator<Item = (&'r str, &'r str)>) -> (String, String) {
    let (mut verbs, mut technologies): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for (verb, technology) in list {
        for (words, word) in [(&mut verbs, verb), (&mut technologies, technology)] {
            if !word.is_empty() && !words.contains(&word) {
                words.push(word);
            }
        }
    }
    (if verbs.is_empty() { "uses".to_owned() } else { verbs.join("; ") }, technologies.join("; "))
}

/// Relations by target; several to one target are one with all their words.
fn relations(list: &[(String, String, String)]) -> Value {
    let mut order: Vec<&str> = Vec::new();
    let mut by_target: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    for (target, verb, technology) in list {
        let entry = by_target.entry(target).or_insert_with(|| {
            order.push(target);
            Vec::new()
        });
        entry.push((verb, technology));
    }
    let mut map = Map::new();
    for target in order {
        let (verb, technology) = joined(by_target.remove(target).unwrap_or_default());
        if technology.is_empty() {
            map.put(target, verb);
        } else {
            map.put(target, Map::new().with("verb", verb).with("via", technology));
        }
    }
    Value::Map(map)
}
