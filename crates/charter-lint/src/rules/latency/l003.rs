//! A fallback that answers after the budget is over.

use super::tree::TOLERANCE_MS;
use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::rests_on;
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::{BudgetFigures, Element, Figure, Ladder, StageFigures, StagePlace};
use charter_spec::{Diagnostic, SectionName, Severity, Span};

pub(super) const RULE: Rule = Rule {
    code: "L003",
    severity: Severity::Error,
    title: "stage timeout, fallback and remaining stages exceed the total",
    page: include_str!("../../../tests/rules/L003.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let of_any_model = slowest(lint.resolved.ladders.all.iter().filter(|ladder| is_served(ladder)));
    for budget in &lint.resolved.latency.budgets {
        let Some(total) = &budget.total_ms else { continue };
        // A stage without a budget leaves the rest unknown; then what is known is a lower bound.
        let all: f64 = working(budget).filter_map(StageFigures::effective_ms).map(Figure::value).sum();
        for stage in working(budget) {
            let Some(step) = step_down(lint, budget, stage, of_any_model) else { continue };
            let rest = all - stage.effective_ms().map_or(0.0, Figure::value);
            let timeout = lint.resolved.spec.latency.get(&budget.id).and_then(|written| written.stages.get(&stage.name)?.timeout.as_ref());
            let timeout = timeout.map(|timeout| (timeout.millis(), timeout.span));
            if let Some(finding) = judge(budget, total, (stage, timeout), rest, step) {
                findings.push(finding);
            }
        }
    }
}

fn working(budget: &BudgetFigures) -> impl Iterator<Item = &StageFigures> {
    budget.stages.iter().filter(|stage| stage.place != StagePlace::Buffer)
}

fn is_served(ladder: &Ladder) -> bool {
    matches!(ladder.of.section, SectionName::Routes | SectionName::Models)
}

/// How long a ladder's step down takes: what the ladder says, else its slowest lower rung.
fn within(ladder: &Ladder) -> Option<&Figure> {
    let lower = ladder.rungs.iter().skip(1).filter_map(|rung| rung.within_ms.as_ref());
    ladder.within_ms.as_ref().or_else(|| lower.max_by(|left, right| left.value().total_cmp(&right.value())))
}

fn slowest<'a>(ladders: impl Iterator<Item = &'a Ladder>) -> Option<(&'a Element, &'a Figure)> {
    let known = ladders.filter_map(|ladder| within(ladder).map(|figure| (&ladder.of, figure)));
    known.max_by(|left, right| left.1.value().total_cmp(&right.1.value()))
}

/// The slowest step down of what the stage calls.
fn step_down<'a>(
    lint: &Lint<'a>,
    budget: &BudgetFigures,
    stage: &StageFigures,
    of_any_model: Option<(&'a Element, &'a Figure)>,
) -> Option<(&'a Element, &'a Figure)> {
    let ladders = &lint.resolved.ladders;
    if stage.is_inference() {
        if budget.served.is_empty() {
            return of_any_model;
        }
        let elements =
            budget.served.iter().flat_map(|id| [SectionName::Routes, SectionName::Models].map(|section| Element::new(section, id)));
        return elements
            .filter_map(|element| slowest(ladders.of(&element)))
            .max_by(|left, right| left.1.value().total_cmp(&right.1.value()));
    }
    let called = lint.resolved.index.named(stage.calls.as_deref()?)?;
    slowest(ladders.of(&called))
}

/// Retries are judged against their stage by another rule; here the first attempt decides.
fn judge(
    budget: &BudgetFigures,
    total: &Figure,
    (stage, timeout): (&StageFigures, Option<(f64, Span)>),
    rest: f64,
    (of, step): (&Element, &Figure),
) -> Option<Diagnostic> {
    let gives_up = timeout.map(|(timeout, _)| timeout).or_else(|| stage.effective_ms().map(Figure::value))?;
    let sum = gives_up + step.value() + rest;
    if sum <= total.value() + TOLERANCE_MS {
        return None;
    }
    let message =
        format!("when `{}` of `{}` gives up, the fallback of `{}` answers after {} ms", stage.name, budget.id, of.id, number(sum));
    let mut finding = RULE
        .finding(message)
        .at(timeout.map_or(stage.span, |(_, span)| span), format!("gives up after {} ms", number(gives_up)))
        .at(step.span(), format!("{} ms for the step down", number(step.value())))
        .at(total.span(), format!("{} ms in all", number(total.value())))
        .sum(format!(
            "{} ms until `{}` gives up + {} ms step down + {} ms other stages = {} ms > {} ms",
            number(gives_up),
            stage.name,
            number(step.value()),
            number(rest),
            number(sum),
            number(total.value())
        ));
    let most = total.value() - rest - step.value();
    finding = if most > 0.0 {
        finding.help(format!("let `{}` give up after at most {} ms", stage.name, number(most)))
    } else {
        finding.help("shorten the other stages: even an immediate step down comes too late")
    };
    if timeout.is_some() {
        return Some(rests_on(finding, &[total, step]));
    }
    let asks = format!("`latency.{}.stages.{}.timeout`", budget.id, stage.name);
    Some(finding.assumes(format!("`{}` gives up when its budget is spent", stage.name)).asks(asks))
}
