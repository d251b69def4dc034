//! Service level objectives after OpenSLO, v1 and v1alpha: each objective becomes a quality scenario with a measure.
//!
//! A ratio of good to all calls is the measure that it counts: `ratio(answered)`, a percentile of latency for a histogram's bucket, or a ratio under the
//! indicator's own name where its queries do not say. Services become containers, unless the charter has something of their name.
//!
//! The documents are copied as they are, and each scenario names its objective in the fact `openslo`. What a charter has no word for, such as queries,
//! budgeting and alerting, stays there, and [`again`] writes it again with what the charter says today.

mod again;
mod change;
mod measure;
mod read;
mod standard;
mod upgrade;

pub use again::{Again, FOLDER, Said, again};

use crate::document::Map;
use crate::foreign::{Code, Fields, Ids, Node, Notes, identified, short};
use crate::import::{Draft, Target};
use charter_spec::{FileSet, SectionName, Span};
use read::{Reading, Source, Taken, kind, metadata_facts, name, source};
use std::collections::HashMap;

/// Imports every OpenSLO document of the set.
pub fn import(files: &FileSet, target: &Target<'_>) -> Draft {
    let mut notes = Notes::default();
    let mut draft = Draft::default();
    let mut sources: Vec<Source> = Vec::new();
    for path in files.paths().filter(|path| is_yaml(path)).map(str::to_owned).collect::<Vec<_>>() {
        let place = target.place(&path, FOLDER);
        let Some(found) = source(files, &path, place.clone(), &mut notes) else { continue };
        if target.copies() {
            draft.copy(files, &path, &place);
            draft.remarks.push(format!("Imported from `{place}`."));
        }
        sources.push(found);
    }
    for source in &sources {
        source.objects.iter().for_each(|object| told(object, &source.place, &mut notes));
    }
    let reading = Reading::of(&sources, &mut notes);
    let mut writer = Writer::new(target);
    for object in sources.iter().flat_map(|source| &source.objects).filter(|object| kind(object) == "Service") {
        writer.service(name(object), Some(object), &mut notes);
    }
    for taken in &reading.taken {
        writer.scenario(taken, &mut notes);
    }
    for (name, node) in reading.unused() {
        notes.push(Code::Kept, node.span, format!("no objective uses indicator `{}`; it is kept in the document only", short(name)));
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

/// Whether a file may hold objects.
fn is_yaml(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|end| path.to_ascii_lowercase().ends_with(end))
}

/// Says of an object what no scenario says.
fn told(object: &Node, place: &str, notes: &mut Notes) {
    let start = Span::new(object.span.file, object.span.start as usize, object.span.start as usize + 1);
    standard::check(object, notes);
    let (kind, name) = (kind(object), name(object));
    let has_objectives = |spec: &Node| spec.get("objectives").or_else(|| spec.get("objective")).is_some_and(|node| !node.is_empty());
    match kind {
        "SLI" | "Service" => {}
        "SLO" if object.get("spec").is_some_and(has_objectives) && object.get("metadata").is_some() => {}
        "SLO" => notes.push(Code::Kept, start, format!("`{}` has no objectives; it is kept in the document only", short(name))),
        _ => notes.help(
            Code::Kept,
            start,
            format!("{} `{}` has no place in a charter", short(if kind.is_empty() { "an object" } else { kind }), short(name)),
            format!("it stays in `{place}`, and `charter export openslo` passes it on"),
        ),
    }
}

struct Writer<'t> {
    target: &'t Target<'t>,
    quality: Map,
    containers: Map,
    /// The id under which a service is known in the charter.
    services: HashMap<String, String>,
    ids: Ids,
}

impl<'t> Writer<'t> {
    fn new(target: &'t Target<'t>) -> Self {
        let taken = target.spec.map(|spec| spec.declared(SectionName::Quality)).unwrap_or_default();
        let ids = Ids::taken(taken.iter().map(|(id, _)| id.as_str()));
        Self { target, quality: Map::new(), containers: Map::new(), services: HashMap::new(), ids }
    }

    fn scenario(&mut self, taken: &Taken, notes: &mut Notes) {
        let service = taken.service.as_deref().and_then(|name| self.service(name, None, notes));
        let id = self.ids.take(&taken.wanted, "objective");
        let mut map = Map::new().block();
        map.put("attribute", taken.attribute);
        map.put_some("artifact", service);
        map.put_some("response", taken.response.clone());
        map.put_some("measure", taken.measure.clone());
        map.put("facts", taken.facts.clone());
        self.quality.put(id, map);
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
}
