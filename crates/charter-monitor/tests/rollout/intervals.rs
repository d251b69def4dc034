//! The judges that are there for migration.

use super::simulation::{Summary, Traffic, World, rollout};
use charter_monitor::rollout::{Class, Verdict};
use charter_plan::plan::{Judge, Rollout};

const HOUR: u64 = 3_600_000;

#[test]
fn fixed_takes_back_at_the_fourth_bad_minute_and_lets_a_clean_version_in() {
    let plan = Rollout { judge: Judge::Fixed, ..rollout() };
    let bad = Summary::of(&plan, Traffic::new(100.0, 0.001, 200.0), 1_000, HOUR, 10, 1);
    assert!(bad.rolled_back.iter().all(|at_ms| *at_ms == 240_000) && bad.rolled_back.len() == 10, "{bad:?}");
    let good = Summary::of(&plan, Traffic::new(100.0, 0.001, 1.0), 1_000, HOUR, 10, 2);
    assert_eq!(good.promoted.len(), 10, "{good:?}");
}

/// As the specification measured: fixed rules take back what is no worse, where the base rate is near the threshold.
#[test]
fn fixed_takes_back_an_identical_version_that_the_anytime_judge_lets_in() {
    let traffic = Traffic::new(10.0, 0.005, 1.0);
    let mut strict = rollout();
    strict.guardrails[0].p_bad = 0.01;
    strict.dwell_ms = HOUR;
    let fixed = Summary::of(&Rollout { judge: Judge::Fixed, ..strict.clone() }, traffic, 10_000, 2 * HOUR, 20, 3);
    assert!(fixed.rolled_back.len() >= 19, "{fixed:?}");
    let anytime = Summary::of(&strict, traffic, 10_000, 2 * HOUR, 20, 3);
    assert!(anytime.rolled_back.is_empty(), "{anytime:?}");
}

#[test]
fn kayenta_takes_back_what_is_clearly_worse_and_lets_in_what_is_alike() {
    let plan = Rollout { judge: Judge::Kayenta, ..rollout() };
    let bad = Summary::of(&plan, Traffic::new(100.0, 0.02, 5.0), 1_000, HOUR, 10, 4);
    assert_eq!(bad.rolled_back.len(), 10, "{bad:?}");
    let mut world = World::new(plan, 5);
    world.run(Traffic::new(100.0, 0.02, 1.0), 1_000, 5 * 60_000 - 1_000);
    assert_eq!(world.records.len(), 1, "four minutes are not enough to pass anything");
    world.run(Traffic::new(100.0, 0.02, 1.0), 1_000, HOUR);
    let advanced = world.records.iter().filter(|record| record.verdict == Verdict::Advanced).count();
    assert!(advanced >= 1, "{:?}", world.records);
    let seen = world.machine.status(world.at_ms).guardrails[0].intervals.expect("kayenta looks at intervals");
    assert!(seen.measured[0] >= 5 && seen.class != Class::NoData, "{seen:?}");
}
