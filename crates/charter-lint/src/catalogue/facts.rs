//! What a charter shows or does not show, for patterns and choices.
//!
//! A fact asks whether something is stated, never whether it is good: that is judged by the other rules.

use super::Places;
use crate::rule::Lint;
use charter_plan::resolved::{Arrangement, Element, Ladder, ServedCapacity, StageFigures};
use charter_spec::ast::{Answer, AnswerKind, Dependency, DependencyKind, Direction, Model, RiskKind};
use charter_spec::measure::{Argument, CriterionKind, Measure, Path, Term, TermKind, ValueKind};
use charter_spec::names::Entry;
use charter_spec::{Id, SectionName};
use std::collections::HashSet;

/// What the places name, without rungs: `routes.fraud`, `fraud`. `None` when nothing is named: then every element is meant.
fn named(places: Places<'_>) -> Option<impl Iterator<Item = &str>> {
    let links = places.0.filter(|links| !links.is_empty())?;
    Some(links.iter().map(|link| link.value.as_str().split('/').next().unwrap_or_default()))
}

/// The id of a name that may say its section first.
fn bare(name: &str) -> &str {
    name.split_once('.').filter(|(section, _)| SectionName::from_key(section).is_some()).map_or(name, |(_, id)| id)
}

/// Whether a name that says its section says this one.
fn is_called(name: &str, section: SectionName) -> bool {
    name.split_once('.').and_then(|(said, _)| SectionName::from_key(said)).is_none_or(|said| said == section)
}

/// Models at the places, those that the routes at the places ask too. Takes time in the places, not in the charter, where places are named.
fn models<'a>(lint: &Lint<'a>, places: Places<'_>) -> Vec<&'a Entry<Model>> {
    let spec = &lint.resolved.spec;
    let Some(names) = named(places) else { return spec.models.iter().collect() };
    let mut ids: Vec<&Id> = Vec::new();
    for name in names {
        let model = spec.models.get_entry(bare(name)).filter(|_| is_called(name, SectionName::Models));
        ids.extend(model.map(|model| &model.id.value));
        if let Some(route) = spec.routes.get_entry(bare(name)).filter(|_| is_called(name, SectionName::Routes)) {
            let asked = lint.resolved.references.from(&Element::new(SectionName::Routes, &route.id.value));
            ids.extend(asked.filter(|reference| reference.role == "answer").map(|reference| &reference.to.id));
        }
    }
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).filter_map(|id| spec.models.get_entry(id)).collect()
}

fn dependencies<'a>(lint: &Lint<'a>) -> impl Iterator<Item = &'a Entry<Dependency>> {
    lint.resolved.spec.dependencies.iter()
}

fn is_kind(dependency: &Dependency, kinds: &[DependencyKind]) -> bool {
    dependency.kind.as_ref().is_some_and(|kind| kinds.contains(&kind.value))
}

fn is_upstream(dependency: &Dependency) -> bool {
    dependency.direction.as_ref().is_some_and(|direction| direction.value == Direction::Upstream)
}

/// Whether some stage of some budget, at any depth, is like this. How deep stages nest is bounded by the reader.
fn some_stage(lint: &Lint<'_>, is: impl Fn(&StageFigures) -> bool) -> bool {
    fn any(stages: &[StageFigures], is: &dyn Fn(&StageFigures) -> bool) -> bool {
        stages.iter().any(|stage| is(stage) || any(&stage.parts, is))
    }
    lint.resolved.latency.budgets.iter().any(|budget| any(&budget.stages, &is) || budget.overrides.iter().any(|own| any(&own.stages, &is)))
}

/// The promises about numbers.
fn measures_of<'a>(lint: &Lint<'a>) -> impl Iterator<Item = &'a Measure> {
    lint.resolved.spec.quality.iter().filter_map(|scenario| scenario.measure.as_ref()?.value.measure())
}

pub(super) fn inference_is_budgeted(lint: &Lint<'_>, _: Places<'_>) -> bool {
    some_stage(lint, StageFigures::is_inference)
}

pub(super) fn gateway_is_budgeted(lint: &Lint<'_>, _: Places<'_>) -> bool {
    some_stage(lint, |stage| stage.name.as_str().contains("gateway") || stage.name.as_str().contains("routing"))
}

pub(super) fn features_are_budgeted(lint: &Lint<'_>, _: Places<'_>) -> bool {
    let calls_feature = |stage: &StageFigures| {
        let called = stage.calls.as_deref().and_then(|name| lint.resolved.index.named(name));
        called.is_some_and(|element| element.section == SectionName::Features)
    };
    some_stage(lint, |stage| stage.name.as_str().contains("feature") || calls_feature(stage))
}

pub(super) fn every_model_is_sized(lint: &Lint<'_>, places: Places<'_>) -> bool {
    let capacity = &lint.resolved.capacity;
    // What a provider runs is the provider's to size.
    let elsewhere = |model: &Model| !model.versions.is_empty() && model.versions.iter().all(|version| version.provider.is_some());
    let through_route = |model: &Entry<Model>| {
        let element = Element::new(SectionName::Models, &model.id.value);
        lint.resolved.references.to(&element).any(|reference| reference.role == "answer" && capacity.of(&reference.from.id).is_some())
    };
    models(lint, places).into_iter().all(|model| elsewhere(model) || capacity.of(model.id.value.as_str()).is_some() || through_route(model))
}

pub(super) fn queue_is_sized(lint: &Lint<'_>, _: Places<'_>) -> bool {
    lint.resolved.capacity.queues.iter().any(|queue| queue.depth.is_some())
}

pub(super) fn something_streams(lint: &Lint<'_>, _: Places<'_>) -> bool {
    dependencies(lint).any(|dependency| is_kind(dependency, &[DependencyKind::Stream, DependencyKind::Queue]))
}

pub(super) fn something_is_fetched(lint: &Lint<'_>, _: Places<'_>) -> bool {
    let asked = &[DependencyKind::Http, DependencyKind::Grpc, DependencyKind::Lookup, DependencyKind::Query];
    dependencies(lint).filter(|dependency| is_upstream(dependency)).any(|found| found.every.is_some() || is_kind(found, asked))
}

/// Whether a scenario measures one of these, by the first name of its metric or function.
fn some_scenario(lint: &Lint<'_>, names: &[&str]) -> bool {
    measures_of(lint).any(|measure| measures(measure, names))
}

fn measures(measure: &Measure, names: &[&str]) -> bool {
    let known = |path: &Path| names.contains(&path.dotted().as_str());
    let function = matches!(&measure.term.kind, TermKind::Call { function, .. } if known(&function.value));
    function || measure.term.metric_path().is_some_and(known)
}

pub(super) fn waiting_is_promised(lint: &Lint<'_>, _: Places<'_>) -> bool {
    some_scenario(lint, &["queue.wait", "queue.depth", "freshness", "latency"])
}

pub(super) fn latency_is_promised(lint: &Lint<'_>, _: Places<'_>) -> bool {
    let promises = |measure: &Measure| measures(measure, &["latency"]) && measure.term.percentile().is_some();
    measures_of(lint).any(promises)
}

pub(super) fn duplicates_are_considered(lint: &Lint<'_>, _: Places<'_>) -> bool {
    let spec = &lint.resolved.spec;
    let says = |text: &str| ["duplicate", "idempoten", "exactly-once", "dedup"].iter().any(|word| text.to_ascii_lowercase().contains(word));
    let about = |id: &str, about: Option<&str>| says(id) || about.is_some_and(says);
    let risks = spec.risks.iter().any(|risk| about(risk.id.value.as_str(), risk.about.as_ref().map(|text| text.value.as_str())));
    risks
        || spec.controls.iter().any(|control| {
            let enforced = control.enforce.iter().any(|word| says(&word.value));
            enforced || about(control.id.value.as_str(), control.about.as_ref().map(|text| text.value.as_str()))
        })
}

pub(super) fn both_paths_are_there(lint: &Lint<'_>, _: Places<'_>) -> bool {
    let has = |kinds: &[DependencyKind]| dependencies(lint).any(|dependency| is_upstream(dependency) && is_kind(dependency, kinds));
    has(&[DependencyKind::Batch]) && has(&[DependencyKind::Stream, DependencyKind::Queue])
}

pub(super) fn paths_are_compared(lint: &Lint<'_>, _: Places<'_>) -> bool {
    let layers = lint.resolved.spec.assurance.iter().flat_map(|layer| &layer.check).any(|check| match &check.value.kind {
        CriterionKind::Measure(measure) => compares_paths(&measure.term),
        CriterionKind::Term(term) => compares_paths(term),
        _ => false,
    });
    layers || measures_of(lint).any(|measure| compares_paths(&measure.term))
}

/// `agreement(batch, speed)`: two versions of a model that agree say nothing about the paths.
fn compares_paths(term: &Term) -> bool {
    let TermKind::Call { function, arguments } = &term.kind else { return false };
    let is_path = |path: &Path| ["batch", "speed", "stream"].iter().any(|word| path.dotted().contains(word));
    let names_path = |argument: &Argument| match argument {
        Argument::Term(term) => term.metric_path().is_some_and(is_path),
        Argument::Versus(comparison) => comparison.subject.metric_path().is_some_and(is_path),
        Argument::Value(value) => matches!(&value.kind, ValueKind::Path(path) if is_path(path)),
        Argument::Predicate(_) => false,
    };
    function.value.dotted() == "agreement" && arguments.iter().any(names_path)
}

pub(super) fn features_are_declared(lint: &Lint<'_>, _: Places<'_>) -> bool {
    !lint.resolved.spec.features.is_empty()
}

pub(super) fn every_feature_is_fresh(lint: &Lint<'_>, _: Places<'_>) -> bool {
    lint.resolved.spec.features.iter().all(|feature| feature.freshness.is_some())
}

pub(super) fn features_state_their_age(lint: &Lint<'_>, places: Places<'_>) -> bool {
    features_are_declared(lint, places) && every_feature_is_fresh(lint, places)
}

pub(super) fn every_feature_has_a_ladder(lint: &Lint<'_>, _: Places<'_>) -> bool {
    let live = lint.resolved.spec.features.iter().filter_map(|feature| feature.serve.as_ref()).filter(|serve| serve.live.is_some());
    live.into_iter().all(|serve| serve.cached.is_some() || serve.default_value.is_some())
}

pub(super) fn there_are_zones(lint: &Lint<'_>, _: Places<'_>) -> bool {
    lint.resolved.capacity.zones.as_ref().is_some_and(|zones| zones.value() >= 2.0)
}

pub(super) fn there_are_ladders(lint: &Lint<'_>, _: Places<'_>) -> bool {
    lint.resolved.ladders.all.iter().any(|ladder| ladder.rungs.len() > 1)
}

pub(super) fn routing_is_used(lint: &Lint<'_>, places: Places<'_>) -> bool {
    let spec = &lint.resolved.spec;
    !spec.rollouts.is_empty()
        || !spec.experiments.is_empty()
        || there_are_ladders(lint, places)
        || some_node(lint, |kind| matches!(kind, AnswerKind::Split(_)))
}

pub(super) fn versions_come_in_steps(lint: &Lint<'_>, _: Places<'_>) -> bool {
    let spec = &lint.resolved.spec;
    let few = spec.assurance.iter().any(|layer| layer.traffic.as_ref().is_some_and(|traffic| traffic.value.ratio() < 1.0));
    !spec.rollouts.is_empty() || few
}

pub(super) fn memory_is_stated(lint: &Lint<'_>, places: Places<'_>) -> bool {
    let capacity = &lint.resolved.capacity;
    let sized: Vec<&ServedCapacity> = match named(places) {
        None => capacity.models.iter().collect(),
        Some(names) => names.filter_map(|name| capacity.of(bare(name)).filter(|sized| is_called(name, sized.element.section))).collect(),
    };
    sized.iter().any(|sized| sized.memory_bytes.is_some() && sized.device_bytes.is_some())
        && sized.iter().all(|sized| sized.memory_bytes.is_none() || sized.device_bytes.is_some())
}

pub(super) fn files_are_limited(lint: &Lint<'_>, places: Places<'_>) -> bool {
    let limited = lint.resolved.spec.capacity.as_ref().is_some_and(|capacity| capacity.models.iter().any(|sized| sized.size_max.is_some()));
    limited && models(lint, places).iter().all(|model| model.versions.iter().all(|version| version.size.is_some()))
}

pub(super) fn model_is_at_hand(lint: &Lint<'_>, places: Places<'_>) -> bool {
    let here = lint.resolved.spec.models.iter().flat_map(|model| &model.versions).any(|version| version.onnx.is_some());
    here || memory_is_stated(lint, places)
}

/// Ladders of the routes and models at the places.
fn ladders<'a>(lint: &Lint<'a>, places: Places<'a>) -> Vec<&'a Ladder> {
    const SERVED: [SectionName; 2] = [SectionName::Routes, SectionName::Models];
    let ladders = &lint.resolved.ladders;
    let Some(names) = named(places) else { return ladders.all.iter().filter(|ladder| SERVED.contains(&ladder.of.section)).collect() };
    let elements = names.flat_map(|name| {
        let id = Id::new(bare(name)).ok();
        SERVED
            .into_iter()
            .filter(move |section| is_called(name, *section))
            .filter_map(move |section| Some(Element::new(section, id.as_ref()?)))
    });
    elements.flat_map(|element| ladders.of(&element).collect::<Vec<_>>()).collect()
}

pub(super) fn last_rung_stands_alone(lint: &Lint<'_>, places: Places<'_>) -> bool {
    let alone =
        |ladder: &Ladder| ladder.rungs.len() > 1 && ladder.rungs.last().is_some_and(|rung| rung.needs.is_empty() && rung.cannot_fail);
    let found = ladders(lint, places);
    !found.is_empty() && found.into_iter().all(alone)
}

pub(super) fn source_has_a_contract(lint: &Lint<'_>, _: Places<'_>) -> bool {
    let asked = &[DependencyKind::Query, DependencyKind::Lookup, DependencyKind::Http, DependencyKind::Grpc];
    dependencies(lint).any(|found| is_upstream(found) && is_kind(found, asked) && found.contract.is_some() && found.freshness.is_some())
}

pub(super) fn grounding_is_measured(lint: &Lint<'_>, _: Places<'_>) -> bool {
    some_scenario(lint, &["groundedness", "faithfulness"])
}

pub(super) fn injection_is_mitigated(lint: &Lint<'_>, _: Places<'_>) -> bool {
    let about = |kinds: &[RiskKind]| kinds.contains(&RiskKind::PromptInjection);
    lint.resolved
        .spec
        .risks
        .iter()
        .any(|risk| about(&risk.kind.iter().map(|kind| kind.value).collect::<Vec<_>>()) && !risk.mitigate.is_empty())
}

pub(super) fn data_state_their_region(lint: &Lint<'_>, _: Places<'_>) -> bool {
    let data = &lint.resolved.spec.data;
    !data.is_empty() && data.iter().all(|set| set.region.is_some())
}

pub(super) fn someone_has_an_agreement(lint: &Lint<'_>, _: Places<'_>) -> bool {
    let spec = &lint.resolved.spec;
    spec.providers.iter().any(|provider| provider.processor_agreement.is_some())
        || dependencies(lint).any(|found| found.processor_agreement.is_some())
}

pub(super) fn a_provider_runs_a_model(lint: &Lint<'_>, _: Places<'_>) -> bool {
    lint.resolved.spec.models.iter().flat_map(|model| &model.versions).any(|version| version.provider.is_some())
}

pub(super) fn something_is_looked_up(lint: &Lint<'_>, _: Places<'_>) -> bool {
    dependencies(lint).any(|dependency| is_kind(dependency, &[DependencyKind::Lookup]))
}

pub(super) fn lookups_are_decided(lint: &Lint<'_>, _: Places<'_>) -> bool {
    dependencies(lint).filter(|found| is_kind(found, &[DependencyKind::Lookup])).all(|found| {
        let element = Element::new(SectionName::Dependencies, &found.id.value);
        found.hard.is_some() || lint.resolved.ladders.of(&element).next().is_some()
    })
}

/// Whether some node of some answer, at any depth, is of this kind. How deep answers nest is bounded by the reader.
fn some_node(lint: &Lint<'_>, is: impl Fn(&AnswerKind) -> bool) -> bool {
    lint.resolved.spec.routes.iter().filter_map(|route| route.answer.as_ref()).any(|answer| has_node(&answer.value, &is))
}

fn has_node(answer: &Answer, is: &dyn Fn(&AnswerKind) -> bool) -> bool {
    is(&answer.kind)
        || match &answer.kind {
            AnswerKind::Ladder(node) => node.ladder.iter().any(|rung| has_node(&rung.answer.value, is)),
            AnswerKind::Split(node) => node.split.iter().any(|arm| has_node(&arm.value.answer.value, is)),
            AnswerKind::Sequence(node) => node.sequence.iter().any(|step| has_node(&step.value, is)),
            AnswerKind::Shadow(node) => {
                node.shadow.as_ref().and_then(|shadow| shadow.of.as_ref()).is_some_and(|of| has_node(&of.value, is))
            }
            AnswerKind::Cascade(node) => node.cascade.iter().any(|step| has_node(&step.answer.value, is)),
            AnswerKind::Ensemble(node) => node.ensemble.iter().any(|member| has_node(&member.answer.value, is)),
            AnswerKind::Cache(node) => node.cache.as_ref().and_then(|cache| cache.of.as_ref()).is_some_and(|of| has_node(&of.value, is)),
            AnswerKind::Model(_) | AnswerKind::Rule(_) | AnswerKind::Static(_) | AnswerKind::Lookup(_) => false,
        }
}

pub(super) fn there_is_a_pipeline(lint: &Lint<'_>, _: Places<'_>) -> bool {
    some_node(lint, |kind| matches!(kind, AnswerKind::Sequence(_)))
        || some_stage(lint, |stage| stage.arrangement == Some(Arrangement::Serial))
}

pub(super) fn there_is_an_ensemble(lint: &Lint<'_>, _: Places<'_>) -> bool {
    some_node(lint, |kind| matches!(kind, AnswerKind::Ensemble(_)))
        || some_stage(lint, |stage| stage.arrangement == Some(Arrangement::Parallel))
}

pub(super) fn there_is_a_cascade(lint: &Lint<'_>, _: Places<'_>) -> bool {
    some_node(lint, |kind| matches!(kind, AnswerKind::Cascade(_)))
        || some_stage(lint, |stage| stage.arrangement == Some(Arrangement::Cascade))
}
