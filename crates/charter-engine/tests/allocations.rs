//! A call through a ladder of three guarded models costs at most ten allocations around the backend; none where a rollout splits calls, and none where
//! models take several calls at once but nothing waits.

#[allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "each test crate uses its own part, and a broken set-up ends the test")]
#[path = "engine/scene.rs"]
mod scene;
#[path = "support/mod.rs"]
mod support;

use charter_engine::controls::Stage;
use charter_engine::{Backend, Call, Engine, Inference, OpenBackend, Quiet, Request, Tensor, Unavailable};
use charter_plan::plan::{Batch, Model, RolloutId};
use scene::{keyed, rolling_on_a_rung};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use support::{Still, call, clock, column, guarded, three_rungs};

const ALLOCATIONS_MAX: u64 = 10;

thread_local! {
    static COUNTED: Cell<u64> = const { Cell::new(0) };
    static EXCLUDED: Cell<bool> = const { Cell::new(false) };
}

struct Counting;

// SAFETY: every request is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = EXCLUDED.try_with(|excluded| {
            if !excluded.get() {
                let _ = COUNTED.try_with(|counted| counted.set(counted.get() + 1));
            }
        });
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Answers at once; what it allocates is its own affair.
struct Instant;

impl Backend for Instant {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        EXCLUDED.set(true);
        let outputs: Vec<Tensor> = vec![column(vec![0.5; request.rows])];
        EXCLUDED.set(false);
        Inference::Ready(Ok(outputs))
    }

    fn engine(&self) -> &str {
        "instant"
    }
}

struct Opener;

impl OpenBackend for Opener {
    fn open(&self, _model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        Ok(Arc::new(Instant))
    }
}

/// The most allocations of one call; the first calls, which make room for the limiter's statistics, are not counted. On a clock that stands still no
/// window of theirs ends.
fn most_allocations(engine: &Engine, request: impl Fn(u64) -> Call) -> u64 {
    let mut most = 0;
    for seed in 0..200 {
        let request = request(seed);
        let runtime = engine.current();
        let before = COUNTED.get();
        let mut future = pin!(runtime.call(request));
        let answer = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let spent = COUNTED.get() - before;
        assert!(matches!(answer, Poll::Ready(Ok(_))));
        if seed > 20 {
            most = most.max(spent);
        }
    }
    println!("{most} allocations a call");
    most
}

#[test]
fn a_call_costs_at_most_ten_allocations() {
    let engine = Engine::start(three_rungs(), &Opener, clock(), Arc::new(Quiet));
    let most = most_allocations(&engine, call);
    assert!(most <= ALLOCATIONS_MAX, "{most} allocations");
}

/// What a call costs that goes alone, because nothing waits.
#[test]
fn a_batch_of_one_allocates_nothing() {
    let mut plan = three_rungs();
    plan.models.iter_mut().for_each(|model| model.protect.batch = Some(Batch { rows_max: 8, wait_us: 0 }));
    let engine = Engine::start(plan, &Opener, Arc::new(Still::default()), Arc::new(Quiet));
    assert_eq!(most_allocations(&engine, call), 0);
}

#[test]
fn a_rollout_that_splits_good_calls_allocates_nothing() {
    let mut plan = rolling_on_a_rung();
    plan.models.iter_mut().for_each(|model| model.protect = guarded());
    let engine = Engine::start(plan, &Opener, Arc::new(Still::default()), Arc::new(Quiet));
    let runtime = engine.current();
    let control = Arc::clone(runtime.controls().rollout(RolloutId(0)).unwrap());
    control.set_stage(Stage::Canary(5_000));
    let most = most_allocations(&engine, |seed| keyed(&format!("user-{seed}"), seed));
    let [stable, candidate] = control.calls();
    assert!(stable > 50 && candidate > 50, "both versions answer: {stable} and {candidate}");
    assert_eq!(most, 0);
}
