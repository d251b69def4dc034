//! Scenarios against what must come of them.

use crate::outcome::{Minute, Outcome};
use crate::requests::Requests;
use crate::run::{Settings, simulate};
use crate::scenario::{Change, ChangeKind, Load, Scenario};
use crate::testing::{Constant, served};
use charter_plan::Plan;
use std::sync::Arc;

fn settings(plan: &Plan, calls_max: u64, autoscale: bool) -> Settings<'_> {
    let requests = Arc::new(plan.routes.iter().map(Requests::made_up).collect());
    Settings { plan, requests, opener: &Constant, calibration: None, seed: 7, threads: 1, calls_max, per_zone: 1, autoscale, workers: 1 }
}

fn scenario(seconds: u32, per_s: f64, changes: Vec<Change>) -> Scenario {
    Scenario { name: "test".to_owned(), seconds, load: Load::Flat { per_s }, changes }
}

fn played(plan: &Plan, calls_max: u64, autoscale: bool, scenario: &Scenario) -> Outcome {
    simulate(&settings(plan, calls_max, autoscale), scenario, &|_, _| {}).expect("a run")
}

fn minute(outcome: &Outcome, number: usize) -> &Minute {
    &outcome.minutes[number]
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let plan = served(300.0, 100.0, 6);
    let surge = Change { from_s: 30, until_s: 90, kind: ChangeKind::Surge { factor: 3.0 } };
    let bytes = || serde_json::to_string(&played(&plan, u64::MAX, true, &scenario(120, 300.0, vec![surge.clone()]))).expect("JSON");
    assert_eq!(bytes(), bytes());
}

#[test]
fn what_is_reduced_says_what_the_whole_says() {
    let plan = served(600.0, 100.0, 12);
    let scenario = scenario(600, 600.0, Vec::new());
    let whole = {
        let all = Settings { per_zone: 4, ..settings(&plan, u64::MAX, false) };
        simulate(&all, &scenario, &|_, _| {}).expect("a run")
    };
    let reduced = played(&plan, 30_000, false, &scenario);
    assert!(
        reduced.total.simulated_calls * 5 < whole.total.simulated_calls,
        "{} of {}",
        reduced.total.simulated_calls,
        whole.total.simulated_calls
    );
    let near = |one: f64, other: f64, within: f64| assert!((one / other - 1.0).abs() < within, "{one} against {other}");
    near(reduced.total.offered_per_s, whole.total.offered_per_s, 0.03);
    near(reduced.total.p50_ms.expect("p50"), whole.total.p50_ms.expect("p50"), 0.05);
    near(reduced.total.p90_ms.expect("p90"), whole.total.p90_ms.expect("p90"), 0.07);
    near(reduced.total.p99_ms.expect("p99"), whole.total.p99_ms.expect("p99"), 0.15);
}

#[test]
fn a_lost_zone_hurts_and_heals() {
    let plan = served(540.0, 100.0, 6);
    let lost = Change { from_s: 60, until_s: 240, kind: ChangeKind::LoseZone { zone: 1 } };
    let outcome = played(&plan, u64::MAX, true, &scenario(360, 400.0, vec![lost]));
    assert!(minute(&outcome, 0).figures.answered > 0.999, "{:?}", minute(&outcome, 0));
    let during = minute(&outcome, 1);
    assert!(during.figures.lost > 0.005 && during.figures.lost < 0.06, "a third is lost for five seconds of sixty: {during:?}");
    assert!(minute(&outcome, 3).figures.answered > 0.999, "the other zones took over: {:?}", minute(&outcome, 3));
    assert!(minute(&outcome, 5).figures.answered > 0.999, "{:?}", minute(&outcome, 5));
}

#[test]
fn a_failing_model_opens_breakers_and_the_rung_below_answers() {
    let plan = served(300.0, 100.0, 6);
    let broken = Change { from_s: 60, until_s: 120, kind: ChangeKind::Fail { model: "m@v1".to_owned(), share: 1.0 } };
    let outcome = played(&plan, u64::MAX, false, &scenario(240, 200.0, vec![broken]));
    assert_eq!(minute(&outcome, 0).figures.stepped_down, 0.0);
    let during = minute(&outcome, 1);
    assert!(during.figures.stepped_down > 0.95 && during.figures.answered > 0.99, "{during:?}");
    assert!(outcome.breakers.iter().any(|turn| turn.to == "open" && turn.model == "m@v1"), "{:?}", outcome.breakers);
    let after = minute(&outcome, 3);
    assert!(after.figures.stepped_down < 0.01, "the ramp is over: {after:?}");
}

#[test]
fn a_surge_is_met_by_replicas() {
    let plan = served(300.0, 100.0, 6);
    let surge = Change { from_s: 60, until_s: 660, kind: ChangeKind::Surge { factor: 4.0 } };
    let load = scenario(600, 300.0, vec![surge]);
    let (fixed, scaled) = (played(&plan, u64::MAX, false, &load), played(&plan, u64::MAX, true, &load));
    assert!(scaled.total.answered > fixed.total.answered + 0.1, "{} against {}", scaled.total.answered, fixed.total.answered);
    assert!(scaled.minutes.iter().any(|minute| minute.replicas > 11.0) && fixed.minutes.iter().all(|minute| minute.replicas == 6.0));
    assert!(scaled.total.cost > fixed.total.cost);
}
