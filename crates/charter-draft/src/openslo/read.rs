//! The objects of OpenSLO documents, and what each objective says as a scenario of a charter. Import and export both start here, so that an export knows what
//! an import makes of what it writes.

use super::measure::{self, Indicator};
use super::upgrade::{is_old, upgraded};
use crate::document::Map;
use crate::foreign::{Code, Fields, Node, Notes, documents, identified, short, slug};
use charter_spec::{FileSet, Span};
use std::collections::{HashMap, HashSet};

/// Most objectives of one import.
const OBJECTIVES_MAX: usize = 4_000;

/// A file of OpenSLO objects, in the words of v1.
pub(super) struct Source {
    /// The path as the charter names it.
    pub(super) place: String,
    pub(super) objects: Vec<Node>,
    /// Whether the file as it stands is these objects and nothing else.
    pub(super) is_whole: bool,
    /// Whether an object was of v1alpha.
    pub(super) was_old: bool,
}

/// The objects of a file; `None` when it holds none.
pub(super) fn source(files: &FileSet, path: &str, place: String, notes: &mut Notes) -> Option<Source> {
    let file = files.find(path)?;
    let before = notes.len();
    let documents = documents(files, file, notes);
    let mut source = Source { place, objects: Vec::new(), is_whole: notes.len() == before, was_old: false };
    for document in &documents {
        // A list of objects in one document is met too.
        let objects = if document.items().is_empty() { std::slice::from_ref(document) } else { document.items() };
        for object in objects {
            let start = Span::new(object.span.file, object.span.start as usize, object.span.start as usize + 1);
            let version = object.get("apiVersion").and_then(Node::word).unwrap_or_default();
            if !version.starts_with("openslo") {
                if !object.is_empty() {
                    notes.push(
                        Code::Skipped,
                        start,
                        format!("an object of `{path}` is left out: it does not say `apiVersion: openslo/v1`"),
                    );
                    source.is_whole = false;
                }
                continue;
            }
            if is_old(object) {
                source.was_old = true;
                source.is_whole = false;
                source.objects.push(upgraded(object));
                continue;
            }
            if version != super::upgrade::VERSION {
                notes.push(Code::Guessed, start, format!("`{}` is no version that is known; it is read as v1", short(version)));
            }
            source.objects.push(object.clone());
        }
    }
    (!source.objects.is_empty()).then_some(source)
}

/// The kind of an object.
pub(super) fn kind(object: &Node) -> &str {
    object.get("kind").and_then(Node::word).unwrap_or_default()
}

/// The name of an object.
pub(super) fn name(object: &Node) -> &str {
    object.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Node::word).unwrap_or_default()
}

/// An objective as a scenario.
pub(super) struct Taken {
    /// Which objective it is, as the fact `openslo` of its scenario says: `objectives/slo.yaml#checkout/2`.
    pub(super) pointer: String,
    /// File, object and objective by number.
    pub(super) at: (usize, usize, usize),
    /// The id that its names suggest.
    pub(super) wanted: String,
    pub(super) attribute: &'static str,
    /// The service by its own name.
    pub(super) service: Option<String>,
    pub(super) response: Option<String>,
    pub(super) measure: Option<String>,
    pub(super) facts: Map,
}

/// Every objective of the sources, and the indicators that they name.
pub(super) struct Reading<'s> {
    sources: &'s [Source],
    indicators: HashMap<&'s str, &'s Node>,
    pub(super) used: HashSet<String>,
    pub(super) taken: Vec<Taken>,
}

impl<'s> Reading<'s> {
    /// Reads the sources in order.
    pub(super) fn of(sources: &'s [Source], notes: &mut Notes) -> Self {
        let mut indicators = HashMap::new();
        for object in sources.iter().flat_map(|source| &source.objects).filter(|object| kind(object) == "SLI") {
            indicators.entry(name(object)).or_insert(object);
        }
        let mut reading = Self { sources, indicators, used: HashSet::new(), taken: Vec::new() };
        for (file, source) in sources.iter().enumerate() {
            let mut seen: HashMap<&str, usize> = HashMap::new();
            for (number, object) in source.objects.iter().enumerate().filter(|(_, object)| kind(object) == "SLO") {
                let times = seen.entry(name(object)).or_default();
                *times += 1;
                let times = if *times > 1 { format!("~{times}") } else { String::new() };
                reading.slo(object, (file, number), &times, notes);
            }
        }
        reading
    }

    /// Indicators that no objective uses, by name.
    pub(super) fn unused(&self) -> Vec<(&'s str, &'s Node)> {
        let mut unused: Vec<_> =
            self.indicators.iter().filter(|(name, _)| !self.used.contains(**name)).map(|(name, node)| (*name, *node)).collect();
        unused.sort_by_key(|(_, node)| (node.span.file, node.span.start));
        unused
    }

    fn slo(&mut self, slo: &'s Node, (file, number): (usize, usize), times: &str, notes: &mut Notes) {
        let mut fields = Fields::of(slo);
        let (Some(metadata), Some(spec)) = (fields.take("metadata"), fields.take("spec")) else { return };
        let mut inner = Fields::of(spec);
        let about = inner.text("description");
        let service = inner.text("service").map(str::to_owned);
        let objectives = inner
            .take("objectives")
            .or_else(|| inner.take("objective"))
            .map(|node| if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() })
            .unwrap_or_default();
        let window = inner.take("timeWindow").or_else(|| inner.take("timeWindows"));
        let window = window.and_then(|window| measure::window(window, notes));
        let indicator = self.indicator(&mut inner, notes);
        let name = metadata.get("name").and_then(Node::word).unwrap_or("objective");
        let base = base(name);
        let mut shared = metadata_facts(metadata, notes);
        shared.put_some("name", metadata.get("displayName").and_then(Node::word).filter(|display| **display != *name));
        let method = inner.take("budgetingMethod");
        if let Some(method) = method {
            shared.put("budgeting-method", method.flat());
            if matches!(method.word(), Some("Timeslices" | "RatioTimeslices")) {
                let what = if method.word() == Some("Timeslices") { "good time slices" } else { "the mean over time slices" };
                notes.push(Code::Guessed, method.span, format!("a share of {what} is taken for a share of calls"));
            }
        }
        for (key, node) in inner.rest() {
            shared.put(slug(&spaced(&key.text)), node.flat());
        }
        let slo = Slo {
            name,
            base: &base,
            about,
            service,
            window: window.as_deref(),
            indicator,
            shared,
            metadata,
            is_single: objectives.len() == 1,
        };
        for (at, objective) in objectives.iter().enumerate() {
            if self.taken.len() >= OBJECTIVES_MAX {
                notes.push(Code::Limit, objective.span, format!("an import takes {OBJECTIVES_MAX} objectives; this one is left out"));
                return;
            }
            let nth = if at > 0 { format!("/{}", at + 1) } else { String::new() };
            let pointer = format!("{}#{}{times}{nth}", self.sources.get(file).map_or("", |source| source.place.as_str()), slo.name);
            self.objective(objective, &slo, pointer, (file, number, at), notes);
        }
    }

    /// The indicator that an objective has, or names.
    fn indicator(&mut self, fields: &mut Fields<'s>, notes: &mut Notes) -> Option<&'s Node> {
        if let Some(own) = fields.take("indicator").filter(|node| !node.is_empty()) {
            return Some(own);
        }
        let reference = fields.take("indicatorRef")?;
        let name = reference.word()?;
        match self.indicators.get(name).copied() {
            Some(node) => {
                self.used.insert(name.to_owned());
                Some(node)
            }
            None => {
                notes.push(Code::Dangling, reference.span, format!("indicator `{}` is not in what was imported", short(name)));
                None
            }
        }
    }

    fn objective(&mut self, objective: &'s Node, slo: &Slo<'s, '_>, pointer: String, at: (usize, usize, usize), notes: &mut Notes) {
        let mut fields = Fields::of(objective);
        let display = fields.text("displayName");
        let own = self.indicator(&mut fields, notes).or(slo.indicator);
        let read = Indicator::read(own, &mut fields, slo.base);
        let target = measure::target(&mut fields, notes);
        let measure = read.measure(target, slo.window, objective.span, notes);
        let written = slo.metadata.get("annotations").and_then(|annotations| annotations.get(&annotation(at.2)));
        let measure = match (measure, written) {
            (Some(measure), Some(written)) => Some(measure::written(measure, written, read.is_ours(), notes)),
            (measure, _) => measure,
        };
        let wanted = match display.map(slug).filter(|id| at.2 > 0 && !id.is_empty()) {
            Some(id) => identified(&format!("{}-{id}", slo.base)),
            None => slo.base.to_owned(),
        };
        let response = slo.about.map(|about| about.split_whitespace().collect::<Vec<_>>().join(" "));
        let mut facts = Map::new().with("openslo", pointer.as_str());
        for pair in &slo.shared.pairs {
            facts.put(pair.key.clone(), pair.value.clone());
        }
        // A single objective that is called as its scenario says nothing new.
        let is_new = |display: &&str| Some(*display) != slo.about && !(slo.is_single && *display == slo.base);
        facts.put_some("objective", display.filter(is_new));
        for (key, value) in read.facts() {
            facts.put(key, value);
        }
        for (key, node) in fields.rest() {
            facts.put(slug(&spaced(&key.text)), node.flat());
        }
        self.taken.push(Taken { pointer, at, wanted, attribute: read.attribute(), service: slo.service.clone(), response, measure, facts });
    }
}

/// The id that the name of an SLO suggests.
pub(super) fn base(name: &str) -> String {
    Some(identified(name)).filter(|id| !id.is_empty()).unwrap_or_else(|| "objective".to_owned())
}

/// What the objectives of an SLO share.
struct Slo<'s, 'a> {
    name: &'s str,
    base: &'a str,
    about: Option<&'s str>,
    service: Option<String>,
    window: Option<&'a str>,
    indicator: Option<&'s Node>,
    shared: Map,
    metadata: &'s Node,
    is_single: bool,
}

/// The annotation with a measure as the charter says it, where OpenSLO says it less exactly: of an SLO's first objective, second and so on.
pub(super) fn annotation(objective: usize) -> String {
    if objective == 0 { "charter-measure".to_owned() } else { format!("charter-measure-{}", objective + 1) }
}

/// Labels, annotations and whatever else stands beside the name.
pub(super) fn metadata_facts(metadata: &Node, notes: &mut Notes) -> Map {
    let mut facts = Map::new();
    let mut fields = Fields::of(metadata);
    fields.take("name");
    fields.take("displayName");
    for group in ["labels", "annotations"] {
        for (key, node) in fields.take(group).map(Node::pairs).unwrap_or_default() {
            if group == "annotations" && key.text.starts_with("charter-measure") {
                continue;
            }
            let id = slug(&key.text);
            // `openslo` is where a scenario says which objective it is.
            if id.is_empty() || id == "openslo" || facts.contains(&id) {
                notes.push(Code::Kept, key.span, format!("`{}` is kept in the document only", short(&key.text)));
            } else {
                facts.put(id, node.flat());
            }
        }
    }
    for (key, node) in fields.rest() {
        let id = slug(&spaced(&key.text));
        if !facts.contains(&id) && !id.is_empty() && id != "openslo" {
            facts.put(id, node.flat());
        }
    }
    facts
}

/// `budgetingMethod` as two words.
pub(super) fn spaced(key: &str) -> String {
    key.chars().flat_map(|letter| if letter.is_ascii_uppercase() { vec![' ', letter.to_ascii_lowercase()] } else { vec![letter] }).collect()
}
