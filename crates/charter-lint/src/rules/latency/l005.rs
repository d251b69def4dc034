//! Parts that take longer than the stage that they make up.

use super::tree::{TOLERANCE_MS, every_stage, outgrown};
use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{rests_on, sums};
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::{Arrangement, BudgetFigures, Figure, StageFigures};
use charter_spec::{Diagnostic, Severity};

pub(super) const RULE: Rule = Rule {
    code: "L005",
    severity: Severity::Error,
    title: "parts of a stage exceed it",
    page: include_str!("../../../tests/rules/L005.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for budget in &lint.resolved.latency.budgets {
        for stage in every_stage(budget) {
            let (Some(limit), Some(parts)) = (&stage.budget_ms, &stage.parts_ms) else { continue };
            if parts.value() > limit.value() + TOLERANCE_MS {
                findings.push(finding(budget, stage, limit, parts, None));
            }
        }
        for own in &budget.overrides {
            for stage in &own.stages {
                let Some((general, ..)) = outgrown(budget, stage) else { continue };
                let (Some(limit), Some(parts)) = (&general.budget_ms, &stage.parts_ms) else { continue };
                findings.push(finding(budget, stage, limit, parts, Some(own.id.as_str())));
            }
        }
    }
}

fn finding(budget: &BudgetFigures, stage: &StageFigures, limit: &Figure, parts: &Figure, of: Option<&str>) -> Diagnostic {
    let how = match stage.arrangement {
        Some(Arrangement::Parallel) => "its longest part takes",
        Some(Arrangement::Cascade | Arrangement::Serial) | None => "its parts add up to",
    };
    let of = of.map_or_else(String::new, |of| format!(" for `{of}`"));
    let message =
        format!("`{}` of `{}`{of} has {} ms, and {how} {} ms", stage.name, budget.id, number(limit.value()), number(parts.value()));
    let finding =
        RULE.finding(message).at(stage.span, format!("{how} {} ms", number(parts.value()))).at(limit.span(), "what the stage may take");
    let over = parts.value() - limit.value();
    let finding =
        sums(finding, parts).sum(format!("{} ms − {} ms = {} ms too much", number(parts.value()), number(limit.value()), number(over)));
    rests_on(finding.help("shorten a part, run parts at the same time, or give the stage more of the total"), &[limit, parts])
}
