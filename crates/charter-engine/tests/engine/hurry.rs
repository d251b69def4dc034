//! Callers who give less time than the route has: what they may not spoil for everyone.

use crate::support::*;
use charter_engine::{BreakerState, Clock, Engine, Failure, Moment, Quiet, Runtime};
use charter_plan::Plan;
use charter_plan::plan::{ModelId, Node};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Every look at the clock costs five milliseconds: a model that answers at once, but late.
#[derive(Default)]
struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Moment {
        Moment(self.0.fetch_add(5_000_000, Ordering::Relaxed))
    }
}

fn one_model() -> Plan {
    let mut route = route(Node::Model(use_of(0)));
    route.pins.clear();
    plan(vec![model(0, "v3", guarded())], vec![route])
}

/// Asks with this many milliseconds; tells whether it was answered.
async fn ask(runtime: &Runtime, seed: u64, deadline_ms: Option<u32>) -> bool {
    let mut call = call(seed);
    call.deadline_ms = deadline_ms;
    runtime.call(call).await.is_ok()
}

#[tokio::test]
async fn hurried_callers_do_not_shrink_the_limit_of_everyone() {
    let fake = Fake::new(Act::Answer(0.9));
    let engine = Engine::start(one_model(), &Fakes::of([("fraud@v3", &fake)]), Arc::new(Ticking::default()), Arc::new(Quiet));
    let runtime = engine.current();
    let before = runtime.model(ModelId(0)).limit;
    for seed in 0..60 {
        assert!(!ask(&runtime, seed, Some(1)).await);
    }
    assert_eq!(fake.calls(), 60, "they went in");
    assert_eq!(runtime.model(ModelId(0)).limit, before);
}

/// A model that failed and is well again, but answers in twenty milliseconds; its breaker is about to be probed.
async fn recovering() -> Arc<Runtime> {
    let fake = Fake::new(Act::Fail(Failure::Upstream));
    let engine = Engine::start(one_model(), &Fakes::of([("fraud@v3", &fake)]), clock(), Arc::new(Quiet));
    let runtime = engine.current();
    for seed in 0..20 {
        ask(&runtime, seed, None).await;
    }
    assert_eq!(runtime.model(ModelId(0)).breaker, BreakerState::Open);
    fake.becomes(Act::After(Duration::from_millis(20), Box::new(Act::Answer(0.9))));
    tokio::time::advance(Duration::from_secs(2)).await;
    runtime
}

#[tokio::test(start_paused = true)]
async fn hurried_callers_do_not_hold_up_a_breakers_recovery() {
    let runtime = recovering().await;
    // Somebody in a hurry is always there first, and always inside.
    let flood = Arc::clone(&runtime);
    let flood = tokio::spawn(async move {
        for seed in 0.. {
            let _ = ask(&flood, seed, Some(10)).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    tokio::time::sleep(Duration::from_millis(5)).await;
    for seed in 0..4 {
        assert!(ask(&runtime, seed, None).await, "patient call {seed}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(runtime.model(ModelId(0)).breaker, BreakerState::Ramp);
    flood.abort();
}

#[tokio::test(start_paused = true)]
async fn a_model_that_only_hurried_callers_use_recovers_too() {
    let runtime = recovering().await;
    for seed in 0..200 {
        let _ = ask(&runtime, seed, Some(150)).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(runtime.model(ModelId(0)).breaker, BreakerState::Closed);
}
