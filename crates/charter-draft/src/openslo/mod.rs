//! Service level objectives after OpenSLO, v1 and v1alpha: each objective becomes a quality scenario with a measure.
//!
//! A ratio of good to all calls is the measure that it counts: `ratio(answered)`, a percentile of latency for a histogram's bucket, or a ratio under the
//! indicator's own name where its queries do not say. Services become containers, unless the charter has something of their name. Queries, budgeting, labels
//! and annotations are `facts`; alerting and data sources have no place in a charter: they stay in the copy of the document, and each is noted.

mod measure;

use crate::document::Map;
use crate::foreign::{Code, Fields, Ids, Node, Notes, documents, identified, short, slug};
use crate::import::{Draft, Target};
use charter_spec::{FileSet, SectionName, Span};
use measure::Indicator;
use std::collections::HashMap;

/// Most objectives of one import.
const OBJECTIVES_MAX: usize = 4_000;

#[derive(Default)]
struct Found<'n> {
    slos: Vec<&'n Node>,
    indicators: HashMap<&'n str, &'n Node>,
    services: Vec<(&'n str, &'n Node)>,
}

/// Imports every OpenSLO document of the set.
pub fn import(files: &FileSet, target: &Target<'_>) -> Draft {
    let mut notes = Notes::default();
    let mut draft = Draft::default();
    let mut nodes: Vec<(String, Vec<Node>)> = Vec::new();
    let is_yaml = |path: &&str| [".yaml", ".yml", ".json"].iter().any(|end| path.to_ascii_lowercase().ends_with(end));
    for path in files.paths().filter(is_yaml).map(str::to_owned).collect::<Vec<_>>() {
        if let Some(file) = files.find(&path) {
            nodes.push((path, documents(files, file, &mut notes)));
        }
    }
    let mut found = Found::default();
    for (path, documents) in &nodes {
        let before = found.slos.len() + found.indicators.len() + found.services.len();
        for document in documents {
            // A list of objects in one document is met too.
            let objects = if document.items().is_empty() { std::slice::from_ref(document) } else { document.items() };
            objects.iter().for_each(|object| sort(object, path, &mut found, &mut notes));
        }
        if found.slos.len() + found.indicators.len() + found.services.len() > before && target.copies() {
            let place = target.place(path, "imported");
            draft.copy(files, path, &place);
            draft.remarks.push(format!("Imported from `{place}`."));
        }
    }
    let mut writer = Writer::new(target, &found, &mut notes);
    for slo in &found.slos {
        writer.slo(slo, &mut notes);
    }
    let unused: Vec<&str> = found
        .indicators
        .iter()
        .filter(|(name, _)| !writer.used.contains(**name))
        .map(|(_, node)| *node)
        .filter_map(|node| node.get("metadata")?.get("name")?.word())
        .collect();
    for name in unused {
        if let Some(node) = found.indicators.get(name) {
            notes.push(Code::Kept, node.span, format!("no objective uses indicator `{}`; it is kept in the document only", short(name)));
        }
    }
    draft.count(writer.quality.len(), "scenario");
    draft.count(writer.containers.len(), "container");
    draft.sections.put("quality", std::mem::take(&mut writer.quality));
    draft.sections.put("architecture", Map::new().with("containers", std::mem::take(&mut writer.containers).block()));
    // What nothing is taken from is no source of this charter.
    if draft.counts.is_empty() {
        draft.files.clear();
    }
    draft.notes = notes.finish();
    draft
}

fn sort<'n>(object: &'n Node, path: &str, found: &mut Found<'n>, notes: &mut Notes) {
    let start = Span::new(object.span.file, object.span.start as usize, object.span.start as usize + 1);
    let version = object.get("apiVersion").and_then(Node::word).unwrap_or_default();
    let kind = object.get("kind").and_then(Node::word).unwrap_or_default();
    if !version.starts_with("openslo") {
        notes.push(Code::Skipped, start, format!("an object of `{path}` is left out: it does not say `apiVersion: openslo/v1`"));
        return;
    }
    if !matches!(version, "openslo/v1" | "openslo/v1alpha" | "openslo.com/v2alpha" | "openslo/v2alpha") {
        notes.push(Code::Guessed, start, format!("`{}` is no version that is known; it is read as v1", short(version)));
    }
    let name = object.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Node::word).unwrap_or_default();
    match kind {
        "SLO" => found.slos.push(object),
        "SLI" => drop(found.indicators.entry(name).or_insert(object)),
        "Service" => found.services.push((name, object)),
        _ => notes.push(
            Code::Kept,
            start,
            format!("{} `{}` is kept in the document only", short(if kind.is_empty() { "an object" } else { kind }), short(name)),
        ),
    }
}

struct Writer<'n, 't> {
    target: &'t Target<'t>,
    indicators: &'t HashMap<&'n str, &'n Node>,
    quality: Map,
    containers: Map,
    /// The id under which a service is known in the charter.
    services: HashMap<String, String>,
    ids: Ids,
    used: std::collections::HashSet<String>,
}

impl<'n, 't> Writer<'n, 't> {
    fn new(target: &'t Target<'t>, found: &'t Found<'n>, notes: &mut Notes) -> Self {
        let taken = target.spec.map(|spec| spec.declared(SectionName::Quality)).unwrap_or_default();
        let ids = Ids::taken(taken.iter().map(|(id, _)| id.as_str()));
        let mut writer = Self {
            target,
            indicators: &found.indicators,
            quality: Map::new(),
            containers: Map::new(),
            services: HashMap::new(),
            ids,
            used: Default::default(),
        };
        for (name, node) in &found.services {
            writer.service(name, Some(node), notes);
        }
        writer
    }

    /// The id of a service, which is declared as a container where the charter has nothing of its name.
    fn service(&mut self, name: &str, node: Option<&Node>, notes: &mut Notes) -> Option<String> {
        if let Some(known) = self.services.get(name) {
            return Some(known.clone());
        }
        let id = Some(identified(name)).filter(|id| !id.is_empty())?;
        self.services.insert(name.to_owned(), id.clone());
        if self
            .target
            .spec
            .is_some_and(|spec| !spec.sections_of(&id).is_empty() || spec.system.as_ref().is_some_and(|system| system.value == id))
        {
            return Some(id);
        }
        if self.target.spec.is_some() {
            // A charter has one `architecture.containers`, and the one that is there is somebody's work: a part cannot add to it.
            if let Some(node) = node {
                let place = Span::new(node.span.file, node.span.start as usize, node.span.start as usize + 1);
                notes.push(
                    Code::Kept,
                    place,
                    format!("service `{}` is named by its objectives and kept in the document only", short(name)),
                );
            }
            return Some(id);
        }
        let mut map = Map::new();
        let mut fields = node.map(Fields::of);
        let spec = fields.as_mut().and_then(|fields| fields.take("spec"));
        let metadata = fields.as_mut().and_then(|fields| fields.take("metadata"));
        let about = spec.and_then(|spec| spec.get("description")).and_then(Node::word);
        let display = metadata.and_then(|metadata| metadata.get("displayName")).and_then(Node::word);
        map.put("about", about.or(display).unwrap_or(name));
        let mut facts = metadata.map(|metadata| metadata_facts(metadata, notes)).unwrap_or_default();
        if about.is_some() {
            facts.put_some("name", display.filter(|display| *display != id));
        }
        map.put("facts", facts);
        self.containers.put(id.clone(), map);
        Some(id)
    }

    fn slo(&mut self, slo: &Node, notes: &mut Notes) {
        let mut fields = Fields::of(slo);
        let (Some(metadata), Some(spec)) = (fields.take("metadata"), fields.take("spec")) else {
            notes.push(Code::Kept, slo.span, "an objective without `metadata` or `spec` is kept in the document only");
            return;
        };
        fields.take("apiVersion");
        fields.take("kind");
        for (key, _) in fields.rest() {
            notes.push(Code::Kept, key.span, format!("`{}` is no key of an objective; it is kept in the document only", short(&key.text)));
        }
        let mut inner = Fields::of(spec);
        let about = inner.text("description");
        let service = inner.text("service").and_then(|name| self.service(name, None, notes));
        let objectives = inner
            .take("objectives")
            .or_else(|| inner.take("objective"))
            .map(|node| if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() })
            .unwrap_or_default();
        let window = inner.take("timeWindow").or_else(|| inner.take("timeWindows"));
        let window = window.and_then(|window| measure::window(window, notes));
        let indicator = self.indicator(&mut inner, notes);
        let name = metadata.get("name").and_then(Node::word).unwrap_or("objective");
        let base = Some(identified(name)).filter(|id| !id.is_empty()).unwrap_or_else(|| "objective".to_owned());
        let mut facts = metadata_facts(metadata, notes);
        facts.put_some("name", metadata.get("displayName").and_then(Node::word).filter(|display| **display != *name));
        for (key, node) in inner.rest() {
            facts.put(slug(&spaced(&key.text)), node.flat());
        }
        for (at, objective) in objectives.iter().enumerate() {
            if self.quality.len() >= OBJECTIVES_MAX {
                notes.push(Code::Limit, objective.span, format!("an import takes {OBJECTIVES_MAX} objectives; this one is left out"));
                return;
            }
            self.objective(objective, at, &base, about, service.as_deref(), window.as_deref(), indicator, &facts, notes);
        }
        if objectives.is_empty() {
            notes.push(Code::Kept, metadata.span, format!("`{}` has no objectives; it is kept in the document only", short(name)));
        }
    }

    /// The indicator that an objective has, or names.
    fn indicator<'a>(&mut self, fields: &mut Fields<'a>, notes: &mut Notes) -> Option<&'a Node>
    where
        'n: 'a,
    {
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

    #[allow(clippy::too_many_arguments, reason = "an objective is read with all that its document says of it")]
    fn objective<'a>(
        &mut self,
        objective: &'a Node,
        at: usize,
        base: &str,
        about: Option<&str>,
        service: Option<&str>,
        window: Option<&str>,
        indicator: Option<&'a Node>,
        shared: &Map,
        notes: &mut Notes,
    ) where
        'n: 'a,
    {
        let mut fields = Fields::of(objective);
        let display = fields.text("displayName");
        let own = self.indicator(&mut fields, notes).or(indicator);
        let read = Indicator::read(own, &mut fields, base);
        let target = measure::target(&mut fields, notes);
        let measure = read.measure(target, window, objective.span, notes);
        let wanted = match display.map(slug).filter(|id| at > 0 && !id.is_empty()) {
            Some(id) => identified(&format!("{base}-{id}")),
            None => base.to_owned(),
        };
        let id = self.ids.take(&wanted, "objective");
        let mut map = Map::new().block();
        map.put("attribute", read.attribute());
        map.put_some("artifact", service);
        map.put_some(
            "response",
            about.map(|about| about.split_whitespace().collect::<Vec<_>>().join(" ")).or_else(|| display.map(str::to_owned)),
        );
        map.put_some("measure", measure);
        let mut facts = shared.clone();
        facts.put_some("objective", display.filter(|display| Some(*display) != about && **display != id));
        for (key, value) in read.facts() {
            facts.put(key, value);
        }
        for (key, node) in fields.rest() {
            facts.put(slug(&spaced(&key.text)), node.flat());
        }
        map.put("facts", facts);
        self.quality.put(id, map);
    }
}

/// Labels, annotations and whatever else stands beside the name.
fn metadata_facts(metadata: &Node, notes: &mut Notes) -> Map {
    let mut facts = Map::new();
    let mut fields = Fields::of(metadata);
    fields.take("name");
    fields.take("displayName");
    for group in ["labels", "annotations"] {
        for (key, node) in fields.take(group).map(Node::pairs).unwrap_or_default() {
            let id = slug(&key.text);
            if id.is_empty() || facts.contains(&id) {
                notes.push(Code::Kept, key.span, format!("`{}` is kept in the document only", short(&key.text)));
            } else {
                facts.put(id, node.flat());
            }
        }
    }
    for (key, node) in fields.rest() {
        let id = slug(&spaced(&key.text));
        if !facts.contains(&id) && !id.is_empty() {
            facts.put(id, node.flat());
        }
    }
    facts
}

/// `budgetingMethod` as two words.
fn spaced(key: &str) -> String {
    key.chars().flat_map(|letter| if letter.is_ascii_uppercase() { vec![' ', letter.to_ascii_lowercase()] } else { vec![letter] }).collect()
}
