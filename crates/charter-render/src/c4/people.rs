//! People: those of `architecture.people`, and every stakeholder. A stakeholder asks the system where a promise of latency names it as its source; the
//! others only have an interest.

use super::builder::{Builder, New, SYSTEM};
use super::{ElementId, Kind, Tag};
use charter_spec::SectionName;
use charter_spec::ast::Scenario;
use charter_spec::measure::{Argument, TermKind};
use charter_spec::names::Entry;
use std::collections::HashMap;

impl Builder<'_> {
    pub(super) fn people(&mut self) {
        let spec = self.spec;
        let people = spec.architecture.as_ref().map(|architecture| &architecture.people);
        for person in people.into_iter().flatten() {
            let mut new = New::declared(SectionName::Architecture, "person", Kind::Person, &person.id.value, person.id.span);
            new.description = person.about.as_ref().map(|about| about.value.clone()).unwrap_or_default();
            self.add(new);
        }
        for stakeholder in &spec.stakeholders {
            // Someone declared in both places is one person.
            if people.is_some_and(|people| people.contains(&stakeholder.id.value)) {
                continue;
            }
            let mut new = New::declared(SectionName::Stakeholders, "stakeholder", Kind::Person, &stakeholder.id.value, stakeholder.id.span);
            let about = [stakeholder.role.as_ref(), stakeholder.about.as_ref()];
            new.description = about.into_iter().flatten().map(|text| text.value.as_str()).collect::<Vec<_>>().join("; ");
            new.fact("name", stakeholder.name.as_ref().map(|name| &name.value));
            let cares: Vec<&str> = stakeholder.cares.iter().map(|cares| cares.value.as_str()).collect();
            new.fact("cares about", Some(cares.join(", ")).filter(|cares| !cares.is_empty()));
            let signs: Vec<&str> = stakeholder.signs.iter().map(|signs| signs.value.as_str()).collect();
            new.fact("signs", Some(signs.join(", ")).filter(|signs| !signs.is_empty()));
            self.add(new);
        }
    }

    /// Who uses what. What `architecture` states is all that is drawn of a person; of the others it is known that they ask, where a promise of latency
    /// names them as its source: only who calls waits for an answer. A scenario's other sources cause something and call nobody.
    pub(super) fn people_relations(&mut self) {
        let spec = self.spec;
        let stated = self.related();
        let by_word = self.sources();
        for scenario in spec.quality.iter().filter(|scenario| promises_latency(scenario)) {
            let source = scenario.source.as_ref().and_then(|source| by_word.get(&source.value.to_lowercase()));
            if let Some(person) = source.copied().filter(|person| !stated.contains(person)) {
                self.asks(person, scenario);
            }
        }
        let related = self.related();
        let idle: Vec<ElementId> = self
            .elements
            .iter()
            .filter(|element| element.kind == Kind::Person && !related.contains(&element.id))
            .map(|element| element.id)
            .collect();
        for id in idle {
            match self.element(id).word {
                // Declared for the picture, without a word about what it uses.
                "person" => {
                    let span = self.element(id).span;
                    self.relate(id, self.serving.unwrap_or(SYSTEM), "uses", "", span);
                }
                _ => self.tag(id, Tag::Bystander),
            }
        }
    }

    fn asks(&mut self, person: ElementId, scenario: &Entry<Scenario>) {
        let to = scenario.artifact.as_ref().and_then(|artifact| self.named(artifact.value.as_str()));
        let to = to.unwrap_or_else(|| self.serving.unwrap_or(SYSTEM));
        if matches!(self.element(to).kind, Kind::System | Kind::Container | Kind::Component) {
            self.relate(person, to, "asks", "", scenario.id.span);
        }
    }

    /// Words by which a scenario may name a person: id, role, name. A word that stands for two people stands for nobody.
    fn sources(&self) -> HashMap<String, ElementId> {
        let mut words: HashMap<String, Option<ElementId>> = HashMap::new();
        let mut add = |word: &str, id: ElementId| {
            words.entry(word.to_lowercase()).and_modify(|known| *known = known.filter(|known| *known == id)).or_insert(Some(id));
        };
        for person in self.spec.architecture.iter().flat_map(|architecture| &architecture.people) {
            if let Some(id) = self.find(SectionName::Architecture, &person.id.value) {
                add(&person.id.value, id);
            }
        }
        for stakeholder in &self.spec.stakeholders {
            let id = &stakeholder.id.value;
            let Some(element) = self.find(SectionName::Stakeholders, id).or_else(|| self.find(SectionName::Architecture, id)) else {
                continue;
            };
            add(id, element);
            stakeholder.role.iter().chain(&stakeholder.name).for_each(|word| add(&word.value, element));
        }
        words.into_iter().filter_map(|(word, id)| Some((word, id?))).collect()
    }
}

/// Whether the measure is about `latency`: `p99(latency) < 200ms`.
fn promises_latency(scenario: &Scenario) -> bool {
    let is_latency = |kind: &TermKind| matches!(kind, TermKind::Path(path) if path.single() == Some("latency"));
    scenario.measure.as_ref().and_then(|measure| measure.value.measure()).is_some_and(|measure| match &measure.term.kind {
        TermKind::Call { arguments, .. } => {
            arguments.iter().any(|argument| matches!(argument, Argument::Term(term) if is_latency(&term.kind)))
        }
        kind => is_latency(kind),
    })
}
