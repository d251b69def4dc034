//! Systems around ours: dependencies and providers, and which way what passes between them and us.

use super::builder::{Builder, New, SYSTEM, is_about_people};
use super::{ElementId, Kind, Shape, Tag};
use charter_spec::SectionName;
use charter_spec::ast::{Dependency, DependencyKind, Direction, Level, ProviderKind};
use charter_spec::names::Entry;

impl Builder<'_> {
    pub(super) fn landscape(&mut self) {
        let spec = self.spec;
        for entry in &spec.dependencies {
            let mut new = New::declared(SectionName::Dependencies, "dependency", Kind::System, &entry.id.value, entry.id.span);
            new.tags.push(Tag::External);
            new.description = entry.about.as_ref().map(|about| about.value.clone()).unwrap_or_else(|| place(entry));
            new.technology = entry.via.as_ref().map_or_else(|| kind_words(entry).to_owned(), |via| via.value.clone());
            new.shape = match entry.kind.as_ref().map(|kind| kind.value) {
                Some(DependencyKind::Lookup | DependencyKind::Query) if !is_downstream(entry) => Shape::Store,
                Some(DependencyKind::Batch) if !is_downstream(entry) => Shape::Store,
                Some(DependencyKind::Queue | DependencyKind::Stream) => Shape::Queue,
                _ => Shape::Plain,
            };
            new.tag(Tag::Critical, entry.criticality.as_ref().is_some_and(|level| level.value == Level::Critical));
            new.tag(Tag::PersonalData, entry.data.as_ref().is_some_and(|class| is_about_people(class.value)));
            new.fact("direction", entry.direction.as_ref().map(|direction| direction.value));
            new.fact("kind", entry.kind.as_ref().map(|kind| kind.value));
            new.fact("region", entry.region.as_ref().map(|region| &region.value));
            new.fact("data", entry.data.as_ref().map(|class| class.value));
            new.fact("slo", entry.slo.as_ref().map(|slo| &slo.value));
            new.fact("criticality", entry.criticality.as_ref().map(|level| level.value));
            new.fact("contract", entry.contract.as_ref().map(|contract| contract.value.as_str()));
            new.fact("url", entry.url.as_ref().map(|url| &url.value));
            new.fact("owner", entry.owner.as_ref().map(|owner| &owner.value));
            self.add(new);
        }
        for entry in &spec.providers {
            let mut new = New::declared(SectionName::Providers, "provider", Kind::System, &entry.id.value, entry.id.span);
            new.tags.push(Tag::External);
            new.description = entry.about.as_ref().map_or_else(|| "Sells models and model time".to_owned(), |about| about.value.clone());
            new.technology = entry.kind.as_ref().map_or("", |kind| provider_words(kind.value)).to_owned();
            new.tag(Tag::PersonalData, entry.data.as_ref().is_some_and(|class| is_about_people(class.value)));
            new.fact("region", entry.region.as_ref().map(|region| &region.value));
            new.fact("data", entry.data.as_ref().map(|class| class.value));
            new.fact("slo", entry.slo.as_ref().map(|slo| &slo.value));
            new.fact("url", entry.url.as_ref().map(|url| &url.value));
            new.fact("owner", entry.owner.as_ref().map(|owner| &owner.value));
            self.add(new);
        }
    }

    /// What passes between us and them. Where a feature, data set or model says more exactly who takes it, that is enough.
    pub(super) fn landscape_relations(&mut self) {
        let spec = self.spec;
        let ours = self.serving.unwrap_or(SYSTEM);
        let related = self.related();
        for entry in &spec.dependencies {
            let Some(other) = self.find(SectionName::Dependencies, &entry.id.value) else { continue };
            let technology = self.element(other).technology.clone();
            if !related.contains(&other) {
                let (verb, towards_us) = verb(entry);
                let (from, to) = if towards_us { (other, ours) } else { (ours, other) };
                self.relate(from, to, verb, &technology, entry.id.span);
            }
            for source in &entry.feeds_from {
                let from = self.resolved.index.find(&source.value).and_then(|element| self.find_declared(&element));
                if let Some(from) = from {
                    self.relate(from, other, "feeds", "", source.span);
                }
            }
            if let Some(provider) = &entry.provider {
                let of = self.resolved.index.find(&provider.value).and_then(|element| self.find_declared(&element));
                if let Some(of) = of {
                    self.relate(other, of, "is provided by", "", provider.span);
                }
            }
        }
        let related = self.related();
        for entry in &spec.providers {
            let Some(other) = self.find(SectionName::Providers, &entry.id.value) else { continue };
            if !related.contains(&other) {
                let technology = self.element(other).technology.clone();
                self.relate(ours, other, "may ask", &technology, entry.id.span);
            }
        }
        self.sized_relations(ours);
    }

    /// Queues and stores of `capacity`, which say nothing of who uses them.
    fn sized_relations(&mut self, ours: ElementId) {
        let related = self.related();
        let lonely: Vec<(ElementId, &'static str)> = self
            .elements
            .iter()
            .filter(|element| !related.contains(&element.id))
            .filter_map(|element| match element.word {
                "queue" => Some((element.id, "puts work into")),
                "store" => Some((element.id, "keeps data in")),
                _ => None,
            })
            .collect();
        for (id, verb) in lonely {
            let span = self.element(id).span;
            self.relate(ours, id, verb, "", span);
        }
    }
}

/// The verb between a dependency and us, and whether the arrow points at us.
fn verb(entry: &Entry<Dependency>) -> (&'static str, bool) {
    use DependencyKind::{Batch, Grpc, Http, Lookup, Query, Queue, Stream};
    let kind = entry.kind.as_ref().map(|kind| kind.value);
    match entry.direction.as_ref().map(|direction| direction.value) {
        Some(Direction::Upstream) => match kind {
            Some(Batch) => ("delivers data to", true),
            Some(Stream) => ("streams events to", true),
            Some(Queue) => ("queues work for", true),
            Some(Lookup) => ("looks up in", false),
            Some(Query) => ("queries", false),
            Some(Http | Grpc) => ("calls", false),
            None => ("feeds", true),
        },
        Some(Direction::Downstream) => match kind {
            Some(Batch) => ("delivers data to", false),
            Some(Stream) => ("streams events to", false),
            Some(Queue) => ("queues work for", false),
            Some(Lookup) => ("writes to", false),
            Some(Query) => ("queries", true),
            Some(Http | Grpc) => ("calls", true),
            None => ("gives to", false),
        },
        Some(Direction::Shared) => ("uses", false),
        // Which way anything passes is not said, so no verb says it.
        None => ("has to do with", false),
    }
}

fn is_downstream(entry: &Entry<Dependency>) -> bool {
    entry.direction.as_ref().is_some_and(|direction| direction.value == Direction::Downstream)
}

fn kind_words(entry: &Entry<Dependency>) -> &'static str {
    match entry.kind.as_ref().map(|kind| kind.value) {
        Some(DependencyKind::Batch) => "batch",
        Some(DependencyKind::Stream) => "event stream",
        Some(DependencyKind::Lookup) => "key-value store",
        Some(DependencyKind::Http) => "HTTP",
        Some(DependencyKind::Grpc) => "gRPC",
        Some(DependencyKind::Query) => "queries",
        Some(DependencyKind::Queue) => "message queue",
        None => "",
    }
}

fn provider_words(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Openai => "OpenAI API",
        ProviderKind::Anthropic => "Anthropic API",
        ProviderKind::Oip => "Open Inference Protocol v2",
        ProviderKind::Http => "HTTP",
    }
}

/// What the charter says of a dependency without words of its own: `upstream, every 1d, personal data, eu-central-1`.
fn place(entry: &Entry<Dependency>) -> String {
    let direction = entry.direction.as_ref().map(|direction| direction.value.word().to_owned());
    let every = entry.every.as_ref().map(|every| format!("every {}", every.value));
    let data = entry.data.as_ref().map(|class| format!("{} data", class.value));
    let region = entry.region.as_ref().map(|region| region.value.clone());
    [direction, every, data, region].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
