//! What goes on over a reload, and what begins anew.

use crate::stage::*;
use charter_engine::controls::Stage;
use charter_engine::watch::Action;
use charter_plan::plan::Starts;
use charter_store::Memory;
use std::sync::Arc;

#[tokio::test(start_paused = true)]
async fn the_same_versions_go_on_and_count_on() {
    let versions = Versions::new();
    let served = Served::start(plan("v3", Starts::Command), &versions, Arc::new(Memory::default())).await;
    served.rollout(Action::Start).await.unwrap();
    served.calls(0..100).await;
    let mut next = plan("v3", Starts::Command);
    next.rollouts[0].dwell_ms = 120_000;
    served.engine.reload(next, versions.as_ref()).unwrap();
    assert_eq!(served.stage(), Stage::Canary(5_000), "not even for a moment another stage");
    served.calls(100..150).await;
    a_moment().await;
    let first = served.status().await["guardrails"][0].clone();
    let calls: u64 = ["stable", "candidate"].iter().map(|arm| first[arm]["calls"].as_u64().unwrap()).sum();
    assert_eq!(calls, 150);
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn other_versions_begin_anew_and_the_log_says_so() {
    let (versions, store) = (Versions::new(), Arc::new(Memory::default()));
    let served = Served::start(plan("v3", Starts::Command), &versions, Arc::clone(&store) as _).await;
    served.rollout(Action::Start).await.unwrap();
    served.engine.reload(plan("v4", Starts::Command), versions.as_ref()).unwrap();
    assert_eq!(served.stage(), Stage::Stable);
    a_moment().await;
    let status = served.status().await;
    assert_eq!((status["phase"].clone(), status["candidate"].clone()), ("waiting".into(), "fraud@v4".into()));
    let records = log(&store).await;
    assert!(records.iter().any(|record| record["sentence"].as_str().unwrap().contains("starts anew")), "{records:?}");
    served.engine.reload(plan("v3", Starts::Command), versions.as_ref()).unwrap();
    a_moment().await;
    assert_eq!(served.status().await["phase"], "canary", "back at the versions from before, it goes on");
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn calls_of_the_plan_before_are_observed_under_their_own_names() {
    let versions = Versions::new();
    let served = Served::start(plan("v3", Starts::Command), &versions, Arc::new(Memory::default())).await;
    served.rollout(Action::Start).await.unwrap();
    let before = served.engine.current();
    served.engine.reload(plan("v4", Starts::Served), versions.as_ref()).unwrap();
    a_moment().await;
    // Bad events of v3 that end after the reload are nothing to v4.
    let observation = charter_engine::observation::Observation::BadCall {
        rollout: charter_plan::plan::RolloutId(0),
        candidate: true,
        weight: 5_000,
        bad: charter_engine::observation::Bad::one(charter_plan::plan::BadKind::Error),
        unit: 0,
    };
    (0..500).for_each(|_| before.controls().observations().observe(observation));
    a_moment().await;
    assert!(before.controls().observations().next_event().is_none(), "they have been taken");
    assert_eq!(served.status().await["guardrails"][0]["candidate"]["bad"], 0);
    assert_eq!(served.stage(), Stage::Canary(5_000));
    served.end().await;
}
