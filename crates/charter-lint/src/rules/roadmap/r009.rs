//! A phase of which nobody said how long it takes.

use super::phase::Usual;
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "R009",
    severity: Severity::Warning,
    title: "phase has no box",
    page: include_str!("../../../tests/rules/R009.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for phase in &lint.resolved.spec.roadmap {
        // A proof of concept without an end has a rule of its own.
        if phase.time_box.is_some() || Usual::of(phase) == Some(Usual::ProofOfConcept) {
            continue;
        }
        findings.push(
            RULE.finding(format!("nobody said how long `{}` takes", phase.id.value))
                .at(phase.id.span, "without a box its scope creeps, and no date after it can be computed")
                .help("write `box: 4w`, a range `box: 4-6w`, or `box: ongoing`")
                .proven()
                .asks(format!("`roadmap.{}.box`", phase.id.value)),
        );
    }
}
