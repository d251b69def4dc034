//! Fake backends with scripts, and plans to run them on.
#![allow(dead_code, reason = "each test crate uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken set-up ends the test")]

use charter_engine::{
    Backend, BackendError, Call, Caller, Clock, Failure, Inference, Listen, Moment, OpenBackend, Request, Signal, SystemClock, Tensor,
    Unavailable, Values,
};
use charter_plan::Plan;
use charter_plan::plan::{
    Access, Binding, Breaker, Decision, FailMode, Limiter, Model, ModelId, Node, Protect, Route, RouteId, Rung, Source, Use,
};
use charter_plan::tensor::{Datatype, TensorSpec};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a fake does with one call.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// The score, for every row.
    Answer(f32),
    Outputs(Vec<Tensor>),
    Fail(Failure),
    /// Waits on tokio's clock first.
    After(Duration, Box<Act>),
    Hang,
    Panic,
    PanicLater,
}

/// A backend that follows its script, then repeats its habit.
pub(crate) struct Fake {
    pub(crate) script: Mutex<VecDeque<Act>>,
    pub(crate) habit: Mutex<Act>,
    pub(crate) calls: AtomicU32,
    pub(crate) inputs: Mutex<Vec<Tensor>>,
}

impl Fake {
    pub(crate) fn new(habit: Act) -> Arc<Self> {
        Arc::new(Self { script: Mutex::default(), habit: Mutex::new(habit), calls: AtomicU32::new(0), inputs: Mutex::default() })
    }

    pub(crate) fn then(self: Arc<Self>, acts: impl IntoIterator<Item = Act>) -> Arc<Self> {
        self.script.lock().unwrap().extend(acts);
        self
    }

    pub(crate) fn becomes(&self, habit: Act) {
        *self.habit.lock().unwrap() = habit;
    }

    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }
}

fn perform(act: Act, rows: usize) -> Inference<'static> {
    match act {
        Act::Answer(score) => Inference::Ready(Ok(vec![column(vec![score; rows])])),
        Act::Outputs(outputs) => Inference::Ready(Ok(outputs)),
        Act::Fail(failure) => Inference::Ready(Err(BackendError { failure, message: "as scripted".to_owned() })),
        Act::After(wait, act) => Inference::Pending(Box::pin(async move {
            tokio::time::sleep(wait).await;
            match perform(*act, rows) {
                Inference::Ready(result) => result,
                Inference::Pending(future) => future.await,
            }
        })),
        Act::Hang => Inference::Pending(Box::pin(std::future::pending())),
        Act::Panic => panic!("as scripted"),
        Act::PanicLater => Inference::Pending(Box::pin(async { panic!("as scripted, later") })),
    }
}

impl Backend for Fake {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        *self.inputs.lock().unwrap() = request.inputs.iter().map(|input| input.clone().into_owned()).collect();
        let scripted = self.script.lock().unwrap().pop_front();
        perform(scripted.unwrap_or_else(|| self.habit.lock().unwrap().clone()), request.rows)
    }

    fn engine(&self) -> &str {
        "fake"
    }
}

/// Opens fakes by label; what is not there is unavailable.
#[derive(Default)]
pub(crate) struct Fakes {
    pub(crate) by_label: BTreeMap<String, Arc<Fake>>,
    pub(crate) opened: AtomicU32,
}

impl Fakes {
    pub(crate) fn of<const N: usize>(fakes: [(&str, &Arc<Fake>); N]) -> Self {
        Self { by_label: fakes.into_iter().map(|(label, fake)| (label.to_owned(), Arc::clone(fake))).collect(), opened: AtomicU32::new(0) }
    }
}

impl OpenBackend for Fakes {
    fn open(&self, model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        match self.by_label.get(&model.label()) {
            Some(fake) => Ok(Arc::clone(fake) as Arc<dyn Backend>),
            None => Err(Unavailable { reason: "no such fake".to_owned(), help: "add one".to_owned() }),
        }
    }
}

/// Keeps every signal.
#[derive(Default)]
pub(crate) struct Heard(pub(crate) Mutex<Vec<Signal>>);

impl Listen for Heard {
    fn hear(&self, signal: &Signal) {
        self.0.lock().unwrap().push(*signal);
    }
}

/// A clock that a test sets.
#[derive(Default)]
pub(crate) struct Still(pub(crate) Mutex<Moment>);

impl Clock for Still {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

pub(crate) fn column(values: Vec<f32>) -> Tensor {
    Tensor::new(vec![values.len(), 1], Values::Fp32(values)).unwrap()
}

pub(crate) fn spec(name: &str) -> TensorSpec {
    TensorSpec::column(name, Datatype::Fp32)
}

pub(crate) fn guarded() -> Protect {
    Protect {
        timeout_ms: None,
        limiter: Limiter::Adaptive { initial: 64, min: 1, max: 512 },
        breaker: Some(Breaker::default()),
        ..Protect::NONE
    }
}

pub(crate) fn model(id: u16, version: &str, protect: Protect) -> Model {
    Model {
        id: ModelId(id),
        name: "fraud".to_owned(),
        version: version.to_owned(),
        source: Source::Onnx { path: format!("{version}.onnx"), digest: "sha256:0".to_owned() },
        inputs: vec![spec("amount")],
        outputs: vec![spec("score")],
        protect,
    }
}

pub(crate) fn use_of(model: u16) -> Use {
    Use { model: ModelId(model), inputs: vec![Binding::Slot(0)], outputs: vec![0] }
}

pub(crate) fn rung(name: &str, node: Node, within_ms: u32, reserve_ms: u32) -> Rung {
    Rung { name: name.to_owned(), node, within_ms, reserve_ms }
}

pub(crate) fn decision(name: &str, datatype: Datatype, expression: &str) -> Decision {
    Decision { output: TensorSpec::column(name, datatype), expression: expression.to_owned() }
}

pub(crate) fn route(node: Node) -> Route {
    Route {
        id: RouteId(0),
        name: "fraud".to_owned(),
        inputs: vec![spec("amount")],
        answers: vec![spec("score")],
        decisions: Vec::new(),
        timeout_ms: 200,
        rows_max: 64,
        node,
        access: Access::Open,
        pinning: true,
        pins: vec![("v2".to_owned(), use_of(1))],
        samples: None,
        fail: FailMode::Closed,
    }
}

/// Pins of models that are not there are left out.
pub(crate) fn plan(models: Vec<Model>, mut routes: Vec<Route>) -> Plan {
    for route in &mut routes {
        route.pins.retain(|(_, call)| usize::from(call.model.0) < models.len());
    }
    Plan { system: "shop".to_owned(), fingerprint: "sha256:0".to_owned(), models, routes, ..Plan::default() }
}

/// `full` (v3, 80 ms), `degraded` (v2, 40 ms), `fallback` (v1, 5 ms, nothing guards it).
pub(crate) fn three_rungs() -> Plan {
    let ladder = Node::Ladder {
        rungs: vec![
            rung("full", Node::Model(use_of(0)), 80, 45),
            rung("degraded", Node::Model(use_of(1)), 40, 5),
            rung("fallback", Node::Model(use_of(2)), 5, 0),
        ],
    };
    let models = vec![model(0, "v3", guarded()), model(1, "v2", guarded()), model(2, "v1", Protect::NONE)];
    plan(models, vec![route(ladder)])
}

pub(crate) fn call(seed: u64) -> Call {
    Call {
        route: RouteId(0),
        inputs: vec![column(vec![10.0])],
        rows: 1,
        deadline_ms: None,
        key: None,
        version: None,
        seed,
        caller: Caller::default(),
    }
}
