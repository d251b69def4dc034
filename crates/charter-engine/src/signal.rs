//! What happened, told to whoever listens: metrics, monitors, the console.
//!
//! A signal may be dropped by its listener; nothing that must not be lost goes this way.

use crate::call::{Priority, StepDown};
use crate::runtime::Runtime;
use charter_plan::plan::{CacheId, ComparisonId, ModelId, RolloutId, RouteId};
use std::sync::Arc;
use std::time::Duration;

/// One event, cheap to make: no allocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Signal {
    /// A call ended. `model` and `rung` are those that answered.
    CallEnded {
        route: RouteId,
        outcome: Outcome,
        rows: u32,
        duration: Duration,
    },
    /// A model was called, well or not.
    ModelCalled {
        model: ModelId,
        failed: bool,
        duration: Duration,
    },
    /// A rung did not answer and the one below was tried.
    SteppedDown {
        route: RouteId,
        rung: u8,
        reason: StepDown,
    },
    BreakerChanged {
        model: ModelId,
        from: BreakerState,
        to: BreakerState,
        calls: u32,
        failures: u32,
    },
    LimitChanged {
        model: ModelId,
        limit: u32,
    },
    /// A call was turned away by a full model, or after waiting too long for a place.
    Shed {
        model: ModelId,
        priority: Priority,
        waited: Duration,
    },
    /// A failed call is tried again.
    Retried {
        model: ModelId,
    },
    /// A slow call was asked a second time; `won` when the second answer came first.
    Hedged {
        model: ModelId,
        won: bool,
    },
    /// Several calls were answered by one inference.
    Batched {
        model: ModelId,
        calls: u32,
        rows: u32,
    },
    CacheAsked {
        cache: CacheId,
        found: CacheFound,
    },
    /// A copy of a call was answered, or dropped.
    Mirrored {
        comparison: ComparisonId,
        outcome: MirrorOutcome,
    },
    /// What the steps of a cascade that one call asked cost together, in the charter's currency.
    Spent {
        route: RouteId,
        cost: f64,
    },
    /// The candidate failed and the stable version of the same rung was asked.
    CandidateFailed {
        rollout: RolloutId,
        reason: StepDown,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CacheFound {
    /// An answer was there.
    Hit,
    /// Somebody was already asking, and their answer was shared.
    Joined,
    Miss,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MirrorOutcome {
    Answered,
    Failed,
    /// Over its own concurrency, or the model under load.
    Dropped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Answered {
        model: ModelId,
        rung: u8,
    },
    /// The public code of the error.
    Failed {
        code: &'static str,
    },
}

/// States of a circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BreakerState {
    Closed,
    Open,
    Probing,
    Ramp,
    ForcedOpen,
    Disabled,
}

impl BreakerState {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Probing => "probing",
            Self::Ramp => "ramp",
            Self::ForcedOpen => "forced-open",
            Self::Disabled => "disabled",
        }
    }
}

/// Hears signals. Called on the request path: must not block, wait or allocate much.
pub trait Listen: Send + Sync {
    fn hear(&self, signal: &Signal);

    /// The listener of one runtime, or `None` when this one hears all runtimes alike.
    ///
    /// Signals name routes, rungs and models by their position in the plan of the runtime that they come from. Calls in flight finish on the plan
    /// they began on, so during a reload positions of two plans are heard at once: a listener that keeps them by name binds the names here. Called
    /// once for each runtime that is served, before its first call.
    fn bind(&self, runtime: &Runtime) -> Option<Arc<dyn Listen>> {
        let _ = runtime;
        None
    }
}
