//! Relations that `architecture` states: who uses what, what talks to what.

use super::ElementId;
use super::builder::Builder;
use charter_spec::SectionName;
use charter_spec::ast::Relation;
use charter_spec::names::{Entry, Named};

impl Builder<'_> {
    pub(super) fn stated_relations(&mut self) {
        let Some(architecture) = &self.spec.architecture else { return };
        for person in &architecture.people {
            let Some(from) = self.find(SectionName::Architecture, &person.id.value) else { continue };
            self.outwards(from, &person.uses, "uses", &format!("architecture.people.{}.uses", person.id.value));
        }
        for container in &architecture.containers {
            let path = format!("architecture.containers.{}", container.id.value);
            let Some(from) = self.find(SectionName::Architecture, &container.id.value) else { continue };
            self.outwards(from, &container.talks_to, "talks to", &format!("{path}.talks_to"));
            for relation in &container.used_by {
                match self.named(relation.id.value.as_str()) {
                    Some(other) => self.stated(other, from, relation, "uses"),
                    None => self.unresolved(relation.id.value.as_str(), format!("{path}.used_by"), relation.id.span),
                }
            }
            for component in &container.components {
                let key = format!("component-{}-{}", container.id.value, component.id.value);
                let Some(from) = self.elements.iter().find(|element| element.key == key).map(|element| element.id) else { continue };
                self.outwards(from, &component.talks_to, "talks to", &format!("{path}.components.{}.talks_to", component.id.value));
            }
        }
    }

    fn outwards(&mut self, from: ElementId, relations: &Named<Relation>, verb: &str, place: &str) {
        for relation in relations {
            let name = relation.id.value.as_str();
            // A component means its sibling before anything else of that name.
            let sibling = self.elements.iter().find(|element| {
                element.word == "component"
                    && element.name == name
                    && element.parent.is_some()
                    && element.parent == self.element(from).parent
            });
            match sibling.map(|element| element.id).or_else(|| self.named(name)) {
                Some(to) => self.stated(from, to, relation, verb),
                None => self.unresolved(name, place.to_owned(), relation.id.span),
            }
        }
    }

    fn stated(&mut self, from: ElementId, to: ElementId, relation: &Entry<Relation>, verb: &str) {
        let verb = relation.verb.as_ref().map_or(verb, |verb| verb.value.as_str());
        let technology = relation.via.as_ref().map_or("", |via| via.value.as_str());
        self.relate(from, to, verb, technology, relation.id.span);
    }
}
