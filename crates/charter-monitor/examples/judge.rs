//! What the judge costs: nanoseconds for each bad event, each look, each status.
//!
//! `cargo run --release -p charter-monitor --example judge`

#![allow(clippy::expect_used, reason = "a measurement for the terminal")]

#[path = "../tests/rollout/simulation.rs"]
mod simulation;

use charter_engine::observation::Bad;
use charter_monitor::rollout::{Command, Machine};
use charter_plan::plan::{BadKind, Guardrail, Rollout};
use std::hint::black_box;
use std::time::Instant;

const KINDS: [BadKind; 4] = [BadKind::Error, BadKind::Slow, BadKind::Fallback, BadKind::Feedback];

/// Nanoseconds for one of `times` repetitions: the median of nine runs.
fn measure(times: u64, mut run: impl FnMut(u64)) -> f64 {
    let mut found: Vec<f64> = (0..9)
        .map(|_| {
            let begun = Instant::now();
            for index in 0..times {
                run(index);
            }
            begun.elapsed().as_nanos() as f64 / times as f64
        })
        .collect();
    found.sort_by(f64::total_cmp);
    found[4]
}

fn machine() -> Machine {
    let guardrails =
        KINDS.map(|bad| Guardrail { name: bad.name().to_owned(), bad, slow_us: Some(50_000), ..simulation::errors() }).to_vec();
    let mut machine = Machine::new(Rollout { guardrails, requests_min: u32::MAX, ..simulation::rollout() });
    machine.command(Command::Start, 0, "example").expect("a new one can be started");
    machine
}

fn main() {
    let mut dice = simulation::Dice(1);
    let events: Vec<(bool, u16, u64)> =
        (0..65_536).map(|_| (dice.unit() < 0.06, [500, 1_000, 2_500, 5_000][(dice.number() % 4) as usize], dice.number())).collect();
    let event = |index: u64| events[(index % 65_536) as usize];
    for (name, kinds) in [("one bad kind", 1), ("four bad kinds", 4)] {
        let bad = KINDS[..kinds].iter().fold(Bad::NONE, |bad, kind| bad.and(*kind));
        let mut judge = machine();
        let without_key = measure(1_000_000, |index| {
            let (candidate, weight, _) = event(index);
            judge.bad(candidate, weight, bad, 0, index / 100);
        });
        let mut judge = machine();
        let with_key = measure(1_000_000, |index| {
            let (candidate, weight, unit) = event(index);
            judge.bad(candidate, weight, bad, unit, index / 100);
        });
        println!("{name}: {without_key:.0} ns an event without a key, {with_key:.0} ns with one");
    }
    let mut judge = machine();
    for index in 0..2_000 {
        let (candidate, weight, _) = event(index);
        // As many bad ones of the candidate as its share, so that nothing is decided.
        judge.bad(candidate && index % 2 == 0, weight, Bad::one(BadKind::Error), 0, 0);
        judge.counted([index * 1_000, index * 60]);
    }
    let looks = measure(20_000, |index| {
        black_box(judge.tick(index));
    });
    let statuses = measure(200, |index| {
        black_box(judge.status(index));
    });
    println!("four guardrails: {looks:.0} ns a look, {:.0} us a status", statuses / 1_000.0);
    println!("phase after all: {}", judge.status(0).phase);
}
