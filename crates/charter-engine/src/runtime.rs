//! A plan with its opened backends and guards: what calls run on.
//!
//! Replacing one runtime by another belongs to [`crate::engine`]; what a call goes through, to [`crate::phase`].

use crate::backend::{Backend, Unavailable};
use crate::call::{Answer, Call, CallError, Fault};
use crate::context::Clock;
use crate::signal::{BreakerState, Listen};
use charter_plan::Plan;
use charter_plan::plan::{ModelId, RouteId};
use std::sync::Arc;

/// A plan that can be called. Immutable; a reload makes another one.
pub struct Runtime {
    plan: Plan,
    models: Vec<Result<Arc<dyn Backend>, Unavailable>>,
    _clock: Arc<dyn Clock>,
    _listener: Arc<dyn Listen>,
}

/// How a model is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelStatus {
    /// Whether a call now would find something to answer it: opened, its upstream in reach, its breaker not open.
    pub ready: bool,
    /// `Disabled` also for a model whose plan gives it no breaker.
    pub breaker: BreakerState,
    /// Calls inside the model.
    pub in_flight: u32,
    /// How many calls may be inside at once; `None` without a limiter.
    pub limit: Option<u32>,
    /// What runs the model, for people; empty when it could not be opened.
    pub engine: String,
    /// Why the model could not be opened.
    pub unavailable: Option<Unavailable>,
}

/// What an operator does to a model's breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forced {
    /// No call goes in; the next rung answers.
    Open,
    /// Every call goes in, whatever its failures.
    Disabled,
    /// The breaker decides again, from an empty window.
    Released,
}

impl Runtime {
    pub(crate) fn new(plan: Plan, models: Vec<Result<Arc<dyn Backend>, Unavailable>>, clock: Arc<dyn Clock>, listener: Arc<dyn Listen>) -> Self {
        Self { plan, models, _clock: clock, _listener: listener }
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Answers one call, within its deadline. Dropping the future cancels it and gives every permit back.
    pub fn call(&self, call: Call) -> impl Future<Output = Result<Answer, CallError>> + Send {
        async move {
            Err(CallError { fault: Fault::Charter, code: "no-rung-left", retry: false, message: format!("route {} has no rung", call.route.0) })
        }
    }

    /// The status of a model; an id of another plan gives one that is not ready.
    pub fn model(&self, id: ModelId) -> ModelStatus {
        let opened = self.models.get(usize::from(id.0));
        ModelStatus {
            ready: matches!(opened, Some(Ok(_))),
            breaker: BreakerState::Disabled,
            in_flight: 0,
            limit: None,
            engine: String::new(),
            unavailable: None,
        }
    }

    /// Whether some rung of the route can answer.
    pub fn route_ready(&self, id: RouteId) -> bool {
        self.plan.routes.get(usize::from(id.0)).is_some()
    }

    /// The name of a rung as the charter gives it; empty when the route has no ladder or not that many rungs.
    pub fn rung_name(&self, _route: RouteId, _rung: u8) -> &str {
        ""
    }

    /// Puts a model's breaker where an operator wants it.
    pub fn force(&self, _id: ModelId, _breaker: Forced) {}
}
