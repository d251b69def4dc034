//! The world against queueing theory, and against itself.

use crate::answers::Answers;
use crate::backend::Conditions;
use crate::clock::VirtualClock;
use crate::replica::{Replica, Shared};
use crate::requests::Requests;
use crate::rest::Rest;
use crate::service::{Basis, ServiceTime, Times};
use crate::tally::Tally;
use crate::testing::{Constant, plan};
use crate::world::{Source, Traffic, World};
use charter_engine::Quiet;
use std::sync::Arc;

const SECOND: u64 = 1_000_000_000;

/// One replica of `threads` threads with exponential times, `seconds` long after two that are not counted.
fn run(threads: u32, mean_ms: f64, per_s: f64, seconds: u64, timeout_ms: u32, seed: u64) -> Tally {
    let plan = Arc::new(plan(timeout_ms));
    let requests = Arc::new(plan.routes.iter().map(Requests::made_up).collect::<Vec<_>>());
    let exponential = |mean_ms: f64| (ServiceTime::Exponential(mean_ms * 1e6), Basis::Stated);
    let times = Times {
        models: plan.models.iter().map(|_| exponential(mean_ms)).collect(),
        edge: vec![exponential(0.0)],
        rest: Rest::default(),
        pace: None,
    };
    let shared = Shared {
        clock: Arc::new(VirtualClock::default()),
        times: Arc::new(times),
        answers: Arc::new(plan.models.iter().map(|model| Answers::of(model, &Constant)).collect()),
        conditions: Arc::new(Conditions::fine(plan.models.len())),
        plan,
        threads,
        seed,
    };
    let traffic = Traffic { requests, shares: vec![(0, 1.0)], patience_ms: None };
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("timers");
    tokio.block_on(tokio::task::unconstrained(async {
        let mut world = World::new(shared, traffic);
        let replica = Replica::start(&world.shared, 0, Arc::new(Quiet));
        world.replicas.push(replica);
        world.targets.push(0);
        world.counting = false;
        world.set_source(Source::Open { per_s });
        world.run_until(2 * SECOND, false).await;
        world.counting = true;
        world.run_until((2 + seconds) * SECOND, false).await;
        std::mem::take(&mut world.tally)
    }))
}

/// Mean time in an M/M/c queue, in units of the mean service time (Erlang's C formula).
fn erlang(servers: u32, load: f64) -> f64 {
    let c = f64::from(servers);
    let term = |n: u32| (1..=n).fold(1.0, |product, k| product * load / f64::from(k));
    let last = term(servers) * c / (c - load);
    let waits = last / ((0..servers).map(term).sum::<f64>() + last);
    1.0 + waits / (c - load)
}

#[test]
fn mean_times_are_those_of_erlang() {
    for (servers, utilisation) in [(1, 0.5), (1, 0.7), (2, 0.7), (4, 0.8)] {
        let load = f64::from(servers) * utilisation;
        // 40,000 calls; the spread of the mean over that many is below 4 % at these utilisations.
        let per_s = load * 1_000.0;
        let tally = run(servers, 1.0, per_s, (40_000.0 / per_s).ceil() as u64, 10_000, 3);
        let mean = tally.latency.mean_ms().expect("answers");
        let expected = erlang(servers, load);
        assert!((mean / expected - 1.0).abs() < 0.06, "M/M/{servers} at {utilisation}: {mean} ms, expected {expected} ms");
        // Little's law: those inside, seen by those who come, are rate times time.
        let inside = tally.inside();
        let little = tally.offered / (40_000.0 / per_s).ceil() * mean / 1e3;
        assert!((inside / little - 1.0).abs() < 0.06, "M/M/{servers}: {inside} inside, Little says {little}");
    }
}

#[test]
fn half_of_an_empty_system_waits_a_median_of_service() {
    let tally = run(8, 2.0, 10.0, 1_500, 10_000, 5);
    let median = tally.latency.quantile_ms(0.5).expect("answers");
    assert!((median / (2.0 * std::f64::consts::LN_2) - 1.0).abs() < 0.05, "{median}");
}

#[test]
fn three_times_too_much_leaves_goodput_where_it_was() {
    let goodput = |per_s: f64| run(2, 2.0, per_s, 10, 200, 7).answered / 10.0;
    let (peak, over) = (goodput(950.0), goodput(3_000.0));
    assert!(over >= 0.9 * peak, "{over} a second at three times the capacity, {peak} below it");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let one = || run(2, 1.0, 1_500.0, 3, 200, 11);
    assert_eq!(one(), one());
    assert_ne!(one(), run(2, 1.0, 1_500.0, 3, 200, 12));
}
