//! A gate that no machine can open or close.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::compile::known_to_arithmetic;
use charter_spec::Severity;
use charter_spec::ast::Phase;
use charter_spec::measure::{CriterionKind, Proof};
use charter_spec::names::Entry;

pub(super) const RULE: Rule = Rule {
    code: "R002",
    severity: Severity::Error,
    title: "gate criterion is not evaluable",
    page: include_str!("../../../tests/rules/R002.md"),
    check,
};

const HELP: &str = "name a requirement (`peak-latency @load`), a measure (`cost.total <= cost.ceiling`), or `every model compared`";

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for phase in &lint.resolved.spec.roadmap {
        words(phase, findings);
        unknown_figures(lint, phase, findings);
        all_else(phase, findings);
    }
}

fn words(phase: &Entry<Phase>, findings: &mut Findings) {
    for outcome in &phase.gate {
        for criterion in outcome.value.value.iter().filter(|criterion| !criterion.value.is_evaluable()) {
            let text = &criterion.value.text;
            findings.push(
                RULE.finding(format!("`{text}` does not decide whether `{}` ends with `{}`", phase.id.value, outcome.id.value))
                    .at(criterion.span, "words that no machine can evaluate")
                    .at(phase.id.span, "the gate of this phase")
                    .help(HELP)
                    .proven(),
            );
        }
    }
}

/// A measure that arithmetic alone could decide, and does not know: no run will ever tell it, unless a scenario says the same.
fn unknown_figures(lint: &Lint<'_>, phase: &Entry<Phase>, findings: &mut Findings) {
    let is_scenario = |sentence: &str| {
        lint.resolved.spec.quality.iter().filter_map(|entry| entry.measure.as_ref()).any(|own| own.value.describe() == sentence)
    };
    for outcome in &phase.gate {
        for criterion in &outcome.value.value {
            let CriterionKind::Measure(measure) = &criterion.value.kind else { continue };
            // Nothing measures an age: what it would be the age of stands in no run.
            let is_age = measure.term.function().as_deref() == Some("age");
            if !is_age && measure.proof() != Proof::Static {
                continue;
            }
            let Err(reason) = known_to_arithmetic(measure) else { continue };
            if is_age && is_scenario(&criterion.value.describe()) {
                continue;
            }
            let text = &criterion.value.text;
            findings.push(
                RULE.finding(format!("`{text}` does not decide whether `{}` ends with `{}`", phase.id.value, outcome.id.value))
                    .at(criterion.span, reason)
                    .at(phase.id.span, "the gate of this phase")
                    .help(HELP)
                    .proven(),
            );
        }
    }
}

/// `else` is what is left when the others do not hold; beside another `else` nothing decides between the two.
fn all_else(phase: &Entry<Phase>, findings: &mut Findings) {
    let is_else = |kind: &CriterionKind| matches!(kind, CriterionKind::Else);
    let left: Vec<_> =
        phase.gate.iter().filter(|outcome| outcome.value.value.iter().any(|criterion| is_else(&criterion.value.kind))).collect();
    let [first, second, ..] = left.as_slice() else { return };
    let names: Vec<String> = left.iter().map(|outcome| format!("`{}`", outcome.id.value)).collect();
    findings.push(
        RULE.finding(format!("nothing decides between {} of `{}`", names.join(", "), phase.id.value))
            .at(first.id.span, "when no other outcome holds")
            .at(second.id.span, "and this one then too")
            .sum(format!("{} of {} outcomes are `else`", left.len(), phase.gate.len()))
            .help(format!("leave one `else`; for the others {HELP}"))
            .proven(),
    );
}
