//! Stages that are not the total.

use super::tree::{TOLERANCE_MS, outgrown};
use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{rests_on, sums};
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::{BudgetFigures, OverrideFigures};
use charter_spec::{Diagnostic, Severity};

pub(super) const RULE: Rule = Rule {
    code: "L001",
    severity: Severity::Error,
    title: "stages do not sum to total",
    page: include_str!("../../../tests/rules/L001.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for budget in &lint.resolved.latency.budgets {
        if let Some(finding) = whole(budget) {
            findings.push(finding);
        }
        for own in &budget.overrides {
            if let Some(finding) = overridden(budget, own) {
                findings.push(finding);
            }
        }
    }
}

fn whole(budget: &BudgetFigures) -> Option<Diagnostic> {
    let (total, sum) = (budget.total_ms.as_ref()?, budget.sum_ms.as_ref()?);
    let beyond = sum.value() - total.value();
    if beyond.abs() <= TOLERANCE_MS {
        return None;
    }
    let stages = budget.stages.first()?.span;
    let finding = RULE
        .finding(format!("the stages of `{}` come to {} ms, its total is {} ms", budget.id, number(sum.value()), number(total.value())))
        .at(total.span(), "the total")
        .at(stages, "the stages start here");
    let finding = sums(finding, sum);
    let finding = if beyond > 0.0 {
        let line = format!("{} ms − {} ms = {} ms too much", number(sum.value()), number(total.value()), number(beyond));
        finding.sum(line).help("shorten a stage or raise the total; a late stage is paid for by the user")
    } else {
        let line = format!("{} ms − {} ms = {} ms belong to no stage", number(total.value()), number(sum.value()), number(-beyond));
        finding.sum(line).help(format!("give the rest to a stage, for example `buffer: {}ms`", number(-beyond).replace(',', "_")))
    };
    Some(rests_on(finding, &[total, sum]))
}

/// Stages of one route may take less than the general ones, never more than the total.
fn overridden(budget: &BudgetFigures, own: &OverrideFigures) -> Option<Diagnostic> {
    let (total, sum) = (budget.total_ms.as_ref()?, own.sum_ms.as_ref()?);
    let beyond = sum.value() - total.value();
    // Parts that outgrow their stage are another rule's finding; so is a general tree that is already too long.
    let told = own.stages.iter().any(|stage| outgrown(budget, stage).is_some());
    let general = budget.sum_ms.as_ref().is_some_and(|general| sum.value() <= general.value() + TOLERANCE_MS);
    if beyond <= TOLERANCE_MS || told || general {
        return None;
    }
    let finding = RULE
        .finding(format!(
            "for `{}` the stages of `{}` come to {} ms, its total is {} ms",
            own.id,
            budget.id,
            number(sum.value()),
            number(total.value())
        ))
        .at(own.span, "these stages differ")
        .at(total.span(), "the total");
    let finding =
        sums(finding, sum).sum(format!("{} ms − {} ms = {} ms too much", number(sum.value()), number(total.value()), number(beyond)));
    Some(rests_on(finding.help("shorten another stage for this route, or give it a budget of its own"), &[total, sum]))
}
