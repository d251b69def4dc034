//! Several calls, one inference.

use crate::support::*;
use charter_engine::{
    Backend, BackendError, BreakerState, Call, CallError, Engine, Failure, Inference, OpenBackend, Quiet, Request, Runtime, Signal,
    Unavailable, Values,
};
use charter_plan::Plan;
use charter_plan::plan::{Batch, Breaker, Limiter, Model, ModelId, Node, Protect};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

const MS: Duration = Duration::from_millis(1);
/// A row that the model rejects, with every other row of its inference.
const POISON: f32 = -1.0;
/// A row that makes the model answer NaN for all rows, as some kernels do.
const SPOILT: f32 = -2.0;

/// Doubles each row after a while, one inference at a time.
struct Doubler {
    takes: Duration,
    /// The rows of each inference.
    inferences: Mutex<Vec<Vec<f32>>>,
    failure: Option<Failure>,
    slots: usize,
}

impl Doubler {
    fn new(takes: Duration) -> Arc<Self> {
        Arc::new(Self { takes, inferences: Mutex::default(), failure: None, slots: 1 })
    }

    fn sizes(&self) -> Vec<usize> {
        self.inferences.lock().unwrap().iter().map(Vec::len).collect()
    }
}

impl Backend for Doubler {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        let Values::Fp32(rows) = request.inputs[0].values() else { panic!("numbers") };
        let rows = rows.clone();
        assert_eq!(rows.len(), request.rows);
        self.inferences.lock().unwrap().push(rows.clone());
        let alone = self.failure;
        Inference::Pending(Box::pin(async move {
            tokio::time::sleep(self.takes).await;
            let fail = |failure| Err(BackendError { failure, message: "as scripted".to_owned() });
            match alone {
                Some(failure) => fail(failure),
                None if rows.contains(&POISON) => fail(Failure::Rejected),
                None if rows.contains(&SPOILT) => Ok(vec![column(vec![f32::NAN; rows.len()])]),
                None => Ok(vec![column(rows.iter().map(|value| value * 2.0).collect())]),
            }
        }))
    }

    fn slots(&self) -> usize {
        self.slots
    }

    fn engine(&self) -> &str {
        "doubler"
    }
}

struct Opener(Arc<Doubler>);

impl OpenBackend for Opener {
    fn open(&self, _model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        Ok(Arc::clone(&self.0) as Arc<dyn Backend>)
    }
}

fn batched(wait_us: u32) -> Plan {
    let protect = Protect {
        limiter: Limiter::Fixed { max: 64 },
        breaker: Some(Breaker::default()),
        batch: Some(Batch { rows_max: 8, wait_us }),
        ..Protect::NONE
    };
    let mut route = route(Node::Model(use_of(0)));
    route.pins.clear();
    plan(vec![model(0, "v3", protect)], vec![route])
}

fn start(doubler: &Arc<Doubler>, wait_us: u32) -> (Engine, Arc<Heard>) {
    let heard = Arc::new(Heard::default());
    (Engine::start(batched(wait_us), &Opener(Arc::clone(doubler)), clock(), Arc::clone(&heard) as _), heard)
}

type Asked = JoinHandle<(Result<Vec<f32>, CallError>, Instant)>;

fn ask(runtime: &Arc<Runtime>, values: &[f32], deadline_ms: Option<u32>) -> Asked {
    let runtime = Arc::clone(runtime);
    let call = Call { inputs: vec![column(values.to_vec())], rows: values.len(), deadline_ms, ..call(1) };
    tokio::spawn(async move {
        let answer = runtime.call(call).await.map(|answer| match answer.outputs[0].values() {
            Values::Fp32(values) => values.clone(),
            other => panic!("{other:?}"),
        });
        (answer, Instant::now())
    })
}

fn batches(heard: &Heard) -> Vec<(u32, u32)> {
    let heard = heard.0.lock().unwrap();
    let told = heard.iter().filter_map(|signal| match signal {
        Signal::Batched { calls, rows, .. } => Some((*calls, *rows)),
        _ => None,
    });
    told.collect()
}

#[tokio::test(start_paused = true)]
async fn what_waits_while_the_model_is_busy_goes_together_and_gets_its_own_rows() {
    let doubler = Doubler::new(MS * 10);
    let (engine, heard) = start(&doubler, 0);
    let runtime = engine.current();
    let began = Instant::now();
    let values: Vec<Vec<f32>> = (0..9).map(|index| (0..=index % 3).map(|row| (index * 10 + row) as f32 + 1.0).collect()).collect();
    let tasks: Vec<_> = values.iter().map(|values| ask(&runtime, values, None)).collect();
    for (values, task) in values.iter().zip(tasks) {
        let (answer, _) = task.await.unwrap();
        assert_eq!(answer.unwrap(), values.iter().map(|value| value * 2.0).collect::<Vec<_>>());
    }
    assert!(began.elapsed() <= MS * 45, "{:?}", began.elapsed());
    // The first finds the model free. Behind it wait 2 3 1 2, 3 1 2 and 3 rows: the oldest first, and none that would make more than eight.
    assert_eq!(doubler.sizes(), [1, 8, 6, 3]);
    assert_eq!(batches(&heard), [(4, 8), (3, 6)], "one call alone is no batch");
    // Waiting is not service time.
    let heard = heard.0.lock().unwrap();
    assert!(heard.iter().all(|signal| !matches!(signal, Signal::ModelCalled { duration, .. } if *duration > MS * 13)));
    assert_eq!(runtime.model(ModelId(0)).in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_free_is_never_waited_for() {
    let doubler = Doubler::new(MS * 10);
    let (engine, heard) = start(&doubler, 0);
    for index in 0..20 {
        let began = Instant::now();
        ask(&engine.current(), &[1.0], None).await.unwrap().0.unwrap();
        assert!(began.elapsed() <= MS * 11, "call {index}: {:?}", began.elapsed());
    }
    assert!(batches(&heard).is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_poisoned_call_fails_none_of_its_neighbours() {
    for poison in [POISON, SPOILT] {
        let doubler = Doubler::new(MS * 10);
        let (engine, _) = start(&doubler, 0);
        let runtime = engine.current();
        let first = ask(&runtime, &[9.0], None);
        tokio::task::yield_now().await;
        let tasks: Vec<_> = [1.0, poison, 3.0].map(|value| ask(&runtime, &[value], None)).into_iter().collect();
        first.await.unwrap().0.unwrap();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap().0);
        }
        assert_eq!((answers[0].as_ref().unwrap(), answers[2].as_ref().unwrap()), (&vec![2.0], &vec![6.0]));
        assert_eq!(answers[1].as_ref().unwrap_err().code, if poison == POISON { "input-rejected" } else { "no-rung-left" });
        assert_eq!(doubler.sizes(), [1, 3, 1, 1, 1], "each by itself, once");
    }
}

#[tokio::test(start_paused = true)]
async fn other_failures_go_to_each() {
    let doubler = Arc::new(Doubler { takes: MS * 10, inferences: Mutex::default(), failure: Some(Failure::Upstream), slots: 1 });
    let (engine, _) = start(&doubler, 0);
    let tasks: Vec<_> = (0..4).map(|_| ask(&engine.current(), &[1.0], None)).collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().0.unwrap_err().code, "no-rung-left");
    }
    assert_eq!(doubler.sizes(), [1, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_one_verdict() {
    // The breaker opens at 5 lost connections in a row, or when half of 20 calls have failed.
    for (failure, inferences) in [(Failure::Connect, 5), (Failure::Reset, 20)] {
        let doubler = Arc::new(Doubler { takes: MS * 10, inferences: Mutex::default(), failure: Some(failure), slots: 1 });
        let (engine, _) = start(&doubler, 0);
        let runtime = engine.current();
        let mut made = 0;
        while runtime.model(ModelId(0)).breaker == BreakerState::Closed {
            assert!(made < inferences, "{made}");
            // The first runs alone, the others go together, eight at most.
            let tasks: Vec<_> = (0..8).map(|_| ask(&runtime, &[1.0], None)).collect();
            for task in tasks {
                task.await.unwrap().0.unwrap_err();
            }
            made = doubler.sizes().len();
        }
        assert!((inferences..inferences + 2).contains(&made), "{made} inferences failed: {failure:?}");
    }
}

/// Fails to open at first.
struct Mended {
    doubler: Arc<Doubler>,
    here: AtomicBool,
}

impl OpenBackend for Mended {
    fn open(&self, _model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        if self.here.load(Ordering::Relaxed) {
            return Ok(Arc::clone(&self.doubler) as Arc<dyn Backend>);
        }
        Err(Unavailable { reason: "it is not there".to_owned(), help: "bring it".to_owned() })
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_opens_later_has_all_its_slots() {
    let doubler = Arc::new(Doubler { takes: MS * 10, inferences: Mutex::default(), failure: None, slots: 3 });
    let opener = Mended { doubler: Arc::clone(&doubler), here: AtomicBool::new(false) };
    let engine = Engine::start(batched(0), &opener, clock(), Arc::new(Quiet));
    opener.here.store(true, Ordering::Relaxed);
    engine.reload(batched(0), &opener).unwrap();
    let tasks: Vec<_> = (0..3).map(|_| ask(&engine.current(), &[1.0], None)).collect();
    for task in tasks {
        task.await.unwrap().0.unwrap();
    }
    assert_eq!(doubler.sizes(), [1, 1, 1], "each has a slot");
}

#[tokio::test(start_paused = true)]
async fn who_hangs_up_takes_nobody_with_it() {
    let doubler = Doubler::new(MS * 10);
    let (engine, _) = start(&doubler, 0);
    let runtime = engine.current();
    let first = ask(&runtime, &[9.0], None);
    tokio::task::yield_now().await;
    let mut tasks: Vec<_> = (1..=4).map(|value| ask(&runtime, &[value as f32], None)).collect();
    tokio::task::yield_now().await;
    tasks.remove(1).abort();
    first.await.unwrap().0.unwrap();
    tokio::time::sleep(MS * 5).await;
    assert_eq!(doubler.sizes(), [1, 3], "its rows were dropped before compute");
    // The oldest drives the inference; the others go on without it.
    tasks.remove(0).abort();
    for (task, expected) in tasks.into_iter().zip([6.0, 8.0]) {
        assert_eq!(task.await.unwrap().0.unwrap(), [expected]);
    }
    assert_eq!(doubler.sizes(), [1, 3]);
    assert_eq!(runtime.model(ModelId(0)).in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn when_all_hang_up_the_slot_is_free_again() {
    let doubler = Doubler::new(MS * 50);
    let (engine, _) = start(&doubler, 0);
    let runtime = engine.current();
    let first = ask(&runtime, &[9.0], None);
    tokio::task::yield_now().await;
    let tasks: Vec<_> = (0..3).map(|_| ask(&runtime, &[1.0], None)).collect();
    first.await.unwrap().0.unwrap();
    tokio::time::sleep(MS * 5).await;
    for task in tasks {
        task.abort();
        let _ = task.await;
    }
    let began = Instant::now();
    ask(&runtime, &[2.0], None).await.unwrap().0.unwrap();
    assert!(began.elapsed() <= MS * 52, "{:?}", began.elapsed());
    assert_eq!(doubler.sizes(), [1, 3, 1]);
}

#[tokio::test(start_paused = true)]
async fn rows_that_nobody_waits_for_any_more_are_not_computed() {
    let doubler = Doubler::new(MS * 50);
    let (engine, heard) = start(&doubler, 0);
    let runtime = engine.current();
    let first = ask(&runtime, &[9.0], None);
    tokio::task::yield_now().await;
    let (short, long) = (ask(&runtime, &[1.0], Some(20)), ask(&runtime, &[2.0], None));
    assert!(short.await.unwrap().0.is_err());
    first.await.unwrap().0.unwrap();
    assert_eq!(long.await.unwrap().0.unwrap(), [4.0]);
    assert_eq!(*doubler.inferences.lock().unwrap(), [[9.0], [2.0]]);
    assert!(heard.0.lock().unwrap().iter().any(|signal| matches!(signal, Signal::Shed { .. })));
}

#[tokio::test(start_paused = true)]
async fn who_has_no_time_for_two_inferences_goes_alone() {
    let doubler = Doubler::new(MS * 50);
    let (engine, _) = start(&doubler, 0);
    let runtime = engine.current();
    ask(&runtime, &[9.0], None).await.unwrap().0.unwrap();
    let busy = ask(&runtime, &[8.0], None);
    tokio::task::yield_now().await;
    let hurried = ask(&runtime, &[1.0], Some(80));
    assert_eq!(hurried.await.unwrap().0.unwrap(), [2.0]);
    busy.await.unwrap().0.unwrap();
    assert_eq!(doubler.sizes(), [1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_stated_wait_gathers_rows_and_ends() {
    let doubler = Doubler::new(MS * 10);
    let (engine, _) = start(&doubler, 5_000);
    let runtime = engine.current();
    let began = Instant::now();
    let tasks: Vec<_> = (0..3).map(|_| ask(&runtime, &[1.0], None)).collect();
    for task in tasks {
        task.await.unwrap().0.unwrap();
    }
    assert_eq!(doubler.sizes(), [3]);
    assert!(began.elapsed() >= MS * 15 && began.elapsed() <= MS * 18, "{:?}", began.elapsed());
}

/// Real threads: every answer belongs to its question, whoever shares its inference.
#[test]
fn answers_are_never_mixed_up_between_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap();
    runtime.block_on(async {
        let doubler = Doubler::new(Duration::from_micros(200));
        let (engine, heard) = start(&doubler, 0);
        let callers: Vec<_> = (0..16)
            .map(|caller| {
                let runtime = engine.current();
                tokio::spawn(async move {
                    for round in 0..50 {
                        let values: Vec<f32> = (0..1 + round % 4).map(|row| (caller * 1_000 + round * 10 + row) as f32).collect();
                        let asked = ask(&runtime, &values, None);
                        if round % 7 == 3 {
                            asked.abort();
                            continue;
                        }
                        let (answer, _) = asked.await.unwrap();
                        assert_eq!(answer.unwrap(), values.iter().map(|value| value * 2.0).collect::<Vec<_>>());
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        assert!(!batches(&heard).is_empty());
    });
}
