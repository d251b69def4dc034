//! Which of two states of one rollout stands, and what is saved.

use super::documents::key;
use super::rolling::Rolling;
use charter_engine::watch::{Action, Counted, Latency, Order, Restored};
use charter_plan::plan::{ComparisonId, Judge, ModelId, OnInconclusive, Rollout, RolloutId, RouteId, Starts};

fn settings() -> Rollout {
    Rollout {
        id: RolloutId(0),
        name: "fraud-v3".to_owned(),
        route: RouteId(0),
        stable: ModelId(0),
        candidate: ModelId(1),
        stable_label: "fraud@v2".to_owned(),
        candidate_label: "fraud@v3".to_owned(),
        starts: Starts::Command,
        shadow_ms: 0,
        shadow_pairs_min: 0,
        steps: vec![500, 5_000, 10_000],
        dwell_ms: 60_000,
        requests_min: 50,
        max_duration_ms: 3_600_000,
        on_inconclusive: OnInconclusive::Hold,
        watch_ms: 600_000,
        judge: Judge::Anytime,
        alpha: 0.01,
        beta: 0.05,
        guardrails: Vec::new(),
        comparison: ComparisonId(0),
    }
}

fn known() -> Rolling {
    let mut rolling = Rolling::take_over(settings(), &[], 0);
    assert_eq!(rolling.restore(None, 0), Restored::Taken);
    rolling.counted(&Counted {
        rollout: RolloutId(0),
        calls: [0, 0],
        failing: [0, 0],
        mismatches: 0,
        stable_ready: true,
        candidate_ready: true,
        latency: Latency::default(),
    });
    rolling
}

fn phase(rolling: &Rolling, unix_ms: u64) -> String {
    rolling.status(unix_ms)["phase"].as_str().expect("a phase").to_owned()
}

#[test]
fn nothing_is_saved_or_begun_before_the_kept_state_is_known() {
    let mut rolling = Rolling::take_over(Rollout { starts: Starts::Served, ..settings() }, &[], 0);
    rolling.tick(1_000);
    assert_eq!((rolling.save(), phase(&rolling, 1_000).as_str()), (None, "waiting"));
    assert!(rolling.command(Action::Start, 1_000, "me").is_err());
    rolling.restore(None, 2_000);
    rolling.tick(2_000);
    assert_eq!(phase(&rolling, 2_000), "canary");
    assert!(rolling.save().is_some());
    assert_eq!(rolling.save(), None, "nothing has changed since");
}

#[test]
fn the_later_change_of_phase_stands() {
    let (mut one, mut two) = (known(), known());
    one.command(Action::Start, 1_000, "me").expect("started");
    let (_, started) = one.save().expect("a document");
    assert_eq!(two.restore(Some(&started), 1_500), Restored::Taken);
    two.command(Action::Pause, 2_000, "you").expect("paused");
    // One has counted since and writes first; two's pause is later and goes over it.
    let Restored::Own(paused) = two.restore(Some(&started), 2_500) else { panic!("the pause is lost") };
    assert_eq!(one.restore(Some(&paused), 3_000), Restored::Taken);
    assert_eq!(phase(&one, 3_000), "paused");
}

#[test]
fn what_was_taken_back_stays_taken_back_whoever_writes_later() {
    let (mut one, mut two) = (known(), known());
    one.command(Action::Start, 1_000, "me").expect("started");
    let (_, started) = one.save().expect("a document");
    two.restore(Some(&started), 1_000);
    one.command(Action::Abort, 2_000, "me").expect("aborted");
    two.command(Action::Promote, 3_000, "you").expect("promoted");
    let (_, promoted) = two.save().expect("a document");
    assert!(matches!(one.restore(Some(&promoted), 3_500), Restored::Own(_)));
    assert_eq!(phase(&one, 3_500), "rolled-back");
    one.command(Action::Start, 4_000, "me").expect("a new run");
    let (_, anew) = one.save().expect("a document");
    assert_eq!(two.restore(Some(&anew), 4_500), Restored::Taken, "a later run goes over everything before it");
}

#[test]
fn an_unreadable_state_begins_nothing_by_itself() {
    let mut rolling = Rolling::take_over(Rollout { starts: Starts::Served, ..settings() }, &[], 0);
    assert!(matches!(rolling.restore(Some(b"{}"), 1_000), Restored::Own(_)));
    let orders = rolling.tick(1_000);
    assert_eq!(phase(&rolling, 1_000), "waiting");
    let said = |order: &Order| matches!(order, Order::Record { bytes, .. } if String::from_utf8_lossy(bytes).contains("cannot be used"));
    assert!(orders.iter().any(said));
}

#[test]
fn other_versions_start_anew_and_say_so() {
    let mut rolling = known();
    rolling.command(Action::Start, 1_000, "me").expect("started");
    let next = Rollout { candidate_label: "fraud@v4".to_owned(), ..settings() };
    let mut next = Rolling::take_over(next, &[rolling], 2_000);
    assert!(!next.is_known());
    let orders = next.tick(2_000);
    let said = |order: &Order| matches!(order, Order::Record { bytes, .. } if String::from_utf8_lossy(bytes).contains("starts anew"));
    assert!(orders.iter().any(said), "{orders:?}");
}

#[test]
fn other_settings_go_on_with_the_same_versions() {
    let mut rolling = known();
    rolling.command(Action::Start, 1_000, "me").expect("started");
    let next = Rolling::take_over(Rollout { dwell_ms: 1, ..settings() }, &[rolling], 2_000);
    assert!(next.is_known());
    assert_eq!(phase(&next, 2_000), "canary");
}

#[test]
fn every_key_is_one_that_a_store_takes() {
    assert_eq!(key("rollout", "fraud-v3", ["fraud@v2", "fraud@v3"]), "rollout/fraud-v3/fraud@v2/fraud@v3");
    let several = key("rollout", "fraud-v3", ["fraud@v2", "fraud@v3 + shop@v1"]);
    let allowed = |key: &str| key.len() <= 200 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:@".contains(&byte));
    assert!(several.starts_with("rollout/fraud-v3/") && allowed(&several), "{several}");
    assert_ne!(several, key("rollout", "fraud-v3", ["fraud@v2", "fraud@v3 + shop@v2"]));
    let long = "v".repeat(300);
    assert!(allowed(&key("comparison", &long, [&long, &long])));
}
