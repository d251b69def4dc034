//! Rollouts: who answers in each stage, and what is told about it.

use crate::scene::*;
use crate::support::*;
use charter_engine::controls::{RolloutControl, Stage};
use charter_engine::observation::{Bad, Observation, unit_of};
use charter_engine::{Failure, Signal, StepDown, Tensor, Values};
use charter_plan::plan::{BadKind, ModelId, RolloutId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const STABLE: f32 = 0.2;
const CANDIDATE: f32 = 0.9;

fn scene(candidate: Act) -> Scene {
    Scene::new(rolling(0), [candidate, Act::Answer(STABLE), Act::Answer(0.1)])
}

fn control(scene: &Scene) -> Arc<RolloutControl> {
    Arc::clone(scene.runtime().controls().rollout(RolloutId(0)).unwrap())
}

async fn ask(scene: &Scene, user: u32) -> f32 {
    score(&scene.runtime().call(keyed(&format!("user-{user}"), u64::from(user))).await.unwrap())
}

/// The users whom the candidate answers.
async fn candidates(scene: &Scene) -> BTreeSet<u32> {
    let mut users = BTreeSet::new();
    for user in 0..600 {
        if ask(scene, user).await == CANDIDATE {
            users.insert(user);
        }
    }
    users
}

#[tokio::test(start_paused = true)]
async fn each_step_keeps_the_users_of_the_step_before() {
    let scene = scene(Act::Answer(CANDIDATE));
    let control = control(&scene);
    assert_eq!(candidates(&scene).await.len(), 0, "nobody before it starts");
    assert_eq!(control.calls(), [0, 0], "and nothing is counted");
    let mut before = BTreeSet::new();
    for (share, about) in [(500, 10..60), (2_500, 110..190), (5_000, 250..350), (10_000, 600..601)] {
        control.set_stage(Stage::Canary(share));
        let now = candidates(&scene).await;
        assert!(now.is_superset(&before) && about.contains(&now.len()), "{} at {share}", now.len());
        assert_eq!(now, candidates(&scene).await, "sticky");
        before = now;
    }
    control.set_stage(Stage::Stable);
    assert_eq!(candidates(&scene).await.len(), 0, "taken back at once");
    assert!(scene.events().is_empty(), "good calls are only counted");
    let [stable, candidate] = control.calls();
    assert_eq!(stable + candidate, 4 * 2 * 600);
}

#[tokio::test(start_paused = true)]
async fn without_a_key_the_seed_decides() {
    let scene = scene(Act::Answer(CANDIDATE));
    control(&scene).set_stage(Stage::Canary(2_000));
    for seed in 0..1_000 {
        scene.runtime().call(call(seed)).await.unwrap();
    }
    assert!((150..250).contains(&scene.called()[0]), "{}", scene.called()[0]);
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_fails_is_followed_by_the_stable_version_and_keeps_the_blame() {
    let scene = scene(Act::Fail(Failure::Upstream));
    let control = control(&scene);
    control.set_stage(Stage::Canary(2_000));
    for user in 0..400 {
        let answer = scene.runtime().call(keyed(&format!("user-{user}"), user)).await.unwrap();
        assert_eq!((score(&answer), answer.served.model, answer.served.step_down), (STABLE, ModelId(1), None));
    }
    let asked = scene.called()[0];
    assert!((50..110).contains(&asked), "{asked} of 400");
    assert_eq!(control.calls(), [u64::from(400 - asked), u64::from(asked)]);
    assert_eq!(control.failing(), [0, asked]);
    let units: BTreeSet<u64> = (0..400).map(|user| unit_of(format!("user-{user}").as_bytes())).collect();
    let events = scene.events();
    assert_eq!(events.len(), asked as usize);
    for event in events {
        let Observation::BadCall { candidate, weight, bad, unit, .. } = event else { panic!("{event:?}") };
        assert_eq!((candidate, weight, bad), (true, 2_000, Bad::one(BadKind::Error).and(BadKind::Fallback)), "rescued is not answered");
        assert!(units.contains(&unit));
    }
    let failed = |signal: &&Signal| **signal == Signal::CandidateFailed { rollout: RolloutId(0), reason: StepDown::Failed };
    assert_eq!(scene.signals().iter().filter(failed).count(), asked as usize);
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_hangs_leaves_the_stable_version_what_it_needs() {
    let stable = Act::After(Duration::from_millis(60), Box::new(Act::Answer(STABLE)));
    for (plan, left) in [(rolling(0), 133), (rolling_on_a_rung(), 83)] {
        let scene = Scene::new(plan, [Act::Hang, stable.clone(), Act::Answer(0.1)]);
        control(&scene).set_slow_us(65_000);
        control(&scene).set_stage(Stage::Full);
        let began = Instant::now();
        let answer = scene.runtime().call(keyed("user-1", 1)).await.unwrap();
        assert_eq!((score(&answer), answer.served.rung, scene.called()[2]), (STABLE, 0, 0));
        let took = began.elapsed().as_millis();
        assert!((left + 60..left + 64).contains(&took), "{took} ms");
        assert_eq!((control(&scene).calls(), control(&scene).failing()), ([0, 1], [0, 1]), "its time was its own");
    }
}

#[tokio::test(start_paused = true)]
async fn an_identical_release_has_time_enough_on_a_tight_rung() {
    // Of 150 ms the stable version needs 100: half would be too little for either.
    let version = |value| Act::After(Duration::from_millis(100), Box::new(Act::Answer(value)));
    for known in [false, true] {
        let scene = Scene::new(rolling_on_a_rung(), [version(CANDIDATE), version(STABLE), Act::Answer(0.1)]);
        if known {
            assert_eq!(ask(&scene, 1).await, STABLE);
            control(&scene).set_slow_us(104_000);
        }
        control(&scene).set_stage(Stage::Full);
        assert_eq!(ask(&scene, 1).await, CANDIDATE);
        assert_eq!((scene.events().len(), control(&scene).calls()), (0, [0, 1]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_that_hangs_is_seen_though_every_caller_is_hurried() {
    for (stage, candidate) in [(Stage::Full, true), (Stage::Canary(1), false)] {
        let acts = if candidate { [Act::Hang, Act::Answer(STABLE)] } else { [Act::Answer(CANDIDATE), Act::Hang] };
        let [new, old] = acts;
        let scene = Scene::new(rolling_on_a_rung(), [new, old, Act::Answer(0.1)]);
        control(&scene).set_slow_us(20_000);
        control(&scene).set_stage(stage);
        for (deadline_ms, seen) in [(65, 0), (100, 1)] {
            let mut hurried = keyed("user-1", 1);
            hurried.deadline_ms = Some(deadline_ms);
            let _ = scene.runtime().call(hurried).await;
            let calls = control(&scene).calls();
            assert_eq!(calls[usize::from(candidate)], seen, "{deadline_ms} ms");
            assert_eq!(calls[usize::from(!candidate)], 0);
        }
        let events = scene.events();
        let [Observation::BadCall { candidate: blamed, bad, .. }] = events[..] else { panic!("{events:?}") };
        assert_eq!((blamed, bad), (candidate, Bad::one(BadKind::Slow).and(BadKind::Fallback)));
    }
}

/// Answers with another number, datatype or shape of outputs are told apart from answers that are merely no good.
#[tokio::test(start_paused = true)]
async fn answers_in_another_form_are_counted_for_the_candidate() {
    let wrong_type = Tensor::new(vec![1, 1], Values::Int64(vec![1])).unwrap();
    let wrong_shape = column(vec![0.1, 0.2]);
    let forms = [vec![], vec![wrong_type], vec![wrong_shape]];
    let scene = scene(Act::Answer(CANDIDATE));
    let (control, candidate) = (control(&scene), Arc::clone(&scene.fakes[0]));
    control.set_stage(Stage::Full);
    for (index, form) in forms.into_iter().enumerate() {
        candidate.becomes(Act::Outputs(form));
        assert_eq!(ask(&scene, 1).await, STABLE);
        assert_eq!(control.mismatches() as usize, index + 1);
    }
    for other in [Act::Outputs(vec![column(vec![f32::NAN])]), Act::Fail(Failure::BadOutput), Act::Fail(Failure::Upstream)] {
        candidate.becomes(other);
        assert_eq!(ask(&scene, 1).await, STABLE);
    }
    // The stable version's are its own.
    control.set_stage(Stage::Stable);
    scene.fakes[1].becomes(Act::Outputs(Vec::new()));
    assert!(scene.runtime().call(call(1)).await.is_err());
    assert_eq!(control.mismatches(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_copy_shows_answers_in_another_form_before_anybody_gets_one() {
    let scene = Scene::new(rolling(10_000), [Act::Outputs(Vec::new()), Act::Answer(STABLE), Act::Answer(0.1)]);
    control(&scene).set_stage(Stage::Shadow);
    assert_eq!(ask(&scene, 1).await, STABLE);
    tokio::task::yield_now().await;
    assert_eq!((scene.called()[0], control(&scene).mismatches()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_rung_without_an_answer_is_an_error_and_a_fallback_of_the_version_that_was_assigned() {
    for (weight, candidate) in [(Stage::Canary(1), false), (Stage::Full, true)] {
        let acts = [Act::Fail(Failure::BadOutput), Act::Fail(Failure::Reset), Act::Answer(0.1)];
        let scene = Scene::new(rolling_on_a_rung(), acts);
        control(&scene).set_stage(weight);
        let answer = scene.runtime().call(keyed("user-1", 1)).await.unwrap();
        assert_eq!((score(&answer), answer.served.rung), (0.1, 1));
        let events = scene.events();
        let [Observation::BadCall { candidate: blamed, bad, weight, .. }] = events[..] else { panic!("{events:?}") };
        assert_eq!((blamed, bad), (candidate, Bad::one(BadKind::Error).and(BadKind::Fallback)));
        assert_eq!(weight, if candidate { 10_000 } else { 1 });
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_slower_than_the_frozen_threshold_is_slow() {
    let scene = scene(Act::After(Duration::from_millis(20), Box::new(Act::Answer(CANDIDATE))));
    control(&scene).set_stage(Stage::Full);
    ask(&scene, 1).await;
    assert!(scene.events().is_empty(), "nothing is slow while nothing is known");
    control(&scene).set_slow_us(30_000);
    ask(&scene, 1).await;
    assert!(scene.events().is_empty());
    control(&scene).set_slow_us(10_000);
    ask(&scene, 1).await;
    let events = scene.events();
    let [Observation::BadCall { bad, .. }] = events[..] else { panic!("{events:?}") };
    assert_eq!((bad, control(&scene).failing()), (Bad::one(BadKind::Slow), [0, 0]));
}

#[tokio::test(start_paused = true)]
async fn what_is_the_callers_doing_is_not_counted() {
    // Rejected inputs, and too little time: the stable version is not asked after a rejection.
    let scene = scene(Act::Fail(Failure::Rejected));
    control(&scene).set_stage(Stage::Full);
    assert_eq!(scene.runtime().call(call(1)).await.unwrap_err().code, "input-rejected");
    assert_eq!((scene.called(), control(&scene).calls()), ([1, 0, 0], [0, 0]));
    // What the stable version needs becomes known.
    control(&scene).set_stage(Stage::Stable);
    ask(&scene, 1).await;
    control(&scene).set_stage(Stage::Full);
    scene.fakes[0].becomes(Act::Hang);
    let mut hurried = call(1);
    hurried.deadline_ms = Some(20);
    // The stable version answers in the other half of the time; what the candidate would have done with more is not known.
    assert_eq!(score(&scene.runtime().call(hurried).await.unwrap()), STABLE);
    assert_eq!(control(&scene).calls(), [0, 0]);
    assert!(scene.events().is_empty());
    // Whoever waits as long as the route allows has seen a failure.
    assert_eq!(score(&scene.runtime().call(call(1)).await.unwrap()), STABLE);
    assert_eq!((control(&scene).calls(), scene.events().len()), ([0, 1], 1));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_is_not_counted() {
    let scene = scene(Act::Hang);
    control(&scene).set_stage(Stage::Full);
    let runtime = scene.runtime();
    let waiting = tokio::spawn(async move { runtime.call(call(1)).await });
    tokio::task::yield_now().await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!((scene.called()[0], control(&scene).calls()), (1, [0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_asks_for_a_version_takes_no_part() {
    let scene = Scene::new(rolling_on_a_rung(), [Act::Answer(CANDIDATE), Act::Fail(Failure::Reset), Act::Answer(0.1)]);
    control(&scene).set_stage(Stage::Full);
    let mut pinned = call(1);
    pinned.version = Some("v2".to_owned());
    let answer = scene.runtime().call(pinned).await.unwrap();
    assert_eq!((score(&answer), answer.served.rung), (0.1, 1));
    assert_eq!((scene.called(), control(&scene).calls(), scene.events().len()), ([0, 1, 1], [0, 0], 0));
}
