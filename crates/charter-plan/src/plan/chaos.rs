//! Faults that may be brought in on purpose, and what is expected meanwhile.

use super::{ModelId, RouteId};
use serde::{Deserialize, Serialize};

/// What chaos may do where this plan is served. Absent from a plan: nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chaos {
    /// Largest share of calls that a fault may touch, parts per 10,000.
    pub share_max: u16,
    /// A fault ends by itself when its lease is not renewed for this long.
    pub lease_ms: u32,
    /// A run stops when this share of calls goes without an answer.
    pub abort_unanswered: f64,
    pub experiments: Vec<ChaosExperiment>,
}

/// A hypothesis: while these faults are in, that is still true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChaosExperiment {
    pub name: String,
    pub faults: Vec<Fault>,
    pub duration_ms: u64,
    pub expect: Expect,
}

/// A fault at a named point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    pub point: Point,
    pub kind: FaultKind,
    /// Share of calls at that point, parts per 10,000.
    pub share: u16,
    pub seed: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Point {
    /// Calls of one model version, by label: `fraud@v2`.
    Model {
        label: String,
    },
    /// Every model of a server: the address of an `oip` source.
    Provider {
        url: String,
    },
    Store,
    Clock,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum FaultKind {
    /// Answers come later by this many milliseconds.
    Delay { delay: Delay },
    /// An upstream error.
    Error,
    /// No connection.
    Refuse,
    /// No answer, ever.
    Hang,
    /// NaN in every float of the answer, or a wrong number of rows.
    Corrupt,
    /// The backend panics.
    Crash,
    /// The clock is off by this.
    Skew { ms: i64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "shape")]
pub enum Delay {
    Fixed {
        ms: f64,
    },
    Normal {
        mean_ms: f64,
        sd_ms: f64,
    },
    /// Heavy tail: `scale_ms · u^(−1/alpha)`.
    Pareto {
        scale_ms: f64,
        alpha: f64,
    },
}

/// What must be true while the faults are in; what is `None` is not asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Expect {
    /// The rung that answers, by route.
    pub rungs: Vec<(RouteId, String)>,
    pub p99_ms: Option<f64>,
    /// Share of calls that are answered.
    pub answered_min: Option<f64>,
    /// Models whose breaker must open, and within how many milliseconds.
    pub opens: Vec<(ModelId, u32)>,
}
