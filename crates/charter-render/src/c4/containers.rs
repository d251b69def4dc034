//! Containers: those that `architecture` declares, and those that follow because something has to hold the routes, features and data that are declared.

use super::builder::{Builder, New, SYSTEM, slug};
use super::{ElementId, Kind, Shape, Tag};
use charter_spec::ast::{Container, ModelVersion};
use charter_spec::names::Entry;
use charter_spec::{Id, SectionName, Span};

impl Builder<'_> {
    pub(super) fn declared_containers(&mut self) {
        let spec = self.spec;
        for container in spec.architecture.iter().flat_map(|architecture| &architecture.containers) {
            self.declared_container(container);
        }
    }

    fn declared_container(&mut self, entry: &Entry<Container>) {
        let mut new = New::declared(SectionName::Architecture, "container", Kind::Container, &entry.id.value, entry.id.span);
        new.parent = Some(SYSTEM);
        new.description = entry.about.as_ref().map(|about| about.value.clone()).unwrap_or_default();
        new.technology = entry.tech.as_ref().map(|tech| tech.value.clone()).unwrap_or_default();
        new.shape = shape(&[entry.id.value.as_str(), &new.technology, entry.layer.as_ref().map_or("", |layer| &layer.value)]);
        new.tag(Tag::Critical, entry.critical.as_ref().is_some_and(|critical| critical.value));
        new.fact("layer", entry.layer.as_ref().map(|layer| &layer.value));
        new.fact("owner", entry.owner.as_ref().map(|owner| &owner.value));
        let container = self.add(new);
        for component in &entry.components {
            let mut new = New::declared(SectionName::Architecture, "component", Kind::Component, &component.id.value, component.id.span);
            // Ids of components are unique within their container only.
            new.key = format!("component-{}-{}", entry.id.value, component.id.value);
            new.parent = Some(container);
            new.description = component.about.as_ref().map(|about| about.value.clone()).unwrap_or_default();
            new.technology = component.tech.as_ref().map(|tech| tech.value.clone()).unwrap_or_default();
            new.tag(Tag::Critical, component.critical.as_ref().is_some_and(|critical| critical.value));
            self.add(new);
        }
    }

    /// The gateway, queues and stores that follow from what is declared and that no declared container is.
    pub(super) fn derived_containers(&mut self) {
        let spec = self.spec;
        let is_serving = !spec.routes.is_empty() || !spec.models.is_empty();
        if is_serving {
            let span = spec.routes.span().or(spec.models.span()).unwrap_or_default();
            self.serving = Some(self.home(&["gateway", "charter", "serving"], &["serving", "gateway"], || {
                let mut new = derived("gateway", span);
                new.technology = "Charter".to_owned();
                new.description = "Answers every route within its budget, by its ladder, and keeps the evidence".to_owned();
                new
            }));
        } else {
            self.serving = self.declared_home(&["gateway", "charter", "serving"], &["serving", "gateway"]);
        }
        for queue in spec.capacity.iter().flat_map(|capacity| &capacity.queues) {
            let mut new = derived(queue.id.value.as_str(), queue.id.span);
            new.key = format!("queue-{}", queue.id.value);
            new.word = "queue";
            new.shape = Shape::Queue;
            new.technology = "queue".to_owned();
            new.fact("wait", queue.wait.as_ref().map(|wait| &wait.value));
            new.fact("drain", queue.drain.as_ref().map(|drain| &drain.value));
            self.sized(new, &queue.id.value, SectionName::Capacity);
        }
        for store in spec.capacity.iter().flat_map(|capacity| &capacity.storage) {
            let mut new = derived(store.id.value.as_str(), store.id.span);
            new.key = format!("store-{}", store.id.value);
            new.word = "store";
            new.shape = Shape::Store;
            new.technology = "store".to_owned();
            new.fact("daily", store.daily.as_ref().map(|daily| &daily.value));
            new.fact("retention", store.retention.as_ref().map(|retention| &retention.value));
            self.sized(new, &store.id.value, SectionName::Capacity);
        }
    }

    /// A queue or store under `capacity`, unless a container of that name is it.
    fn sized(&mut self, mut new: New, id: &Id, section: SectionName) {
        if self.find(SectionName::Architecture, id).is_none() {
            new.declared = Some(super::Declared::new(section, id));
            new.tags.clear();
            self.add(new);
        }
    }

    /// The declared container with one of these ids, else the first of one of these layers.
    fn declared_home(&self, ids: &[&str], layers: &[&str]) -> Option<ElementId> {
        let containers = &self.spec.architecture.as_ref()?.containers;
        let by_id = ids.iter().find_map(|id| containers.get_entry(id));
        let in_layer = |container: &&Entry<Container>| {
            container.layer.as_ref().is_some_and(|layer| layers.iter().any(|word| layer.value.to_lowercase().contains(word)))
        };
        let found = by_id.or_else(|| containers.iter().find(in_layer))?;
        self.find(SectionName::Architecture, &found.id.value)
    }

    /// The declared container for something, else a new one.
    pub(super) fn home(&mut self, ids: &[&str], layers: &[&str], make: impl FnOnce() -> New) -> ElementId {
        self.declared_home(ids, layers).unwrap_or_else(|| self.add(make()))
    }

    /// The server on which a model runs when all its versions run elsewhere at one address.
    pub(super) fn model_server(&mut self, versions: &charter_spec::names::Entries<ModelVersion>) -> Option<ElementId> {
        let mut hosts = versions.iter().map(|version| version.oip.as_ref().map(|url| host(&url.value)));
        let first = hosts.next()??;
        if !hosts.all(|host| host == Some(first)) {
            return None;
        }
        let key = format!("model-server-{}", slug(first));
        if let Some(known) = self.elements.iter().find(|element| element.key == key) {
            return Some(known.id);
        }
        let span = versions.span().unwrap_or_default();
        let mut new = derived(&format!("model server {first}"), span);
        new.key = key;
        new.word = "model server";
        new.technology = "Open Inference Protocol v2".to_owned();
        new.description = format!("Runs models at {first}");
        Some(self.add(new))
    }
}

pub(super) fn derived(name: &str, span: Span) -> New {
    let mut new = New::derived("container", Kind::Container, &slug(name), name, span);
    new.parent = Some(SYSTEM);
    new.tags.push(Tag::Derived);
    new
}

/// Host and port of an address; the address itself when it has no scheme.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// By words that name what keeps data or work; anything else is plain.
fn shape(words: &[&str]) -> Shape {
    const STORES: &[&str] = &[
        "store",
        "storage",
        "database",
        "postgres",
        "mysql",
        "sqlite",
        "redis",
        "valkey",
        "s3",
        "bucket",
        "lake",
        "cache",
        "dynamo",
        "cassandra",
    ];
    const QUEUES: &[&str] = &["queue", "kafka", "nats", "rabbitmq", "sqs", "pulsar", "topic"];
    let text = words.join(" ").to_lowercase();
    let has = |names: &[&str]| names.iter().any(|name| text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == *name));
    match (has(QUEUES), has(STORES)) {
        (true, _) => Shape::Queue,
        (_, true) => Shape::Store,
        _ => Shape::Plain,
    }
}
