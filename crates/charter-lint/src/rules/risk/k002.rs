//! A high risk that nobody does anything about.

use super::level::{is_high, sum};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "K002",
    severity: Severity::Error,
    title: "high risk without mitigation or owner",
    page: include_str!("../../../tests/rules/K002.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for risk in lint.resolved.spec.risks.iter().filter(|risk| is_high(risk)) {
        let untreated = risk.mitigate.is_empty() && risk.accept.is_none();
        let lacks = match (untreated, risk.owner.is_none()) {
            (true, true) => "neither mitigation nor owner",
            (true, false) => "no mitigation",
            (false, true) => "no owner",
            (false, false) => continue,
        };
        let mut finding = RULE.finding(format!("`{}` is high and has {lacks}", risk.id.value)).at(risk.id.span, lacks);
        if let Some(impact) = &risk.impact {
            finding = finding.at(impact.span, format!("impact {}", impact.value.word()));
        }
        if let Some(sum) = sum(risk) {
            finding = finding.sum(sum);
        }
        findings.push(
            finding.help("name what is done and who answers for it: `mitigate: [...], owner: ...`; or `accept:` with the reason").proven(),
        );
    }
}
