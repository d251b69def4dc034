//! What a comparison has found.

use super::output::OutputReport;
use super::slices::Slice;
use super::worst::WorstPair;
use crate::statistics::Interval;
use serde::Serialize;

/// Whether two versions can be taken for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// The confidence sequence of the share of disagreeing calls lies below the bound.
    Equivalent,
    /// It lies above.
    Divergent,
    /// Neither yet. `more` pairs are needed if the share stays; `None`: more than 10⁹.
    NeedMore { more: Option<u64> },
}

/// A comparison so far. Only the first [`super::Comparer::REPORTED_PAIRS_MAX`] worst pairs stand here.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparisonReport {
    pub name: String,
    pub primary: String,
    pub mirror: String,
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Pairs with an answer on one side at least.
    pub pairs: u64,
    pub disagreeing: u64,
    /// Confidence sequence of the share of disagreeing calls: holds at all times together.
    pub share: Interval,
    pub bound: f64,
    pub alpha: f64,
    /// Pairs of calls that the candidate answered, the stable version being asked afterwards.
    pub canary_pairs: u64,
    pub errors: ErrorParity,
    pub latency: LatencyReport,
    /// By the answer's name.
    pub outputs: Vec<(String, OutputReport)>,
    /// Pairs whose answers differ in number or shape.
    pub other_shape: u64,
    pub labels: Option<LabelReport>,
    pub slices: Vec<Slice>,
    pub worst: Vec<WorstPair>,
}

/// Who gave no answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct ErrorParity {
    pub primary_only: u64,
    pub mirror_only: u64,
    /// Not counted among the pairs: they say nothing about answers.
    pub both: u64,
}

/// Microseconds; quantiles to within an eighth, over pairs that both answered. A mirror runs after the answer is given, so it meets
/// warmer caches.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LatencyReport {
    /// p50, p90, p99.
    pub primary_us: [Option<f64>; 3],
    pub mirror_us: [Option<f64>; 3],
    /// Mirror over primary.
    pub ratio: [Option<f64>; 3],
}

/// What labels say, once some came.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LabelReport {
    pub labelled: u64,
    pub only_primary_right: u64,
    pub only_mirror_right: u64,
    /// McNemar's exact test that both are right as often.
    pub p: f64,
}
