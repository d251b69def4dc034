//! What keeps a requirement: by its artifact, by what its measure speaks of, and by what is written under its id.
//!
//! Each comes with the reason, since the charter does not say it in so many words.

use crate::resolved::{Element, Resolved, first_models};
use charter_spec::ast::Scenario;
use charter_spec::measure::Proof;
use charter_spec::names::Entry;
use charter_spec::{Criterion, Id, SectionName};

/// Elements that keep a scenario or a constraint, each with its reason, in reading order.
pub(super) fn keepers(resolved: &Resolved, requirement: &Element) -> Vec<(Element, String)> {
    let mut found = Found(Vec::new());
    match requirement.section {
        SectionName::Quality => {
            if let Some(scenario) = resolved.spec.quality.get_entry(&requirement.id) {
                of_scenario(resolved, scenario, &mut found);
            }
        }
        _ => {
            if let Some(constraint) = resolved.spec.constraints.get(&requirement.id) {
                constraint.check.iter().for_each(|check| of_criterion(resolved, &check.value, &mut found));
            }
        }
    }
    found.0
}

struct Found(Vec<(Element, String)>);

impl Found {
    fn add(&mut self, element: Element, because: &str) {
        if !self.0.iter().any(|(known, _)| *known == element) {
            self.0.push((element, because.to_owned()));
        }
    }
}

fn of_scenario(resolved: &Resolved, scenario: &Entry<Scenario>, found: &mut Found) {
    let spec = &resolved.spec;
    let routes = routes(resolved, scenario, found);
    let id = &scenario.id.value;
    let kind = resolved.proofs.iter().find(|proof| proof.element.id == *id).and_then(|proof| proof.proof);
    let measure = scenario.measure.as_ref().and_then(|measure| measure.value.measure());
    let speaks_of = |word: &str| scenario.measure.as_ref().is_some_and(|measure| measure.value.text.contains(word));
    for budget in &spec.latency {
        let implements = budget.implements.as_ref().is_some_and(|reference| reference.value.id == *id);
        if budget.id.value == *id || implements {
            found.add(Element::new(SectionName::Latency, &budget.id.value), "the budget that is written for it");
        }
    }
    if speaks_of("latency") {
        for route in &routes {
            let budget = spec.routes.get(route).and_then(|route| route.latency.as_ref());
            if let Some(element) = budget.and_then(|budget| resolved.index.find(&budget.value)) {
                found.add(element, "the budget of the route");
            }
        }
    }
    if scenario.under.is_some() || kind == Some(Proof::Load) {
        for sized in &resolved.capacity.models {
            if routes.contains(&&sized.element.id) {
                found.add(Element::new(SectionName::Capacity, &sized.id), "sized for the load that it speaks of");
            }
        }
    }
    if speaks_of("rung") || speaks_of("answered") || speaks_of("fallback") {
        for route in &routes {
            if resolved.spec.degradation.as_ref().is_some_and(|degradation| degradation.ladders.contains(route)) {
                found.add(Element::new(SectionName::Degradation, route), "what answers when something breaks");
            }
        }
    }
    if kind == Some(Proof::Evaluation) {
        for route in &routes {
            let mut models = Vec::new();
            if let Some(answer) = spec.routes.get(route).and_then(|route| route.answer.as_ref()) {
                first_models(&answer.value, &mut models);
            }
            models.iter().for_each(|model| found.add(Element::new(SectionName::Models, model), "the model that answers"));
        }
    }
    if let Some(criterion) = &scenario.measure
        && measure.is_some()
    {
        of_criterion(resolved, &criterion.value, found);
    }
}

/// The routes that a scenario speaks of; its artifact is added where it is an element.
fn routes<'a>(resolved: &'a Resolved, scenario: &Entry<Scenario>, found: &mut Found) -> Vec<&'a Id> {
    let spec = &resolved.spec;
    let all = || spec.routes.iter().map(|route| &route.id.value).collect::<Vec<_>>();
    let whole = |found: &mut Found| {
        spec.routes.iter().for_each(|route| found.add(Element::new(SectionName::Routes, &route.id.value), "it speaks of every route"));
        if spec.routes.is_empty() {
            spec.models.iter().for_each(|model| found.add(Element::new(SectionName::Models, &model.id.value), "it speaks of every model"));
        }
    };
    let Some(artifact) = &scenario.artifact else {
        whole(found);
        return all();
    };
    let name = artifact.as_str();
    let named = name.rsplit('.').next().unwrap_or(name);
    if let Some(route) = spec.routes.get_entry(named).filter(|_| !name.starts_with("models.")) {
        found.add(Element::new(SectionName::Routes, &route.id.value), "its artifact");
        return vec![&route.id.value];
    }
    let Some(element) = resolved.index.follow(&artifact.value) else {
        // `gateway`, `system`: the whole of it.
        whole(found);
        return all();
    };
    if element.is_whole() {
        whole(found);
        return all();
    }
    found.add(element.clone(), "its artifact");
    let askers = resolved.references.to(&element).filter(|reference| reference.role == "answer");
    let routes: Vec<&Id> = askers.filter_map(|reference| spec.routes.get_entry(&reference.from.id)).map(|route| &route.id.value).collect();
    routes.iter().for_each(|route| found.add(Element::new(SectionName::Routes, route), "it asks the artifact"));
    routes
}

/// Figures of the charter that a measure is about.
fn of_criterion(resolved: &Resolved, criterion: &Criterion, found: &mut Found) {
    if criterion.measure().is_none() {
        return;
    }
    let text = &*criterion.text;
    let spec = &resolved.spec;
    if text.starts_with("cost") {
        found.add(Element::whole(SectionName::Cost), "its measure speaks of cost");
    }
    if text.starts_with("roadmap") {
        let phases = spec.roadmap.iter().filter(|phase| mentions(&criterion.text, phase.id.value.as_str()));
        let before = found.0.len();
        phases.for_each(|phase| found.add(Element::new(SectionName::Roadmap, &phase.id.value), "its measure names the phase"));
        if found.0.len() == before {
            found.add(Element::whole(SectionName::Roadmap), "its measure speaks of the roadmap");
        }
    }
    if text.contains("team.") {
        found.add(Element::whole(SectionName::Team), "its measure speaks of the team");
    }
    if text.contains("region") {
        for dependency in spec.dependencies.iter().filter(|entry| entry.region.is_some()) {
            found.add(Element::new(SectionName::Dependencies, &dependency.id.value), "it states where it runs");
        }
        for provider in spec.providers.iter().filter(|entry| entry.region.is_some()) {
            found.add(Element::new(SectionName::Providers, &provider.id.value), "it states where it runs");
        }
        for data in spec.data.iter().filter(|entry| entry.region.is_some()) {
            found.add(Element::new(SectionName::DataSets, &data.id.value), "it states where it lies");
        }
    }
}

/// Whether `roadmap.end(mvp)` names `mvp`.
fn mentions(text: &str, id: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_').any(|word| word == id)
}
