//! A plan with its opened backends and guards: what calls run on.
//!
//! Replacing one runtime by another belongs to [`crate::engine`]; what a call goes through, to [`crate::phase`].

use crate::backend::{Backend, OpenBackend, Unavailable};
use crate::cache::Caches;
use crate::call::{Answer, Call, CallError};
use crate::context::Clock;
use crate::controls::Controls;
use crate::guard::Guard;
use crate::mirror::Mirrors;
use crate::node::check;
use crate::node::compile::{Compiled, Program, Scope};
use crate::phase;
use crate::signal::{BreakerState, Listen, Signal};
use charter_plan::Plan;
use charter_plan::plan::{Model, ModelId, Node, Route, RouteId, Rung};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A plan that can be called. Immutable but for its guards; a reload makes another one.
pub struct Runtime {
    plan: Plan,
    /// One for each model of the plan.
    models: Vec<Opened>,
    /// One for each route of the plan.
    routes: Vec<Prepared>,
    controls: Controls,
    caches: Caches,
    mirrors: Mirrors,
    /// For tasks that outlive the call that starts them.
    myself: Weak<Self>,
    clock: Arc<dyn Clock>,
    listener: Arc<dyn Listen>,
}

/// A model that can be called, or the reason why not.
pub(crate) struct Opened {
    pub(crate) backend: Result<Arc<dyn Backend>, Unavailable>,
    /// Shared with the runtime before, where the model is the same.
    pub(crate) guard: Arc<Guard>,
    pub(crate) timeout: Option<Duration>,
}

/// What is worked out once for each route.
struct Prepared {
    decisions: Vec<Program>,
    graph: Compiled,
    /// Why the route cannot be run.
    broken: Option<String>,
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
    /// Calls that wait for a place inside it.
    pub waiting: u32,
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
    /// Opens every model, taking backends and guards over from the runtime before where the model is the same.
    pub(crate) fn prepare(
        plan: Plan,
        opener: &dyn OpenBackend,
        before: Option<&Runtime>,
        clock: Arc<dyn Clock>,
        listener: Arc<dyn Listen>,
    ) -> (Self, Vec<ModelId>) {
        let mut opened = Vec::new();
        let models = plan
            .models
            .iter()
            .map(|model| {
                let kept = before.and_then(|before| before.backend_of(model));
                if kept.is_none() {
                    opened.push(model.id);
                }
                let timeout = model.protect.timeout_ms.map(|milliseconds| Duration::from_millis(u64::from(milliseconds)));
                let backend = kept.map_or_else(|| opener.open(model), Ok);
                let guard = guard_for(model, backend.as_ref().ok(), before, &clock);
                Opened { backend, guard, timeout }
            })
            .collect();
        let routes = plan.routes.iter().map(|route| prepare_route(&plan, route)).collect();
        let controls = Controls::prepare(&plan, before.map(|before| (&before.plan, &before.controls)), clock.unix_ms());
        let (caches, mirrors) = (Caches::prepare(&plan, before.map(|before| &before.caches)), Mirrors::prepare(&plan));
        (Self { plan, models, routes, controls, caches, mirrors, myself: Weak::new(), clock, listener }, opened)
    }

    /// Tells its signals to a listener of its own, where there is one for its plan.
    pub(crate) fn bound(self) -> Self {
        let listener = self.listener.bind(&self).unwrap_or_else(|| Arc::clone(&self.listener));
        Self { listener, ..self }
    }

    /// Where it stays from now on.
    pub(crate) fn placed(self) -> Arc<Self> {
        Arc::new_cyclic(|myself| Self { myself: Weak::clone(myself), ..self })
    }

    /// Another hold on it, for what outlives a call; `None` before it is [`placed`](Self::placed).
    pub(crate) fn shared(&self) -> Option<Arc<Self>> {
        self.myself.upgrade()
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What may be moved while this plan is served.
    pub fn controls(&self) -> &Controls {
        &self.controls
    }

    /// Answers one call, within its deadline. Dropping the future cancels it and gives every permit back.
    ///
    /// # Errors
    /// [`CallError`] with a code of [`crate::code::CODES`]: the call breaks the route's contract, or no rung could answer.
    pub fn call(&self, call: Call) -> impl Future<Output = Result<Answer, CallError>> + Send {
        phase::run(self, call)
    }

    /// The status of a model; an id of another plan gives one that is not ready.
    pub fn model(&self, id: ModelId) -> ModelStatus {
        let Some(opened) = self.opened(id) else {
            let unavailable =
                Unavailable { reason: "the plan has no such model".to_owned(), help: "use an id of the current plan".to_owned() };
            return ModelStatus {
                ready: false,
                breaker: BreakerState::Disabled,
                in_flight: 0,
                waiting: 0,
                limit: None,
                engine: String::new(),
                unavailable: Some(unavailable),
            };
        };
        let guard = opened.guard.status(self.clock.now());
        let backend = opened.backend.as_ref();
        ModelStatus {
            ready: self.answers(id),
            breaker: guard.breaker,
            in_flight: guard.in_flight,
            waiting: guard.waiting,
            limit: guard.limit,
            engine: backend.map_or_else(|_| String::new(), |backend| backend.engine().to_owned()),
            unavailable: backend.err().cloned(),
        }
    }

    /// Whether some rung of the route can answer now.
    pub fn route_ready(&self, id: RouteId) -> bool {
        self.reaches(id, &|model| self.answers(model))
    }

    /// Whether some rung of the route has a model that could be opened, whatever its breaker says.
    pub(crate) fn route_stands(&self, id: RouteId) -> bool {
        self.reaches(id, &|model| self.is_open(model))
    }

    /// Whether a model could be opened.
    pub(crate) fn is_open(&self, id: ModelId) -> bool {
        self.opened(id).is_some_and(|opened| opened.backend.is_ok())
    }

    /// Whether a model could be opened and its backend can be reached, whatever its breaker says.
    pub(crate) fn is_reached(&self, id: ModelId) -> bool {
        self.opened(id).is_some_and(|opened| opened.backend.as_ref().is_ok_and(|backend| backend.ready()))
    }

    /// The rungs of a route that no open model stands behind, or all others.
    pub(crate) fn rungs<'a>(&'a self, route: &'a Route, standing: bool) -> impl Iterator<Item = &'a Rung> {
        let rungs = route.node.own_ladder().unwrap_or_default().iter();
        rungs.filter(move |rung| reaches(&rung.node, &|model| self.is_open(model)) == standing)
    }

    fn reaches(&self, id: RouteId, can: &dyn Fn(ModelId) -> bool) -> bool {
        let Some(route) = self.plan.routes.get(usize::from(id.0)) else { return false };
        self.broken(id).is_none() && reaches(&route.node, can)
    }

    fn answers(&self, id: ModelId) -> bool {
        let Some(opened) = self.opened(id) else { return false };
        opened.backend.as_ref().is_ok_and(|backend| backend.ready()) && !opened.guard.status(self.clock.now()).refuses
    }

    /// The name of a rung as the charter gives it; empty when the route has no ladder or not that many rungs. In a sequence the last step's ladder counts.
    pub fn rung_name(&self, route: RouteId, rung: u8) -> &str {
        let ladder = self.plan.routes.get(usize::from(route.0)).and_then(|route| route.node.own_ladder());
        ladder.and_then(|rungs| rungs.get(usize::from(rung))).map_or("", |rung| rung.name.as_str())
    }

    /// Puts a model's breaker where an operator wants it; it stays there until released, also over reloads. Calls inside finish.
    pub fn force(&self, id: ModelId, breaker: Forced) {
        let Some(opened) = self.opened(id) else { return };
        if let Some(transition) = opened.guard.force(breaker, self.clock.now()) {
            let (from, to, calls, failures) = (transition.from, transition.to, transition.calls, transition.failures);
            self.listener.hear(&Signal::BreakerChanged { model: id, from, to, calls, failures });
        }
    }

    pub(crate) fn opened(&self, id: ModelId) -> Option<&Opened> {
        self.models.get(usize::from(id.0))
    }

    /// Why a route cannot be run whatever its models do.
    pub(crate) fn broken(&self, id: RouteId) -> Option<&str> {
        self.routes.get(usize::from(id.0)).and_then(|route| route.broken.as_deref())
    }

    pub(crate) fn caches(&self) -> &Caches {
        &self.caches
    }

    pub(crate) fn mirrors(&self) -> &Mirrors {
        &self.mirrors
    }

    /// What was worked out for a route's graph.
    pub(crate) fn compiled(&self, id: RouteId) -> &Compiled {
        self.routes.get(usize::from(id.0)).map_or(Compiled::nothing(), |route| &route.graph)
    }

    pub(crate) fn decisions(&self, id: RouteId) -> &[Program] {
        self.routes.get(usize::from(id.0)).map_or(&[], |route| route.decisions.as_slice())
    }

    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    pub(crate) fn listener(&self) -> &dyn Listen {
        self.listener.as_ref()
    }

    /// Models that could not be opened.
    pub(crate) fn unavailable(&self) -> Vec<(ModelId, Unavailable)> {
        let closed = |(model, opened): (&Model, &Opened)| opened.backend.as_ref().err().map(|why| (model.id, why.clone()));
        self.plan.models.iter().zip(&self.models).filter_map(closed).collect()
    }

    /// The backend of a model that is the same but for its name and guards.
    fn backend_of(&self, model: &Model) -> Option<Arc<dyn Backend>> {
        let same = |old: &Model| old.source == model.source && old.inputs == model.inputs && old.outputs == model.outputs;
        let pairs = || self.plan.models.iter().zip(&self.models);
        let named = pairs().find(|(old, _)| old.name == model.name && old.version == model.version && same(old));
        named.or_else(|| pairs().find(|(old, _)| same(old))).and_then(|(_, opened)| opened.backend.as_ref().ok().map(Arc::clone))
    }
}

/// The guard of a model with the same label and source, else a new one.
fn guard_for(model: &Model, backend: Option<&Arc<dyn Backend>>, before: Option<&Runtime>, clock: &Arc<dyn Clock>) -> Arc<Guard> {
    let slots = backend.map_or(1, |backend| backend.slots());
    let same = |old: &Model| old.name == model.name && old.version == model.version && old.source == model.source;
    let known = before.and_then(|before| before.plan.models.iter().zip(&before.models).find(|(old, _)| same(old)));
    match known {
        // A model that was not open had no slots of its own.
        Some((old, opened)) if old.protect == model.protect && opened.backend.is_ok() => Arc::clone(&opened.guard),
        Some((_, opened)) => Arc::new(opened.guard.carried(&model.protect, slots, clock)),
        None => Arc::new(Guard::new(&model.protect, slots, clock)),
    }
}

fn prepare_route(plan: &Plan, route: &Route) -> Prepared {
    let mut broken = check::route(plan, route).err();
    let mut refuse = |problem: String| broken = broken.take().or(Some(problem));
    // A route that cannot be run is not looked at further: its graph may not fit its own signatures.
    let graph = Compiled::prepare(plan, route).unwrap_or_else(|problem| {
        refuse(problem);
        Compiled::default()
    });
    let scope = Scope::of(route.inputs.iter().chain(&route.answers));
    let mut decisions = Vec::new();
    for decision in &route.decisions {
        match scope.compile(&decision.expression, decision.output.datatype) {
            Ok(program) => decisions.push(program),
            Err(problem) => refuse(format!("decision `{}`: {problem}", decision.output.name)),
        }
    }
    Prepared { decisions, graph, broken }
}

fn reaches(node: &Node, can: &dyn Fn(ModelId) -> bool) -> bool {
    match node {
        Node::Model(call) => can(call.model),
        Node::Split(split) => split.arms.iter().any(|arm| arm.weight > 0 && reaches(&arm.node, can)),
        Node::Ladder { rungs } => rungs.iter().any(|rung| reaches(&rung.node, can)),
        Node::Sequence { steps } => steps.iter().all(|step| reaches(&step.node, can)),
        Node::Rollout { stable, candidate, .. } => can(stable.model) || can(candidate.model),
        Node::Experiment { arms, .. } => arms.iter().any(|arm| reaches(arm, can)),
        Node::Shadow { primary, .. } => reaches(primary, can),
        Node::Cascade { steps } => steps.iter().any(|step| reaches(&step.node, can)),
        Node::Ensemble(ensemble) => {
            let standing = ensemble.members.iter().filter(|member| reaches(&member.node, can)).count();
            standing >= usize::from(ensemble.quorum.max(1))
        }
        Node::Cache { node, .. } => reaches(node, can),
    }
}
