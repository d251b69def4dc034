//! A model that is saturated with long calls, and the calls of another one meanwhile: real threads, real time.

use super::*;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

/// Takes the square of it, so some milliseconds, for few bytes of input.
const WIDE: usize = 1024;
const CALLERS: usize = 16;
const CHEAP_CALLS: usize = 200;

fn backend(bytes: &[u8], input: &str, output: &str, cost: Cost) -> Arc<InProcess> {
    let loaded = charter_onnx::Model::load(bytes).expect("loads");
    let signature = Signature { inputs: crate::testing::specs(&[input]), outputs: crate::testing::specs(&[output]) };
    let evaluator = Evaluator::new(loaded, &signature).expect("names fit");
    Arc::new(InProcess::new(Kernel::Evaluator(Box::new(evaluator)), cost, OpenAxes::of(&signature.inputs), "test".into()))
}

fn row(length: usize) -> Tensor {
    Tensor::new([1, length].as_slice(), Values::Fp32(vec![0.5; length])).expect("fits")
}

/// How long a call takes from a new task on, as a request would be one.
async fn timed(backend: &Arc<InProcess>, length: usize) -> Duration {
    let backend = Arc::clone(backend);
    let began = Instant::now();
    let answer = tokio::spawn(async move { call_within(backend.as_ref(), &[row(length)], Duration::from_secs(60)).await });
    assert!(answer.await.expect("no panic").is_ok());
    began.elapsed()
}

/// The median and the 99th percentile.
fn spread(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

/// Long calls queue in a lane of their own: sixteen of them waiting make a short call of another model wait for none.
#[test]
fn short_calls_go_past_a_saturated_model() {
    let mut short = Cost::default();
    short.push(64, 1 << 10);
    let cheap = backend(&file::unary("Relu", file::FLOAT, -1), "x: FP32[-1,-1]", "y: FP32[-1,-1]", short);
    let heavy = backend(&file::square_of_width(), "x: FP32[-1,-1]", "y: FP32[-1,1]", Cost::default());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime");
    let (long, alone, beside) = runtime.block_on(async {
        let (mut alone, mut beside) = (Vec::new(), Vec::new());
        for _ in 0..CHEAP_CALLS {
            alone.push(timed(&cheap, 64).await);
        }
        let (ends, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let (heavy, ends, done) = (Arc::clone(&heavy), Arc::clone(&ends), Arc::clone(&done));
                tokio::spawn(async move {
                    let mut times = Vec::new();
                    while !ends.load(Ordering::Relaxed) {
                        times.push(timed(&heavy, WIDE).await);
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    times
                })
            })
            .collect();
        // Saturated from the first answer on, and for as long as it takes to answer a full lane of them.
        while beside.len() < CHEAP_CALLS || done.load(Ordering::Relaxed) < 2 * CALLERS as u32 {
            if done.load(Ordering::Relaxed) > 0 {
                beside.push(timed(&cheap, 64).await);
            }
            tokio::task::yield_now().await;
        }
        ends.store(true, Ordering::Relaxed);
        let mut long = Vec::new();
        for caller in callers {
            long.extend(caller.await.expect("no panic"));
        }
        (spread(long).0, spread(alone), spread(beside))
    });
    println!("a saturated call takes {long:?}; a short one {alone:?} alone and {beside:?} beside it (p50, p99)");
    // On the async workers each short call would wait behind half of the sixteen. Generous, because the machine has other work too.
    assert!(beside.0 < long / 8 && beside.1 < long / 4, "{beside:?} beside calls that take {long:?}");
}
