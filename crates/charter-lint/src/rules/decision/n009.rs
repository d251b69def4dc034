//! A decision whose time to think again has come.

use super::matrix::is_accepted;
use crate::rule::{Findings, Lint, Rule};
use crate::rules::wording::amount;
use charter_plan::arithmetic::derivation::number;
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "N009",
    severity: Severity::Hint,
    title: "past its revisit date, or its condition is true",
    page: include_str!("../../../tests/rules/N009.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for decision in lint.resolved.spec.decisions.iter().filter(|decision| is_accepted(decision)) {
        let Some(revisit) = &decision.revisit else { continue };
        let id = &decision.id.value;
        if let Some(by) = revisit.value.by.as_ref().filter(|by| by.value < lint.today) {
            let over = lint.today.days_since_epoch() - by.value.days_since_epoch();
            findings.push(
                RULE.finding(format!("`{id}` was to be thought over by {}", by.value))
                    .at(by.span, "the day has passed")
                    .at(decision.id.span, "still in force")
                    .sum(format!("{} − {} = {} over", lint.today, by.value, amount(over as f64, "day")))
                    .help("think again: confirm it with a new date, or supersede it")
                    .proven(),
            );
        }
        for criterion in &revisit.value.condition {
            let Some(measure) = criterion.value.measure() else { continue };
            let about_cost = measure.term.metric_path().is_some_and(|path| path.dotted() == "cost.total");
            // What else a condition may ask is known only to those who measure it.
            let (Some(total), Some(limit)) = (lint.resolved.cost.total.as_ref().filter(|_| about_cost), measure.value.quantity()) else {
                continue;
            };
            if !measure.operator.value.holds(total.value(), limit.base) {
                continue;
            }
            let finding = RULE
                .finding(format!("`{id}` was to be thought over as soon as `{}`", criterion.value.text))
                .at(criterion.span, "this holds now")
                .at(decision.id.span, "still in force")
                .sum(format!("{} {} {}", number(total.value()), measure.operator.value.symbol(), number(limit.base)))
                .help("think again: confirm it with another condition, or supersede it");
            findings.push(crate::rules::basis::rests_on(finding, &[total]));
        }
    }
}
