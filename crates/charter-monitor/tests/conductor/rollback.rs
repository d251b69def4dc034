//! From a bad event to the stage, and what is frozen as slow.

use crate::stage::*;
use charter_engine::controls::Stage;
use charter_engine::watch::Action;
use charter_plan::plan::{RolloutId, Starts};
use charter_store::Memory;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// Of virtual time, from the event that decides to calls that no longer reach the candidate.
const ROLLBACK: Duration = Duration::from_millis(150);

/// How long a candidate has to stay out of reach.
const UNREADY: Duration = Duration::from_secs(3);

#[tokio::test(start_paused = true)]
async fn a_candidate_that_fails_is_taken_back_at_once() {
    let (versions, store) = (Versions::new(), Arc::new(Memory::default()));
    let served = Served::start(plan("v3", Starts::Command), &versions, Arc::clone(&store) as _).await;
    assert_eq!(served.stage(), Stage::Stable);
    assert!(served.rollout(Action::Start).await.unwrap().kept);
    assert_eq!(served.stage(), Stage::Canary(5_000));

    versions.candidate.fails.store(true, Ordering::Relaxed);
    let control = Arc::clone(served.engine.current().controls().rollout(RolloutId(0)).unwrap());
    // The trip wire is the latest that can decide; the judge may be earlier.
    let mut seed = 0;
    while control.failing()[1] < 20 && served.stage() != Stage::Stable {
        served.call(seed).await.expect("the stable version answers for the candidate");
        seed += 1;
    }
    let decided = Instant::now();
    while served.stage() != Stage::Stable {
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(decided.elapsed() <= ROLLBACK, "still {:?} after {ROLLBACK:?}", served.stage());
    }
    a_moment().await;
    let status = served.status().await;
    assert_eq!(status["phase"], "rolled-back", "{status}");
    let records = log(&store).await;
    let verdicts: Vec<&str> = records.iter().map(|record| record["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["started", "rolled-back"]);
    assert!(records[1]["sentence"].as_str().unwrap().contains("rolled back"), "{}", records[1]);
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_can_no_longer_be_called_is_taken_back() {
    let versions = Versions::new();
    let served = Served::start(plan("v3", Starts::Command), &versions, Arc::new(Memory::default())).await;
    served.rollout(Action::Start).await.unwrap();
    a_moment().await;
    let decided = Instant::now();
    versions.missing.store(true, Ordering::Relaxed);
    let mut next = plan("v3", Starts::Command);
    next.models[1].source = charter_plan::plan::Source::Onnx { path: "gone.onnx".to_owned(), digest: "sha256:1".to_owned() };
    served.engine.reload(next, versions.as_ref()).unwrap();
    a_moment().await;
    assert_eq!(served.stage(), Stage::Canary(5_000), "a moment out of reach is not enough");
    while served.stage() != Stage::Stable {
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(decided.elapsed() <= UNREADY + ROLLBACK);
    }
    assert!(served.status().await["reason"].as_str().unwrap().contains("not been ready"));
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn one_answer_in_another_form_takes_a_candidate_back() {
    let versions = Versions::new();
    let served = Served::start(plan("v3", Starts::Command), &versions, Arc::new(Memory::default())).await;
    let control = Arc::clone(served.engine.current().controls().rollout(RolloutId(0)).unwrap());
    versions.candidate.mismatched.store(true, Ordering::Relaxed);
    for run in 1..=2 {
        served.rollout(Action::Start).await.unwrap();
        let mut seed = 0;
        while control.mismatches() < run {
            served.call(seed).await.expect("the stable version answers for the candidate");
            seed += 1;
        }
        let decided = Instant::now();
        while served.stage() != Stage::Stable {
            tokio::time::sleep(Duration::from_millis(1)).await;
            assert!(decided.elapsed() <= ROLLBACK);
        }
        let status = served.status().await;
        assert!(status["reason"].as_str().unwrap().ends_with("answers of fraud@v3 do not have the route's schema"), "{status}");
    }
    // What was answered in a run before is not held against the next.
    versions.candidate.mismatched.store(false, Ordering::Relaxed);
    served.rollout(Action::Start).await.unwrap();
    served.calls(0..20).await;
    a_moment().await;
    assert_eq!(served.stage(), Stage::Canary(5_000));
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_slow_is_frozen_from_the_stable_version() {
    let versions = Versions::new();
    let served = Served::start(plan("v3", Starts::Command), &versions, Arc::new(Memory::default())).await;
    let control = Arc::clone(served.engine.current().controls().rollout(RolloutId(0)).unwrap());
    served.calls(0..299).await;
    a_moment().await;
    served.rollout(Action::Start).await.unwrap();
    assert_eq!(control.slow_us(), u32::MAX, "299 answers are too few");
    served.rollout(Action::Abort).await.unwrap();
    served.calls(300..310).await;
    a_moment().await;
    served.rollout(Action::Start).await.unwrap();
    // Each answer takes 4 ms; cells are an eighth of an octave.
    let frozen = control.slow_us();
    assert!((4_000..=4_700).contains(&frozen), "{frozen}");
    versions.stable.slow.store(true, Ordering::Relaxed);
    served.calls(400..600).await;
    a_moment().await;
    assert_eq!(control.slow_us(), frozen, "slower answers later change nothing");
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn commands_in_the_wrong_phase_are_refused_with_what_is_allowed() {
    let served = Served::start(plan("v3", Starts::Command), &Versions::new(), Arc::new(Memory::default())).await;
    let refused = served.rollout(Action::Promote).await.unwrap_err().to_string();
    assert!(refused.contains("`start`"), "{refused}");
    served.rollout(Action::Start).await.unwrap();
    served.rollout(Action::Promote).await.unwrap();
    assert_eq!(served.stage(), Stage::Full);
    served.rollout(Action::Abort).await.unwrap();
    assert_eq!(served.stage(), Stage::Stable);
    served.end().await;
}
