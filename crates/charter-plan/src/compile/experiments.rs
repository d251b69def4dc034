//! Experiments: arms in the place of a route's first rung, and what is counted.
//!
//! What a measure counts belongs to `metrics`; the statistics belong to `charter-monitor`.

use super::PlanCode;
use super::call::call;
use super::compiler::Compiler;
use super::metrics;
use super::nodes::Place;
use super::protect::long_millis;
use super::split::{parts, unit_input};
use crate::arithmetic::derivation::percent;
use crate::plan::{Arm, Experiment, ExperimentId, Node, Route};
use charter_spec::ast::{Answer, AnswerKind, Experiment as Written, ExperimentArm};
use charter_spec::names::{Entries, Entry};
use charter_spec::{Spanned, names};

/// Chance of a false win, where none is stated.
const ALPHA: f64 = 0.05;
/// Positions of arms are kept in one byte; a report of so many says nothing already.
const ARMS_MAX: usize = 16;
const DAY_MS: i64 = 86_400_000;

/// The experiments of a route around its first rung: `node` as it is without one. `None` when something is wrong, which is reported.
pub(super) fn wrap(compiler: &mut Compiler<'_>, node: Option<Node>, answer: &Spanned<Answer>, place: &Place<'_>) -> Option<Node> {
    let resolved = compiler.resolved;
    let meant = |entry: &&Entry<Written>| entry.route.as_ref().is_some_and(|route| route.value.as_str() == place.route);
    let mut found = resolved.spec.experiments.iter().filter(meant);
    let Some(entry) = found.next() else { return node };
    compiler.experiments_placed.insert(entry.id.value.to_string());
    if let Some(second) = found.next() {
        compiler.experiments_placed.insert(second.id.value.to_string());
        let message = format!("route `{}` has two experiments at once", place.route);
        let problem = PlanCode::Experiment.at(second.id.span, message).at(entry.id.span, "the other");
        compiler.report(problem.help("make them one with more arms, or let one wait for the other"));
        return None;
    }
    let weights = weights(compiler, entry)?;
    let unit = match &entry.unit {
        Some(unit) if unit.value != "key" || place.slots.find("key").is_some() => Some(unit_input(compiler, unit, place)?),
        _ => None,
    };
    let node = node?;
    let (mut arms, mut nodes) = (Vec::new(), Vec::new());
    for (arm, weight) in entry.arms.iter().zip(weights) {
        let (node, label) = arm_node(compiler, arm, (&node, answer), place)?;
        if let Some(flag) = &arm.flag {
            let message = format!("arm `{}` names the flag value `{}`, and an experiment sets no flags", arm.id.value, flag.value);
            compiler.report(PlanCode::NotRun.at(flag.span, message).help("give the arm a `model:`"));
        }
        arms.push(Arm { name: arm.id.value.to_string(), weight, label });
        nodes.push(node);
    }
    let id = ExperimentId(u16::try_from(compiler.experiments.len()).ok()?);
    let goals = metrics::of(compiler, entry, &entry.goals, place, metrics::Role::Goal);
    let guardrails = metrics::of(compiler, entry, &entry.guardrails, place, metrics::Role::Guardrail);
    let (goals, guardrails) = (goals?, guardrails?);
    if goals.is_empty() {
        let message = format!("experiment `{}` does not say what should get better", entry.id.value);
        compiler.report(PlanCode::Experiment.at(entry.id.span, message).help("write `goals: [mean(outcome.revenue)]`"));
        return None;
    }
    compiler.experiments.push(Experiment {
        id,
        name: entry.id.value.to_string(),
        hypothesis: entry.hypothesis.as_ref().map_or_else(String::new, |text| text.value.clone()),
        route: place.id,
        unit,
        salt: entry.salt.as_ref().map_or_else(|| entry.id.value.to_string(), |salt| salt.value.clone()),
        arms,
        goals,
        guardrails,
        alpha: entry.alpha.as_ref().map_or(ALPHA, |alpha| alpha.ratio()),
        minimum_effect: entry.minimum_effect.as_ref().map_or(0.0, |effect| effect.ratio()),
        max_duration_ms: entry.max_duration.as_ref().map(|time| long_millis(&time.value)),
        covariate: entry.covariate.as_ref().map(|covariate| covariate.value.clone()),
        starts_unix_ms: entry.starts.as_ref().and_then(|day| u64::try_from(day.value.days_since_epoch() * DAY_MS).ok()),
    });
    Some(Node::Experiment { experiment: id, arms: nodes })
}

/// An arm with a model asks that; one without answers as the route does without the experiment.
fn arm_node(
    compiler: &mut Compiler<'_>,
    arm: &Entry<ExperimentArm>,
    (node, answer): (&Node, &Spanned<Answer>),
    place: &Place<'_>,
) -> Option<(Node, String)> {
    let Some(model) = &arm.model else {
        let label = super::comparison::label(compiler, node, "");
        return Some((node.clone(), if matches!(node, Node::Model(_)) { label } else { String::new() }));
    };
    let version = compiler.version(model)?;
    let none: Entries<String> = names::Entries::default();
    let renamed = match &answer.value.kind {
        AnswerKind::Model(node) => &node.rename,
        _ => &none,
    };
    let name = format!("arm `{}` of experiment", arm.id.value);
    let call = call(compiler, version, renamed, &Place { pinned: true, ..place.below(place.name.clone(), name) })?;
    Some((Node::Model(call), version.label()))
}

fn weights(compiler: &mut Compiler<'_>, entry: &Entry<Written>) -> Option<Vec<u16>> {
    let count = entry.arms.len();
    if !(2..=ARMS_MAX).contains(&count) {
        let message = format!("experiment `{}` has {count} arms; 2 to {ARMS_MAX} are possible", entry.id.value);
        compiler.report(
            PlanCode::Experiment.at(entry.id.span, message).help("write `arms: { control: 50%, new: { weight: 50%, model: fraud@v3 } }`"),
        );
        return None;
    }
    let ratios: Vec<f64> = entry.arms.iter().map(|arm| arm.weight.as_ref().map_or(0.0, |weight| weight.ratio())).collect();
    let total: f64 = ratios.iter().sum();
    let weights = parts(&ratios);
    let uneven = (total - 1.0).abs() > 1e-6;
    let Some(empty) = entry.arms.iter().zip(&weights).find(|(_, weight)| **weight == 0).map(|(arm, _)| arm).filter(|_| !uneven) else {
        if !uneven {
            return Some(weights);
        }
        let terms: Vec<String> = ratios.iter().map(|ratio| percent(*ratio)).collect();
        let problem = PlanCode::Weights.at(entry.id.span, format!("the weights of the arms add up to {}", percent(total)));
        compiler.report(problem.sum(format!("{} = {}", terms.join(" + "), percent(total))).help("make them add up to 100 %"));
        return None;
    };
    compiler.report(
        PlanCode::Experiment.at(empty.id.span, format!("nobody gets arm `{}`", empty.id.value)).help("give it a weight, or remove it"),
    );
    None
}

/// Reports experiments that take place nowhere. `routes` are those that could be compiled.
pub(super) fn unplaced(compiler: &mut Compiler<'_>, routes: &[Route]) {
    let resolved = compiler.resolved;
    for entry in &resolved.spec.experiments {
        let stated = entry.route.as_ref().map(|route| route.value.as_str());
        let compiled = stated.is_some_and(|name| routes.iter().any(|route| route.name == name));
        if !compiler.experiments_placed.contains(entry.id.value.as_str()) && (stated.is_none() || compiled) {
            let message = format!("experiment `{}` does not say on which route it takes place", entry.id.value);
            compiler.report(PlanCode::Experiment.at(entry.id.span, message).help("write `route: …`"));
        }
    }
}
