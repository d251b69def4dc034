//! Scenarios and constraints as requirements: what exactly is proved, by which kind, and over which part of the plan.
//!
//! Measuring belongs to `charter-verify`.

mod evaluation;
mod exercises;
mod fixed;
mod load;
mod parts;
mod risks;
mod scope;

pub use exercises::{Exercise, Subject, exercises};

use super::fingerprint;
use crate::plan::{Node, Objective, Operator, Plan, Proof, Requirement};
use crate::resolved::{RequirementProof, Resolved};
use charter_spec::measure::{self, Criterion, CriterionKind, Measure};
use charter_spec::{FileSet, Id, SectionName};
use parts::Parts;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every scenario, then every constraint, in document order.
pub(super) fn of(resolved: &Resolved, plan: &Plan, files: &FileSet) -> Vec<Requirement> {
    let mut requirements: Vec<Requirement> = Vec::with_capacity(resolved.proofs.len());
    let mut parts = Parts::of(plan, files);
    for found in &resolved.proofs {
        let (text, proof) = match found.element.section {
            SectionName::Quality => scenario(resolved, plan, found),
            _ => constraint(resolved, found, &requirements),
        };
        let id = found.element.id.to_string();
        let own = by_name(serde_json::json!([&id, &found.measure, &proof]), plan);
        let fingerprint = fingerprint::of_list(&own, parts.text(&proof));
        requirements.push(Requirement { id, text, measure: found.measure.clone(), proof, fingerprint });
    }
    requirements
}

/// What the quality scenario of this id promises, as the calls of any run can show it.
///
/// # Errors
/// It has no measure, or one that calls do not show.
pub(super) fn objective(resolved: &Resolved, plan: &Plan, id: &Id) -> Result<Objective, String> {
    let entry = resolved.spec.quality.get_entry(id).ok_or("it is not declared")?;
    let measure = entry.measure.as_ref().and_then(|written| written.value.measure()).ok_or("it has no measure")?;
    load::objective(resolved, plan, entry, measure)
}

/// Why nothing is measured of a charter with routes and without a plan, whether it is wrong or only beyond this version.
const NO_PLAN: &str = "nothing can be measured without a plan that this version serves; `charter plan` says what stands in the way";

/// The requirements of a charter that has no plan: arithmetic decides what it can, and the rest says what it waits for. Nothing has a fingerprint.
pub fn requirements_without_plan(resolved: &Resolved) -> Vec<Requirement> {
    let mut requirements: Vec<Requirement> = Vec::with_capacity(resolved.proofs.len());
    for found in &resolved.proofs {
        let (text, proof) = match found.element.section {
            SectionName::Quality => unplanned_scenario(resolved, found),
            _ => constraint(resolved, found, &requirements),
        };
        let id = found.element.id.to_string();
        requirements.push(Requirement { id, text, measure: found.measure.clone(), proof, fingerprint: String::new() });
    }
    requirements
}

fn unplanned_scenario(resolved: &Resolved, found: &RequirementProof) -> (String, Proof) {
    let written = resolved.spec.quality.get(&found.element.id).and_then(|entry| entry.measure.as_ref());
    let text = written.map_or_else(String::new, |written| written.value.describe());
    let proof = match (found.proof, written.and_then(|written| written.value.measure())) {
        (None, _) => none(found.reason.clone()),
        (Some(measure::Proof::Static), Some(measure)) => fixed::proof(resolved, measure).unwrap_or_else(none),
        (Some(measure::Proof::Load | measure::Proof::Evaluation), _) if resolved.spec.routes.is_empty() => {
            none("there is no route to call yet")
        }
        (Some(measure::Proof::Load | measure::Proof::Evaluation), _) => none(NO_PLAN),
        (Some(other), _) => plain(other),
    };
    (text, proof)
}

/// The verdict of arithmetic on a measure that stands anywhere in the charter.
///
/// # Errors
/// Which figure is missing, or that arithmetic does not know the term.
pub fn decide_by_arithmetic(resolved: &Resolved, measure: &Measure) -> Result<Proof, String> {
    fixed::proof(resolved, measure)
}

/// Whether arithmetic knows the term of a measure, whatever the figures of the charter.
///
/// # Errors
/// That it does not, in words.
pub fn known_to_arithmetic(measure: &Measure) -> Result<(), String> {
    fixed::knows(measure)
}

fn none(reason: impl Into<String>) -> Proof {
    Proof::None { reason: reason.into() }
}

fn scenario(resolved: &Resolved, plan: &Plan, found: &RequirementProof) -> (String, Proof) {
    let Some(entry) = resolved.spec.quality.get_entry(&found.element.id) else { return (String::new(), none("it is not declared")) };
    let Some(written) = &entry.measure else { return (String::new(), none(found.reason.clone())) };
    let text = written.value.describe();
    let Some(kind) = found.proof else { return (text, none(found.reason.clone())) };
    let settled = match written.value.measure() {
        Some(measure) => match kind {
            measure::Proof::Load => load::proof(resolved, plan, entry, measure),
            measure::Proof::Evaluation => evaluation::proof(resolved, plan, entry, measure),
            measure::Proof::Static => fixed::proof(resolved, measure),
            other => Ok(plain(other)),
        },
        None => Ok(plain(kind)),
    };
    (text, settled.unwrap_or_else(|reason| Proof::None { reason }))
}

/// Kinds that need no settings.
fn plain(kind: measure::Proof) -> Proof {
    match kind {
        measure::Proof::Contract => Proof::Contract,
        measure::Proof::Chaos => Proof::Chaos,
        measure::Proof::Runtime => Proof::Runtime,
        measure::Proof::Review => Proof::Review,
        measure::Proof::Static => none("arithmetic needs a measure"),
        measure::Proof::Evaluation => none("an evaluation needs a measure"),
        measure::Proof::Load => none("a load run needs a measure"),
    }
}

fn constraint(resolved: &Resolved, found: &RequirementProof, before: &[Requirement]) -> (String, Proof) {
    let Some(entry) = resolved.spec.constraints.get_entry(&found.element.id) else { return (String::new(), none("it is not declared")) };
    let sentences: Vec<String> = entry.check.iter().map(|check| check.value.describe()).collect();
    let text = if sentences.is_empty() {
        entry.text.as_ref().map_or_else(String::new, |text| text.value.clone())
    } else {
        sentences.join(", and ")
    };
    let Some(kind) = found.proof else { return (text, none(found.reason.clone())) };
    if kind != measure::Proof::Static {
        return (text, plain_check(&entry.check, kind, before));
    }
    let mut settled: Option<Proof> = None;
    for check in &entry.check {
        let next = static_check(resolved, &check.value, before).unwrap_or_else(none);
        settled = Some(match settled {
            None => next,
            Some(before) => both(before, next),
        });
    }
    (text, settled.unwrap_or_else(|| none(found.reason.clone())))
}

/// A check that is no arithmetic: the requirement that it names has the settings.
fn plain_check(checks: &[charter_spec::Spanned<Criterion>], kind: measure::Proof, before: &[Requirement]) -> Proof {
    let named = checks.iter().find_map(|check| match &check.value.kind {
        CriterionKind::Requirement { id, .. } => before.iter().find(|requirement| requirement.id == id.value.as_str()),
        _ => None,
    });
    match (named, kind) {
        (Some(named), _) => named.proof.clone(),
        (None, measure::Proof::Load | measure::Proof::Evaluation) => {
            none("a constraint has no artifact, load or samples; state it as a scenario in `quality:`")
        }
        (None, kind) => plain(kind),
    }
}

fn static_check(resolved: &Resolved, check: &Criterion, before: &[Requirement]) -> Result<Proof, String> {
    match &check.kind {
        CriterionKind::Measure(measure) => fixed::proof(resolved, measure),
        CriterionKind::Requirement { id, .. } => before
            .iter()
            .find(|requirement| requirement.id == id.value.as_str())
            .map(|requirement| requirement.proof.clone())
            .ok_or_else(|| format!("`{}` has no verdict of its own", id.value)),
        _ => Err(format!("`{}` is decided by evidence, not by arithmetic", check.text)),
    }
}

/// Two checks of one constraint: both must hold, and the first that does not is told.
fn both(first: Proof, second: Proof) -> Proof {
    match (first, second) {
        (Proof::Static { holds: true, derivation: mut lines, .. }, Proof::Static { holds, figure, unit, derivation }) => {
            lines.extend(derivation);
            Proof::Static { holds, figure, unit, derivation: lines }
        }
        (broken @ Proof::Static { holds: false, .. }, _) => broken,
        (Proof::Static { .. }, other) => other,
        (first, _) => first,
    }
}

/// The operator of a plan; sets are compared in words, not in numbers.
fn operator(measure: &Measure) -> Result<Operator, String> {
    Ok(match measure.operator.value {
        measure::Operator::Less => Operator::Less,
        measure::Operator::AtMost => Operator::LessOrEqual,
        measure::Operator::Greater => Operator::Greater,
        measure::Operator::AtLeast => Operator::GreaterOrEqual,
        measure::Operator::Equal => Operator::Equal,
        measure::Operator::NotEqual => Operator::NotEqual,
        measure::Operator::In => return Err("`in` compares with a set, and this is a number".to_owned()),
    })
}

/// Positions in the plan's tables as names: a route more or less changes nothing for the others.
fn by_name(value: Value, plan: &Plan) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(|item| by_name(item, plan)).collect()),
        Value::Object(map) => {
            let mut named = serde_json::Map::new();
            for (key, value) in map {
                let at = value.as_u64().and_then(|at| usize::try_from(at).ok());
                let name = match (key.as_str(), at) {
                    ("id", Some(_)) => continue,
                    ("model", Some(at)) => plan.models.get(at).map(crate::plan::Model::label),
                    ("route", Some(at)) => plan.routes.get(at).map(|route| route.name.clone()),
                    ("rollout", Some(at)) => plan.rollouts.get(at).map(|rollout| rollout.name.clone()),
                    ("comparison", Some(at)) => plan.comparisons.get(at).map(|comparison| comparison.name.clone()),
                    // What answers depends on the weights, and how fast on what is kept.
                    ("experiment", Some(at)) => plan.experiments.get(at).map(|experiment| {
                        let weights: Vec<String> = experiment.arms.iter().map(|arm| arm.weight.to_string()).collect();
                        format!("{} {}", experiment.name, weights.join(" "))
                    }),
                    ("cache", Some(at)) => {
                        plan.caches.get(at).map(|cache| format!("{} {} {} {:?}", cache.name, cache.ttl_ms, cache.bytes_max, cache.scope))
                    }
                    _ => None,
                };
                named.insert(key, name.map_or_else(|| by_name(value, plan), Value::from));
            }
            Value::Object(named)
        }
        scalar => scalar,
    }
}

fn asked(node: &Node, models: &mut BTreeSet<u16>) {
    models.extend(node.uses().iter().map(|call| call.model.0));
}
