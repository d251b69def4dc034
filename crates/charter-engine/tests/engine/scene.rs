//! Plans with rollouts, shadows, experiments and caches, and what was told about their calls.

use crate::support::*;
use charter_engine::observation::{Observation, Pair};
use charter_engine::{Answer, Call, Engine, Listen, Runtime, Signal, Tensor, Values};
use charter_plan::Plan;
use charter_plan::plan::{
    Agreement, Comparison, ComparisonId, Judge, ModelId, Node, OnInconclusive, Protect, Rollout, RolloutId, RouteId, Starts,
};
use std::sync::Arc;

/// `v3`, `v2` and `v1` behind fakes, in this order, and one route that a graph answers.
pub(crate) struct Scene {
    pub(crate) engine: Engine,
    pub(crate) heard: Arc<Heard>,
    pub(crate) fakes: [Arc<Fake>; 3],
}

impl Scene {
    /// Without pinning unless the plan says more.
    pub(crate) fn new(plan: Plan, acts: [Act; 3]) -> Self {
        let fakes = acts.map(Fake::new);
        let heard = Arc::new(Heard::default());
        let engine = Engine::start(plan, &opener(&fakes), clock(), Arc::clone(&heard) as Arc<dyn Listen>);
        Self { engine, heard, fakes }
    }

    pub(crate) fn runtime(&self) -> Arc<Runtime> {
        self.engine.current()
    }

    pub(crate) fn signals(&self) -> Vec<Signal> {
        self.heard.0.lock().unwrap().clone()
    }

    pub(crate) fn events(&self) -> Vec<Observation> {
        let runtime = self.runtime();
        std::iter::from_fn(|| runtime.controls().observations().next_event()).collect()
    }

    pub(crate) fn pairs(&self) -> Vec<Pair> {
        let runtime = self.runtime();
        std::iter::from_fn(|| runtime.controls().observations().next_pair().map(|pair| *pair)).collect()
    }

    pub(crate) fn called(&self) -> [u32; 3] {
        [self.fakes[0].calls(), self.fakes[1].calls(), self.fakes[2].calls()]
    }
}

pub(crate) fn opener(fakes: &[Arc<Fake>; 3]) -> Fakes {
    Fakes::of([("fraud@v3", &fakes[0]), ("fraud@v2", &fakes[1]), ("fraud@v1", &fakes[2])])
}

/// Three unguarded models and a route answered by `node`.
pub(crate) fn plan_of(node: Node) -> Plan {
    let models = vec![model(0, "v3", Protect::NONE), model(1, "v2", Protect::NONE), model(2, "v1", Protect::NONE)];
    plan(models, vec![route(node)])
}

pub(crate) fn keyed(key: &str, seed: u64) -> Call {
    let mut call = call(seed);
    call.key = Some(key.to_owned());
    call
}

pub(crate) fn amount(value: f32) -> Call {
    let mut call = call(1);
    call.inputs = vec![column(vec![value])];
    call
}

pub(crate) fn score(answer: &Answer) -> f32 {
    values(&answer.outputs[0])[0]
}

pub(crate) fn values(tensor: &Tensor) -> &[f32] {
    match tensor.values() {
        Values::Fp32(values) => values,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn comparison(share: u16, concurrency_max: u32) -> Comparison {
    Comparison {
        id: ComparisonId(0),
        name: "fraud-v3".to_owned(),
        route: RouteId(0),
        primary: "fraud@v2".to_owned(),
        mirror: "fraud@v3".to_owned(),
        share,
        concurrency_max,
        outputs: vec![Agreement::Score { abs_tol: 1e-6, rel_tol: 1e-3 }],
        bound: 0.01,
        alpha: 0.05,
        slices: Vec::new(),
    }
}

/// `v3` comes in for `v2` on the only rung.
pub(crate) fn rolling(share: u16) -> Plan {
    rolling_in(Node::Rollout { rollout: RolloutId(0), stable: use_of(1), candidate: use_of(0) }, share)
}

/// The same, on the first rung of a ladder with `v1` below.
pub(crate) fn rolling_on_a_rung() -> Plan {
    let node = Node::Rollout { rollout: RolloutId(0), stable: use_of(1), candidate: use_of(0) };
    rolling_in(Node::Ladder { rungs: vec![rung("full", node, 150, 50), rung("fallback", Node::Model(use_of(2)), 50, 0)] }, 0)
}

pub(crate) fn rolling_in(node: Node, share: u16) -> Plan {
    let mut plan = plan_of(node);
    plan.comparisons = vec![comparison(share, 4)];
    plan.rollouts = vec![Rollout {
        id: RolloutId(0),
        name: "fraud-v3".to_owned(),
        route: RouteId(0),
        stable: ModelId(1),
        candidate: ModelId(0),
        stable_label: "fraud@v2".to_owned(),
        candidate_label: "fraud@v3".to_owned(),
        starts: Starts::Command,
        shadow_ms: 0,
        shadow_pairs_min: 0,
        steps: vec![500, 1_000, 2_500, 5_000, 10_000],
        dwell_ms: 60_000,
        requests_min: 50,
        max_duration_ms: 86_400_000,
        on_inconclusive: OnInconclusive::Hold,
        watch_ms: 600_000,
        judge: Judge::Anytime,
        alpha: 0.01,
        beta: 0.05,
        guardrails: Vec::new(),
        comparison: ComparisonId(0),
    }];
    plan
}
