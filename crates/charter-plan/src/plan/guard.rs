//! What guards a model: settings only. The state machines live in the engine.

use serde::Serialize;

/// The guards of one model version.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Protect {
    /// The longest one call may take, whatever its deadline allows.
    pub timeout_ms: Option<u32>,
    pub limiter: Limiter,
    /// `None`: no breaker; right for what cannot fail.
    pub breaker: Option<Breaker>,
    /// `None`: a call that finds the model full goes to the next rung at once.
    pub queue: Option<Queue>,
    /// `None`: each call is one inference.
    pub batch: Option<Batch>,
    pub retry: Option<Retry>,
    pub hedge: Option<Hedge>,
}

impl Protect {
    /// No guard at all: for static answers, which cannot fail.
    pub const NONE: Self =
        Self { timeout_ms: None, limiter: Limiter::Off, breaker: None, queue: None, batch: None, retry: None, hedge: None };
}

/// How many calls may be inside a model at once. Beyond it the next rung answers, or the caller is told to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Limiter {
    Off,
    Fixed {
        max: u32,
    },
    /// Follows the gradient of service time between these bounds.
    Adaptive {
        initial: u32,
        min: u32,
        max: u32,
    },
}

/// Calls that wait for a place inside a model, by priority and fairly between tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// Most calls that wait.
    pub max: u32,
    /// Wait that is accepted (`CoDel`'s target); once every wait of an interval is longer, the oldest are shed.
    pub target_us: u32,
    pub interval_ms: u32,
}

/// Answering several waiting calls in one inference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Batch {
    pub rows_max: u32,
    /// Longest wait for more rows; 0 takes only what already waits.
    pub wait_us: u32,
}

/// Trying a failed call again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Retry {
    /// Tries after the first.
    pub retries_max: u8,
    /// What each first attempt adds to the budget that retries and hedges spend.
    pub budget_ratio: f64,
    /// First wait before a retry: full jitter below `backoff_ms · 2^i`.
    pub backoff_ms: u32,
}

/// Asking a second time while the first answer is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Hedge {
    /// `None`: after the rolling p95, at least 10 ms.
    pub after_ms: Option<u32>,
    pub budget_ratio: f64,
}

/// Settings of a circuit breaker; the defaults are those of the semantics that it implements.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Breaker {
    /// Trips when the Wilson lower bound (95 %) of the failure rate reaches this ratio.
    pub failure_ratio: f64,
    /// Trips when this ratio of calls is slower than `slow_ms`.
    pub slow_ratio: f64,
    pub slow_ms: Option<u32>,
    pub window_ms: u32,
    pub calls_min: u32,
    pub connect_failures_max: u32,
    pub open_ms_min: u32,
    pub open_ms_max: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            failure_ratio: 0.5,
            slow_ratio: 0.8,
            slow_ms: None,
            window_ms: 10_000,
            calls_min: 20,
            connect_failures_max: 5,
            open_ms_min: 1_000,
            open_ms_max: 60_000,
        }
    }
}
