//! Caches of answers: who shares them, who asks, and what happens when whoever asks fails.

use crate::scene::*;
use crate::support::*;
use charter_engine::controls::Stage;
use charter_engine::signal::CacheFound;
use charter_engine::{Call, Engine, Failure, Forced, Quiet, Signal, StepDown};
use charter_plan::Plan;
use charter_plan::plan::{Cache, CacheId, Flag, FlagId, ModelId, Node, RolloutId, RouteId, Scope, Turn};
use std::sync::Arc;
use std::time::Duration;

fn cached(node: Node, scope: Scope) -> Plan {
    with_cache(plan_of(node), scope)
}

/// The same plan with a cache around its route's graph.
fn with_cache(mut plan: Plan, scope: Scope) -> Plan {
    plan.caches = vec![Cache { id: CacheId(0), name: "fraud".to_owned(), ttl_ms: 60_000, bytes_max: 1 << 20, scope }];
    let node = plan.routes[0].node.clone();
    plan.routes[0].node = Node::Cache { cache: CacheId(0), node: Box::new(node) };
    plan
}

fn one_model() -> Plan {
    cached(Node::Model(use_of(0)), Scope::Everyone)
}

fn scene(plan: Plan, act: Act) -> Scene {
    Scene::new(plan, [act, Act::Answer(0.2), Act::Answer(0.1)])
}

fn found(scene: &Scene) -> Vec<CacheFound> {
    let asked = |signal: &Signal| if let Signal::CacheAsked { found, .. } = signal { Some(*found) } else { None };
    scene.signals().iter().filter_map(asked).collect()
}

fn after(milliseconds: u64, act: Act) -> Act {
    Act::After(Duration::from_millis(milliseconds), Box::new(act))
}

fn of(identity: &str) -> Call {
    let mut call = call(1);
    call.caller.identity = Some(identity.to_owned());
    call
}

/// Starts a call in a task of its own.
fn start(scene: &Scene, call: Call) -> tokio::task::JoinHandle<Option<f32>> {
    let runtime = scene.runtime();
    tokio::spawn(async move { runtime.call(call).await.ok().map(|answer| score(&answer)) })
}

#[tokio::test(start_paused = true)]
async fn the_same_call_is_answered_once_until_its_time_is_over() {
    let scene = scene(one_model(), Act::Answer(0.9));
    for _ in 0..3 {
        let answer = scene.runtime().call(call(1)).await.unwrap();
        assert_eq!((score(&answer), answer.served.model), (0.9, ModelId(0)));
    }
    assert_eq!((scene.called()[0], found(&scene)), (1, vec![CacheFound::Miss, CacheFound::Hit, CacheFound::Hit]));
    scene.runtime().call(amount(10.5)).await.unwrap();
    assert_eq!(scene.called()[0], 2, "another input");
    tokio::time::advance(Duration::from_secs(60)).await;
    scene.runtime().call(call(1)).await.unwrap();
    assert_eq!(scene.called()[0], 3, "its time is over");
}

#[tokio::test(start_paused = true)]
async fn identities_share_only_where_the_charter_says_so() {
    for (scope, calls) in [(Scope::Everyone, 1), (Scope::Identity, 3)] {
        let scene = scene(cached(Node::Model(use_of(0)), scope), Act::Answer(0.9));
        for caller in [of("anna"), of("ben"), of("anna"), call(1), of("")] {
            scene.runtime().call(caller).await.unwrap();
        }
        // Anna, Ben, and nobody; an empty name is a name.
        assert_eq!(scene.called()[0], if scope == Scope::Identity { calls + 1 } else { calls });
    }
}

#[tokio::test(start_paused = true)]
async fn of_calls_that_are_the_same_one_asks() {
    let scene = scene(one_model(), after(50, Act::Answer(0.9)));
    let calls: Vec<_> = (0..50).map(|seed| start(&scene, call(seed))).collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Some(0.9));
    }
    assert_eq!(scene.called()[0], 1);
    assert_eq!(found(&scene).iter().filter(|found| **found == CacheFound::Joined).count(), 49);
}

#[tokio::test(start_paused = true)]
async fn one_of_those_who_wait_takes_over_when_the_asker_is_cancelled() {
    let scene = scene(one_model(), after(50, Act::Answer(0.9)));
    let first = start(&scene, call(1));
    tokio::task::yield_now().await;
    let others: Vec<_> = (0..20).map(|seed| start(&scene, call(seed))).collect();
    tokio::time::sleep(Duration::from_millis(10)).await;
    first.abort();
    let began = tokio::time::Instant::now();
    for call in others {
        assert_eq!(call.await.unwrap(), Some(0.9));
    }
    assert_eq!((scene.called()[0], began.elapsed().as_millis()), (2, 50), "one, and at once");
}

#[tokio::test(start_paused = true)]
async fn one_of_those_who_wait_takes_over_when_the_asker_fails() {
    let scene = scene(one_model(), Act::Answer(0.9));
    scene.fakes[0].script.lock().unwrap().extend([after(10, Act::Fail(Failure::Upstream)), after(10, Act::Fail(Failure::Upstream))]);
    let calls: Vec<_> = (0..20).map(|seed| start(&scene, call(seed))).collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|answer| answer.is_none()).count(), 2, "a failure is the asker's own");
    assert_eq!(scene.called()[0], 3);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_waits_no_longer_than_its_own_deadline() {
    let scene = scene(one_model(), after(100, Act::Answer(0.9)));
    let patient = start(&scene, call(1));
    tokio::task::yield_now().await;
    let mut hurried = call(2);
    hurried.deadline_ms = Some(20);
    let began = tokio::time::Instant::now();
    let error = scene.runtime().call(hurried).await.unwrap_err();
    assert_eq!((error.code, began.elapsed().as_millis()), ("deadline-exceeded", 20));
    assert_eq!(patient.await.unwrap(), Some(0.9));
    // And the other way round: a hurried asker leaves the question to a patient one.
    scene.fakes[0].becomes(after(100, Act::Answer(0.7)));
    let mut hurried = amount(1.0);
    hurried.deadline_ms = Some(20);
    let hurried = start(&scene, hurried);
    tokio::task::yield_now().await;
    let patient = start(&scene, amount(1.0));
    assert_eq!((hurried.await.unwrap(), patient.await.unwrap()), (None, Some(0.7)));
}

#[tokio::test(start_paused = true)]
async fn a_degraded_answer_is_shared_with_those_who_wait_and_not_kept() {
    let ladder =
        Node::Ladder { rungs: vec![rung("full", Node::Model(use_of(0)), 100, 50), rung("fallback", Node::Model(use_of(1)), 50, 0)] };
    let scene = scene(cached(ladder, Scope::Everyone), after(10, Act::Fail(Failure::Upstream)));
    let calls: Vec<_> = (0..10).map(|seed| start(&scene, call(seed))).collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Some(0.2));
    }
    assert_eq!(scene.called(), [1, 1, 0]);
    let answer = scene.runtime().call(call(1)).await.unwrap();
    assert_eq!((answer.served.rung, answer.served.step_down, scene.called()[0]), (1, Some(StepDown::Failed), 2));
    scene.fakes[0].becomes(Act::Answer(0.9));
    assert_eq!(score(&scene.runtime().call(call(1)).await.unwrap()), 0.9);
    // What is kept needs no model.
    scene.runtime().force(ModelId(0), Forced::Open);
    assert_eq!(score(&scene.runtime().call(call(1)).await.unwrap()), 0.9);
}

#[tokio::test(start_paused = true)]
async fn versions_of_a_rollout_share_nothing_and_its_canary_goes_past_the_cache() {
    let scene = scene(with_cache(rolling(0), Scope::Everyone), Act::Answer(0.9));
    let runtime = scene.runtime();
    let control = Arc::clone(runtime.controls().rollout(RolloutId(0)).unwrap());
    for (stage, expected, called) in [
        (Stage::Stable, 0.2, [0, 1]),
        (Stage::Shadow, 0.2, [0, 1]),
        (Stage::Full, 0.9, [1, 1]),
        (Stage::Full, 0.9, [1, 1]),
        (Stage::Stable, 0.2, [1, 1]),
    ] {
        control.set_stage(stage);
        assert_eq!(score(&runtime.call(call(1)).await.unwrap()), expected, "{stage:?}");
        assert_eq!(scene.called()[..2], called, "{stage:?}");
    }
    control.set_stage(Stage::Canary(5_000));
    for _ in 0..10 {
        runtime.call(call(1)).await.unwrap();
    }
    assert_eq!(scene.called().iter().sum::<u32>(), 12);
    // The stable version standing in for a candidate that failed is not kept as its answer.
    control.set_stage(Stage::Full);
    scene.fakes[0].becomes(Act::Fail(Failure::Upstream));
    assert_eq!(score(&runtime.call(amount(3.0)).await.unwrap()), 0.2);
    scene.fakes[0].becomes(Act::Answer(0.9));
    assert_eq!(score(&runtime.call(amount(3.0)).await.unwrap()), 0.9);
}

#[tokio::test(start_paused = true)]
async fn a_pinned_call_neither_finds_nor_leaves_anything() {
    let scene = scene(one_model(), Act::Answer(0.9));
    scene.runtime().call(call(1)).await.unwrap();
    let mut pinned = call(1);
    pinned.version = Some("v2".to_owned());
    assert_eq!(score(&scene.runtime().call(pinned).await.unwrap()), 0.2);
    assert_eq!(found(&scene).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_flag_turns_off_is_not_answered_from_what_was_kept() {
    for turned in [Turn::Model(ModelId(0)), Turn::Rung { route: RouteId(0), rung: 0 }] {
        let ladder =
            Node::Ladder { rungs: vec![rung("full", Node::Model(use_of(0)), 100, 50), rung("fallback", Node::Model(use_of(1)), 50, 0)] };
        let mut plan = cached(ladder, Scope::Everyone);
        plan.flags = vec![Flag {
            id: FlagId(0),
            name: "full".to_owned(),
            variants: vec![("on".to_owned(), true.into()), ("off".to_owned(), false.into())],
            default_variant: 0,
            enabled: true,
            turns: vec![turned],
            rules: Vec::new(),
        }];
        let scene = scene(plan, Act::Answer(0.9));
        let runtime = scene.runtime();
        for (variant, expected, step_down) in [("on", 0.9, None), ("off", 0.2, Some(StepDown::Flag)), ("on", 0.9, None)] {
            runtime.controls().flags().choose("full", Some(variant)).unwrap();
            let answer = runtime.call(call(1)).await.unwrap();
            assert_eq!((score(&answer), answer.served.step_down), (expected, step_down), "{variant}");
        }
        assert_eq!(scene.called(), [1, 1, 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reload_keeps_what_the_same_models_answered() {
    let scene = scene(one_model(), Act::Answer(0.9));
    scene.runtime().call(call(1)).await.unwrap();
    // Something else changes, and every model gets another id.
    let mut plan = one_model();
    plan.models.swap(0, 2);
    (plan.models[0].id, plan.models[2].id) = (ModelId(0), ModelId(2));
    plan.routes[0].node = Node::Cache { cache: CacheId(0), node: Box::new(Node::Model(use_of(2))) };
    scene.engine.reload(plan.clone(), &opener(&scene.fakes)).unwrap();
    let answer = scene.runtime().call(call(1)).await.unwrap();
    assert_eq!((scene.called()[0], answer.served.model), (1, ModelId(2)), "kept, and the same model under its new id");
    plan.routes[0].node = Node::Cache { cache: CacheId(0), node: Box::new(Node::Model(use_of(1))) };
    scene.engine.reload(plan, &opener(&scene.fakes)).unwrap();
    assert_eq!(score(&scene.runtime().call(call(1)).await.unwrap()), 0.2, "another model");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_waits_for_ever_however_calls_cross() {
    let fakes = [Fake::new(after(1, Act::Answer(0.9))), Fake::new(Act::Answer(0.2)), Fake::new(Act::Answer(0.1))];
    let mut plan = one_model();
    plan.caches[0].ttl_ms = 1;
    plan.routes[0].timeout_ms = 30_000;
    let engine = Arc::new(Engine::start(plan, &opener(&fakes), clock(), Arc::new(Quiet)));
    let callers: Vec<_> = (0..16_u64)
        .map(|caller| {
            let engine = Arc::clone(&engine);
            tokio::spawn(async move {
                for turn in 0..100 {
                    let call = engine.current().call(amount((turn % 3) as f32)).await;
                    assert!(call.is_ok());
                    // Some give up in the middle.
                    if (turn + caller).is_multiple_of(5) {
                        let runtime = engine.current();
                        let _ = tokio::time::timeout(Duration::from_micros(300), runtime.call(amount(9.0))).await;
                    }
                }
            })
        })
        .collect();
    let all = async {
        for caller in callers {
            caller.await.unwrap();
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), all).await.is_ok(), "somebody still waits");
}
