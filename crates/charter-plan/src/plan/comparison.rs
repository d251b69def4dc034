//! How answers of two versions to the same inputs are compared.

use super::RouteId;
use serde::{Deserialize, Serialize};

/// Index into [`Plan::comparisons`](super::Plan::comparisons).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ComparisonId(pub u16);

/// Two versions, copies of a share of the calls, and what agreement means for each answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub id: ComparisonId,
    /// The shadow's or the rollout's name.
    pub name: String,
    pub route: RouteId,
    /// For people: `fraud@v2` and `fraud@v3`.
    pub primary: String,
    pub mirror: String,
    /// Share of the calls that are copied, parts per 10,000.
    pub share: u16,
    /// Most copies inside at once; more are dropped and counted.
    pub concurrency_max: u32,
    /// One for each answer of the route.
    pub outputs: Vec<Agreement>,
    /// Share of disagreeing calls below which the versions are equivalent, above which divergent.
    pub bound: f64,
    /// Chance of a wrong verdict.
    pub alpha: f64,
    /// Inputs by whose values diverging slices are looked for.
    pub slices: Vec<String>,
}

/// What agreement on one answer means.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Agreement {
    /// The same value.
    Class,
    /// `|a − b| ≤ abs_tol + rel_tol · |a|`.
    Score { abs_tol: f64, rel_tol: f64 },
    /// The first `k` of two orders: overlap at least `overlap_min`.
    Ranking { k: u16, overlap_min: f64 },
    /// The cosine of the angle between two rows: at least `cosine_min`.
    Vector { cosine_min: f64 },
    /// The same JSON value at every path; numbers as a score is compared.
    Json { abs_tol: f64, rel_tol: f64 },
    /// The same text, after normalising space and case where that is asked for.
    Text { normalised: bool },
}
