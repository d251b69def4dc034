//! A call through a ladder of three guarded models costs at most ten allocations around the backend.

#[path = "support/mod.rs"]
mod support;

use charter_engine::{Backend, Engine, Inference, OpenBackend, Quiet, Request, Tensor, Unavailable};
use charter_plan::plan::Model;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use support::{call, clock, column, three_rungs};

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

#[test]
fn a_call_costs_at_most_ten_allocations() {
    let engine = Engine::start(three_rungs(), &Opener, clock(), Arc::new(Quiet));
    // The first calls make room for the limiter's statistics.
    let mut most = 0;
    for seed in 0..200 {
        let request = call(seed);
        let runtime = engine.current();
        let before = COUNTED.get();
        let mut future = pin!(runtime.call(request));
        let answer = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let spent = COUNTED.get() - before;
        assert!(matches!(answer, Poll::Ready(Ok(_))));
        if seed > 0 {
            most = most.max(spent);
        }
    }
    println!("{most} allocations a call");
    assert!(most <= ALLOCATIONS_MAX, "{most} allocations");
}
