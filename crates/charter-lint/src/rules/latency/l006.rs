//! A budget that is not the limit that it is for.

use super::tree::TOLERANCE_MS;
use crate::rule::{Findings, Lint, Rule};
use crate::rules::quality::measure::latency_limit_ms;
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::{BudgetFigures, Figure};
use charter_spec::ast::Scenario;
use charter_spec::names::Entry;
use charter_spec::{Severity, Span};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    code: "L006",
    severity: Severity::Warning,
    title: "total budget differs from the scenario it implements",
    page: include_str!("../../../tests/rules/L006.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let quality = &lint.resolved.spec.quality;
    let mut by_artifact: HashMap<&str, Vec<&Entry<Scenario>>> = HashMap::new();
    for scenario in quality {
        if let Some(artifact) = &scenario.artifact {
            by_artifact.entry(artifact.as_str()).or_default().push(scenario);
        }
    }
    for budget in &lint.resolved.latency.budgets {
        let Some(total) = &budget.total_ms else { continue };
        for scenario in budget.scenarios.iter().filter_map(|id| quality.get_entry(id)) {
            let Some((limit, place)) = latency_limit_ms(scenario) else { continue };
            if (limit - total.value()).abs() > TOLERANCE_MS {
                report(budget, total, scenario, (limit, place), findings);
            }
        }
        // Routes that keep the budget may have a tighter promise of their own; a looser one is kept anyway.
        for scenario in budget.served.iter().filter_map(|id| by_artifact.get(id.as_str())).flatten() {
            let Some((limit, place)) = latency_limit_ms(scenario) else { continue };
            if !budget.scenarios.contains(&scenario.id.value) && limit < total.value() - TOLERANCE_MS {
                report(budget, total, scenario, (limit, place), findings);
            }
        }
    }
}

fn report(budget: &BudgetFigures, total: &Figure, scenario: &Entry<Scenario>, (limit, place): (f64, Span), findings: &mut Findings) {
    let message = format!("`{}` gives {} ms, and `{}` promises {} ms", budget.id, number(total.value()), scenario.id.value, number(limit));
    let (longer, line) = if total.value() > limit {
        (
            "lower the total to the limit",
            format!("{} ms − {} ms = {} ms too late", number(total.value()), number(limit), number(total.value() - limit)),
        )
    } else {
        (
            "raise the total to the limit",
            format!("{} ms − {} ms = {} ms in no budget", number(limit), number(total.value()), number(limit - total.value())),
        )
    };
    let finding = RULE.finding(message).at(total.span(), "the budget").at(place, "the promise").sum(line);
    findings.push(finding.help(format!("{longer}, or name another scenario with `implements`")).proven());
}
