//! CALM 1.2 (FINOS, Common Architecture Language Model): nodes, relationships, controls, flows, decisions.

use super::document::{Map, Value};
use super::facts::joined;
use super::structurizr::{code_left_out, unresolved};
use super::{Export, Input};
use crate::c4::{Architecture, Element, ElementId, Kind, Relation, Shape};
use charter_spec::SectionName;
use std::collections::{HashMap, HashSet};

const SCHEMA: &str = "https://calm.finos.org/release/1.2/meta/calm.json";

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let architecture = Architecture::new(input.resolved);
    unresolved(&architecture, out);
    let shown: Vec<&Element> = architecture.elements.iter().filter(|element| element.kind != Kind::Code).collect();
    code_left_out(&architecture, "CALM", out);
    let mut ids = Relations::default();
    let mut relationships = Vec::new();
    for element in &shown {
        let parts: Vec<&str> = shown.iter().filter(|part| part.parent == Some(element.id)).map(|part| part.key.as_str()).collect();
        if !parts.is_empty() {
            let composed = Map::new().set("container", &element.key).set("nodes", parts);
            let relation = Map::new()
                .set("unique-id", ids.unique(format!("{}-parts", element.key)))
                .set("relationship-type", Map::new().set("composed-of", composed));
            relationships.push(relation);
        }
    }
    for relation in &architecture.relations {
        relationships.extend(relationship(&architecture, relation, &mut ids));
    }
    let document = Map::new()
        .set("$schema", SCHEMA)
        .set("nodes", shown.iter().map(|element| node(element)).collect::<Vec<_>>())
        .set("relationships", relationships)
        .set("controls", controls(input))
        .set("flows", flows(input, &architecture, &ids))
        .set("adrs", decisions(input))
        .set(
            "metadata",
            Map::new()
                .set("system", super::identity::system(input))
                .set("title", super::identity::title(input))
                .set("date", input.today.to_string()),
        );
    out.file("architecture.calm.json", Value::Map(document).json());
}

/// Names of relationships, and which relation became which.
#[derive(Default)]
struct Relations {
    taken: HashSet<String>,
    of: HashMap<(ElementId, ElementId), String>,
}

impl Relations {
    fn unique(&mut self, wanted: String) -> String {
        let id = if self.taken.contains(&wanted) {
            (2..).map(|number: u32| format!("{wanted}-{number}")).find(|id| !self.taken.contains(id)).unwrap_or_default()
        } else {
            wanted
        };
        self.taken.insert(id.clone());
        id
    }
}

fn node(element: &Element) -> Map {
    let node_type = match (element.kind, element.shape) {
        (Kind::Person, _) => "actor",
        (_, Shape::Store) => "database",
        (Kind::System, _) => "system",
        (_, Shape::Queue) => "queue",
        (Kind::Container, Shape::Plain) => "service",
        (Kind::Component | Kind::Code, Shape::Plain) => "component",
    };
    // A description is required; without words of its own an element is called what it is.
    let description =
        if element.description.is_empty() { format!("{} {}", element.word, element.name) } else { element.description.clone() };
    let mut metadata = Map::new().set("kind", element.word);
    if !element.technology.is_empty() {
        metadata.put("technology", &element.technology);
    }
    for (name, value) in &element.facts {
        metadata.put(*name, value);
    }
    metadata.put("tags", element.tags.iter().map(|tag| tag.word()).collect::<Vec<_>>());
    let metadata = metadata.some("charter", element.declared.as_ref().map(ToString::to_string));
    Map::new()
        .set("unique-id", &element.key)
        .set("node-type", node_type)
        .set("name", &element.name)
        .set("description", description)
        .set("metadata", metadata)
}

fn relationship(architecture: &Architecture, relation: &Relation, ids: &mut Relations) -> Option<Map> {
    let (from, to) = (architecture.element(relation.from), architecture.element(relation.to));
    if from.kind == Kind::Code || to.kind == Kind::Code {
        return None;
    }
    let id = ids.unique(format!("{}-to-{}", from.key, to.key));
    ids.of.entry((from.id, to.id)).or_insert_with(|| id.clone());
    let end = |element: &Element| Map::new().set("node", &element.key);
    let kind = if from.kind == Kind::Person {
        Map::new().set("interacts", Map::new().set("actor", &from.key).set("nodes", vec![to.key.as_str()]))
    } else {
        Map::new().set("connects", Map::new().set("source", end(from)).set("destination", end(to)))
    };
    let protocol = ["HTTP", "HTTPS", "AMQP", "TLS", "mTLS", "TCP", "WebSocket", "JDBC", "LDAP", "SFTP", "FTP"]
        .into_iter()
        .find(|protocol| protocol.eq_ignore_ascii_case(&relation.technology));
    let other = (protocol.is_none() && !relation.technology.is_empty()).then(|| Map::new().set("technology", &relation.technology));
    Some(
        Map::new()
            .set("unique-id", id)
            .set("description", format!("{} {} {}", from.name, relation.verb, to.name))
            .set("relationship-type", kind)
            .some("protocol", protocol)
            .some("metadata", other),
    )
}

fn controls(input: &Input<'_>) -> Map {
    let mut controls = Map::new();
    let mut names = super::names::Names::default();
    for control in &input.resolved.spec.controls {
        let id = control.id.value.as_str();
        let key = names.unique(id.replace('_', "-"));
        let description = match &control.about {
            Some(about) => about.value.clone(),
            None if control.enforce.is_empty() => format!("control {id}"),
            None => format!("enforces {}", joined(&control.enforce, ", ")),
        };
        let principles: Vec<&str> = control.principle.iter().map(|principle| principle.value.word()).collect();
        let words = |list: &charter_spec::List<String>| list.iter().map(|word| word.value.clone()).collect::<Vec<_>>();
        let config = Map::new()
            .set("charter", format!("controls.{id}"))
            .set("enforce", words(&control.enforce))
            .set("where", words(&control.places))
            .set("principles", principles)
            .set("evidence", control.evidence.iter().map(|file| file.value.as_str()).collect::<Vec<_>>())
            .set("checks", control.check.iter().map(|check| check.value.text.to_string()).collect::<Vec<_>>())
            .some("owner", control.owner.as_ref().map(|owner| owner.value.to_string()));
        let url = control
            .law
            .as_ref()
            .map_or_else(|| format!("urn:charter:control:{id}"), |law| format!("urn:law:{}", super::names::file_name(&law.value)));
        let requirement = Map::new().set("requirement-url", url).set("config", config);
        controls.put(key, Map::new().set("description", description).set("requirements", vec![requirement]));
    }
    controls
}

/// How each route is answered, as far as it asks models.
fn flows(input: &Input<'_>, architecture: &Architecture, ids: &Relations) -> Vec<Map> {
    let mut flows = Vec::new();
    for route in &input.resolved.spec.routes {
        let declared = charter_plan::resolved::Element::new(SectionName::Routes, &route.id.value);
        let Some(element) = architecture.of(&declared) else { continue };
        let mut seen = HashSet::new();
        let steps = architecture.relations.iter().filter(|relation| relation.from == element.id);
        let steps: Vec<(&String, String)> = steps
            .filter_map(|relation| {
                let id = ids.of.get(&(relation.from, relation.to))?;
                let words = format!("{} {}", relation.verb, architecture.element(relation.to).name);
                seen.insert((id, words.clone())).then_some((id, words))
            })
            .collect();
        if steps.is_empty() {
            continue;
        }
        let transitions: Vec<Map> = (1_u32..)
            .zip(steps)
            .map(|(number, (id, words))| {
                Map::new().set("relationship-unique-id", id).set("sequence-number", number).set("description", words)
            })
            .collect();
        let description =
            if element.description.is_empty() { format!("how route {} is answered", route.id.value) } else { element.description.clone() };
        flows.push(
            Map::new()
                .set("unique-id", format!("flow-{}", route.id.value))
                .set("name", format!("answer of {}", route.id.value))
                .set("description", description)
                .set("transitions", transitions),
        );
    }
    flows
}

fn decisions(input: &Input<'_>) -> Vec<String> {
    let of = |decision: &charter_spec::names::Entry<charter_spec::ast::Decision>| {
        decision
            .record
            .as_ref()
            .map_or_else(|| format!("charter.yaml#decisions.{}", decision.id.value), |record| record.value.as_str().to_owned())
    };
    input.resolved.spec.decisions.iter().map(of).collect()
}
