//! What happened, told to whoever listens: metrics, monitors, the console.
//!
//! A signal may be dropped by its listener; nothing that must not be lost goes this way.

use crate::call::StepDown;
use crate::runtime::Runtime;
use charter_plan::plan::{ModelId, RouteId};
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
