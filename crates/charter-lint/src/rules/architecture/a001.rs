//! Boxes and arrows that say nothing.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::{Architecture, Relation};
use charter_spec::names::Named;
use charter_spec::{Severity, Span};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    code: "A001",
    severity: Severity::Warning,
    title: "relation without verb, or to nothing; element without relation",
    page: include_str!("../../../tests/rules/A001.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let Some(architecture) = &lint.resolved.spec.architecture else { return };
    let named = named(&architecture.value);
    for person in &architecture.value.people {
        let id = person.id.value.as_str();
        relations(lint, id, person.id.span, &[&person.uses], findings);
        if person.uses.is_empty() && !named.contains(id) {
            alone(id, person.id.span, "`uses: { gateway: asks }`", findings);
        }
    }
    for container in &architecture.value.containers {
        let id = container.id.value.as_str();
        relations(lint, id, container.id.span, &[&container.talks_to, &container.used_by], findings);
        for component in &container.components {
            relations(lint, component.id.value.as_str(), component.id.span, &[&component.talks_to], findings);
        }
        let inner = container.components.iter().any(|component| !component.talks_to.is_empty());
        if container.talks_to.is_empty() && container.used_by.is_empty() && !inner && !named.contains(id) {
            alone(id, container.id.span, "`talks_to: { store: reads from }`", findings);
        }
    }
}

fn alone(id: &str, place: Span, example: &str, findings: &mut Findings) {
    findings.push(
        RULE.finding(format!("`{id}` is in no view: nothing talks to it, and it talks to nothing"))
            .at(place, "alone")
            .help(format!("say what it has to do with the rest: {example}, or leave it out"))
            .proven(),
    );
}

/// Everything that some relation leads to.
fn named(architecture: &Architecture) -> HashSet<&str> {
    let people = architecture.people.iter().map(|person| &person.uses);
    let containers = architecture.containers.iter().flat_map(|container| {
        let components = container.components.iter().map(|component| &component.talks_to);
        [&container.talks_to, &container.used_by].into_iter().chain(components)
    });
    people.chain(containers).flat_map(|list| list.iter()).map(|relation| relation.id.value.as_str()).collect()
}

/// One finding for all relations of an element that lack a verb, one for each that leads to nothing.
fn relations(lint: &Lint<'_>, from: &str, place: Span, lists: &[&Named<Relation>], findings: &mut Findings) {
    let all = || lists.iter().flat_map(|list| list.iter());
    for relation in all().filter(|relation| is_nothing(lint, relation.id.value.as_str())) {
        findings.push(
            RULE.finding(format!("`{from}` is related to `{}`, which is nothing in this charter", relation.id.value))
                .at(relation.id.span, "no element has this id")
                .at(place, "drawn from here")
                .help("declare it as a container, model, route or dependency, or correct the name")
                .proven(),
        );
    }
    let silent: Vec<_> = all().filter(|relation| relation.verb.is_none()).collect();
    let Some(first) = silent.first() else { return };
    let names: Vec<String> = silent.iter().take(8).map(|relation| format!("`{}`", relation.id.value)).collect();
    findings.push(
        RULE.finding(format!("nothing says what `{from}` does with {}", names.join(", ")))
            .at(first.id.span, "an arrow without a verb")
            .at(place, "drawn from here")
            .help(format!("add the verb: `{{ {}: asks }}`", first.id.value))
            .proven(),
    );
}

/// Whether no element of the charter has this name, and the whole system neither: it is called `system`, or as the charter calls it.
fn is_nothing(lint: &Lint<'_>, name: &str) -> bool {
    let own = lint.resolved.spec.system.as_ref().is_some_and(|system| system.value == name);
    name != "system" && !own && lint.resolved.index.all(name).next().is_none()
}
