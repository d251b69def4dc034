//! What callers get when they ask for more than a model can do, in virtual time.

use crate::support::*;
use charter_engine::{Backend, Call, Caller, Engine, Failure, Inference, OpenBackend, Priority, Quiet, Request, Unavailable};
use charter_plan::Plan;
use charter_plan::plan::{Breaker, Limiter, Model, ModelId, Node, Protect, Queue, RouteId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

const MS: Duration = Duration::from_millis(1);
const SERVERS: u32 = 4;
const SERVICE: Duration = Duration::from_millis(10);
/// Calls a second that the servers can do.
const CAPACITY: f64 = 400.0;

/// Some servers that take calls first come, first served, however late.
struct Station {
    free: Semaphore,
    computed: AtomicU32,
}

impl Backend for Station {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        let rows = request.rows;
        Inference::Pending(Box::pin(async move {
            let _server = self.free.acquire().await.unwrap();
            tokio::time::sleep(SERVICE).await;
            self.computed.fetch_add(1, Ordering::Relaxed);
            Ok(vec![column(vec![0.5; rows])])
        }))
    }

    fn engine(&self) -> &str {
        "station"
    }
}

struct Opener(Arc<Station>);

impl OpenBackend for Opener {
    fn open(&self, _model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        Ok(Arc::clone(&self.0) as Arc<dyn Backend>)
    }
}

fn one_model(protect: Protect) -> Plan {
    let mut route = route(Node::Model(use_of(0)));
    route.pins.clear();
    plan(vec![model(0, "v3", protect)], vec![route])
}

fn protected() -> Protect {
    Protect {
        limiter: Limiter::Adaptive { initial: 20, min: 1, max: 1_000 },
        breaker: Some(Breaker::default()),
        queue: Some(Queue { max: 64, target_us: 10_000, interval_ms: 100 }),
        ..Protect::NONE
    }
}

/// Calls a second that were answered in time, by tenant, when so many a second ask for `seconds`, from the third second on.
async fn goodput(protect: Protect, offered: f64, seconds: u64, caller: impl Fn(u64) -> Caller) -> [f64; 2] {
    let station = Arc::new(Station { free: Semaphore::new(SERVERS as usize), computed: AtomicU32::new(0) });
    let engine = Engine::start(one_model(protect), &Opener(Arc::clone(&station)), clock(), Arc::new(Quiet));
    let runtime = engine.current();
    let began = Instant::now();
    let answered = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
    let mut tasks = Vec::new();
    let mut seed = 88_172_645_463_325_252_u64;
    let mut at = 0.0;
    while at < seconds as f64 {
        // Gaps of a Poisson process, from xorshift64.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        at += -(1.0 - (seed >> 11) as f64 / (1_u64 << 53) as f64).ln() / offered;
        tokio::time::sleep_until(began + Duration::from_secs_f64(at)).await;
        let (runtime, answered, caller) = (Arc::clone(&runtime), Arc::clone(&answered), caller(seed));
        tasks.push(tokio::spawn(async move {
            let tenant = usize::from(caller.tenant == 1);
            let ok = runtime.call(Call { caller, ..call(seed) }).await.is_ok();
            if ok && at >= 2.0 {
                answered[tenant].fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let measured = seconds as f64 - 2.0;
    [0, 1].map(|tenant| f64::from(answered[tenant].load(Ordering::Relaxed)) / measured)
}

fn anybody(_seed: u64) -> Caller {
    Caller::default()
}

#[tokio::test(start_paused = true)]
async fn three_times_too_much_still_gets_nine_tenths_of_the_peak() {
    let [peak, _] = goodput(protected(), CAPACITY, 12, anybody).await;
    let [overloaded, _] = goodput(protected(), 3.0 * CAPACITY, 12, anybody).await;
    println!("goodput {peak:.0}/s at capacity, {overloaded:.0}/s at three times as much: {:.0} %", 100.0 * overloaded / peak);
    assert!(peak >= 0.85 * CAPACITY, "{peak}");
    assert!(overloaded >= 0.9 * peak, "{overloaded} of {peak}");
    // Without any guard everybody waits, and hardly anybody is in time: the test tells the two apart.
    let [unguarded, _] = goodput(Protect::NONE, 3.0 * CAPACITY, 12, anybody).await;
    assert!(unguarded < 0.5 * peak, "{unguarded}");
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_floods_leaves_the_other_its_share() {
    // One asks for three times the capacity, the other for a quarter of it.
    let mixed = |seed: u64| {
        let modest = (seed >> 20).is_multiple_of(13);
        Caller { tenant: if modest { 1 } else { 2 }, ..Caller::default() }
    };
    let [flood, modest] = goodput(protected(), 3.25 * CAPACITY, 12, mixed).await;
    println!("goodput {flood:.0}/s of the flood, {modest:.0}/s of the other");
    assert!(modest >= 0.8 * CAPACITY / 4.0, "{modest}");
    assert!(flood + modest >= 0.85 * CAPACITY);
}

#[tokio::test(start_paused = true)]
async fn interactive_calls_are_served_before_batch_calls() {
    let mixed = |seed: u64| {
        let interactive = (seed >> 20).is_multiple_of(4);
        let priority = if interactive { Priority::Interactive } else { Priority::Batch };
        Caller { tenant: u64::from(interactive), priority, ..Caller::default() }
    };
    // A quarter of three times the capacity is interactive, and fits.
    let [batch, interactive] = goodput(protected(), 3.0 * CAPACITY, 12, mixed).await;
    println!("goodput {interactive:.0}/s interactive, {batch:.0}/s batch");
    assert!(interactive >= 0.85 * 0.75 * CAPACITY, "{interactive}");
    assert!(batch < interactive);
}

/// A model that hangs, fails or is slow holds its own places only: calls of another one take as long as they do without it.
#[tokio::test(start_paused = true)]
async fn a_model_in_trouble_starves_no_other() {
    for trouble in [Act::Hang, Act::Fail(Failure::Upstream), Act::After(MS * 500, Box::new(Act::Answer(0.1)))] {
        let (troubled, quick) = (Fake::new(trouble.clone()), Fake::new(Act::After(MS * 5, Box::new(Act::Answer(0.2)))));
        let mut other = route(Node::Model(use_of(1)));
        (other.id, other.name) = (RouteId(1), "other".to_owned());
        let plan = plan(vec![model(0, "v3", protected()), model(1, "v2", protected())], vec![route(Node::Model(use_of(0))), other]);
        let engine = Engine::start(plan, &Fakes::of([("fraud@v3", &troubled), ("fraud@v2", &quick)]), clock(), Arc::new(Quiet));
        let runtime = engine.current();
        let mut tasks = Vec::new();
        let mut times = Vec::new();
        for round in 0..300_u64 {
            for _ in 0..5 {
                let runtime = Arc::clone(&runtime);
                tasks.push(tokio::spawn(async move { runtime.call(call(round)).await.is_err() }));
            }
            let began = Instant::now();
            runtime.call(Call { route: RouteId(1), ..call(round) }).await.unwrap();
            times.push(began.elapsed());
            assert!(runtime.model(ModelId(0)).in_flight <= 20);
        }
        times.sort_unstable();
        println!("p99 {:?} beside {trouble:?}", times[297]);
        // A timer of tokio's may be a millisecond late.
        assert!(times[299] <= MS * 6, "{:?} beside {trouble:?}", times[299]);
        for task in tasks {
            assert!(task.await.unwrap());
        }
    }
}
