//! Retries that spend more than the stage has.

use super::tree::{TOLERANCE_MS, every_stage};
use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{rests_on, sums};
use charter_plan::arithmetic::derivation::number;
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "L007",
    severity: Severity::Warning,
    title: "retries × timeout exceed the stage",
    page: include_str!("../../../tests/rules/L007.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for budget in &lint.resolved.latency.budgets {
        for stage in every_stage(budget) {
            let (Some(worst), Some(limit)) = (&stage.worst_ms, stage.effective_ms()) else { continue };
            // The second input is the number of retries; without one, the timeout is judged against the total.
            let (Some(timeout), Some(retries)) = (worst.inputs.first(), worst.inputs.get(1)) else { continue };
            if worst.value() <= limit.value() + TOLERANCE_MS {
                continue;
            }
            let message = format!(
                "`{}` of `{}` may try for {} ms, and has {} ms",
                stage.name,
                budget.id,
                number(worst.value()),
                number(limit.value())
            );
            let finding = RULE
                .finding(message)
                .at(retries.span, "each retry waits for the timeout again")
                .at(timeout.span, "the timeout of one attempt")
                .at(limit.span(), "what the stage has");
            let finding = sums(finding, worst).sum(format!("{} ms > {} ms", number(worst.value()), number(limit.value())));
            findings.push(rests_on(finding.help("shorten the timeout, or leave the second attempt to the rung below"), &[worst, limit]));
        }
    }
}
