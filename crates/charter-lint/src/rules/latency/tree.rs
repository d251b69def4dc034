//! Walking the stages of a budget.

use charter_plan::resolved::{BudgetFigures, StageFigures};

/// What is within this much of a budget counts as equal to it, in ms: a nanosecond.
pub(super) const TOLERANCE_MS: f64 = 1e-6;

/// Every stage with its parts at any depth, those of overrides too. How deep a document nests is bounded by the reader.
pub(super) fn every_stage(budget: &BudgetFigures) -> Vec<&StageFigures> {
    let mut found = Vec::new();
    let mut waiting: Vec<&StageFigures> = budget.overrides.iter().rev().flat_map(|own| own.stages.iter().rev()).collect();
    waiting.extend(budget.stages.iter().rev());
    while let Some(stage) = waiting.pop() {
        found.push(stage);
        waiting.extend(stage.parts.iter().rev());
    }
    found
}

/// The parts of an override's stage that outgrow the general budget of that stage, which it does not change: budget and parts, in ms.
pub(super) fn outgrown<'a>(budget: &'a BudgetFigures, own: &'a StageFigures) -> Option<(&'a StageFigures, f64, f64)> {
    if own.budget_ms.is_some() {
        return None;
    }
    let general = budget.stages.iter().find(|stage| stage.name == own.name)?;
    let (limit, parts) = (general.budget_ms.as_ref()?.value(), own.parts_ms.as_ref()?.value());
    (parts > limit + TOLERANCE_MS).then_some((general, limit, parts))
}
