//! What a call costs around a backend that answers at once: a ladder of three models, breaker and limiter on, signals dropped.
//!
//! `cargo run --release -p charter-engine --example dispatch`

#[path = "../tests/support/mod.rs"]
mod support;

use charter_engine::{Backend, Engine, Inference, OpenBackend, Quiet, Request, Unavailable};
use charter_plan::plan::Model;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;
use support::{call, clock, column, three_rungs};

const WARM_UP: u64 = 20_000;
const CALLS: u64 = 200_000;

struct AtOnce;

impl Backend for AtOnce {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        Inference::Ready(Ok(vec![column(vec![0.5; request.rows])]))
    }

    fn engine(&self) -> &str {
        "at once"
    }
}

struct Opener;

impl OpenBackend for Opener {
    fn open(&self, _model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        Ok(Arc::new(AtOnce))
    }
}

fn quantile(sorted: &[u64], share: f64) -> u64 {
    let index = (share * sorted.len() as f64) as usize;
    sorted.get(index.min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

fn main() {
    let engine = Engine::start(three_rungs(), &Opener, clock(), Arc::new(Quiet));
    let mut spent_ns = Vec::with_capacity(CALLS as usize);
    let mut answered = 0_u64;
    let mut task = Context::from_waker(Waker::noop());
    for seed in 0..WARM_UP + CALLS {
        let request = call(seed);
        let began = Instant::now();
        let runtime = engine.current();
        let poll = pin!(runtime.call(request)).poll(&mut task);
        let spent = began.elapsed();
        answered += u64::from(matches!(poll, Poll::Ready(Ok(_))));
        if seed >= WARM_UP {
            spent_ns.push(u64::try_from(spent.as_nanos()).unwrap_or(u64::MAX));
        }
    }
    spent_ns.sort_unstable();
    println!(
        "{answered} answered; p50 {} ns, p90 {} ns, p99 {} ns, backend and timer included",
        quantile(&spent_ns, 0.5),
        quantile(&spent_ns, 0.9),
        quantile(&spent_ns, 0.99)
    );
}
