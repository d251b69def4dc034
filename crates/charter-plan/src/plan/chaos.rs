//! Faults that may be brought in on purpose, and what is expected meanwhile.

use super::{Measured, ModelId, Operator, RouteId};
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
    /// A run stops when a route that no fault touches loses this many times the share of calls that its objective allows.
    pub abort_burn: f64,
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
    /// NaN in every float of the answer, or an output too few.
    Corrupt,
    /// What was answered first since the fault came in: to as many rows by a model, about the same key by the store.
    Stale,
    /// Only the first half of a batch's rows; of a single row, all outputs but the last.
    Partial,
    /// The backend panics.
    Crash,
    /// The clock is off by this.
    Skew { ms: i64 },
}

impl Fault {
    /// Whether this point can fail in this way.
    pub const fn is_possible(&self) -> bool {
        use FaultKind::{Corrupt, Crash, Delay, Error, Hang, Partial, Refuse, Skew, Stale};
        match self.point {
            Point::Model { .. } | Point::Provider { .. } => !matches!(self.kind, Skew { .. }),
            // A store answers whole or not at all, so nothing of it comes in part, and what it keeps is not read as numbers.
            Point::Store => match self.kind {
                Delay { .. } | Error | Refuse | Hang | Stale => true,
                Corrupt | Partial | Crash | Skew { .. } => false,
            },
            Point::Clock => matches!(self.kind, Skew { .. }),
        }
    }
}

impl FaultKind {
    /// As it is written: `stale`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delay { .. } => "delay",
            Self::Error => "error",
            Self::Refuse => "refuse",
            Self::Hang => "hang",
            Self::Corrupt => "corrupt",
            Self::Stale => "stale",
            Self::Partial => "partial",
            Self::Crash => "crash",
            Self::Skew { .. } => "skew",
        }
    }
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
    /// Quality scenarios that hold over the calls of the run.
    pub objectives: Vec<Objective>,
}

/// What a quality scenario promises, as the calls of any run can show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Objective {
    /// The scenario's id.
    pub id: String,
    /// The routes that it speaks of.
    pub routes: Vec<RouteId>,
    pub measured: Measured,
    pub operator: Operator,
    /// As in [`Load::limit`](super::Load::limit).
    pub limit: f64,
    /// As in [`Load::network_ms`](super::Load::network_ms).
    pub network_ms: f64,
    /// As in [`Load::window_s`](super::Load::window_s).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_s: Option<f64>,
}
