//! A budget without room for variance.

use super::tree::TOLERANCE_MS;
use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::rests_on;
use charter_plan::arithmetic::derivation::{number, percent};
use charter_plan::resolved::BudgetFigures;
use charter_spec::{Diagnostic, Severity};

pub(super) const RULE: Rule = Rule {
    code: "L004",
    severity: Severity::Warning,
    title: "no buffer, or a buffer below 10 %",
    page: include_str!("../../../tests/rules/L004.md"),
    check,
};

/// Share of the total that a buffer should have.
const SHARE_MIN: f64 = 0.1;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for budget in &lint.resolved.latency.budgets {
        if let Some(finding) = judge(budget) {
            findings.push(finding);
        }
    }
}

fn judge(budget: &BudgetFigures) -> Option<Diagnostic> {
    let total = budget.total_ms.as_ref().filter(|total| total.value() > 0.0 && !budget.stages.is_empty())?;
    let least = total.value() * SHARE_MIN;
    let help = format!("keep at least {} ms free as a stage called `buffer`", number(least));
    let Some(buffer) = &budget.buffer_ms else {
        // Time that belongs to no stage is another rule's finding, and its way out is a buffer.
        if budget.sum_ms.as_ref().is_some_and(|sum| sum.value() < total.value() - TOLERANCE_MS) {
            return None;
        }
        let finding = RULE.finding(format!("`{}` keeps no time free: one slow stage breaks it", budget.id));
        return Some(finding.at(total.span(), "all of it is given to stages").help(help).proven());
    };
    let share = buffer.value() / total.value();
    if share + 1e-9 >= SHARE_MIN {
        return None;
    }
    let finding = RULE
        .finding(format!("the buffer of `{}` is {} of its total", budget.id, percent(share)))
        .at(buffer.span(), "this is all the room for variance")
        .at(total.span(), "the total")
        .sum(format!("{} ms ÷ {} ms = {} < {}", number(buffer.value()), number(total.value()), percent(share), percent(SHARE_MIN)));
    Some(rests_on(finding.help(help), &[buffer, total]))
}
