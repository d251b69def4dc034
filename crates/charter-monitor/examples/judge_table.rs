//! The judge's operating table, by simulation: relative and absolute tests, steps 5/10/25/50, dwell, a look every 10 s.
//!
//! `cargo run --release -p charter-monitor --example judge_table [RUNS]`, 150 runs a row unless told otherwise.

#[path = "../tests/rollout/simulation.rs"]
mod simulation;

use simulation::{Summary, Traffic, rollout};

const HOUR: u64 = 3_600_000;

fn main() {
    let runs = std::env::args().nth(1).and_then(|runs| runs.parse().ok()).unwrap_or(150);
    // Base share, ratio, calls a second; and what the specification measured: rolled back, promoted, median minutes of the more frequent end.
    let rows = [
        (0.005, 1.0, 10.0, Some((0.007, 0.993, 19.0))),
        (0.009, 1.0, 100.0, Some((0.0, 1.0, 6.5))),
        (0.02, 1.0, 100.0, Some((0.0, 1.0, 5.7))),
        (0.02, 2.0, 100.0, Some((1.0, 0.0, 6.5))),
        (0.02, 3.0, 100.0, Some((1.0, 0.0, 1.4))),
        (0.005, 4.0, 10.0, Some((0.973, 0.027, 20.0))),
        (0.000_1, 50.0, 100.0, Some((0.987, 0.013, 2.8))),
        (0.000_1, 300.0, 100.0, Some((1.0, 0.0, 0.5))),
        (0.005, 10.0, 1.0, Some((1.0, 0.0, 43.0))),
        (0.03, 1.25, 100.0, Some((0.0, 1.0, f64::NAN))),
        (0.005, 2.0, 100.0, Some((0.16, 0.84, f64::NAN))),
        (0.005, 1.0, 0.5, None),
        (0.02, 1.0, 0.5, None),
        (0.0, 1.0, 100.0, None),
    ];
    println!("{runs} runs a row, seed 2026; p_ok .1 %, p_bad 2 %, ceiling 5 %, at most 12 h");
    println!("| base | ratio | rps | rolled back | promoted | minutes to roll back | minutes to 100 % | specification |");
    println!("|---|---|---|---|---|---|---|---|");
    for (base, ratio, rps, expected) in rows {
        let plan = charter_plan::plan::Rollout { max_duration_ms: 12 * HOUR, ..rollout() };
        let summary = Summary::of(&plan, Traffic::new(rps, base, ratio), 10_000, 12 * HOUR, runs, 2_026);
        let minutes = |of: &[u64]| Summary::minutes(of).map_or_else(|| "-".to_owned(), |minutes| format!("{minutes:.1}"));
        let expected = expected.map_or_else(
            || "-".to_owned(),
            |(back, promoted, minutes): (f64, f64, f64)| {
                if minutes.is_nan() { format!("{back} / {promoted}") } else { format!("{back} / {promoted}, {minutes} min") }
            },
        );
        println!(
            "| {:.2} % | {ratio} | {rps} | {:.3} | {:.3} | {} | {} | {expected} |",
            base * 100.0,
            summary.share(&summary.rolled_back),
            summary.share(&summary.promoted),
            minutes(&summary.rolled_back),
            minutes(&summary.promoted),
        );
    }
}
