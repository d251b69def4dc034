//! Retries and hedges.

use crate::support::*;
use charter_engine::{Call, Caller, Engine, Failure, Priority, Runtime, Signal};
use charter_plan::Plan;
use charter_plan::plan::{Breaker, Hedge, Limiter, ModelId, Node, Protect, Retry};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const MS: Duration = Duration::from_millis(1);
const RETRY: Retry = Retry { retries_max: 2, budget_ratio: 0.1, backoff_ms: 25 };
const HEDGE: Hedge = Hedge { after_ms: Some(20), budget_ratio: 0.1 };

fn one_model(protect: Protect) -> Plan {
    let mut route = route(Node::Model(use_of(0)));
    route.pins.clear();
    plan(vec![model(0, "v3", protect)], vec![route])
}

fn guarded_by(retry: Option<Retry>, hedge: Option<Hedge>) -> Protect {
    Protect { limiter: Limiter::Fixed { max: 1_000 }, breaker: Some(Breaker::default()), retry, hedge, ..Protect::NONE }
}

struct Bench {
    runtime: Arc<Runtime>,
    heard: Arc<Heard>,
    fake: Arc<Fake>,
    _engine: Engine,
}

fn bench(protect: Protect, fake: Arc<Fake>) -> Bench {
    let heard = Arc::new(Heard::default());
    let engine = Engine::start(one_model(protect), &Fakes::of([("fraud@v3", &fake)]), clock(), Arc::clone(&heard) as _);
    Bench { runtime: engine.current(), heard, fake, _engine: engine }
}

impl Bench {
    fn count(&self, wanted: impl Fn(&Signal) -> bool) -> usize {
        self.heard.0.lock().unwrap().iter().filter(|signal| wanted(signal)).count()
    }

    fn retried(&self) -> usize {
        self.count(|signal| matches!(signal, Signal::Retried { .. }))
    }

    fn hedged(&self, wanted: bool) -> usize {
        self.count(|signal| matches!(signal, Signal::Hedged { won, .. } if *won == wanted))
    }
}

fn late(milliseconds: u32) -> Act {
    Act::After(MS * milliseconds, Box::new(Act::Answer(0.9)))
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_may_pass_is_tried_again() {
    for failure in [Failure::Connect, Failure::Reset, Failure::Upstream, Failure::Overloaded { retry_after: None }] {
        let bench = bench(guarded_by(Some(RETRY), None), Fake::new(Act::Answer(0.9)).then([Act::Fail(failure)]));
        bench.runtime.call(call(1)).await.unwrap();
        assert_eq!((bench.fake.calls(), bench.retried()), (2, 1), "{failure:?}");
        assert_eq!(bench.runtime.model(ModelId(0)).in_flight, 0);
    }
    for failure in [Failure::Timeout, Failure::BadOutput, Failure::Rejected, Failure::Unavailable] {
        let bench = bench(guarded_by(Some(RETRY), None), Fake::new(Act::Answer(0.9)).then([Act::Fail(failure)]));
        assert!(bench.runtime.call(call(1)).await.is_err());
        assert_eq!((bench.fake.calls(), bench.retried()), (1, 0), "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_one_layer_tries_again_and_copies_never() {
    let callers = [Caller { attempt: 1, ..Caller::default() }, Caller { priority: Priority::Shadow, ..Caller::default() }];
    for caller in callers {
        let bench = bench(guarded_by(Some(RETRY), Some(HEDGE)), Fake::new(Act::Fail(Failure::Reset)).then([late(60)]));
        bench.runtime.call(Call { caller: caller.clone(), ..call(1) }).await.unwrap();
        assert!(bench.runtime.call(Call { caller, ..call(1) }).await.is_err());
        assert_eq!((bench.fake.calls(), bench.retried(), bench.hedged(true) + bench.hedged(false)), (2, 0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_ends_the_tries() {
    let bench = bench(guarded_by(Some(RETRY), None), Fake::new(Act::Fail(Failure::Overloaded { retry_after: Some(MS * 10) })));
    assert!(bench.runtime.call(call(1)).await.is_err());
    assert_eq!((bench.fake.calls(), bench.retried()), (1, 0), "the upstream asked for a pause");
}

#[tokio::test(start_paused = true)]
async fn tries_end_with_the_time() {
    let bench = bench(guarded_by(Some(Retry { retries_max: 50, ..RETRY }), None), Fake::new(Act::Fail(Failure::Reset)));
    let began = Instant::now();
    let error = bench.runtime.call(call(1)).await.unwrap_err();
    assert!(began.elapsed() <= MS * 200, "{:?}", began.elapsed());
    assert_eq!(error.code, "no-rung-left");
    assert!(bench.fake.calls() >= 3);
}

/// A model that fails for everyone is asked little more than it would be without retries.
#[tokio::test(start_paused = true)]
async fn retries_do_not_multiply_the_load_on_a_failing_model() {
    const CALLERS: u32 = 100;
    const CALLS: u32 = 100;
    let protect = Protect { breaker: None, ..guarded_by(Some(RETRY), None) };
    let bench = Arc::new(bench(protect, Fake::new(Act::After(MS * 10, Box::new(Act::Fail(Failure::Upstream))))));
    let began = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move {
                for index in 0..CALLS {
                    assert!(bench.runtime.call(call(u64::from(caller * CALLS + index))).await.is_err());
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    let first = f64::from(CALLERS * CALLS);
    // Three may be under way without a token, each for at least the 10 ms of a try.
    let floor = 3.0 * began.elapsed().as_secs_f64() / 0.010;
    let asked = f64::from(bench.fake.calls());
    println!("{:.3} tries a call", asked / first);
    assert!(asked <= 1.1 * first + floor, "{asked} tries of {first} calls, floor {floor}");
    assert!(asked >= 1.09 * first, "the budget is used: {asked}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_is_asked_a_second_time_and_the_loser_is_cancelled() {
    let bench = bench(guarded_by(None, Some(HEDGE)), Fake::new(late(5)).then([Act::Hang]));
    let began = Instant::now();
    bench.runtime.call(call(1)).await.unwrap();
    assert!(began.elapsed() >= MS * 25 && began.elapsed() <= MS * 28, "{:?}", began.elapsed());
    assert_eq!((bench.fake.calls(), bench.hedged(true), bench.hedged(false)), (2, 1, 0));
    assert_eq!(bench.runtime.model(ModelId(0)).in_flight, 0);
    bench.runtime.call(call(2)).await.unwrap();
    assert_eq!(bench.fake.calls(), 3, "a fast call is asked once");
}

#[tokio::test(start_paused = true)]
async fn the_first_answer_wins_also_when_it_is_the_first_ones() {
    let bench = bench(guarded_by(None, Some(HEDGE)), Fake::new(late(100)).then([late(30)]));
    let began = Instant::now();
    bench.runtime.call(call(1)).await.unwrap();
    assert!(began.elapsed() <= MS * 32, "{:?}", began.elapsed());
    assert_eq!((bench.fake.calls(), bench.hedged(true), bench.hedged(false)), (2, 0, 1));
    assert_eq!(bench.runtime.model(ModelId(0)).in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn either_of_two_may_fail() {
    let failing = |after| Act::After(MS * after, Box::new(Act::Fail(Failure::Reset)));
    let first_fails = bench(guarded_by(None, Some(HEDGE)), Fake::new(late(30)).then([failing(30)]));
    first_fails.runtime.call(call(1)).await.unwrap();
    assert_eq!((first_fails.fake.calls(), first_fails.hedged(true)), (2, 1));
    let second_fails = bench(guarded_by(None, Some(HEDGE)), Fake::new(failing(1)).then([late(60)]));
    second_fails.runtime.call(call(1)).await.unwrap();
    assert_eq!((second_fails.fake.calls(), second_fails.hedged(false)), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_hedge_costs_the_first_call_nothing() {
    let protect = Protect { limiter: Limiter::Fixed { max: 1 }, ..guarded_by(None, Some(HEDGE)) };
    let bench = bench(protect, Fake::new(late(40)));
    let began = Instant::now();
    bench.runtime.call(call(1)).await.unwrap();
    assert!(began.elapsed() <= MS * 42, "{:?}", began.elapsed());
    assert_eq!((bench.fake.calls(), bench.hedged(true) + bench.hedged(false)), (1, 0));
    let failing = Fake::new(Act::After(MS * 40, Box::new(Act::Fail(Failure::Upstream))));
    let protect = Protect { limiter: Limiter::Fixed { max: 1 }, ..guarded_by(None, Some(HEDGE)) };
    let bench = self::bench(protect, failing);
    let began = Instant::now();
    assert!(bench.runtime.call(call(1)).await.is_err());
    assert!(began.elapsed() <= MS * 42, "its failure is told at once: {:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_rolling_p95_decides_when_nothing_is_stated() {
    let bench = bench(guarded_by(None, Some(Hedge { after_ms: None, budget_ratio: 0.1 })), Fake::new(late(15)));
    for seed in 0..100 {
        bench.runtime.call(call(seed)).await.unwrap();
    }
    assert_eq!(bench.fake.calls(), 100, "nothing takes longer than the p95");
    bench.fake.script.lock().unwrap().push_back(Act::Hang);
    let began = Instant::now();
    bench.runtime.call(call(7)).await.unwrap();
    assert!(began.elapsed() >= MS * 28 && began.elapsed() <= MS * 38, "{:?}", began.elapsed());
    assert_eq!(bench.hedged(true), 1);
}
