//! What a measure promises about calls, for formats that count calls.

use charter_spec::Dimension;
use charter_spec::measure::{
    Argument, Condition, Criterion, CriterionKind, Measure, Operator, Path, Term, TermKind, ValueKind, percentile,
};

/// A promise about calls of routes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Promise {
    pub(super) about: About,
    pub(super) operator: Operator,
    /// Milliseconds for times, a share between 0 and 1 for ratios, a second's calls for throughput.
    pub(super) limit: f64,
    /// Days of the window, where one is written.
    pub(super) window_days: Option<f64>,
}

/// What is counted.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum About {
    /// This percentile of the latency, between 0 and 100.
    Latency(f64),
    /// `mean`, `max` or `min` of the latency.
    LatencyFigure(&'static str),
    /// The share of calls that are answered.
    Answered,
    /// The share of calls that fail.
    Errors,
    /// The share of answers from this rung.
    Rung(String),
    Throughput,
}

/// The promise of a criterion; `None` when it is about something else.
pub(super) fn promise(criterion: &Criterion) -> Option<Promise> {
    let CriterionKind::Measure(measure) = &criterion.kind else { return None };
    let quantity = measure.value.quantity()?;
    let about = about(measure)?;
    let limit = match (&about, quantity.dimension()) {
        (About::Latency(_) | About::LatencyFigure(_), Dimension::Time) => quantity.base / 1e6,
        (About::Answered | About::Errors | About::Rung(_), Dimension::Ratio | Dimension::Count) => quantity.base,
        (About::Throughput, Dimension::Rate) => quantity.base,
        _ => return None,
    };
    let window_days = measure.window.as_ref().map(|window| window.value.seconds() / 86_400.0);
    Some(Promise { about, operator: measure.operator.value, limit, window_days })
}

fn about(measure: &Measure) -> Option<About> {
    match &measure.term.kind {
        TermKind::Path(path) => plain(path),
        TermKind::Call { function, arguments } => call(&function.value, arguments),
        TermKind::At { .. } => None,
    }
}

fn plain(path: &Path) -> Option<About> {
    match path.single()? {
        "availability" | "answered" => Some(About::Answered),
        "errors" | "error" => Some(About::Errors),
        "throughput" => Some(About::Throughput),
        _ => None,
    }
}

fn call(function: &Path, arguments: &[Argument]) -> Option<About> {
    let [argument] = arguments else { return None };
    let is_latency = matches!(argument, Argument::Term(Term { kind: TermKind::Path(path), .. }) if path.single() == Some("latency"));
    if let Some(percent) = percentile(function) {
        return is_latency.then_some(About::Latency(percent));
    }
    match (function.single()?, argument) {
        ("avg" | "mean", _) if is_latency => Some(About::LatencyFigure("avg")),
        ("max", _) if is_latency => Some(About::LatencyFigure("max")),
        ("min", _) if is_latency => Some(About::LatencyFigure("min")),
        ("ratio" | "share", Argument::Term(Term { kind: TermKind::Path(path), .. })) => {
            plain(path).filter(|about| *about != About::Throughput)
        }
        ("ratio" | "share", Argument::Predicate(condition)) => rung(condition),
        _ => None,
    }
}

/// `rung == full`.
fn rung(condition: &Condition) -> Option<About> {
    let TermKind::Path(path) = &condition.term.kind else { return None };
    let ValueKind::Path(value) = &condition.value.kind else { return None };
    (path.single() == Some("rung") && condition.operator.value == Operator::Equal).then(|| About::Rung(value.to_string()))
}
