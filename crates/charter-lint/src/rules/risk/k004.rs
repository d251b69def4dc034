//! A high risk that comes true unseen.

use super::level::{is_high, sum};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "K004",
    severity: Severity::Warning,
    title: "high risk without a watched measure",
    page: include_str!("../../../tests/rules/K004.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for risk in lint.resolved.spec.risks.iter().filter(|risk| is_high(risk)) {
        if risk.watch.iter().any(|criterion| criterion.value.is_evaluable()) {
            continue;
        }
        let finding = RULE.finding(format!("nothing shows whether `{}` comes true", risk.id.value));
        let mut finding = match risk.watch.first() {
            Some(words) => finding.at(words.span, "words that no machine can watch").at(risk.id.span, "a high risk"),
            None => finding.at(risk.id.span, "a high risk, and no `watch`"),
        };
        if let Some(sum) = sum(risk) {
            finding = finding.sum(sum);
        }
        findings
            .push(finding.help("name a scenario or a measure that would move first, for example `watch: psi(features) < 0.2`").proven());
    }
}
