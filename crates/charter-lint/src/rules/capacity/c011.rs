//! A peak that is lower than the average.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::arithmetic::derivation::number;
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "C011",
    severity: Severity::Error,
    title: "average load above the peak",
    page: include_str!("../../../tests/rules/C011.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let Some(load) = &lint.resolved.spec.load else { return };
    let (Some(peak), Some(average)) = (&load.peak, &load.average) else { return };
    let (peak_rps, average_rps) = (peak.per_second(), average.per_second());
    if average_rps <= peak_rps {
        return;
    }
    let (average_text, peak_text) = (number(average_rps), number(peak_rps));
    findings.push(
        RULE.finding(format!("{average_text} rps on average are more than {peak_text} rps at the peak"))
            .at(average.span, "on average")
            .at(peak.span, "at most")
            .sum(format!("{average_text} rps ÷ {peak_text} rps = {} > 1", number(average_rps / peak_rps)))
            .help(format!(
                "state the peak as the most that comes in any second, at least {average_text} rps; or the average over all of them"
            ))
            .proven(),
    );
}
