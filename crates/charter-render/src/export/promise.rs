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
    if let Some(promise) = share_within(measure) {
        return Some(promise);
    }
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

/// A share of calls within a latency is a percentile of it: `ratio(latency < 50ms) >= 90%` is `p90(latency) < 50ms`, and so is at most 10 % from 50 ms on.
fn share_within(measure: &Measure) -> Option<Promise> {
    let TermKind::Call { function, arguments } = &measure.term.kind else { return None };
    let ("ratio" | "share", [Argument::Predicate(condition)]) = (function.single()?, arguments.as_slice()) else { return None };
    let TermKind::Path(path) = &condition.term.kind else { return None };
    let (limit, share) = (condition.value.quantity()?, measure.value.quantity()?.base);
    let is_upper = matches!(measure.operator.value, Operator::Less | Operator::AtMost);
    let is_lower = matches!(measure.operator.value, Operator::Greater | Operator::AtLeast);
    let (operator, within) = match condition.operator.value {
        Operator::Less if is_lower => (Operator::Less, share),
        Operator::AtMost if is_lower => (Operator::AtMost, share),
        Operator::Greater if is_upper => (Operator::AtMost, 1.0 - share),
        Operator::AtLeast if is_upper => (Operator::Less, 1.0 - share),
        _ => return None,
    };
    let percent = (within * 100.0 * 1e9).round() / 1e9;
    (path.single() == Some("latency") && limit.dimension() == Dimension::Time && percent > 0.0 && percent < 100.0).then(|| Promise {
        about: About::Latency(percent),
        operator,
        limit: limit.base / 1e6,
        window_days: measure.window.as_ref().map(|window| window.value.seconds() / 86_400.0),
    })
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

#[cfg(test)]
mod tests {
    use super::{About, promise};
    use charter_spec::measure::{Criterion, Position, parse_criterion};

    fn read(text: &str) -> Option<(About, &'static str, f64)> {
        let kind = parse_criterion(text, Position::Measure, &|_, _| charter_spec::Span::default()).unwrap();
        let promise = promise(&Criterion { text: text.into(), kind, span: charter_spec::Span::default() })?;
        Some((promise.about, promise.operator.symbol(), promise.limit))
    }

    #[test]
    fn strict_and_lenient_limits_stay_apart() {
        assert_eq!(read("p99(latency) < 200ms"), Some((About::Latency(99.0), "<", 200.0)));
        assert_eq!(read("p99(latency) <= 200ms"), Some((About::Latency(99.0), "<=", 200.0)));
        assert_eq!(read("ratio(answered) > 99%"), Some((About::Answered, ">", 0.99)));
        assert_eq!(read("ratio(answered) >= 99%"), Some((About::Answered, ">=", 0.99)));
    }

    #[test]
    fn a_share_of_calls_within_a_latency_is_a_percentile() {
        assert_eq!(read("ratio(latency < 50ms) >= 90%"), Some((About::Latency(90.0), "<", 50.0)));
        assert_eq!(read("ratio(latency > 50ms) <= 0.1%"), Some((About::Latency(99.9), "<=", 50.0)));
        assert_eq!(read("ratio(latency >= 50ms) < 10%"), Some((About::Latency(90.0), "<", 50.0)));
        assert_eq!(read("ratio(latency > 50ms) >= 90%"), None);
    }
}
