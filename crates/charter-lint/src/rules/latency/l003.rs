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

/// The slowest step down of what a stage calls.
#[derive(Clone, Copy)]
struct StepDown<'a> {
    ladder: &'a Ladder,
    /// `None` when nothing says how long it takes: then it takes no time at least.
    takes: Option<&'a Figure>,
}

impl StepDown<'_> {
    fn ms(self) -> f64 {
        self.takes.map_or(0.0, Figure::value)
    }
}

/// When a stage gives up, in ms, as its timeout says.
struct Timeout {
    ms: f64,
    span: Span,
}

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let of_any_model = slowest(lint.resolved.ladders.all.iter().filter(|ladder| is_served(ladder)));
    for budget in &lint.resolved.latency.budgets {
        // A stage without a budget leaves the rest unknown; then what is known is a lower bound.
        let all: f64 = working(budget).filter_map(StageFigures::effective_ms).map(Figure::value).sum();
        for stage in working(budget) {
            let rest = all - stage.effective_ms().map_or(0.0, Figure::value);
            let timeout = lint.resolved.spec.latency.get(&budget.id).and_then(|written| written.stages.get(&stage.name)?.timeout.as_ref());
            let timeout = timeout.map(|timeout| Timeout { ms: timeout.millis(), span: timeout.span });
            let too_late = budget.total_ms.as_ref().zip(step_down(lint, budget, stage, of_any_model));
            let too_late = too_late.and_then(|(total, step)| judge((budget, total), stage, timeout.as_ref(), rest, step));
            // One timeout, one finding: what comes too late in all outgrows its own stage too.
            if let Some(finding) = too_late.or_else(|| outgrows(budget, stage, &timeout?)) {
                findings.push(finding);
            }
        }
    }
}

/// A stage that may run longer than its own budget takes the time of the others.
fn outgrows(budget: &BudgetFigures, stage: &StageFigures, timeout: &Timeout) -> Option<Diagnostic> {
    let limit = stage.effective_ms().filter(|limit| timeout.ms > limit.value() + TOLERANCE_MS)?;
    let finding = RULE
        .finding_of(Severity::Warning, format!("`{}` of `{}` gives up after its budget is spent", stage.name, budget.id))
        .at(timeout.span, format!("gives up after {} ms", number(timeout.ms)))
        .at(limit.span(), format!("{} ms for the stage", number(limit.value())))
        .sum(format!("{} ms until `{}` gives up > {} ms budget", number(timeout.ms), stage.name, number(limit.value())))
        .help(format!("let `{}` give up after at most {} ms", stage.name, number(limit.value())));
    Some(rests_on(finding, &[limit]))
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

fn slowest<'a>(ladders: impl Iterator<Item = &'a Ladder>) -> Option<StepDown<'a>> {
    slower(ladders.map(|ladder| StepDown { ladder, takes: within(ladder) }))
}

/// The slowest of those that say how long they take, else the first.
fn slower<'a>(steps: impl Iterator<Item = StepDown<'a>>) -> Option<StepDown<'a>> {
    steps.reduce(|slowest, step| match (slowest.takes, step.takes) {
        (None, Some(_)) => step,
        (Some(_), Some(_)) if step.ms() > slowest.ms() => step,
        _ => slowest,
    })
}

fn step_down<'a>(
    lint: &Lint<'a>,
    budget: &BudgetFigures,
    stage: &StageFigures,
    of_any_model: Option<StepDown<'a>>,
) -> Option<StepDown<'a>> {
    let ladders = &lint.resolved.ladders;
    if stage.is_inference() {
        if budget.served.is_empty() {
            return of_any_model;
        }
        let elements =
            budget.served.iter().flat_map(|id| [SectionName::Routes, SectionName::Models].map(|section| Element::new(section, id)));
        return slower(elements.filter_map(|element| slowest(ladders.of(&element))));
    }
    let called = lint.resolved.index.named(stage.calls.as_deref()?)?;
    slowest(ladders.of(&called))
}

/// Retries are judged against their stage by another rule; here the first attempt decides.
fn judge(
    (budget, total): (&BudgetFigures, &Figure),
    stage: &StageFigures,
    timeout: Option<&Timeout>,
    rest: f64,
    step: StepDown<'_>,
) -> Option<Diagnostic> {
    let gives_up = match (timeout, step.takes) {
        (Some(timeout), _) => timeout.ms,
        (None, Some(_)) => stage.effective_ms()?.value(),
        // Budgets alone that exceed the total are another rule's finding.
        (None, None) => return None,
    };
    let sum = gives_up + step.ms() + rest;
    if sum <= total.value() + TOLERANCE_MS {
        return None;
    }
    let of = &step.ladder.of.id;
    let least = if step.takes.is_none() { "at least " } else { "" };
    let message =
        format!("when `{}` of `{}` gives up, the fallback of `{of}` answers after {least}{} ms", stage.name, budget.id, number(sum));
    let step_text = step.takes.map_or_else(
        || "the step down takes no time at least".to_owned(),
        |takes| format!("{} ms for the step down", number(takes.value())),
    );
    let mut finding = RULE
        .finding(message)
        .at(timeout.map_or(stage.span, |timeout| timeout.span), format!("gives up after {} ms", number(gives_up)))
        .at(step.takes.map_or(step.ladder.span, Figure::span), step_text)
        .at(total.span(), format!("{} ms in all", number(total.value())))
        .sum(format!(
            "{} ms until `{}` gives up + {} ms step down + {} ms other stages = {} ms > {} ms",
            number(gives_up),
            stage.name,
            number(step.ms()),
            number(rest),
            number(sum),
            number(total.value())
        ));
    let most = total.value() - rest - step.ms();
    finding = if most > 0.0 {
        finding.help(format!("let `{}` give up after at most {} ms", stage.name, number(most)))
    } else {
        finding.help("shorten the other stages: even an immediate step down comes too late")
    };
    if timeout.is_some() {
        let figures: Vec<&Figure> = std::iter::once(total).chain(step.takes).collect();
        return Some(rests_on(finding, &figures));
    }
    let asks = format!("`latency.{}.stages.{}.timeout`", budget.id, stage.name);
    Some(finding.assumes(format!("`{}` gives up when its budget is spent", stage.name)).asks(asks))
}
