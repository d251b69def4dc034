//! Puts into an objective what the charter says today. Whether it says just that afterwards is for whoever reads it again.

use super::measure::{close, parsed, percent};
use super::read::annotation;
use crate::foreign::Node;
use charter_spec::measure::{Measure, Operator};

/// Sets target, operator, value and window of an objective, as far as it has words for them. `was` is the measure that it is read as now.
pub(super) fn measure(slo: &mut Node, objective: usize, was: Option<&str>, is: &str) {
    let Some(is) = parsed(is) else { return };
    let was = was.and_then(parsed);
    window(slo, was.as_ref(), &is);
    let objectives = slo.get_mut("spec").and_then(|spec| spec.get_mut("objectives")).and_then(Node::items_mut);
    let Some(objective) = objectives.and_then(|objectives| objectives.get_mut(objective)) else { return };
    target(objective, &is);
    value(objective, was.as_ref(), &is);
}

/// A window that rolls, in place of whichever was there.
fn window(slo: &mut Node, was: Option<&Measure>, is: &Measure) {
    let seconds = |measure: &Measure| measure.window.as_ref().map(|window| window.value.seconds());
    if was.and_then(seconds) == seconds(is) && was.is_some() {
        return;
    }
    let Some(spec) = slo.get_mut("spec") else { return };
    let span = spec.span;
    match seconds(is).map(shorthand) {
        None => drop(spec.remove("timeWindow")),
        Some(None) => {}
        Some(Some(duration)) => {
            let window = [("duration", Node::plain(duration, span)), ("isRolling", Node::plain("true", span))];
            spec.set("timeWindow", Node::list(vec![Node::map(window, span)], span));
        }
    }
}

/// A length of time as OpenSLO writes it; `None` for what is no whole number of minutes.
fn shorthand(seconds: f64) -> Option<String> {
    [("d", 86_400.0), ("h", 3_600.0), ("m", 60.0)]
        .into_iter()
        .find(|(_, unit)| seconds >= *unit && (seconds / unit).fract() == 0.0)
        .map(|(letter, unit)| format!("{}{letter}", seconds / unit))
}

/// The share that must be good: of a percentile its number, of a ratio its limit, each from the other end where the bad ones are counted.
fn target(objective: &mut Node, is: &Measure) {
    let is_upper = matches!(is.operator.value, Operator::Less | Operator::AtMost);
    let share = match (is.term.percentile(), is.value.quantity()) {
        (Some(percentile), _) if is_upper => percentile / 100.0,
        (Some(percentile), _) => 1.0 - percentile / 100.0,
        (None, Some(limit)) if is_upper => 1.0 - limit.base,
        (None, Some(limit)) => limit.base,
        (None, None) => return,
    };
    let (key, number) = match objective.get("targetPercent") {
        Some(_) => ("targetPercent", percent(share)),
        None => ("target", super::measure::plain_number((share * 1e12).round() / 1e12)),
    };
    let known = objective.get(key).and_then(Node::number);
    if known.is_none_or(|known| number.parse().is_ok_and(|number: f64| !close(known, number))) {
        let span = objective.span;
        objective.set(key, Node::plain(number, span));
    }
}

/// Operator and value of a threshold, in the unit that its value had.
fn value(objective: &mut Node, was: Option<&Measure>, is: &Measure) {
    // A ratio is compared with its target alone, whatever else stands there.
    let Some(known) = objective.get("value").and_then(Node::number).filter(|_| is.term.percentile().is_some()) else { return };
    let word = match is.operator.value {
        Operator::Less => "lt",
        Operator::AtMost => "lte",
        Operator::Greater => "gt",
        Operator::AtLeast => "gte",
        Operator::Equal | Operator::NotEqual | Operator::In => return,
    };
    let span = objective.span;
    let has_word = objective.get("op").and_then(Node::word).map(str::to_ascii_lowercase);
    // Without an operator a figure is held below its limit.
    if has_word.as_deref().unwrap_or("lte") != word {
        objective.set("op", Node::plain(word, span));
    }
    let (Some(before), Some(limit)) = (was.and_then(|was| was.value.quantity()), is.value.quantity()) else { return };
    if known != 0.0 && before.base != 0.0 && !close(before.base, limit.base) {
        let number = super::measure::plain_number(limit.base / (before.base / known));
        objective.set("value", Node::plain(number, span));
    }
}

/// Sets a text of an SLO's specification.
pub(super) fn text(slo: &mut Node, key: &str, text: &str) {
    if let Some(spec) = slo.get_mut("spec") {
        let span = spec.span;
        spec.set(key, Node::quoted(text, span));
    }
}

/// Adds an annotation, in place of the one that is there.
pub(super) fn annotate(slo: &mut Node, key: &str, text: &str) {
    let Some(metadata) = slo.get_mut("metadata") else { return };
    let span = metadata.span;
    if metadata.get("annotations").is_none_or(|annotations| annotations.pairs().is_empty()) {
        metadata.set("annotations", Node::map([], span));
    }
    if let Some(annotations) = metadata.get_mut("annotations") {
        annotations.set(key, Node::quoted(text, span));
    }
}

/// Takes an annotation out, and the mapping of them when it was the last.
pub(super) fn unannotate(slo: &mut Node, key: &str) -> Option<Node> {
    let metadata = slo.get_mut("metadata")?;
    let annotations = metadata.get_mut("annotations")?;
    let (_, removed) = annotations.remove(key)?;
    if annotations.pairs().is_empty() {
        metadata.remove("annotations");
    }
    Some(removed)
}

/// Takes an objective out, and the annotation about it; gives how many are left.
pub(super) fn without(slo: &mut Node, objective: usize) -> usize {
    let Some(objectives) = slo.get_mut("spec").and_then(|spec| spec.get_mut("objectives")).and_then(Node::items_mut) else { return 0 };
    if objective < objectives.len() {
        objectives.remove(objective);
    }
    let left = objectives.len();
    unannotate(slo, &annotation(objective));
    // Those behind it move up, and what is said of them with them.
    for behind in objective..left {
        if let Some(text) = unannotate(slo, &annotation(behind + 1)).as_ref().and_then(Node::word) {
            annotate(slo, &annotation(behind), text);
        }
    }
    left
}
