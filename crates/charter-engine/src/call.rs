//! One call: what came in, what goes out, and whose fault it is when nothing does.
//!
//! Wire formats do not belong here.

use crate::tensor::Tensor;
use charter_plan::plan::{ModelId, RouteId};
use std::fmt;

/// A call as the edge hands it over: types, shapes and names already checked against the route's inputs.
#[derive(Debug)]
pub struct Call {
    pub route: RouteId,
    /// In the order of the route's inputs; the first dimension of each is `rows`.
    pub inputs: Vec<Tensor>,
    pub rows: usize,
    /// Milliseconds that the caller gives us; the route's timeout is the upper bound.
    pub deadline_ms: Option<u32>,
    /// What sticky splits hash; without it they take the seed.
    pub key: Option<String>,
    /// The version that the first rung is pinned to.
    pub version: Option<String>,
    /// Chance for this call.
    pub seed: u64,
    /// Who asks, and how urgently.
    pub caller: Caller,
}

/// What guards and caches know of whoever asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    pub priority: Priority,
    /// Who shares a fair part of the queue; hashed by the edge. 0 for nobody in particular.
    pub tenant: u64,
    /// The identity that cached answers belong to; `None` where the route is open.
    pub identity: Option<String>,
    /// Tries before this one, by whoever is before us: with any, nothing is retried or hedged here.
    pub attempt: u32,
}

/// Who is shed last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    #[default]
    Interactive,
    Batch,
    /// Copies: dropped first, never queued.
    Shadow,
}

/// A call's answer.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// In the order of [`Route::outputs`](charter_plan::plan::Route::outputs).
    pub outputs: Vec<Tensor>,
    pub served: Served,
}

/// Who answered, and why not somebody better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The model version that gave the answer.
    pub model: ModelId,
    /// Position of the rung in its ladder; 0 is the best, also where there is no ladder.
    pub rung: u8,
    /// Why the best rung did not answer.
    pub step_down: Option<StepDown>,
}

/// Why a rung did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepDown {
    /// The breaker is open, or lets through only a share of calls.
    BreakerOpen,
    /// The concurrency limit is reached.
    Overload,
    Timeout,
    /// Too little time was left to try.
    NoTime,
    /// The backend failed.
    Failed,
    /// The answer broke the model's own signature.
    BadOutput,
    /// The model could not be opened.
    Unavailable,
    /// Someone switched it off.
    Forced,
    /// A flag turns it off.
    Flag,
}

impl StepDown {
    pub const fn name(self) -> &'static str {
        match self {
            Self::BreakerOpen => "breaker-open",
            Self::Overload => "overload",
            Self::Timeout => "timeout",
            Self::NoTime => "no-time",
            Self::Failed => "failed",
            Self::BadOutput => "bad-output",
            Self::Unavailable => "unavailable",
            Self::Forced => "forced",
            Self::Flag => "flag",
        }
    }
}

/// Who has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    Caller,
    Upstream,
    Charter,
}

/// Why a call got no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    pub fault: Fault,
    /// From the one public table of codes, such as `no-rung-left`.
    pub code: &'static str,
    /// Whether the same call may succeed later without a change.
    pub retry: bool,
    /// When a retry may succeed, where that is known.
    pub retry_after_ms: Option<u32>,
    /// For the caller: names the input and the rule, never a value, a path or an address.
    pub message: String,
}

impl fmt::Display for CallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for CallError {}
