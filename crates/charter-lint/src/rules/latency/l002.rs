//! Percentiles of stages that do not make the percentile of the whole.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{rests_on, sums};
use charter_plan::arithmetic::derivation::percent;
use charter_plan::resolved::BudgetFigures;
use charter_spec::{Diagnostic, Severity};

pub(super) const RULE: Rule = Rule {
    code: "L002",
    severity: Severity::Warning,
    title: "stage percentiles do not compose to the stated one",
    page: include_str!("../../../tests/rules/L002.md"),
    check,
};

/// What a percentile may fall short through the last bits of a float.
const TOLERANCE: f64 = 1e-9;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for budget in &lint.resolved.latency.budgets {
        if let Some(finding) = judge(budget) {
            findings.push(finding);
        }
    }
}

fn judge(budget: &BudgetFigures) -> Option<Diagnostic> {
    let (whole, stage) = (budget.whole_percentile.as_ref()?, budget.stage_percentile.as_ref()?);
    let (guaranteed, needed) = (budget.guaranteed.as_ref()?, budget.needed.as_ref()?);
    if guaranteed.value() + TOLERANCE >= whole.value() {
        return None;
    }
    let (count, each) = (budget.counted, as_name(stage.value()));
    let written = stage.is_proven();
    let place = if written { stage.span() } else { budget.stages.first().map_or(budget.span, |first| first.span) };
    let label = if written { format!("each of {count} stages at {each}") } else { format!("{count} stages, each at {each}") };
    let message = format!(
        "{count} stages at {each} guarantee only {} for `{}`, which promises {}",
        as_name(guaranteed.value()),
        budget.id,
        as_name(whole.value())
    );
    let finding = RULE.finding(message).at(place, label).at(whole.span(), format!("{} of the whole", as_name(whole.value())));
    let finding = sums(finding, guaranteed)
        .sum("the whole is late only when a stage is (union bound): nothing is known of how they depend on each other");
    let finding =
        sums(finding, needed).sum(format!("{} end to end needs {} of each stage", as_name(whole.value()), percent(needed.value())));
    let up = (needed.value() * 1e5).ceil() / 1e3;
    let finding = finding.help(format!("hold each stage at `percentile: {up}%`, or measure the whole and not the stages"));
    Some(rests_on(finding, &[stage, guaranteed, needed]))
}

/// `p99` for 0.99, `p99.9` for 0.999.
fn as_name(ratio: f64) -> String {
    let text = format!("{:.3}", ratio * 100.0);
    format!("p{}", text.trim_end_matches('0').trim_end_matches('.'))
}
