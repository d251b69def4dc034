//! Two versions of one model behind a rollout, with a watch around them.

use charter_engine::controls::Stage;
use charter_engine::store::{Document, Record, Store, StoreError, Stored};
use charter_engine::watch::{Action, Command, Done, Monitor, Refused, Report, TICK, Watch, WatchHandle};
use charter_engine::{
    Answer, Backend, BackendError, Call, CallError, Caller, Clock, Engine, Failure, Inference, Moment, OpenBackend, Quiet, Request, Tensor,
    Unavailable, Values,
};
use charter_monitor::conductor::Conductor;
use charter_plan::Plan;
use charter_plan::plan::{
    Access, Agreement, BadKind, Binding, Comparison, ComparisonId, FailMode, Flag, FlagId, Guardrail, Judge, Model, ModelId, Node,
    OnInconclusive, Protect, Rollout, RolloutId, Route, RouteId, Rung, Source, Starts, Turn, Use,
};
use charter_plan::tensor::{Datatype, TensorSpec};
use charter_store::Memory;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Begins at a fixed date and follows tokio's paused clock.
pub(crate) struct Paused {
    pub(crate) origin: Instant,
}

impl Clock for Paused {
    fn now(&self) -> Moment {
        Moment(u64::try_from(self.origin.elapsed().as_nanos()).unwrap())
    }

    fn unix_ms(&self) -> u64 {
        1_800_000_000_000 + u64::try_from(self.origin.elapsed().as_millis()).unwrap()
    }
}

/// Answers, or fails while the switch is on.
pub(crate) struct Version {
    pub(crate) fails: AtomicBool,
    pub(crate) slow: AtomicBool,
    /// Answers in another form than the plan says.
    pub(crate) mismatched: AtomicBool,
    /// Asks for a pause of a second, once.
    pub(crate) pauses: AtomicBool,
    /// Answers in a hundred that are far from the others; spread evenly.
    pub(crate) off: AtomicU64,
    asked: AtomicU64,
}

impl Backend for Version {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        if self.fails.load(Ordering::Relaxed) {
            return Inference::Ready(Err(BackendError { failure: Failure::Upstream, message: "as scripted".to_owned() }));
        }
        if self.mismatched.load(Ordering::Relaxed) {
            return Inference::Ready(Ok(vec![Tensor::new(vec![request.rows, 1], Values::Int64(vec![1; request.rows])).unwrap()]));
        }
        if self.pauses.swap(false, Ordering::Relaxed) {
            let failure = Failure::Overloaded { retry_after: Some(Duration::from_secs(1)) };
            return Inference::Ready(Err(BackendError { failure, message: "as scripted".to_owned() }));
        }
        let place = self.asked.fetch_add(1, Ordering::Relaxed);
        // 37 has no divisor in common with 100, so each of a hundred calls has its own place in it.
        let value = if place * 37 % 100 < self.off.load(Ordering::Relaxed) { 1.0 } else { 0.5 };
        let answer = Tensor::new(vec![request.rows, 1], Values::Fp32(vec![value; request.rows])).unwrap();
        let wait = Duration::from_millis(if self.slow.load(Ordering::Relaxed) { 40 } else { 4 });
        Inference::Pending(Box::pin(async move {
            tokio::time::sleep(wait).await;
            Ok(vec![answer])
        }))
    }

    fn engine(&self) -> &str {
        "scripted"
    }
}

/// `fraud@v2` is stable and `fraud@v3` the candidate; other labels answer like them.
pub(crate) struct Versions {
    pub(crate) stable: Arc<Version>,
    pub(crate) candidate: Arc<Version>,
    pub(crate) missing: AtomicBool,
}

impl Versions {
    pub(crate) fn new() -> Arc<Self> {
        let version = || {
            let (off, asked) = (AtomicU64::new(0), AtomicU64::new(0));
            let [fails, slow, mismatched, pauses] = [(); 4].map(|()| AtomicBool::new(false));
            Arc::new(Version { fails, slow, mismatched, pauses, off, asked })
        };
        Arc::new(Self { stable: version(), candidate: version(), missing: AtomicBool::new(false) })
    }
}

impl OpenBackend for Versions {
    fn open(&self, model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        if model.version == "v2" {
            return Ok(Arc::clone(&self.stable) as Arc<dyn Backend>);
        }
        if self.missing.load(Ordering::Relaxed) {
            return Err(Unavailable { reason: "it is not there".to_owned(), help: "bring it".to_owned() });
        }
        Ok(Arc::clone(&self.candidate) as Arc<dyn Backend>)
    }
}

fn spec(name: &str) -> TensorSpec {
    TensorSpec::column(name, Datatype::Fp32)
}

fn model(id: u16, version: &str) -> Model {
    Model {
        id: ModelId(id),
        name: "fraud".to_owned(),
        version: version.to_owned(),
        source: Source::Onnx { path: format!("{version}.onnx"), digest: "sha256:0".to_owned() },
        inputs: vec![spec("amount")],
        outputs: vec![spec("score")],
        protect: Protect::NONE,
    }
}

/// A ladder whose first rung is the rollout from `fraud@v2` to the candidate, above `fraud@v2` alone; one flag turns the first rung off.
pub(crate) fn plan(candidate: &str, starts: Starts) -> Plan {
    let call = |model| Use { model: ModelId(model), inputs: vec![Binding::Slot(0)], outputs: vec![0] };
    let rung = |name: &str, node, within_ms, reserve_ms| Rung { name: name.to_owned(), node, within_ms, reserve_ms };
    let node = Node::Rollout { rollout: RolloutId(0), stable: call(0), candidate: call(1) };
    Plan {
        system: "shop".to_owned(),
        fingerprint: "sha256:0".to_owned(),
        models: vec![model(0, "v2"), model(1, candidate)],
        routes: vec![Route {
            id: RouteId(0),
            name: "fraud".to_owned(),
            inputs: vec![spec("amount")],
            answers: vec![spec("score")],
            decisions: Vec::new(),
            timeout_ms: 200,
            rows_max: 8,
            node: Node::Ladder { rungs: vec![rung("full", node, 150, 50), rung("fallback", Node::Model(call(0)), 50, 0)] },
            access: Access::Open,
            pinning: false,
            pins: Vec::new(),
            samples: None,
            fail: FailMode::Closed,
        }],
        comparisons: vec![Comparison {
            id: ComparisonId(0),
            name: "fraud-new".to_owned(),
            route: RouteId(0),
            primary: "fraud@v2".to_owned(),
            mirror: format!("fraud@{candidate}"),
            share: 0,
            concurrency_max: 1,
            outputs: vec![Agreement::Score { abs_tol: 1e-6, rel_tol: 1e-3 }],
            bound: 0.01,
            alpha: 0.05,
            slices: Vec::new(),
        }],
        rollouts: vec![rollout(candidate, starts)],
        flags: vec![Flag {
            id: FlagId(0),
            name: "full-fraud".to_owned(),
            variants: vec![("on".to_owned(), json!(true)), ("off".to_owned(), json!(false))],
            default_variant: 0,
            enabled: true,
            turns: vec![Turn::Rung { route: RouteId(0), rung: 0 }],
            rules: Vec::new(),
        }],
        ..Plan::default()
    }
}

fn rollout(candidate: &str, starts: Starts) -> Rollout {
    let guardrail = |name: &str, bad| Guardrail {
        name: name.to_owned(),
        bad,
        r_harm: 1.25,
        r_bad: 2.0,
        p_ok: 0.005,
        p_bad: 0.02,
        p_ceiling: 0.1,
        slow_us: None,
    };
    Rollout {
        id: RolloutId(0),
        name: "fraud-new".to_owned(),
        route: RouteId(0),
        stable: ModelId(0),
        candidate: ModelId(1),
        stable_label: "fraud@v2".to_owned(),
        candidate_label: format!("fraud@{candidate}"),
        starts,
        shadow_ms: 0,
        shadow_pairs_min: 0,
        steps: vec![5_000, 10_000],
        dwell_ms: 60_000,
        requests_min: 50,
        max_duration_ms: 3_600_000,
        on_inconclusive: OnInconclusive::Hold,
        watch_ms: 600_000,
        judge: Judge::Anytime,
        alpha: 0.01,
        beta: 0.05,
        guardrails: vec![guardrail("errors", BadKind::Error), guardrail("slow", BadKind::Slow)],
        comparison: ComparisonId(0),
    }
}

/// A served plan with its watch running.
pub(crate) struct Served {
    pub(crate) engine: Arc<Engine>,
    pub(crate) handle: WatchHandle,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) task: JoinHandle<()>,
}

impl Served {
    pub(crate) async fn start(plan: Plan, versions: &Arc<Versions>, store: Arc<dyn Store>) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(Paused { origin: Instant::now() });
        Self::start_at(plan, versions, store, clock).await
    }

    pub(crate) async fn start_at(plan: Plan, versions: &Arc<Versions>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self::watched(plan, versions, store, clock, Box::new(Conductor::new())).await
    }

    pub(crate) async fn watched(
        plan: Plan,
        versions: &Arc<Versions>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        monitor: Box<dyn Monitor>,
    ) -> Self {
        let engine = Arc::new(Engine::start(plan, versions.as_ref(), Arc::clone(&clock), Arc::new(Quiet)));
        let (watch, handle) = Watch::open(Arc::clone(&engine), monitor, store, clock).await;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(watch.run(async move {
            // Also when the sender is gone.
            let _ = stopped.await;
        }));
        Self { engine, handle, stop: Some(stop), task }
    }

    /// Ends the process as `kill -9` does: nothing of the watch runs after it.
    pub(crate) fn kill(self) {
        self.task.abort();
    }

    pub(crate) async fn end(mut self) {
        drop(self.stop.take());
        self.task.await.unwrap();
    }

    pub(crate) fn stage(&self) -> Stage {
        self.engine.current().controls().rollout(RolloutId(0)).unwrap().stage()
    }

    pub(crate) async fn rollout(&self, action: Action) -> Result<Done, Refused> {
        self.handle.ask(Command::Rollout { name: "fraud-new".to_owned(), action, by: "me".to_owned() }).await
    }

    pub(crate) async fn status(&self) -> Value {
        self.handle.ask(Command::Report(Report::Rollout("fraud-new".to_owned()))).await.unwrap().body
    }

    pub(crate) async fn call(&self, seed: u64) -> Result<Answer, CallError> {
        let inputs = vec![Tensor::new(vec![1, 1], Values::Fp32(vec![10.0])).unwrap()];
        let call =
            Call { route: RouteId(0), inputs, rows: 1, deadline_ms: None, key: None, version: None, seed, caller: Caller::default() };
        self.engine.current().call(call).await
    }

    /// Calls one after the other, with other seeds each.
    pub(crate) async fn calls(&self, seeds: std::ops::Range<u64>) {
        for seed in seeds {
            self.call(seed).await.unwrap();
        }
    }
}

/// Enough time for the watch to look and to keep what it decided.
pub(crate) async fn a_moment() {
    tokio::time::sleep(TICK * 3).await;
}

pub(crate) async fn log(store: &Memory) -> Vec<Value> {
    let records = store.read("rollouts", 0, 1_000).await.unwrap();
    records.iter().map(|record| serde_json::from_slice(&record.bytes).unwrap()).collect()
}

/// A store that can be switched off.
#[derive(Default)]
pub(crate) struct Faulty {
    pub(crate) memory: Memory,
    pub(crate) broken: AtomicBool,
    pub(crate) silent: AtomicBool,
    /// Takes no documents of experiments.
    pub(crate) narrow: AtomicBool,
}

impl Faulty {
    fn or<'a, T: Send + 'a>(&'a self, stored: Stored<'a, T>) -> Stored<'a, T> {
        if self.silent.load(Ordering::Relaxed) {
            return Box::pin(std::future::pending());
        }
        if self.broken.load(Ordering::Relaxed) {
            return Box::pin(std::future::ready(Err(StoreError::Unavailable("the disk is gone".to_owned()))));
        }
        stored
    }
}

impl Store for Faulty {
    fn get<'a>(&'a self, key: &'a str) -> Stored<'a, Option<Document>> {
        self.or(self.memory.get(key))
    }

    fn put<'a>(&'a self, key: &'a str, bytes: &'a [u8], over: u64) -> Stored<'a, u64> {
        // A disk that is gone has written nothing.
        if self.broken.load(Ordering::Relaxed) || self.silent.load(Ordering::Relaxed) {
            return self.or(Box::pin(std::future::ready(Ok(0))));
        }
        if self.narrow.load(Ordering::Relaxed) && key.starts_with("books/") {
            return Box::pin(std::future::ready(Err(StoreError::TooLarge { what: "bytes", size: bytes.len(), max: 1 })));
        }
        self.memory.put(key, bytes, over)
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Stored<'a, Vec<String>> {
        self.or(self.memory.keys(prefix))
    }

    fn append<'a>(&'a self, log: &'a str, records: &'a [Vec<u8>]) -> Stored<'a, u64> {
        if self.broken.load(Ordering::Relaxed) || self.silent.load(Ordering::Relaxed) {
            return self.or(Box::pin(std::future::ready(Ok(0))));
        }
        self.memory.append(log, records)
    }

    fn read<'a>(&'a self, log: &'a str, after: u64, limit: usize) -> Stored<'a, Vec<Record>> {
        self.or(self.memory.read(log, after, limit))
    }
}
