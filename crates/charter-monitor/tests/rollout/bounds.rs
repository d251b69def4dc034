//! The bounds that a rollout promises, by simulation. Seeds are fixed; every figure has room for the error of sampling and no more.

use super::simulation::{Summary, Traffic, World, errors, rollout};
use charter_engine::controls::Stage;
use charter_engine::observation::Bad;
use charter_monitor::rollout::{GuardrailStatus, Machine, Verdict};
use charter_plan::plan::{BadKind, Guardrail, OnInconclusive, Rollout};

const HOUR: u64 = 3_600_000;

#[test]
fn an_identical_release_at_half_a_call_a_second_is_hardly_ever_taken_back() {
    let plan = Rollout { max_duration_ms: 6 * HOUR, ..rollout() };
    let bases = [0.005, 0.02, 0.04];
    let taken_back = bases.map(|base| Summary::of(&plan, Traffic::new(0.5, base, 1.0), 10_000, 6 * HOUR, 130, 1).rolled_back.len());
    assert!(taken_back.iter().sum::<usize>() <= 3, "more than 1 % of 390: {taken_back:?}");
}

#[test]
fn three_times_as_many_errors_are_taken_back_within_three_minutes() {
    let summary = Summary::of(&rollout(), Traffic::new(100.0, 0.02, 3.0), 1_000, HOUR, 200, 2);
    assert!(summary.share(&summary.rolled_back) >= 0.99, "{summary:?}");
    assert!(Summary::minutes(&summary.rolled_back).is_some_and(|minutes| minutes <= 3.0), "{summary:?}");
}

#[test]
fn the_rows_of_the_specification_come_out() {
    // Rollback and promotion shares as measured there in 150 runs; here fewer, so within three standard errors of the difference.
    let rows = [
        (Traffic::new(10.0, 0.005, 1.0), 0.007, 0.993),
        (Traffic::new(100.0, 0.02, 1.0), 0.0, 1.0),
        (Traffic::new(100.0, 0.02, 2.0), 1.0, 0.0),
        (Traffic::new(10.0, 0.005, 4.0), 0.973, 0.027),
        (Traffic::new(100.0, 0.000_1, 300.0), 1.0, 0.0),
        (Traffic::new(100.0, 0.03, 1.25), 0.0, 1.0),
    ];
    for (traffic, rolled_back, promoted) in rows {
        let runs = 40;
        let summary = Summary::of(&rollout(), traffic, 10_000, 4 * HOUR, runs, 3);
        for (found, expected) in [(summary.share(&summary.rolled_back), rolled_back), (summary.share(&summary.promoted), promoted)] {
            let share = (found * runs as f64 + expected * 150.0) / (runs as f64 + 150.0);
            let error = (share * (1.0 - share) * (1.0 / runs as f64 + 1.0 / 150.0)).sqrt();
            assert!((found - expected).abs() <= 3.0 * error + 1e-9, "{traffic:?}: {found} instead of {expected}: {summary:?}");
        }
    }
}

#[test]
fn a_baseline_without_an_error_is_no_obstacle() {
    let good = Summary::of(&rollout(), Traffic::new(100.0, 0.0, 1.0), 1_000, HOUR, 20, 4);
    assert_eq!(good.promoted.len(), 20, "{good:?}");
    // 1 error in 50 of the candidate, none of the stable version.
    let mut world = World::new(rollout(), 5);
    while world.machine.stage() == Stage::Canary(500) {
        world.at_ms += 1_000;
        let bad = u64::from(world.at_ms.is_multiple_of(10_000));
        world.totals = [world.totals[0] + 95, world.totals[1] + 5];
        for _ in 0..bad {
            world.machine.bad(true, 500, Bad::one(BadKind::Error), 0, world.at_ms);
        }
        world.machine.counted(world.totals);
        world.records.extend(world.machine.tick(world.at_ms));
    }
    let last = world.records.last().expect("the start was recorded");
    assert_eq!((last.verdict, last.weight_to), (Verdict::RolledBack, 0), "{}", last.sentence);
}

#[test]
fn little_traffic_still_finds_what_is_ten_times_as_bad() {
    let plan = Rollout { max_duration_ms: 12 * HOUR, ..rollout() };
    let summary = Summary::of(&plan, Traffic::new(1.0, 0.005, 10.0), 10_000, 12 * HOUR, 40, 6);
    assert!(summary.share(&summary.rolled_back) >= 0.95, "{summary:?}");
}

#[test]
fn a_swinging_base_rate_takes_nobody_back() {
    let traffic = Traffic { swing: 0.9, ..Traffic::new(50.0, 0.01, 1.0) };
    let summary = Summary::of(&rollout(), traffic, 10_000, 4 * HOUR, 60, 8);
    assert!(summary.rolled_back.len() <= 1 && summary.promoted.len() >= 55, "{summary:?}");
}

#[test]
fn what_is_inconclusive_is_never_promoted() {
    // Twice the errors that are fine, half of those that are bad, at a trickle: nothing can be decided within an hour.
    for on_inconclusive in [OnInconclusive::Hold, OnInconclusive::Rollback, OnInconclusive::Extend] {
        for seed in 0..10 {
            let plan = Rollout { on_inconclusive, max_duration_ms: HOUR, ..rollout() };
            let mut world = World::new(plan, seed);
            while world.at_ms < 3 * HOUR {
                world.pass(Traffic::new(0.2, 0.01, 1.0), 10_000);
            }
            let verdicts: Vec<Verdict> = world.records.iter().map(|record| record.verdict).collect();
            let expected = match on_inconclusive {
                OnInconclusive::Hold => vec![Verdict::Started, Verdict::Held],
                OnInconclusive::Rollback => vec![Verdict::Started, Verdict::RolledBack],
                OnInconclusive::Extend => vec![Verdict::Started, Verdict::Extended, Verdict::Held],
            };
            assert_eq!(verdicts, expected, "{:?}", world.records.last().map(|record| &record.sentence));
            assert!(matches!(world.machine.stage(), Stage::Canary(500) | Stage::Stable));
        }
    }
}

#[test]
fn more_guardrails_do_not_add_false_alarms() {
    let more = |name: &str, bad| Guardrail { name: name.to_owned(), bad, ..errors() };
    let guardrails = vec![errors(), more("slow", BadKind::Feedback), more("fallbacks", BadKind::Fallback)];
    let three = Machine::new(Rollout { guardrails, ..rollout() }).status(0).guardrails;
    let one = Machine::new(rollout()).status(0).guardrails;
    let threshold = |evidence: &[GuardrailStatus]| {
        evidence[0].anytime.map(|anytime| [anytime.harm_absolute.threshold, anytime.safe_absolute.threshold])
    };
    let [[harm, safe], [harm_of_three, safe_of_three]] = [threshold(&one), threshold(&three)].map(|found| found.expect("judged"));
    assert!((harm - 125.0).abs() < 1e-9 && (harm_of_three - 375.0).abs() < 1e-9, "{harm} {harm_of_three}");
    assert!((safe - 40.0).abs() < 1e-9 && (safe_of_three - 40.0).abs() < 1e-9);
}
