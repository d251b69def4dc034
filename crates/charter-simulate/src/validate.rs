//! A simulated load run held against real ones of the same load.
//!
//! Running either belongs to the caller; here is what is compared, and what counts as near.

use crate::host::HostLoad;
use crate::tally::Tally;
use charter_verify::load::{LoadOutcome, Spread, spread};
use serde::Serialize;
use std::fmt::Write;

/// Farthest that throughput, p50 and p90 may be from the real ones.
pub const WITHIN: f64 = 0.15;

/// The figures of one run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Run {
    pub per_s: f64,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
}

impl Run {
    pub fn simulated(tally: &Tally, seconds: f64) -> Self {
        let quantile = |quantile: f64| tally.latency.quantile_ms(quantile).unwrap_or(0.0);
        Self { per_s: tally.answered / seconds, p50_ms: quantile(0.5), p90_ms: quantile(0.9), p99_ms: quantile(0.99) }
    }

    pub fn real(outcome: &LoadOutcome) -> Self {
        let quantile = |quantile: f64| outcome.total.quantile_ms(quantile);
        Self { per_s: outcome.report.throughput_per_second, p50_ms: quantile(0.5), p90_ms: quantile(0.9), p99_ms: quantile(0.99) }
    }
}

/// One load, run several times for real and several times simulated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    pub name: String,
    pub figures: Vec<Figure>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    pub name: &'static str,
    pub real: Spread,
    pub simulated: Spread,
    /// Of the simulated median from the real one.
    pub off: f64,
    /// Whether it is near enough; none for tails, which are only shown.
    pub holds: Option<bool>,
}

/// `64 users`, `5,000/s`.
pub fn name(load: HostLoad) -> String {
    match load {
        HostLoad::Users { users: 1 } => "1 user".to_owned(),
        HostLoad::Users { users } => format!("{users} users"),
        HostLoad::Rate { per_s } => format!("{per_s:.0}/s"),
    }
}

/// Compares runs of one load. A figure that is missing on either side, or is no number, is near nothing.
pub fn compare(load: HostLoad, real: &[Run], simulated: &[Run]) -> Case {
    type Of = fn(&Run) -> f64;
    let of: [(&'static str, Of, bool); 4] = [
        ("answers/s", |run| run.per_s, true),
        ("p50 ms", |run| run.p50_ms, true),
        ("p90 ms", |run| run.p90_ms, true),
        ("p99 ms", |run| run.p99_ms, false),
    ];
    let figures = of.into_iter().map(|(name, of, judged)| {
        let values = |runs: &[Run]| {
            let missing = Spread { runs: 0, median: f64::NAN, low: f64::NAN, high: f64::NAN };
            spread(&runs.iter().map(of).collect::<Vec<f64>>()).unwrap_or(missing)
        };
        let (real, simulated) = (values(real), values(simulated));
        let off = simulated.median / real.median - 1.0;
        Figure { name, real, simulated, off, holds: judged.then_some(off.abs() <= WITHIN) }
    });
    Case { name: name(load), figures: figures.collect() }
}

/// Whether every judged figure is near enough, and there is one.
pub fn holds(cases: &[Case]) -> bool {
    let mut judged = cases.iter().flat_map(|case| &case.figures).filter_map(|figure| figure.holds).peekable();
    judged.peek().is_some() && judged.all(|holds| holds)
}

/// The cases as a table.
pub fn table(cases: &[Case]) -> String {
    let mut text = String::from("load          figure            real [low, high]               simulated [low, high]           off\n");
    for case in cases {
        for figure in &case.figures {
            let shown = |spread: &Spread| format!("{:.3} [{:.3}, {:.3}]", spread.median, spread.low, spread.high);
            let verdict = match figure.holds {
                Some(true) => "",
                Some(false) if figure.off.is_nan() => "  missing",
                Some(false) => "  beyond 15 %",
                None => "  (tail)",
            };
            let _ = writeln!(
                text,
                "{:<13} {:<10} {:>30} {:>35} {:>+8.1} %{verdict}",
                case.name,
                figure.name,
                shown(&figure.real),
                shown(&figure.simulated),
                figure.off * 100.0
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_beyond_the_limit_does_not_hold_and_a_tail_is_not_judged() {
        let run = |per_s: f64, p99_ms: f64| Run { per_s, p50_ms: 1.0, p90_ms: 2.0, p99_ms };
        let real = [run(100.0, 3.0), run(110.0, 3.0), run(90.0, 3.0)];
        let near = compare(HostLoad::Users { users: 4 }, &real, &[run(112.0, 30.0)]);
        assert!(holds(std::slice::from_ref(&near)), "{near:?}");
        let far = compare(HostLoad::Users { users: 4 }, &real, &[run(84.0, 3.0)]);
        assert!(!holds(std::slice::from_ref(&far)) && table(&[far]).contains("beyond 15 %"));
        let missing = compare(HostLoad::Users { users: 4 }, &real, &[]);
        assert!(!holds(std::slice::from_ref(&missing)) && missing.figures.len() == 4, "{missing:?}");
        let unanswered = Run { per_s: 0.0, p50_ms: 0.0, p90_ms: 0.0, p99_ms: 0.0 };
        assert!(!holds(&[compare(HostLoad::Users { users: 4 }, &[unanswered], &[unanswered])]), "nothing was answered");
        assert!(!holds(&[]), "nothing was compared");
    }
}
