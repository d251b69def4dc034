//! How each requirement can be proved, or why nothing can prove it.
//!
//! The settings of a proof belong to `compile`; what a proof found is evidence.

use super::index::Element;
use super::metrics::{clause, proof_of};
use charter_spec::ast::{Constraint, Scenario};
use charter_spec::measure::{Criterion, CriterionKind, Proof};
use charter_spec::names::Entry;
use charter_spec::{SectionName, Span, Spec};

/// A scenario or constraint with its proof kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementProof {
    pub element: Element,
    /// The id, where it is declared.
    pub span: Span,
    /// The measure as written; empty without one.
    pub measure: String,
    /// Where the measure is written; the declaration without one.
    pub measure_span: Span,
    /// `None`: nothing can prove it as written, and `reason` says why.
    pub proof: Option<Proof>,
    /// Whether the charter states the proof kind itself.
    pub stated: bool,
    /// Why this kind, or why none: one clause.
    pub reason: String,
}

/// Every scenario, then every constraint, in document order.
pub(super) fn proofs(spec: &Spec) -> Vec<RequirementProof> {
    let scenarios = spec.quality.iter().map(of_scenario);
    let constraints = spec.constraints.iter().map(of_constraint);
    scenarios.chain(constraints).collect()
}

fn of_scenario(entry: &Entry<Scenario>) -> RequirementProof {
    let mut found = RequirementProof {
        element: Element::new(SectionName::Quality, &entry.id.value),
        span: entry.id.span,
        measure: String::new(),
        measure_span: entry.id.span,
        proof: None,
        stated: false,
        reason: "it has no measure".to_owned(),
    };
    if let Some(measure) = &entry.measure {
        found.measure = measure.value.text.to_string();
        found.measure_span = measure.span;
        let kind = of_criterion(&measure.value, entry.under.is_some());
        (found.proof, found.reason) = kind.map_or_else(|reason| (None, reason), |(proof, reason)| (Some(proof), reason));
    }
    if let Some(stated) = &entry.proof {
        found.proof = Some(stated.value);
        found.stated = true;
        found.reason = format!("the charter says that it is {}", clause(stated.value));
    }
    found
}

fn of_constraint(entry: &Entry<Constraint>) -> RequirementProof {
    let mut found = RequirementProof {
        element: Element::new(SectionName::Constraints, &entry.id.value),
        span: entry.id.span,
        measure: entry.check.iter().map(|check| check.value.text.to_string()).collect::<Vec<_>>().join("; "),
        measure_span: entry.check.first().map_or(entry.id.span, |check| check.span),
        proof: None,
        stated: false,
        reason: "it has no check".to_owned(),
    };
    // Several checks are proved by the kind that takes most to prove.
    let mut kinds = Vec::new();
    for check in &entry.check {
        match of_criterion(&check.value, false) {
            Ok(kind) => kinds.push(kind),
            Err(reason) => {
                found.reason = reason;
                return found;
            }
        }
    }
    if let Some((proof, reason)) = kinds.into_iter().max_by_key(|(proof, _)| *proof) {
        found.proof = Some(proof);
        found.reason = reason;
    }
    found
}

fn of_criterion(criterion: &Criterion, under_load: bool) -> Result<(Proof, String), String> {
    match &criterion.kind {
        CriterionKind::Measure(measure) => proof_of(measure, under_load),
        CriterionKind::Requirement { id, proof, .. } => {
            let proof = proof.as_ref().map_or(Proof::Static, |proof| proof.value);
            Ok((proof, format!("it holds when `{}` holds", id.value)))
        }
        CriterionKind::Term(_) => Ok((Proof::Runtime, "it is a state that production reports".to_owned())),
        CriterionKind::Every(_) => Ok((Proof::Static, "it is decided by the charter and its evidence".to_owned())),
        CriterionKind::Else => Err("`else` decides nothing by itself".to_owned()),
        CriterionKind::Text => Err(format!("`{}` is words that no machine can evaluate", criterion.text)),
        CriterionKind::Unreadable => Err("its measure cannot be read".to_owned()),
    }
}
