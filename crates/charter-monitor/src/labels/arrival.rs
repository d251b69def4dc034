//! Do labels still come as they did? A broken pipeline looks like good performance.

use super::delay::DelayCurve;
use crate::statistics::tail::upper_gamma;
use serde::{Deserialize, Serialize};

/// Expected labels below which a window says nothing.
const EXPECTED_MIN: f64 = 10.0;
/// Chance of a false word on each side of one window.
const LEVEL: f64 = 0.005;
/// Half as many, or twice as many, are worth an alert.
const RATIO: f64 = 2.0;

/// Predictions of about the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    pub predicted_ms: u64,
    pub rows: u64,
}

/// What is said of a window's labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// Too few are expected.
    Insufficient,
    Usual,
    /// Beyond chance, but less than half or twice as many as expected.
    Small,
    /// Less than half came: figures that rest on labels are not to be trusted.
    Dry,
    /// More than twice as many came.
    Flooded,
}

/// Labels of one window of time against those expected of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    pub expected: f64,
    pub observed: u64,
    /// The chance of so few or so many, the smaller of both.
    pub p: f64,
    pub flow: Flow,
}

impl Arrival {
    /// Labels that came in [from, to) against Σ rows × (F(to − predicted) − F(from − predicted)) of an earlier curve. Which label comes is one trial of
    /// many unlike ones; beyond a label from its mean, a Poisson count of the same mean has heavier tails than theirs (Hoeffding, Annals of
    /// Mathematical Statistics 27, 1956; Anderson and Samuels, Berkeley Symposium, 1967), so the p-value is on the safe side.
    pub fn of(curve: &DelayCurve, cohorts: &[Cohort], from_ms: u64, to_ms: u64, observed: u64) -> Self {
        // A label at the very moment of its prediction counts as come in the window that the prediction falls into.
        let by = |cohort: &Cohort, at_ms: u64| match at_ms.checked_sub(cohort.predicted_ms) {
            Some(age @ 1..) => curve.share_by(age - 1),
            _ => 0.0,
        };
        let one = |cohort: &Cohort| cohort.rows as f64 * (by(cohort, to_ms) - by(cohort, from_ms)).max(0.0);
        let expected: f64 = cohorts.iter().map(one).sum();
        let at_most = upper_gamma(observed as f64 + 1.0, expected);
        let at_least = if observed == 0 { 1.0 } else { 1.0 - upper_gamma(observed as f64, expected) };
        let ratio = observed as f64 / expected;
        let flow = match () {
            () if expected < EXPECTED_MIN => Flow::Insufficient,
            () if at_most > LEVEL && at_least > LEVEL => Flow::Usual,
            () if ratio * RATIO < 1.0 => Flow::Dry,
            () if ratio > RATIO => Flow::Flooded,
            () => Flow::Small,
        };
        Self { expected, observed, p: at_most.min(at_least), flow }
    }
}
