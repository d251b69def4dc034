//! An experiment: who is assigned to what, and what is counted. The statistics live in `charter-monitor`.

use super::RouteId;
use serde::{Deserialize, Serialize};

/// Index into [`Plan::experiments`](super::Plan::experiments).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExperimentId(pub u16);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    pub id: ExperimentId,
    pub name: String,
    pub hypothesis: String,
    pub route: RouteId,
    /// The input whose first row names the unit; `None`: the call's key. Calls without a unit get the first arm and are not counted.
    pub unit: Option<String>,
    /// Hashed before the unit.
    pub salt: String,
    /// The first is the control.
    pub arms: Vec<Arm>,
    pub goals: Vec<Metric>,
    pub guardrails: Vec<Metric>,
    pub alpha: f64,
    /// Relative; 0 when none is stated.
    pub minimum_effect: f64,
    pub max_duration_ms: Option<u64>,
    /// An outcome known before the assignment.
    pub covariate: Option<String>,
    /// Nobody is assigned before this, milliseconds since 1970.
    pub starts_unix_ms: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    pub name: String,
    /// Parts per 10,000; they add up to 10,000.
    pub weight: u16,
    /// The model version that answers in it, for people; empty where it differs by a flag only.
    pub label: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The measure as written.
    pub name: String,
    pub kind: MetricKind,
    pub source: MetricSource,
    pub better: Better,
    /// Values above are taken for this much; fixed before the start.
    pub cap: Option<f64>,
    /// For guardrails: relative loss that is still none.
    pub margin: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum MetricKind {
    /// A unit has it or not.
    Binomial,
    /// Mean over units of their sums.
    Mean,
    /// Sum over sum, by the delta method; `per` is another source.
    Ratio { per: MetricSource },
    /// Share of values above a threshold taken from the control's first values.
    Quantile { quantile: f64 },
}

/// Where a metric's values come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum MetricSource {
    /// Milliseconds of each call.
    Latency,
    /// 1 for a call without an answer.
    Error,
    /// 1 for a call that a lower rung answered.
    Fallback,
    /// Mean over the rows of the named answer.
    Output { name: String },
    /// Sent afterwards under this name.
    Outcome { name: String },
    /// Each call counts 1.
    Calls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    Higher,
    Lower,
}
