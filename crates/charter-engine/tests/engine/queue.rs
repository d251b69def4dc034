//! Calls that wait for a place inside a model.

use crate::support::*;
use charter_engine::{Call, Caller, Engine, Priority, Quiet, Runtime, Signal, StepDown};
use charter_plan::Plan;
use charter_plan::plan::{Breaker, Limiter, ModelId, Node, Protect, Queue};
use std::sync::Arc;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

fn queued(limit: u32, max: u32) -> Protect {
    let queue = Some(Queue { max, target_us: 50_000, interval_ms: 100 });
    Protect { limiter: Limiter::Fixed { max: limit }, breaker: Some(Breaker::default()), queue, ..Protect::NONE }
}

fn one_model(protect: Protect) -> Plan {
    let mut route = route(Node::Model(use_of(0)));
    route.pins.clear();
    plan(vec![model(0, "v3", protect)], vec![route])
}

fn slow() -> Arc<Fake> {
    Fake::new(Act::After(MS * 10, Box::new(Act::Answer(0.9))))
}

fn from(priority: Priority, tenant: u64) -> Call {
    Call { caller: Caller { priority, tenant, ..Caller::default() }, ..call(1) }
}

/// Asks in a task; gives the code of the error, or nothing, and when it ended.
fn ask(runtime: &Arc<Runtime>, call: Call) -> tokio::task::JoinHandle<(Result<u8, charter_engine::CallError>, tokio::time::Instant)> {
    let runtime = Arc::clone(runtime);
    tokio::spawn(async move {
        let answer = runtime.call(call).await;
        (answer.map(|answer| answer.served.rung), tokio::time::Instant::now())
    })
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_answered_one_after_the_other() {
    let (fake, heard) = (slow(), Arc::new(Heard::default()));
    let engine = Engine::start(one_model(queued(1, 8)), &Fakes::of([("fraud@v3", &fake)]), clock(), Arc::clone(&heard) as _);
    let began = tokio::time::Instant::now();
    let tasks: Vec<_> = (0..4).map(|_| ask(&engine.current(), call(1))).collect();
    tokio::task::yield_now().await;
    let status = engine.current().model(ModelId(0));
    assert_eq!((status.in_flight, status.waiting), (1, 3));
    for (index, task) in tasks.into_iter().enumerate() {
        let (answer, ended) = task.await.unwrap();
        assert_eq!(answer.unwrap(), 0);
        let spent = ended - began;
        assert!(spent >= MS * (10 * (index as u32 + 1)) && spent <= MS * (12 * (index as u32 + 1)), "{index}: {spent:?}");
    }
    // Waiting is not service time.
    for signal in heard.0.lock().unwrap().iter() {
        if let Signal::ModelCalled { duration, .. } = signal {
            assert!(*duration < MS * 13, "{duration:?}");
        }
    }
    assert_eq!((engine.current().model(ModelId(0)).in_flight, engine.current().model(ModelId(0)).waiting), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn who_finds_no_room_is_told_when_to_come_back() {
    let (fake, heard) = (slow(), Arc::new(Heard::default()));
    let engine = Engine::start(one_model(queued(1, 2)), &Fakes::of([("fraud@v3", &fake)]), clock(), Arc::clone(&heard) as _);
    // What the model takes has to be known first.
    ask(&engine.current(), call(1)).await.unwrap().0.unwrap();
    let tasks: Vec<_> = (0..6).map(|_| ask(&engine.current(), call(1))).collect();
    let mut shed = 0;
    for task in tasks {
        if let (Err(error), _) = task.await.unwrap() {
            assert_eq!((error.code, error.retry), ("overloaded", true));
            let wait_ms = error.retry_after_ms.unwrap();
            assert!((20..=40).contains(&wait_ms), "two wait and one comes: about 30 ms, not {wait_ms}");
            shed += 1;
        }
    }
    assert_eq!(shed, 3);
    let told = heard.0.lock().unwrap().iter().filter(|signal| matches!(signal, Signal::Shed { waited, .. } if waited.is_zero())).count();
    assert_eq!(told, 3);
}

#[tokio::test(start_paused = true)]
async fn interactive_calls_go_first_and_copies_never_wait() {
    let fake = slow();
    let engine = Engine::start(one_model(queued(1, 8)), &Fakes::of([("fraud@v3", &fake)]), clock(), Arc::new(Quiet));
    let runtime = engine.current();
    let busy = ask(&runtime, call(1));
    tokio::task::yield_now().await;
    let batch = ask(&runtime, from(Priority::Batch, 0));
    tokio::task::yield_now().await;
    let interactive = ask(&runtime, from(Priority::Interactive, 0));
    let copy = ask(&runtime, from(Priority::Shadow, 0));
    assert_eq!(copy.await.unwrap().0.unwrap_err().code, "overloaded");
    busy.await.unwrap().0.unwrap();
    let ((batch, batch_ended), (interactive, interactive_ended)) = (batch.await.unwrap(), interactive.await.unwrap());
    assert!(batch.is_ok() && interactive.is_ok());
    assert!(interactive_ended < batch_ended);
}

#[tokio::test(start_paused = true)]
async fn a_place_too_late_is_not_waited_for() {
    let fakes = [slow(), Fake::new(Act::Answer(0.2)), Fake::new(Act::Answer(0.1))];
    let mut plan = three_rungs();
    plan.models[0].protect = queued(1, 64);
    let opener = Fakes::of([("fraud@v3", &fakes[0]), ("fraud@v2", &fakes[1]), ("fraud@v1", &fakes[2])]);
    let engine = Engine::start(plan, &opener, clock(), Arc::new(Quiet));
    ask(&engine.current(), call(1)).await.unwrap().0.unwrap();
    // 80 ms of the first rung are seven or eight calls of 10 ms one after the other.
    let tasks: Vec<_> = (0..20).map(|_| ask(&engine.current(), call(1))).collect();
    let mut by_rung = [0; 3];
    for task in tasks {
        by_rung[usize::from(task.await.unwrap().0.unwrap())] += 1;
    }
    assert!((5..=8).contains(&by_rung[0]), "{by_rung:?}");
    assert_eq!(by_rung[0] + by_rung[1], 20, "who would come too late goes down at once, with time left");
    assert_eq!(fakes[0].calls(), 1 + by_rung[0], "expired work is never computed");
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_is_cancelled_leaves_its_place_to_the_next() {
    let fake = slow();
    let engine = Engine::start(one_model(queued(1, 8)), &Fakes::of([("fraud@v3", &fake)]), clock(), Arc::new(Quiet));
    let runtime = engine.current();
    let first = ask(&runtime, call(1));
    tokio::task::yield_now().await;
    let (cancelled, waits) = (ask(&runtime, call(2)), ask(&runtime, call(3)));
    tokio::task::yield_now().await;
    cancelled.abort();
    first.await.unwrap().0.unwrap();
    waits.await.unwrap().0.unwrap();
    assert_eq!((fake.calls(), runtime.model(ModelId(0)).in_flight, runtime.model(ModelId(0)).waiting), (2, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn who_waits_outlives_a_reload() {
    let fake = slow();
    let opener = Fakes::of([("fraud@v3", &fake)]);
    let engine = Engine::start(one_model(queued(1, 8)), &opener, clock(), Arc::new(Quiet));
    let tasks: Vec<_> = (0..5).map(|_| ask(&engine.current(), call(1))).collect();
    tokio::task::yield_now().await;
    engine.reload(one_model(queued(2, 8)), &opener).unwrap();
    let later: Vec<_> = (0..2).map(|_| ask(&engine.current(), call(1))).collect();
    for task in tasks.into_iter().chain(later) {
        assert_eq!(task.await.unwrap().0.unwrap(), 0);
    }
    let status = engine.current().model(ModelId(0));
    assert_eq!((status.in_flight, status.waiting), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_stage_that_took_the_time_is_named() {
    let fake = Fake::new(Act::Hang);
    let engine = Engine::start(one_model(queued(1, 8)), &Fakes::of([("fraud@v3", &fake)]), clock(), Arc::new(Quiet));
    let hangs = ask(&engine.current(), call(1));
    tokio::task::yield_now().await;
    let waits = ask(&engine.current(), call(1));
    let error = hangs.await.unwrap().0.unwrap_err();
    assert_eq!(error.code, "deadline-exceeded");
    assert!(error.message.contains("(200 ms of it in the inference of `fraud@v3`)"), "{}", error.message);
    let error = waits.await.unwrap().0.unwrap_err();
    assert_eq!(error.code, "deadline-exceeded");
    assert!(error.message.contains("ms of it in the queue of `fraud@v3`)"), "{}", error.message);
    assert_eq!(StepDown::Overload.name(), "overload");
}
