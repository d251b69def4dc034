//! A level that somebody felt.

use super::level::{level, sum};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::{Fix, Severity};

pub(super) const RULE: Rule = Rule {
    code: "K001",
    severity: Severity::Error,
    title: "level written by hand differs from probability × impact",
    page: include_str!("../../../tests/rules/K001.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for risk in &lint.resolved.spec.risks {
        let (Some(written), Some(probability), Some(impact)) = (&risk.level, &risk.probability, &risk.impact) else { continue };
        let computed = level(probability.value, impact.value);
        if computed == written.value {
            continue;
        }
        let mut finding = RULE
            .finding(format!("`{}` is written as {}, and is {}", risk.id.value, written.value.word(), computed.word()))
            .at(written.span, format!("written: {}", written.value.word()))
            .at(probability.span, "probability")
            .at(impact.span, "impact");
        if let Some(sum) = sum(risk) {
            finding = finding.sum(sum);
        }
        let finding = finding.help("leave `level` out: it is derived; or correct probability or impact");
        findings.push(finding.fix(Fix::replace(written.span, computed.word())).proven());
    }
}
