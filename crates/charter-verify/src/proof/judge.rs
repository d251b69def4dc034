//! Holds the figures of a load run against a requirement: pure arithmetic.

use charter_plan::evidence::{Part, Verdict};
use charter_plan::plan::{Load, Measured};

use super::extent::{seen, too_small};
use super::record::Finding;
use crate::evaluation::Bound;
use crate::load::{BUSY_SHARE, Latencies, LoadOutcome, LoadReport, RouteReport, spread};
use crate::statistics::{two_sided_z, wilson_interval};

const CONFIDENCE: f64 = 0.95;
/// An open loop that got fewer of its requests out than this did not apply the load that the requirement names.
const ACHIEVED_MIN: f64 = 0.98;

/// Holds the figures of a run against what it was made for.
pub(super) fn judge(load: &Load, outcome: &LoadOutcome, at_edge: bool) -> Finding {
    judge_run(load, outcome, at_edge, "raise `--duration`")
}

/// Holds the figures of any run against a requirement; `longer` is how a reader makes it last longer.
pub(crate) fn judge_run(load: &Load, outcome: &LoadOutcome, at_edge: bool, longer: &str) -> Finding {
    let report = &outcome.report;
    let network_ms = if at_edge && is_latency(&load.measured) { load.network_ms } else { 0.0 };
    let limit = load.limit - network_ms;
    let unit = unit(&load.measured);
    let whole = bound(&load.measured, &report.total, &outcome.total, report);
    // The most important notes come first: why the verdict is no better, what was seen at all, then what else a reader asks.
    let mut notes = Vec::new();
    let verdict = weighed(load, &whole, limit, report, longer, &mut notes);
    notes.extend(seen(load, report));
    if network_ms > 0.0 {
        notes.push(format!(
            "measured at the server's own edge: held against {limit} ms, the limit of {} ms less {network_ms} ms for the network stages",
            load.limit
        ));
    }
    notes.extend(facts(report));
    notes.extend(report.generator.limits.iter().map(|reason| format!("the generator's limit: {reason}")));
    Finding {
        verdict,
        figure: whole.figure,
        interval: whole.interval,
        unit: unit.into(),
        limit: format!("{} {}{}{unit}", load.operator.sign(), plain(limit), if unit.is_empty() { "" } else { " " }),
        parts: report.routes.iter().zip(&outcome.routes).map(|(route, latencies)| part(load, limit, report, route, latencies)).collect(),
        notes,
        report: serde_json::to_value(report).unwrap_or_default(),
    }
}

/// The verdict of the figure, and no better one than what was sent and seen allows; says why where it is not proved.
fn weighed(load: &Load, whole: &Bound, limit: f64, report: &LoadReport, longer: &str, notes: &mut Vec<String>) -> Verdict {
    let is_latency = is_latency(&load.measured);
    let mut verdict = whole.verdict(load.operator, limit);
    if whole.figure.is_none() {
        // So many failed that the figure has no finite value: no latency limit holds.
        notes.push(format!(
            "{} of {} requests have no answer, so the figure has no finite value",
            report.total.errors.total(),
            report.total.requests
        ));
        verdict = if report.total.requests > 0 && is_latency { Verdict::Broken } else { Verdict::Inconclusive };
    }
    if whole.interval.is_some_and(|(_, high)| high == f64::MAX) && verdict == Verdict::Inconclusive {
        notes.push(format!("{} requests are too few to bound the quantile from above: measure longer", report.total.requests));
    }
    let achieved = report.intended_per_second.map(|intended| report.achieved_per_second / intended);
    if let Some(share) = achieved.filter(|share| *share < ACHIEVED_MIN) {
        notes.push(format!("only {:.1} % of the intended rate was sent", share * 100.0));
        verdict = if verdict == Verdict::Proved { Verdict::Inconclusive } else { verdict };
    }
    if let Some(reason) = too_small(report, longer).filter(|_| verdict == Verdict::Proved) {
        notes.push(reason);
        verdict = Verdict::Inconclusive;
    }
    // A figure that holds in spite of the generator's limits holds; a time or a rate that does not may be the generator's own.
    let is_own = load.measured == Measured::Throughput || (is_latency && !is_broken_without_lag(whole, load, limit, report));
    if verdict == Verdict::Broken && is_own && !report.generator.limits.is_empty() {
        notes.push("the figure does not hold, but that may be the generator's own limit".to_owned());
        verdict = Verdict::Inconclusive;
    }
    if verdict == Verdict::Inconclusive && notes.is_empty() {
        notes.push("the 95 % interval contains the limit: measure longer".to_owned());
    }
    verdict
}

/// The figure of one route, where the requirement is about several.
fn part(load: &Load, limit: f64, report: &LoadReport, route: &RouteReport, latencies: &Latencies) -> Part {
    let bound = bound(&load.measured, route, latencies, report);
    let holds = match bound.verdict(load.operator, limit) {
        Verdict::Proved => Some(true),
        Verdict::Broken => Some(false),
        Verdict::Inconclusive => None,
    };
    Part {
        name: route.name.clone(),
        count: route.requests,
        figure: bound.figure,
        interval: bound.interval,
        holds: holds.filter(|_| load.measured != Measured::Throughput),
    }
}

fn is_latency(measured: &Measured) -> bool {
    matches!(measured, Measured::LatencyQuantile { .. } | Measured::LatencyMean | Measured::LatencyMax)
}

/// Whether a latency stays broken with the generator's own lag taken off; never when the generator was short of CPU, which
/// slows its reading of answers as well.
fn is_broken_without_lag(whole: &Bound, load: &Load, limit: f64, report: &LoadReport) -> bool {
    let lag_ms = report.generator.send_lag.p99.value_ms;
    let relieved = Bound {
        figure: whole.figure.map(|figure| figure - lag_ms),
        interval: whole.interval.map(|(low, high)| (low - lag_ms, high - lag_ms)),
    };
    report.generator.busiest_worker_share <= BUSY_SHARE
        && (whole.figure.is_none() || relieved.verdict(load.operator, limit) == Verdict::Broken)
}

/// Without the noise of binary fractions: at most six decimals.
pub(super) fn plain(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn unit(measured: &Measured) -> &'static str {
    match measured {
        Measured::LatencyQuantile { .. } | Measured::LatencyMean | Measured::LatencyMax => "ms",
        Measured::RatioAnswered | Measured::RatioRung { .. } => "",
        Measured::Throughput => "/s",
    }
}

fn bound(measured: &Measured, route: &RouteReport, latencies: &Latencies, report: &LoadReport) -> Bound {
    let exact = |figure: f64| Bound { figure: Some(figure), interval: None };
    let nothing = Bound { figure: None, interval: None };
    let share = |hits: u64, trials: u64| {
        let interval = wilson_interval(hits, trials, CONFIDENCE);
        let figure = (trials > 0).then(|| hits as f64 / trials as f64);
        Bound { figure, interval: figure.map(|_| (interval.low, interval.high)) }
    };
    match measured {
        Measured::LatencyQuantile { quantile } => {
            // Requests without an answer and without a time count as infinitely slow: the quantile is taken over all.
            let among_timed = quantile * route.requests as f64 / latencies.count().max(1) as f64;
            if latencies.count() == 0 || among_timed > 1.0 {
                return nothing;
            }
            let estimate = latencies.quantile(among_timed);
            Bound { figure: Some(estimate.value_ms), interval: Some((estimate.low_ms, estimate.high_ms.unwrap_or(f64::MAX))) }
        }
        Measured::LatencyMean | Measured::LatencyMax if latencies.count() < route.requests || latencies.count() == 0 => nothing,
        Measured::LatencyMean => {
            let half = two_sided_z(CONFIDENCE) * latencies.deviation_ms() / (latencies.count() as f64).sqrt();
            Bound { figure: Some(latencies.mean_ms()), interval: Some((latencies.mean_ms() - half, latencies.mean_ms() + half)) }
        }
        Measured::LatencyMax => exact(latencies.max_ms()),
        Measured::RatioAnswered => share(route.answered, route.requests),
        Measured::RatioRung { rung } => share(route.rungs.get(rung).copied().unwrap_or(0), route.answered),
        Measured::Throughput => exact(if route.name == report.total.name {
            report.throughput_per_second
        } else {
            route.answered as f64 / report.measured_seconds
        }),
    }
}

/// What a reader must know to believe the figure.
fn facts(report: &LoadReport) -> Vec<String> {
    let total = &report.total;
    let mut facts = vec![format!(
        "{} requests in one run of {} s after {} s of warm-up; {} without a good answer",
        total.requests,
        report.measured_seconds,
        report.warm_up_seconds,
        total.errors.total()
    )];
    if let (Some(corrected), Some(interval)) = (&report.corrected, report.corrected_interval_ms) {
        facts.push(format!(
            "closed loop; corrected for what slow answers kept from being sent (every {interval:.0} ms) p99 is {:.1} ms",
            corrected.p99.value_ms
        ));
    }
    facts.push(format!("generator on the same machine: {:.0} µs CPU a request", report.generator.cpu_micros_per_request));
    let measured = report.segments.iter().filter(|segment| segment.count > 0);
    if let Some(spread) = spread(&measured.map(|segment| segment.p99.value_ms).collect::<Vec<_>>()) {
        facts.push(format!(
            "the interval takes latencies as independent; p99 over {} parts of the run: {:.2} to {:.2} ms, median {:.2}",
            spread.runs, spread.low, spread.high, spread.median
        ));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Errors, Generator, LatencySummary, Shape, Spacing};
    use charter_plan::plan::{Arrival, Operator};
    use std::collections::BTreeMap;

    /// `answered` latencies of 1 ms, 2 ms … and `failed` resets.
    fn outcome(answered: u64, failed: u64, limits: &[&str]) -> LoadOutcome {
        let mut latencies = Latencies::new();
        (1..=answered).for_each(|millis| latencies.record_nanos(millis * 1_000_000));
        let empty = LatencySummary::from(&Latencies::new());
        let total = RouteReport {
            name: "total".into(),
            requests: answered + failed,
            answered,
            errors: Errors { reset: failed, ..Errors::default() },
            bytes: 0,
            latency: (&latencies).into(),
            rungs: BTreeMap::from([("full".into(), answered)]),
            degraded_reasons: BTreeMap::new(),
        };
        let generator = Generator {
            cpu_seconds: 0.0,
            cpu_micros_per_request: 0.0,
            busiest_worker_share: 0.0,
            connections: 1,
            send_lag: empty.clone(),
            late_sends: 0,
            waited_for_connection: 0,
            limits: limits.iter().map(|limit| (*limit).to_owned()).collect(),
        };
        let report = LoadReport {
            shape: Shape::Open { rate_per_second: 100.0, spacing: Spacing::Poisson, connections_max: 1 },
            seed: 1,
            warm_up_seconds: 0.0,
            measured_seconds: (answered + failed) as f64 / 100.0,
            intended_per_second: Some(100.0),
            achieved_per_second: 100.0,
            throughput_per_second: 100.0,
            total: total.clone(),
            routes: vec![RouteReport { name: "fraud".into(), ..total }],
            segments: vec![(&latencies).into(), empty.clone()],
            service: empty,
            corrected: None,
            corrected_interval_ms: None,
            generator,
        };
        LoadOutcome { report, routes: vec![latencies.clone()], total: latencies }
    }

    fn judged(measured: Measured, limit: f64, outcome: &LoadOutcome, at_edge: bool) -> Finding {
        let operator = if measured == Measured::RatioAnswered { Operator::GreaterOrEqual } else { Operator::Less };
        judge(&load(measured, operator, limit), outcome, at_edge)
    }

    fn load(measured: Measured, operator: Operator, limit: f64) -> Load {
        let arrival = Arrival::Rate { per_s: 100.0 };
        Load { arrival, mix: Vec::new(), measured, operator, limit, network_ms: 40.0, window_s: None }
    }

    const P90: Measured = Measured::LatencyQuantile { quantile: 0.9 };

    #[test]
    fn the_network_stages_are_taken_off_at_the_own_edge_only() {
        let outcome = outcome(1_000, 0, &[]);
        // The p90 is 900 ms, its interval about 881 to 919.
        assert_eq!(judged(P90, 930.0, &outcome, false).verdict, Verdict::Proved);
        assert_eq!(judged(P90, 930.0, &outcome, true).verdict, Verdict::Inconclusive);
        let finding = judged(P90, 900.0, &outcome, true);
        assert_eq!((finding.verdict, finding.limit.as_str()), (Verdict::Broken, "< 860 ms"));
    }

    #[test]
    fn requests_without_an_answer_count_as_the_slowest() {
        // Of 1,000 requests 50 have no answer: the p90 of all is the 900th answered, and the p99 has no value.
        let finding = judged(P90, 1e6, &outcome(950, 50, &[]), false);
        assert!((finding.figure.unwrap() / 900.0 - 1.0).abs() < 0.002, "{:?}", finding.figure);
        let finding = judged(Measured::LatencyQuantile { quantile: 0.99 }, 1e6, &outcome(950, 50, &[]), false);
        assert_eq!((finding.figure, finding.verdict), (None, Verdict::Broken));
        assert!(finding.notes[0].contains("50 of 1000 requests have no answer"), "{:?}", finding.notes);
        assert_eq!(judged(Measured::RatioAnswered, 0.99, &outcome(950, 50, &[]), false).verdict, Verdict::Broken);
    }

    #[test]
    fn a_tired_generator_breaks_nothing_but_may_prove() {
        let mut tired = outcome(1_000, 0, &["a sending thread was busy"]);
        tired.report.generator.busiest_worker_share = 0.95;
        assert_eq!(judged(P90, 100.0, &tired, false).verdict, Verdict::Inconclusive);
        assert_eq!(judged(P90, 1e6, &tired, false).verdict, Verdict::Proved);
        // Late by 50 ms at p99: 900 ms against 100 stays broken, against 860 it may be the generator's own.
        let mut late = outcome(1_000, 0, &["sent late"]);
        late.report.generator.send_lag.p99.value_ms = 50.0;
        assert_eq!(judged(P90, 100.0, &late, false).verdict, Verdict::Broken);
        assert_eq!(judged(P90, 860.0, &late, false).verdict, Verdict::Inconclusive);
    }

    #[test]
    fn too_few_requests_leave_a_tail_open() {
        let finding = judged(Measured::LatencyQuantile { quantile: 0.99 }, 1e6, &outcome(100, 0, &[]), false);
        assert_eq!(finding.verdict, Verdict::Inconclusive);
        assert!(finding.notes[0].contains("too few to bound"), "{:?}", finding.notes);
    }

    #[test]
    fn a_promise_over_weeks_says_what_a_run_has_seen_of_it() {
        let promised = Load { window_s: Some(28.0 * 86_400.0), ..load(P90, Operator::Less, 1e6) };
        let finding = judge(&promised, &outcome(1_000, 0, &["sent late"]), false);
        assert_eq!(finding.verdict, Verdict::Proved);
        assert_eq!(finding.notes[0], "at 100 requests/s for 10 s; the window of 28 d needs evidence from production");
        assert_eq!(finding.notes.last().unwrap(), "the generator's limit: sent late");
        let promised = Load { arrival: Arrival::Users { users: 1_000, think_ms: 1.0 }, ..promised };
        assert!(judge(&promised, &outcome(1_000, 0, &[]), false).notes[0].starts_with("with 1,000 users for 10 s; the window"));
        let short = Load { window_s: Some(10.0), ..promised };
        assert!(!judge(&short, &outcome(1_000, 0, &[]), false).notes.iter().any(|note| note.contains("window")));
    }

    #[test]
    fn a_run_that_is_too_small_proves_nothing_but_may_break() {
        let mut brief = outcome(2_000, 0, &[]);
        brief.report.measured_seconds = 4.9;
        let finding = judged(P90, 1e6, &brief, false);
        assert_eq!(finding.verdict, Verdict::Inconclusive);
        assert!(finding.notes[0].starts_with("2,000 requests in 4.9 s are too few to prove it: at least 1,000 requests and 5 s"));
        assert_eq!(judged(P90, 1.0, &brief, false).verdict, Verdict::Broken);
        assert_eq!(judged(P90, 1e6, &outcome(999, 0, &[]), false).verdict, Verdict::Inconclusive);
        assert_eq!(judged(P90, 1e6, &outcome(1_000, 0, &[]), false).verdict, Verdict::Proved);
    }

    #[test]
    fn what_leaves_a_verdict_open_stands_first() {
        let doubtful = judged(P90, 900.0, &outcome(1_000, 0, &[]), false);
        assert_eq!(
            (doubtful.verdict, doubtful.notes[0].as_str()),
            (Verdict::Inconclusive, "the 95 % interval contains the limit: measure longer")
        );
        let mut tired = outcome(1_000, 0, &["a sending thread was busy"]);
        tired.report.generator.busiest_worker_share = 0.95;
        assert!(judged(P90, 100.0, &tired, false).notes[0].contains("may be the generator's own limit"));
    }
}
