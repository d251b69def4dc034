//! Triggers that do not follow the promise, or that undo each other.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::quality::measure::latency_limit_ms;
use charter_spec::ast::{ScaleAction, ScaleTrigger, TriggerWhen};
use charter_spec::measure::{Argument, Criterion, CriterionKind, Measure, Operator, Term, TermKind, ValueKind};
use charter_spec::{Diagnostic, Severity, Spanned};

pub(super) const RULE: Rule = Rule {
    code: "C007",
    severity: Severity::Warning,
    title: "no scale-up trigger tied to the SLO, or triggers overlap",
    page: include_str!("../../../tests/rules/C007.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let Some(capacity) = lint.resolved.spec.capacity.as_ref().filter(|capacity| !capacity.scale.is_empty()) else { return };
    if let Some(finding) = untied(lint, &capacity.scale) {
        findings.push(finding);
    }
    let measured = |action: &ScaleAction| {
        let action = action.clone();
        capacity
            .scale
            .iter()
            .filter_map(move |trigger| threshold(trigger).filter(|_| action_is(trigger, &action)).map(|found| (trigger, found)))
    };
    // A charter has a handful of triggers; beyond the limit pairs are not compared.
    for (up, (measure, high)) in measured(&ScaleAction::Up).take(TRIGGERS_MAX) {
        for (down, (other, low)) in measured(&ScaleAction::Down).take(TRIGGERS_MAX) {
            let same = measure.term.metric_path() == other.term.metric_path() && up.of == down.of;
            if same && is_above(measure) && is_below(other) && low >= high {
                findings.push(overlap(measure, other));
            }
        }
    }
}

/// Most triggers of a direction that are compared.
const TRIGGERS_MAX: usize = 64;

fn untied(lint: &Lint<'_>, triggers: &[Spanned<ScaleTrigger>]) -> Option<Diagnostic> {
    let promise = lint.resolved.spec.quality.iter().find_map(|scenario| latency_limit_ms(scenario).map(|(_, span)| (scenario, span)));
    let (scenario, place) = promise?;
    let ups: Vec<&Spanned<ScaleTrigger>> = triggers.iter().filter(|trigger| action_is(trigger, &ScaleAction::Up)).collect();
    if ups.iter().any(|trigger| condition(trigger).is_some_and(follows_promise)) {
        return None;
    }
    let id = &scenario.id.value;
    let first = ups.first().copied().or(triggers.first())?;
    let message =
        if ups.is_empty() { "no trigger adds replicas".to_owned() } else { format!("no trigger adds replicas when `{id}` is missed") };
    Some(
        RULE.finding(message)
            .at(first.span, "this does not follow the promise")
            .at(place, "what has to be kept")
            .help(format!("add `{{ when: breach({id}), do: up }}`"))
            .proven(),
    )
}

/// `breach(…)`, or a measure of latency.
fn follows_promise(criterion: &Criterion) -> bool {
    let about = |term: &Term| match &term.kind {
        TermKind::Call { function, .. } if function.value.single() == Some("breach") => true,
        TermKind::Path(_) | TermKind::At { .. } | TermKind::Call { .. } => {
            term.metric_path().is_some_and(|path| path.single() == Some("latency"))
        }
    };
    match &criterion.kind {
        CriterionKind::Term(term) => about(term),
        CriterionKind::Measure(measure) => about(&measure.term) || compares_with_promise(measure),
        CriterionKind::Requirement { .. } | CriterionKind::Unreadable => true,
        CriterionKind::Every(_) | CriterionKind::Else | CriterionKind::Text => false,
    }
}

/// `p99 > sla`: a figure against a named limit.
fn compares_with_promise(measure: &Measure) -> bool {
    let argument = |argument: &Argument| matches!(argument, Argument::Term(term) if term.metric_path().is_some_and(|path| path.single() == Some("latency")));
    let by_name = matches!(&measure.value.kind, ValueKind::Path(_)) && measure.term.percentile().is_some();
    by_name || matches!(&measure.term.kind, TermKind::Call { arguments, .. } if arguments.iter().any(argument))
}

fn condition(trigger: &ScaleTrigger) -> Option<&Criterion> {
    match &trigger.when.as_ref()?.value {
        TriggerWhen::Condition(criterion) => Some(criterion),
        TriggerWhen::Time(_) => None,
    }
}

fn threshold(trigger: &ScaleTrigger) -> Option<(&Measure, f64)> {
    let measure = condition(trigger)?.measure()?;
    Some((measure, measure.value.quantity()?.base))
}

fn action_is(trigger: &ScaleTrigger, wanted: &ScaleAction) -> bool {
    trigger.action.as_ref().is_some_and(|action| action.value == *wanted)
}

fn is_above(measure: &Measure) -> bool {
    matches!(measure.operator.value, Operator::Greater | Operator::AtLeast)
}

fn is_below(measure: &Measure) -> bool {
    matches!(measure.operator.value, Operator::Less | Operator::AtMost)
}

fn overlap(up: &Measure, down: &Measure) -> Diagnostic {
    RULE.finding("replicas are added and removed at the same figure")
        .at(up.span, "adds")
        .at(down.span, "removes")
        .help("leave a gap: remove replicas only well below the figure that adds them")
        .proven()
}
