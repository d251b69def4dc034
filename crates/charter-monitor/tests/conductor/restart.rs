//! What a restart finds again before the first call.

use crate::stage::*;
use charter_engine::controls::Stage;
use charter_engine::store::Store;
use charter_engine::watch::Action;
use charter_plan::plan::{RolloutId, Starts};
use charter_store::{Embedded, Memory};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_rollout_goes_on_where_it_was_killed() {
    let (versions, store) = (Versions::new(), Arc::new(Memory::default()));
    let served = Served::start(plan("v3", Starts::Served), &versions, Arc::clone(&store) as _).await;
    a_moment().await;
    assert_eq!(served.stage(), Stage::Canary(5_000), "it starts when served");
    served.calls(0..400).await;
    // Changed evidence is kept each second.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let before = served.status().await;
    served.kill();

    let again = Served::start(plan("v3", Starts::Served), &versions, Arc::clone(&store) as _).await;
    // No call has been answered and no time has passed.
    assert_eq!(again.stage(), Stage::Canary(5_000));
    let slow = |status: &serde_json::Value| status["slow_us"].clone();
    let after = again.status().await;
    assert_eq!((after["run"].clone(), slow(&after)), (before["run"].clone(), slow(&before)));
    let counts = |status: &serde_json::Value| status["guardrails"].to_string();
    assert_eq!(counts(&after), counts(&before), "the evidence is the same");
    // The new process counts from 0, and the machine goes on from where it was.
    again.calls(1_000..1_010).await;
    a_moment().await;
    assert_eq!(again.engine.current().controls().rollout(RolloutId(0)).unwrap().calls().iter().sum::<u64>(), 10);
    let calls = |status: &serde_json::Value| -> u64 {
        let first = &status["guardrails"][0];
        ["stable", "candidate"].iter().map(|arm| first[arm]["calls"].as_u64().unwrap()).sum()
    };
    let (now, then) = (again.status().await, before);
    assert_eq!(calls(&now), calls(&then) + 10);
    again.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_first_decision_is_kept_at_once() {
    let store = Arc::new(Memory::default());
    let served = Served::start(plan("v3", Starts::Served), &Versions::new(), Arc::clone(&store) as _).await;
    assert_eq!(served.stage(), Stage::Canary(5_000));
    a_moment().await;
    assert_eq!(store.keys("rollout/").await.unwrap().len(), 1, "no second has passed");
    served.kill();
}

#[tokio::test(start_paused = true)]
async fn versions_of_several_models_are_kept_like_those_of_one() {
    let (versions, store) = (Versions::new(), Arc::new(Memory::default()));
    let several = |version: &str| {
        let mut several = plan("v3", Starts::Command);
        several.rollouts[0].candidate_label = format!("fraud@v3 + shop@{version}");
        several
    };
    let served = Served::start(several("v1"), &versions, Arc::clone(&store) as _).await;
    assert!(served.rollout(Action::Start).await.unwrap().kept);
    served.end().await;
    let again = Served::start(several("v1"), &versions, Arc::clone(&store) as _).await;
    assert_eq!(again.stage(), Stage::Canary(5_000));
    again.end().await;
    let other = Served::start(several("v2"), &versions, store).await;
    assert_eq!(other.stage(), Stage::Stable, "other versions are another rollout");
    other.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_back_is_not_started_again() {
    let (versions, store) = (Versions::new(), Arc::new(Memory::default()));
    let served = Served::start(plan("v3", Starts::Served), &versions, Arc::clone(&store) as _).await;
    a_moment().await;
    versions.candidate.fails.store(true, Ordering::Relaxed);
    served.calls(0..80).await;
    a_moment().await;
    assert_eq!(served.stage(), Stage::Stable);
    served.kill();

    let again = Served::start(plan("v3", Starts::Served), &versions, store).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(again.stage(), Stage::Stable);
    assert_eq!(again.status().await["phase"], "rolled-back");
    again.end().await;
}

#[tokio::test]
async fn a_file_carries_a_rollout_over_a_restart() {
    let folder = std::env::temp_dir().join(format!("charter-conductor-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("store.db");
    let versions = Versions::new();
    let store: Arc<dyn Store> = Arc::new(Embedded::open(&path).unwrap());
    let served = Served::start(plan("v3", Starts::Command), &versions, store).await;
    assert!(served.rollout(Action::Start).await.unwrap().kept);
    served.kill();

    let store: Arc<dyn Store> = Arc::new(Embedded::open(&path).unwrap());
    let again = Served::start(plan("v3", Starts::Command), &versions, store).await;
    assert_eq!(again.stage(), Stage::Canary(5_000));
    again.end().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_end_saves_what_was_seen_last() {
    let (versions, store) = (Versions::new(), Arc::new(Memory::default()));
    let served = Served::start(plan("v3", Starts::Command), &versions, Arc::clone(&store) as _).await;
    served.rollout(Action::Start).await.unwrap();
    served.calls(0..50).await;
    served.end().await;
    let again = Served::start(plan("v3", Starts::Command), &versions, store).await;
    let first = again.status().await["guardrails"][0].clone();
    let calls: u64 = ["stable", "candidate"].iter().map(|arm| first[arm]["calls"].as_u64().unwrap()).sum();
    assert_eq!(calls, 50);
    again.end().await;
}
