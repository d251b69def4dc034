//! What several formats ask of a charter: who is meant by a scenario, and how high a risk is. What evidence is worth belongs to `proofs`.

use super::{Export, Input};
use charter_plan::arithmetic::risk;
use charter_plan::artifact::Artifact;
use charter_spec::ast::{Answer, AnswerKind, Level, Model, ModelVersion, Risk, RiskStatus, Route, Scenario};
use charter_spec::names::Entry;
use charter_spec::{Id, List, SectionName};

/// The level of a risk: probability × impact as the page of rule K001 has it, else as written.
pub(super) fn level(risk: &Risk) -> Option<Level> {
    match (&risk.probability, &risk.impact) {
        (Some(probability), Some(impact)) => Some(risk::level(probability.value, impact.value)),
        _ => risk.level.as_ref().map(|level| level.value),
    }
}

/// Whether a risk still stands.
pub(super) fn is_open(risk: &Risk) -> bool {
    risk.status.as_ref().is_none_or(|status| status.value != RiskStatus::Closed)
}

/// The routes that a scenario speaks of: the one it names, those that ask the model it names, else all.
pub(super) fn routes<'a>(input: &Input<'a>, scenario: &Scenario) -> Vec<&'a Entry<Route>> {
    let all = || input.resolved.spec.routes.iter().collect();
    let Some(artifact) = &scenario.artifact else { return all() };
    let named = artifact.value.as_str();
    let element = input.resolved.index.follow(&artifact.value);
    let route = element.as_ref().filter(|element| element.section == SectionName::Routes).map_or(named, |element| element.id.as_str());
    if let Some(route) = input.resolved.spec.routes.get_entry(route) {
        return vec![route];
    }
    match element.filter(|element| element.section == SectionName::Models) {
        Some(model) => input.resolved.spec.routes.iter().filter(|route| first_models(route).contains(&&model.id)).collect(),
        None => all(),
    }
}

/// The models that answer a route when nothing is broken.
pub(super) fn first_models(route: &Route) -> Vec<&Id> {
    first_versions(route).into_iter().map(|(model, _)| model).collect()
}

/// The same with the versions that are asked for; `None` is the first one.
pub(super) fn first_versions(route: &Route) -> Vec<(&Id, Option<&Id>)> {
    let mut found = Vec::new();
    if let Some(answer) = &route.answer {
        first(&answer.value, &mut found);
    }
    found
}

/// How deep answers nest is bounded by the reader.
fn first<'a>(answer: &'a Answer, found: &mut Vec<(&'a Id, Option<&'a Id>)>) {
    match &answer.kind {
        AnswerKind::Model(node) => found.extend(node.model.iter().map(|model| (&model.value.model, model.value.version.as_ref()))),
        AnswerKind::Ladder(node) => node.ladder.iter().take(1).for_each(|rung| first(&rung.answer.value, found)),
        AnswerKind::Split(node) => node.split.iter().for_each(|arm| first(&arm.value.answer.value, found)),
        AnswerKind::Sequence(node) => node.sequence.iter().for_each(|step| first(&step.value, found)),
        AnswerKind::Shadow(node) => node.shadow.iter().filter_map(|shadow| shadow.of.as_ref()).for_each(|of| first(&of.value, found)),
        AnswerKind::Cascade(node) => node.cascade.iter().for_each(|step| first(&step.value.answer.value, found)),
        AnswerKind::Ensemble(node) => node.ensemble.iter().for_each(|member| first(&member.answer.value, found)),
        AnswerKind::Cache(node) => node.cache.iter().filter_map(|cache| cache.of.as_ref()).for_each(|of| first(&of.value, found)),
        AnswerKind::Rule(_) | AnswerKind::Static(_) | AnswerKind::Lookup(_) => {}
    }
}

/// The models that a scenario speaks of: the one it names, else those of the route that it names; none when it is about everything.
pub(super) fn models<'a>(input: &Input<'a>, scenario: &Scenario) -> Vec<&'a Entry<Model>> {
    let spec = &input.resolved.spec;
    let Some(artifact) = &scenario.artifact else { return Vec::new() };
    let named = artifact.value.as_str();
    let bare = named.strip_prefix("models.").unwrap_or(named);
    let bare = bare.split(['@', '/']).next().unwrap_or(bare);
    if !named.starts_with("routes.")
        && let Some(model) = spec.models.get_entry(bare)
    {
        return vec![model];
    }
    let route = spec.routes.get(named.strip_prefix("routes.").unwrap_or(named));
    route.map(first_models).unwrap_or_default().into_iter().filter_map(|id| spec.models.get_entry(id)).collect()
}

/// What is known of the file of a version.
pub(super) fn artifact<'a>(input: &Input<'a>, version: &ModelVersion) -> Option<&'a Artifact> {
    input.artifacts.get(version.onnx.as_ref()?.value.as_str())
}

/// The SHA-256 of a version in lower-case hex: of its file where that is known, else as the charter states it. What is stated and wrong is told.
pub(super) fn digest(input: &Input<'_>, model: &Id, version: &ModelVersion, out: &mut Export) -> Option<String> {
    let of_file =
        artifact(input, version).map(|artifact| artifact.digest.strip_prefix("sha256:").unwrap_or(&artifact.digest).to_ascii_lowercase());
    let Some(stated) = &version.sha256 else { return of_file };
    let text = stated.value.to_ascii_lowercase();
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        out.note(format!("the digest of `{model}` is no SHA-256 in hex, so it is left out"), stated.span);
        return of_file;
    }
    if of_file.as_ref().is_some_and(|of_file| *of_file != text) {
        out.note(format!("the digest of `{model}` is not that of its file; the file's is written"), stated.span);
        return of_file;
    }
    Some(text)
}

/// Texts of a list, joined.
pub(super) fn joined<T: ToString>(list: &List<T>, between: &str) -> String {
    list.iter().map(|item| item.value.to_string()).collect::<Vec<_>>().join(between)
}
