//! Holds the runtime that calls run on, and replaces it in one step.
//!
//! Reading a charter and watching files belong to the binary: what comes in here is a plan.

use crate::backend::{OpenBackend, Unavailable};
use crate::context::Clock;
use crate::runtime::Runtime;
use crate::signal::Listen;
use arc_swap::ArcSwap;
use charter_plan::Plan;
use charter_plan::plan::{Model, ModelId, Node, Route, Rung};
use std::sync::{Arc, Mutex, PoisonError};

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
    /// Those of `unavailable` that took something away: the same label was open before, or they stand on a rung that an open model stood on before.
    /// The ladder's rungs below answer instead.
    pub closed: Vec<ModelId>,
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
        let (runtime, _) = Runtime::prepare(plan, opener, None, Arc::clone(&clock), Arc::clone(&listener));
        Self { current: ArcSwap::new(runtime.bound().placed()), clock, listener, reloading: Mutex::new(()) }
    }

    /// The runtime to make one call on. Hold it for the call, not longer.
    pub fn current(&self) -> Arc<Runtime> {
        self.current.load_full()
    }

    /// Replaces the plan: everything is prepared first, then one pointer changes. Calls in flight finish on the runtime they began on.
    ///
    /// Backends stay open where source and signature are the same; breakers and limits are carried over where label and source are the same. It opens
    /// models, so it blocks: call it away from the request path.
    ///
    /// # Errors
    /// [`Refused`], and nothing has changed, when a route cannot be run at all, or one that had an open model would lose its last.
    pub fn reload(&self, plan: Plan, opener: &dyn OpenBackend) -> Result<Reloaded, Refused> {
        let _one_at_a_time = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.current();
        let (next, opened) = Runtime::prepare(plan, opener, Some(&before), Arc::clone(&self.clock), Arc::clone(&self.listener));
        let reasons = objections(&before, &next);
        if !reasons.is_empty() {
            return Err(Refused { reasons });
        }
        let unavailable = next.unavailable();
        let closed = unavailable.iter().map(|(id, _)| *id).filter(|id| took_away(&before, &next, *id)).collect();
        self.current.store(next.bound().placed());
        Ok(Reloaded { unavailable, opened, closed })
    }
}

/// What speaks against serving the next plan.
fn objections(before: &Runtime, next: &Runtime) -> Vec<String> {
    let mut reasons = Vec::new();
    for route in &next.plan().routes {
        if let Some(problem) = next.broken(route.id) {
            reasons.push(format!("route `{}` cannot be run: {problem}", route.name));
            continue;
        }
        let stood = before.plan().route_named(&route.name).is_some_and(|old| before.route_stands(old.id));
        if stood && !next.route_stands(route.id) {
            reasons.push(format!("route `{}` would lose every rung: none of its models can be opened", route.name));
        }
    }
    reasons
}

/// Whether something worked before that a model, which cannot be opened, was to do.
fn took_away(before: &Runtime, next: &Runtime, id: ModelId) -> bool {
    let Some(model) = next.plan().models.get(usize::from(id.0)) else { return false };
    let same_label = |old: &Model| old.name == model.name && old.version == model.version;
    let same_rung = |route: &Route, rung: &Rung| {
        let old = before.plan().route_named(&route.name);
        uses(&rung.node, id) && old.is_some_and(|old| before.rungs(old, true).any(|old| old.name == rung.name))
    };
    before.plan().models.iter().any(|old| same_label(old) && before.is_open(old.id))
        || next.plan().routes.iter().any(|route| next.rungs(route, false).any(|rung| same_rung(route, rung)))
}

fn uses(node: &Node, id: ModelId) -> bool {
    node.uses().iter().any(|call| call.model == id)
}
