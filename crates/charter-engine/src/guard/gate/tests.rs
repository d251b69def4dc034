use super::*;
use crate::call::Priority;
use crate::clock::SystemClock;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const SETTINGS: Settings = Settings { max: 64, target_us: 1_000_000, interval_ms: 60_000 };

fn arrival(clock: &dyn Clock, patience: Duration) -> Arrival {
    Arrival { priority: Priority::Interactive, tenant: 0, rows: 1, latest: clock.now() + patience }
}

fn pace(limit: u32) -> Pace {
    Pace { limit, service: None }
}

#[tokio::test(start_paused = true)]
async fn a_place_that_is_left_wakes_exactly_one() {
    let gate = Arc::new(Gate::new(Some(SETTINGS)));
    let clock = Arc::new(SystemClock::new());
    assert!(gate.try_enter(1) && !gate.try_enter(1));
    let waiters: Vec<_> = (0..3)
        .map(|_| {
            let (gate, clock) = (Arc::clone(&gate), Arc::clone(&clock));
            tokio::spawn(async move { gate.wait(arrival(clock.as_ref(), Duration::from_secs(9)), pace(1), clock.as_ref()).await })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_eq!(gate.waiting(), 3);
    for left in (0..3).rev() {
        gate.leave(1, clock.now());
        assert_eq!((gate.inside(), gate.waiting()), (1, left));
    }
    for waiter in waiters {
        assert!(waiter.await.unwrap());
    }
    gate.leave(1, clock.now());
    assert_eq!((gate.inside(), gate.waiting()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_leaves_no_hole_and_keeps_no_place() {
    let gate = Gate::new(Some(SETTINGS));
    let clock = SystemClock::new();
    assert!(gate.try_enter(1));
    assert!(!gate.wait(arrival(&clock, Duration::from_millis(20)), pace(1), &clock).await, "its time is over");
    assert_eq!((gate.inside(), gate.waiting()), (1, 0));
    // Called in and cancelled before it was polled again.
    let mut waiter = Box::pin(gate.wait(arrival(&clock, Duration::from_secs(1)), pace(1), &clock));
    assert!(std::future::poll_fn(|task| std::task::Poll::Ready(waiter.as_mut().poll(task).is_pending())).await);
    gate.leave(1, clock.now());
    assert_eq!(gate.inside(), 1);
    drop(waiter);
    assert_eq!((gate.inside(), gate.waiting()), (0, 0));
    assert!(gate.try_enter(1));
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_rose_calls_in_several() {
    let gate = Arc::new(Gate::new(Some(SETTINGS)));
    let clock = Arc::new(SystemClock::new());
    assert!(gate.try_enter(1));
    for _ in 0..5 {
        let (gate, clock) = (Arc::clone(&gate), Arc::clone(&clock));
        tokio::spawn(async move { gate.wait(arrival(clock.as_ref(), Duration::from_secs(9)), pace(1), clock.as_ref()).await });
    }
    tokio::task::yield_now().await;
    gate.leave(3, clock.now());
    assert_eq!((gate.inside(), gate.waiting()), (3, 2));
}

/// Threads that enter, wait, give up and leave at random: at the end nobody is inside, and nobody waited while there was a place.
#[test]
fn no_wake_up_is_lost_between_threads() {
    const LIMIT: u32 = 2;
    const ROUNDS: u32 = 3_000;
    let gate = Arc::new(Gate::new(Some(SETTINGS)));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap();
    let clock = Arc::new(SystemClock::new());
    let over = Arc::new(AtomicBool::new(false));
    let most = Arc::new(AtomicU32::new(0));
    runtime.block_on(async {
        let tasks: Vec<_> = (0..8_u32)
            .map(|task| {
                let (gate, clock, over, most) = (Arc::clone(&gate), Arc::clone(&clock), Arc::clone(&over), Arc::clone(&most));
                tokio::spawn(async move {
                    let mut served = 0;
                    for round in 0..ROUNDS {
                        let entered = gate.try_enter(LIMIT) || {
                            // Every fourth gives up at once, so that some are called in after they left.
                            let patience = if (round + task) % 4 == 0 { Duration::from_micros(1) } else { Duration::from_secs(20) };
                            gate.wait(arrival(clock.as_ref(), patience), pace(LIMIT), clock.as_ref()).await
                        };
                        if entered {
                            most.fetch_max(gate.inside(), Ordering::Relaxed);
                            if round % 3 == 0 {
                                tokio::task::yield_now().await;
                            }
                            gate.leave(LIMIT, clock.now());
                            served += 1;
                        } else {
                            // Only those without patience may miss; a lost wake-up would end here after twenty seconds.
                            over.fetch_or((round + task) % 4 != 0, Ordering::Relaxed);
                        }
                    }
                    served
                })
            })
            .collect();
        let mut served = 0;
        for task in tasks {
            served += task.await.unwrap();
        }
        assert!(served >= 8 * ROUNDS * 3 / 4);
    });
    assert!(!over.load(Ordering::Relaxed), "a wake-up was lost");
    assert!(most.load(Ordering::Relaxed) <= LIMIT);
    assert_eq!((gate.inside(), gate.waiting()), (0, 0));
}
