//! A phase that nothing can stop.

use super::phase::is_ongoing;
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "R001",
    severity: Severity::Error,
    title: "phase without gate outcomes",
    page: include_str!("../../../tests/rules/R001.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for phase in &lint.resolved.spec.roadmap {
        if is_ongoing(&phase.value.value) {
            continue;
        }
        let id = &phase.id.value;
        let outcomes: Vec<&str> = phase.gate.iter().map(|outcome| outcome.id.value.as_str()).collect();
        match outcomes.as_slice() {
            [] => findings.push(
                RULE.finding(format!("nothing decides what comes after `{id}`"))
                    .at(phase.id.span, "no gate at its end")
                    .help("write outcomes with what decides each: `gate: { go: [recommend-quality @evaluation], pivot: …, stop: else }`")
                    .proven(),
            ),
            [only] => findings.push(
                RULE.finding_of(Severity::Warning, format!("the gate of `{id}` has one outcome, `{only}`"))
                    .at(phase.gate.span().unwrap_or(phase.id.span), "what if it does not hold?")
                    .help("add what happens otherwise, for example `stop: else`")
                    .proven(),
            ),
            _ => {}
        }
    }
}
