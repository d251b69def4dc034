//! A scenario without a measure.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "Q001",
    severity: Severity::Error,
    title: "scenario has no measure",
    page: include_str!("../../../tests/rules/Q001.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for scenario in &lint.resolved.spec.quality {
        if scenario.measure.is_none() {
            findings.push(
                RULE.finding(format!("scenario `{}` has no measure", scenario.id.value))
                    .at(scenario.id.span, "nothing here can be held against a number")
                    .help("say by which number the response is judged, for example `measure: p99(latency) < 200ms`")
                    .proven(),
            );
        }
    }
}
