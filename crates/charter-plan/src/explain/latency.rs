//! Latency budgets: shares of stages, sums, and percentiles needed.

use super::Explainer;
use crate::arithmetic::derivation::{number, percent};
use crate::resolved::{Arrangement, StageFigures, StagePlace};

impl Explainer<'_> {
    pub(super) fn budget(&mut self, id: &str) {
        let resolved = self.resolved;
        let Some(budget) = resolved.latency.of(id) else { return };
        let name = format!("latency.{id}");
        self.figure(&format!("{name}: total"), budget.total_ms.as_ref());
        let total = budget.total_ms.as_ref().map(crate::resolved::Figure::value);
        let mut lines = Vec::new();
        budget.stages.iter().for_each(|stage| self::stage(stage, total, 0, &mut lines));
        let places = budget.stages.iter().map(|stage| (stage.name.to_string(), stage.span)).collect();
        self.facts(&format!("{name}: stages"), lines, places);
        self.figure(&format!("{name}: sum of the stages"), budget.sum_ms.as_ref());
        self.figure(&format!("{name}: left for our edge"), budget.edge_ms.as_ref());
        self.figure(&format!("{name}: guaranteed for the whole"), budget.guaranteed.as_ref());
        self.figure(&format!("{name}: needed of each stage"), budget.needed.as_ref());
        for own in &budget.overrides {
            self.figure(&format!("{name}: sum of the stages for {}", own.id), own.sum_ms.as_ref());
        }
        if let Some(plan) = self.plan {
            let mut lines = Vec::new();
            for route in plan.routes.iter().filter(|route| budget.served.iter().any(|served| *served == *route.name)) {
                lines.push(format!("route {} gets {} ms", route.name, route.timeout_ms));
            }
            self.facts(&format!("{name}: time of calls"), lines, Vec::new());
        }
    }
}

/// How deep stages nest is bounded by the reader.
fn stage(stage: &StageFigures, total: Option<f64>, depth: usize, lines: &mut Vec<String>) {
    let budget = stage.effective_ms().map(crate::resolved::Figure::value);
    let share = match (budget, total) {
        (Some(budget), Some(total)) if total > 0.0 => format!(", {} of the total", percent(budget / total)),
        _ => String::new(),
    };
    let place = match stage.place {
        StagePlace::Inside => "",
        StagePlace::Outside => ", outside our edge",
        StagePlace::Buffer => ", kept free",
    };
    let parts = match stage.arrangement {
        None => "",
        Some(Arrangement::Cascade) => ", a cascade",
        Some(Arrangement::Serial) => ", one after the other",
        Some(Arrangement::Parallel) => ", at the same time",
    };
    let figure = budget.map_or_else(|| "no budget".to_owned(), |budget| format!("{} ms", number(budget)));
    lines.push(format!("{}{}: {figure}{share}{place}{parts}", "  ".repeat(depth), stage.name));
    stage.parts.iter().for_each(|part| self::stage(part, total, depth + 1, lines));
}
