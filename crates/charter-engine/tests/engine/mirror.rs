//! Copies: made after the answer, dropped first, counted nowhere else.

use crate::scene::*;
use crate::support::*;
use charter_engine::controls::Stage;
use charter_engine::signal::MirrorOutcome;
use charter_engine::{Failure, Signal};
use charter_plan::Plan;
use charter_plan::plan::{Cache, CacheId, ComparisonId, Limiter, Node, Protect, RolloutId, RouteId, Scope};
use std::sync::Arc;
use std::time::Duration;

/// `v2` answers, `v3` gets copies.
fn shadowed(concurrency_max: u32) -> Plan {
    let node =
        Node::Shadow { comparison: ComparisonId(0), primary: Box::new(Node::Model(use_of(1))), mirror: Box::new(Node::Model(use_of(0))) };
    let mut plan = plan_of(node);
    plan.comparisons = vec![comparison(10_000, concurrency_max)];
    plan
}

fn scene(plan: Plan, mirror: Act) -> Scene {
    Scene::new(plan, [mirror, Act::Answer(0.2), Act::Answer(0.1)])
}

fn outcomes(scene: &Scene) -> Vec<MirrorOutcome> {
    let mirrored = |signal: &Signal| if let Signal::Mirrored { outcome, .. } = signal { Some(*outcome) } else { None };
    scene.signals().iter().filter_map(mirrored).collect()
}

/// Lets copies run until this much time has passed.
async fn pass(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_copy_runs_after_the_answer_and_both_are_compared() {
    let scene = scene(shadowed(4), Act::After(Duration::from_millis(30), Box::new(Act::Answer(0.9))));
    let began = tokio::time::Instant::now();
    let answer = scene.runtime().call(call(1)).await.unwrap();
    assert_eq!((score(&answer), began.elapsed(), scene.called()[0]), (0.2, Duration::ZERO, 0), "the caller waits for nothing");
    pass(31).await;
    let pairs = scene.pairs();
    let [pair] = pairs.as_slice() else { panic!("{pairs:?}") };
    assert_eq!((values(&pair.primary.as_ref().unwrap()[0]), values(&pair.mirror.as_ref().unwrap()[0])), (&[0.2_f32][..], &[0.9_f32][..]));
    assert_eq!((pair.rows, pair.canary, pair.inputs.len(), pair.primary_us), (1, false, 0, 0));
    assert_eq!(pair.mirror_us, 30_000);
    assert_eq!(*scene.fakes[0].inputs.lock().unwrap(), vec![column(vec![10.0])], "the same inputs");
    assert_eq!(outcomes(&scene), [MirrorOutcome::Answered]);
}

#[tokio::test(start_paused = true)]
async fn inputs_travel_only_where_slices_are_looked_for() {
    let mut plan = shadowed(4);
    plan.comparisons[0].slices = vec!["amount".to_owned()];
    let scene = scene(plan, Act::Answer(0.9));
    scene.runtime().call(amount(7.0)).await.unwrap();
    pass(1).await;
    assert_eq!(scene.pairs()[0].inputs, vec![column(vec![7.0])]);
}

#[tokio::test(start_paused = true)]
async fn only_the_stated_share_is_copied() {
    let mut plan = shadowed(1_000);
    plan.comparisons[0].share = 2_500;
    let scene = scene(plan, Act::Answer(0.9));
    for seed in 0..800 {
        scene.runtime().call(call(seed)).await.unwrap();
    }
    pass(1).await;
    assert!((150..250).contains(&scene.called()[0]), "{}", scene.called()[0]);
}

#[tokio::test(start_paused = true)]
async fn copies_over_the_budget_are_dropped_and_each_ends_with_the_routes_time() {
    let scene = scene(shadowed(2), Act::Hang);
    for seed in 0..5 {
        scene.runtime().call(call(seed)).await.unwrap();
    }
    assert_eq!(outcomes(&scene), [MirrorOutcome::Dropped; 3]);
    pass(205).await;
    assert_eq!(outcomes(&scene)[3..], [MirrorOutcome::Failed; 2]);
    let pairs = scene.pairs();
    assert!(pairs.len() == 2 && pairs.iter().all(|pair| pair.mirror.is_none() && pair.primary.is_some()));
    // The places are free again.
    scene.fakes[0].becomes(Act::Answer(0.9));
    scene.runtime().call(call(9)).await.unwrap();
    pass(1).await;
    assert_eq!(outcomes(&scene).last(), Some(&MirrorOutcome::Answered));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_nearly_full_gets_no_copies() {
    let mut plan = shadowed(100);
    plan.models[0].protect = Protect { limiter: Limiter::Fixed { max: 10 }, ..Protect::NONE };
    let mut direct = route(Node::Model(use_of(0)));
    (direct.id, direct.name) = (RouteId(1), "direct".to_owned());
    plan.routes.push(direct);
    let scene = scene(plan, Act::Hang);
    let waiting: Vec<_> = (0..9)
        .map(|seed| {
            let runtime = scene.runtime();
            let mut call = call(seed);
            call.route = RouteId(1);
            tokio::spawn(async move { runtime.call(call).await })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_eq!(scene.called()[0], 9);
    scene.runtime().call(call(1)).await.unwrap();
    assert_eq!(outcomes(&scene), [MirrorOutcome::Dropped]);
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
    pass(1).await;
    scene.fakes[0].becomes(Act::Answer(0.9));
    scene.runtime().call(call(1)).await.unwrap();
    pass(1).await;
    assert_eq!(outcomes(&scene), [MirrorOutcome::Dropped, MirrorOutcome::Answered]);
}

#[tokio::test(start_paused = true)]
async fn copies_are_neither_answered_from_a_cache_nor_kept_in_one() {
    let mut plan = shadowed(4);
    plan.caches = vec![Cache { id: CacheId(0), name: "fraud".to_owned(), ttl_ms: 60_000, bytes_max: 1 << 20, scope: Scope::Everyone }];
    plan.routes[0].node = Node::Shadow {
        comparison: ComparisonId(0),
        primary: Box::new(Node::Model(use_of(1))),
        mirror: Box::new(Node::Cache { cache: CacheId(0), node: Box::new(Node::Model(use_of(0))) }),
    };
    let scene = scene(plan, Act::Answer(0.9));
    for _ in 0..3 {
        scene.runtime().call(call(1)).await.unwrap();
        pass(1).await;
    }
    assert_eq!(scene.called()[0], 3);
    assert!(!scene.signals().iter().any(|signal| matches!(signal, Signal::CacheAsked { .. })));
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_a_lower_rung_is_not_compared_and_a_failure_is() {
    let mut plan = shadowed(4);
    let ladder =
        Node::Ladder { rungs: vec![rung("full", Node::Model(use_of(1)), 100, 50), rung("fallback", Node::Model(use_of(2)), 50, 0)] };
    plan.routes[0].node = Node::Shadow { comparison: ComparisonId(0), primary: Box::new(ladder), mirror: Box::new(Node::Model(use_of(0))) };
    let scene = scene(plan, Act::Answer(0.9));
    scene.fakes[1].becomes(Act::Fail(Failure::Upstream));
    assert_eq!(scene.runtime().call(call(1)).await.unwrap().served.rung, 1);
    pass(1).await;
    assert_eq!((scene.called()[0], outcomes(&scene).len()), (0, 0));
    scene.fakes[2].becomes(Act::Fail(Failure::Upstream));
    assert!(scene.runtime().call(call(1)).await.is_err());
    pass(1).await;
    let pairs = scene.pairs();
    assert!(pairs.len() == 1 && pairs[0].primary.is_none() && pairs[0].mirror.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_pinned_call_is_not_copied() {
    let scene = scene(shadowed(4), Act::Answer(0.9));
    let mut pinned = call(1);
    pinned.version = Some("v2".to_owned());
    scene.runtime().call(pinned).await.unwrap();
    pass(1).await;
    assert_eq!((scene.called()[0], outcomes(&scene).len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_rollout_copies_to_the_candidate_in_its_shadow_and_to_the_stable_version_in_its_canary() {
    let scene = scene(rolling(10_000), Act::Answer(0.9));
    let runtime = scene.runtime();
    let control = Arc::clone(runtime.controls().rollout(RolloutId(0)).unwrap());
    control.set_stage(Stage::Shadow);
    assert_eq!(score(&runtime.call(call(1)).await.unwrap()), 0.2);
    pass(1).await;
    let [pair] = &scene.pairs()[..] else { panic!("one pair") };
    assert_eq!((pair.canary, values(&pair.primary.as_ref().unwrap()[0])[0]), (false, 0.2));
    assert_eq!((control.calls(), scene.called()), ([0, 0], [1, 1, 0]), "a shadow counts nothing");
    control.set_stage(Stage::Canary(5_000));
    for user in 0..40 {
        runtime.call(keyed(&format!("user-{user}"), user)).await.unwrap();
        pass(1).await;
    }
    let [stable, candidate] = control.calls();
    assert_eq!(stable + candidate, 40, "copies are not counted");
    let pairs = scene.pairs();
    assert_eq!(pairs.len() as u64, candidate, "only the candidate's calls");
    assert!(pairs.iter().all(|pair| pair.canary && values(&pair.primary.as_ref().unwrap()[0])[0] == 0.9));
    assert!(pairs.iter().all(|pair| values(&pair.mirror.as_ref().unwrap()[0])[0] == 0.2));
}

#[tokio::test(start_paused = true)]
async fn a_candidate_too_slow_for_its_rung_shows_in_the_shadow() {
    // Its rung has 150 of the route's 200 ms.
    let mut plan = rolling_on_a_rung();
    plan.comparisons[0].share = 10_000;
    for (takes, answers) in [(140, true), (170, false)] {
        let scene = scene(plan.clone(), Act::After(Duration::from_millis(takes), Box::new(Act::Answer(0.9))));
        scene.runtime().controls().rollout(RolloutId(0)).unwrap().set_stage(Stage::Shadow);
        scene.runtime().call(call(1)).await.unwrap();
        pass(210).await;
        let pairs = scene.pairs();
        let [pair] = pairs.as_slice() else { panic!("{pairs:?}") };
        assert_eq!(pair.mirror.is_some(), answers, "{takes} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_finishes_on_the_plan_that_it_began_on() {
    let scene = scene(shadowed(4), Act::After(Duration::from_millis(50), Box::new(Act::Answer(0.9))));
    scene.runtime().call(call(1)).await.unwrap();
    tokio::task::yield_now().await;
    scene.engine.reload(plan_of(Node::Model(use_of(1))), &opener(&scene.fakes)).unwrap();
    pass(60).await;
    assert_eq!(outcomes(&scene), [MirrorOutcome::Answered]);
}
