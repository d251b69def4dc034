//! A trigger that fires far from the depth that is acceptable.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{rests_on, sums};
use charter_plan::arithmetic::derivation::{number, percent};
use charter_plan::resolved::{Figure, QueueFigures};
use charter_spec::ast::{ScaleAction, ScaleTrigger, TriggerWhen};
use charter_spec::measure::{Argument, Measure, Operator, TermKind};
use charter_spec::{Diagnostic, Severity};

pub(super) const RULE: Rule = Rule {
    code: "C010",
    severity: Severity::Warning,
    title: "a scale-up trigger fires far below the target queue depth, or above it",
    page: include_str!("../../../tests/rules/C010.md"),
    check,
};

/// Below this share of the target replicas come long before anyone waits too long.
const SHARE_MIN: f64 = 0.25;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let Some(capacity) = &lint.resolved.spec.capacity else { return };
    let queues = &lint.resolved.capacity.queues;
    for trigger in &capacity.scale {
        let Some(measure) = depth_trigger(trigger) else { continue };
        let Some(threshold) = measure.value.quantity().map(|quantity| quantity.base) else { continue };
        // A trigger that names no queue is for all of them; the one that it fits worst is shown.
        let named = queue_name(measure);
        let meant = queues.iter().filter(|queue| named.as_ref().is_none_or(|name| queue.id == name.as_str()));
        let off = meant
            .filter_map(|queue| queue.depth.as_ref().map(|depth| (queue, depth)))
            .filter(|(_, depth)| is_off(threshold, depth.value()));
        let distance = |depth: &Figure| (threshold.max(1.0) / depth.value()).ln().abs();
        let worst = off.max_by(|left, right| distance(left.1).total_cmp(&distance(right.1)));
        if let Some((queue, depth)) = worst {
            findings.push(finding(measure, threshold, queue, depth));
        }
    }
}

fn is_off(threshold: f64, depth: f64) -> bool {
    depth > 0.0 && (threshold < SHARE_MIN * depth || threshold > depth)
}

/// `queue.depth > 100` that adds replicas.
fn depth_trigger(trigger: &ScaleTrigger) -> Option<&Measure> {
    let adds = trigger.action.as_ref().is_some_and(|action| action.value == ScaleAction::Up);
    let TriggerWhen::Condition(criterion) = &trigger.when.as_ref().filter(|_| adds)?.value else { return None };
    let measure = criterion.measure()?;
    let above = matches!(measure.operator.value, Operator::Greater | Operator::AtLeast);
    (above && measure.term.metric_path()?.dotted() == "queue.depth").then_some(measure)
}

/// `scoring` of `queue.depth(scoring)`.
fn queue_name(measure: &Measure) -> Option<String> {
    let TermKind::Call { function, arguments } = &measure.term.kind else { return None };
    match arguments.first()? {
        Argument::Term(term) if function.value.dotted() == "queue.depth" => Some(term.metric_path()?.dotted()),
        _ => None,
    }
}

fn finding(measure: &Measure, threshold: f64, queue: &QueueFigures, depth: &Figure) -> Diagnostic {
    let share = threshold / depth.value();
    let (what, help) = if share > 1.0 {
        (
            "after the wait is no longer acceptable".to_owned(),
            format!("fire below {}, so that a replica is there in time", number(depth.value())),
        )
    } else {
        (
            format!("at {} of what is acceptable", part(share)),
            format!("fire nearer to {}, or state the shorter `wait` that is meant", number(depth.value())),
        )
    };
    let message =
        format!("scaling up at {} in `{}` fires {what}: its target depth is {}", number(threshold), queue.id, number(depth.value()));
    let finding = RULE.finding(message).at(measure.span, "fires here").at(depth.span(), "the wait that is acceptable");
    let finding = sums(finding, depth).sum(format!("{} ÷ {} = {}", number(threshold), number(depth.value()), percent(share)));
    rests_on(finding.help(help), &[depth])
}

/// `a tenth` for 0.1; a percentage otherwise.
fn part(share: f64) -> String {
    match (share * 1_000.0).round() {
        100.0 => "a tenth".to_owned(),
        200.0 => "a fifth".to_owned(),
        _ => percent(share),
    }
}
