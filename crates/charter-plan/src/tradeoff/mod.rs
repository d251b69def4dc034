//! What a route could be instead, what each of that costs, how fast and how good it is, and which of it is worth having.
//!
//! Candidates are other values of the charter; measuring them belongs to `charter-verify`, drawing them to render.

mod candidates;
mod choice;
mod combined;
mod front;
mod limits;
mod money;

pub use candidates::{AS_IT_IS, Candidate, Candidates, candidates};
pub use choice::{Choice, Relaxed, choose};
pub use front::{Axis, Place, Placed, Relation, front, relation};
pub use limits::{Limit, Limits, limits};
pub use money::{Asked, Bill, Priced, price};

use serde::{Deserialize, Serialize};

/// A measured figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub figure: f64,
    pub low: f64,
    pub high: f64,
}

impl Estimate {
    pub fn new(figure: f64, low: f64, high: f64) -> Self {
        Self { figure, low: low.min(figure), high: high.max(figure) }
    }

    /// A figure that is known as it is.
    pub fn exact(figure: f64) -> Self {
        Self { figure, low: figure, high: figure }
    }

    /// Whether two intervals share a value.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

/// A measured candidate: three axes and what they rest on. Plain data, so that it can be kept as evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub route: String,
    /// `v2`, `v2 batch 64`.
    pub candidate: String,
    /// The values that it puts in place: `routes.fraud.answer.ladder.full.model=fraud@v1`.
    pub settings: Vec<String>,
    /// For a thousand requests, in `cost_unit`: what they occupy, at the charter's prices.
    pub cost: Estimate,
    pub cost_unit: String,
    /// Whole replicas for the peak and what they come to; `None` where the charter states too little.
    #[serde(default)]
    pub bill: Option<Bill>,
    /// What was counted while it was measured.
    #[serde(default)]
    pub counted: Counted,
    pub p99_ms: Estimate,
    /// `None` where no requirement evaluates the route.
    pub quality: Option<Quality>,
    /// Requests a second that were sent.
    pub rate: f64,
    /// Share of the requests that were answered.
    pub answered: f64,
    /// What a reader must know: sentences.
    pub notes: Vec<String>,
    /// Of the plan that was served, and so of everything that answered.
    pub plan: String,
    /// RFC 3339, UTC.
    pub measured_at: String,
    pub host: crate::evidence::Host,
    pub command: String,
    pub seed: u64,
    /// What else decides the figures: rate, seconds, runs and the rows of the quality; points are compared only where it is the same.
    pub method: String,
}

/// What answered while a candidate was measured, as the server counted it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// Requests that the server answered under load.
    pub requests: u64,
    /// Calls of each model version, of all of them, by label: `fraud@v2`. Versions that were not called stand here with 0.
    pub calls: Vec<(String, u64)>,
    /// Times that a cache was asked, and times that it had the answer or waited for the same one; `None` without a cache.
    pub cache: Option<(u64, u64)>,
    /// What the steps of cascades cost by their own `cost:`, for a thousand requests, in the charter's currency.
    pub charged: f64,
}

impl Counted {
    /// Calls of a model for each request, over all its versions.
    #[allow(clippy::cast_precision_loss)]
    pub fn share_of(&self, model: &str) -> Option<f64> {
        let own = |label: &str| label.split_once('@').map_or(label, |(name, _)| name) == model;
        let calls: u64 = self.calls.iter().filter(|(label, _)| own(label)).map(|(_, calls)| calls).sum();
        let known = self.calls.iter().any(|(label, _)| own(label));
        (known && self.requests > 0).then(|| calls as f64 / self.requests as f64)
    }
}

/// How good the answers are, by one requirement's metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// The requirement whose metric it is.
    pub requirement: String,
    /// As the measure names it.
    pub metric: String,
    pub estimate: Estimate,
    pub unit: String,
    pub higher_is_better: bool,
}
