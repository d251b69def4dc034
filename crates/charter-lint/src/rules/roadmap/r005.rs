//! Infrastructure for a model of which nobody knows whether it works.

use super::phase::{Usual, is_kind};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::{Phase, TaskKind};
use charter_spec::measure::{CriterionKind, EveryState, Proof, Subject};
use charter_spec::names::Entry;
use charter_spec::{Severity, Span};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    code: "R005",
    severity: Severity::Error,
    title: "infrastructure work before the model-proof gate",
    page: include_str!("../../../tests/rules/R005.md"),
    check,
};

const WORDS: &[&str] =
    &["kubernetes", "cluster", "infrastructure", "terraform", "service-mesh", "multi-az", "autoscaling", "feature-platform", "gpu-pool"];

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let phases = &lint.resolved.spec.roadmap;
    let evaluated: HashSet<&str> =
        lint.resolved.proofs.iter().filter(|proof| proof.proof == Some(Proof::Evaluation)).map(|proof| proof.element.id.as_str()).collect();
    let gates = phases.iter().enumerate().find_map(|(at, phase)| Some((at, proof_gate(&evaluated, phase)?)));
    // Without a gate that asks for figures, the proof of concept is where the model is to be proved.
    let Some((last, gate)) = gates.or_else(|| {
        let at = phases.iter().position(|phase| Usual::of(phase) == Some(Usual::ProofOfConcept))?;
        Some((at, phases.iter().nth(at)?.id.span))
    }) else {
        return;
    };
    for phase in phases.iter().take(last + 1) {
        for task in phase.tasks.iter() {
            let Some(stated) = is_kind(task, &[TaskKind::Infrastructure], WORDS) else { continue };
            let finding = RULE
                .finding(format!(
                    "`{}` builds infrastructure in `{}`, before it is known whether the model works",
                    task.id.value, phase.id.value
                ))
                .at(task.id.span, "infrastructure")
                .at(gate, "here the model is proved")
                .help("move it behind this gate; until then one machine will do");
            findings.push(if stated {
                finding.proven()
            } else {
                finding
                    .assumes(format!("`{}` is infrastructure, as its name says", task.id.value))
                    .asks(format!("the `kind` of `{}`", task.id.value))
            });
        }
    }
}

/// Where a gate asks whether the model works.
fn proof_gate(evaluated: &HashSet<&str>, phase: &Entry<Phase>) -> Option<Span> {
    phase.gate.iter().flat_map(|outcome| &outcome.value.value).find_map(|criterion| {
        let asks = match &criterion.value.kind {
            CriterionKind::Requirement { id, proof, .. } => match proof {
                Some(proof) => proof.value == Proof::Evaluation,
                None => evaluated.contains(id.value.as_str()),
            },
            CriterionKind::Measure(measure) => measure.term.function().as_deref() == Some("uplift"),
            CriterionKind::Every(every) => every.subject == Subject::Model && every.state == EveryState::Compared,
            _ => false,
        };
        asks.then_some(criterion.span)
    })
}
