use crate::support::*;
use charter_engine::{BreakerState, Engine, Failure, Forced, Quiet, StepDown};
use charter_plan::plan::{Breaker, Limiter, ModelId, Node, Protect, Source};
use charter_plan::tensor::Datatype;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn engine(full: Act) -> (Engine, Fakes, [Arc<Fake>; 3]) {
    let fakes = [Fake::new(full), Fake::new(Act::Answer(0.2)), Fake::new(Act::Answer(0.1))];
    let opener = Fakes::of([("fraud@v3", &fakes[0]), ("fraud@v2", &fakes[1]), ("fraud@v1", &fakes[2])]);
    let engine = Engine::start(three_rungs(), &opener, clock(), Arc::new(Quiet));
    (engine, opener, fakes)
}

#[tokio::test(start_paused = true)]
async fn a_reload_keeps_breakers_and_open_backends() {
    let (engine, opener, fakes) = engine(Act::Fail(Failure::Upstream));
    for seed in 0..20 {
        engine.current().call(call(seed)).await.unwrap();
    }
    engine.current().force(ModelId(1), Forced::Open);
    let mut plan = three_rungs();
    plan.models[2].protect = Protect { breaker: Some(Breaker::default()), ..Protect::NONE };
    let reloaded = engine.reload(plan, &opener).unwrap();
    assert!(reloaded.opened.is_empty() && reloaded.unavailable.is_empty());
    assert_eq!(opener.opened.load(Ordering::Relaxed), 3);
    let runtime = engine.current();
    assert_eq!(runtime.model(ModelId(0)).breaker, BreakerState::Open);
    assert_eq!(runtime.model(ModelId(1)).breaker, BreakerState::ForcedOpen);
    assert_eq!(runtime.model(ModelId(2)).breaker, BreakerState::Closed);
    let answer = runtime.call(call(99)).await.unwrap();
    assert_eq!((answer.served.rung, answer.served.step_down, fakes[0].calls()), (2, Some(StepDown::BreakerOpen), 20));
}

#[tokio::test(start_paused = true)]
async fn other_guard_settings_keep_what_was_learnt() {
    let (engine, opener, _) = engine(Act::Fail(Failure::Upstream));
    for seed in 0..20 {
        engine.current().call(call(seed)).await.unwrap();
    }
    let mut plan = three_rungs();
    plan.models[0].protect.breaker = Some(Breaker { failure_ratio: 0.3, ..Breaker::default() });
    engine.reload(plan, &opener).unwrap();
    assert_eq!(engine.current().model(ModelId(0)).breaker, BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn another_artifact_under_the_same_label_starts_afresh() {
    let (engine, opener, _) = engine(Act::Fail(Failure::Upstream));
    for seed in 0..20 {
        engine.current().call(call(seed)).await.unwrap();
    }
    let mut plan = three_rungs();
    plan.models[0].source = Source::Onnx { path: "v3.onnx".to_owned(), digest: "sha256:1".to_owned() };
    let reloaded = engine.reload(plan, &opener).unwrap();
    assert_eq!(reloaded.opened, [ModelId(0)]);
    assert_eq!(engine.current().model(ModelId(0)).breaker, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn calls_in_flight_finish_on_the_runtime_they_began_on() {
    let (engine, opener, _) = engine(Act::After(Duration::from_millis(50), Box::new(Act::Answer(0.9))));
    let runtime = engine.current();
    let began = tokio::spawn(async move { runtime.call(call(1)).await });
    tokio::task::yield_now().await;
    let mut plan = three_rungs();
    plan.fingerprint = "sha256:next".to_owned();
    engine.reload(plan, &opener).unwrap();
    assert_eq!(engine.current().plan().fingerprint, "sha256:next");
    assert_eq!(engine.current().model(ModelId(0)).in_flight, 1, "the guard is shared");
    assert_eq!(began.await.unwrap().unwrap().served.rung, 0);
    assert_eq!(engine.current().model(ModelId(0)).in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_takes_a_routes_last_rung_is_refused_whole() {
    let (engine, _, _) = engine(Act::Answer(0.9));
    let mut plan = three_rungs();
    for model in &mut plan.models {
        model.source = Source::Onnx { path: "gone.onnx".to_owned(), digest: "sha256:2".to_owned() };
    }
    plan.fingerprint = "sha256:bad".to_owned();
    let refused = engine.reload(plan, &Fakes::default()).unwrap_err();
    assert!(refused.reasons[0].contains("`fraud` would lose every rung"), "{refused:?}");
    assert_eq!(engine.current().plan().fingerprint, "sha256:0");
    assert!(engine.current().call(call(1)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_plan_whose_decision_does_not_compile_is_refused() {
    let (engine, opener, _) = engine(Act::Answer(0.9));
    let mut plan = three_rungs();
    plan.routes[0].decisions = vec![decision("decision", Datatype::Bytes, "scroe > 0.5 ? 'block' : 'allow'")];
    let refused = engine.reload(plan, &opener).unwrap_err();
    assert!(refused.reasons[0].contains("`scroe`"), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_cannot_be_opened_closes_its_rung_only() {
    let (engine, _, fakes) = engine(Act::Answer(0.9));
    let mut plan = three_rungs();
    plan.models[0].source = Source::Onnx { path: "v4.onnx".to_owned(), digest: "sha256:4".to_owned() };
    let reloaded = engine.reload(plan, &Fakes::of([("fraud@v2", &fakes[1])])).unwrap();
    assert_eq!(reloaded.unavailable.len(), 1);
    assert_eq!(reloaded.closed, [ModelId(0)]);
    assert_eq!(engine.current().model(ModelId(0)).unavailable.unwrap().help, "add one");
    let answer = engine.current().call(call(1)).await.unwrap();
    assert_eq!((answer.served.rung, answer.served.step_down), (1, Some(StepDown::Unavailable)));
}

#[tokio::test(start_paused = true)]
async fn other_guards_still_count_the_calls_inside() {
    let fake = Fake::new(Act::Hang);
    let opener = Fakes::of([("fraud@v3", &fake)]);
    let limited = |max| {
        let mut route = route(Node::Model(use_of(0)));
        route.pins.clear();
        plan(vec![model(0, "v3", Protect { limiter: Limiter::Fixed { max }, ..guarded() })], vec![route])
    };
    let engine = Engine::start(limited(2), &opener, clock(), Arc::new(Quiet));
    let inside: Vec<_> = (0..2)
        .map(|seed| {
            let runtime = engine.current();
            tokio::spawn(async move { runtime.call(call(seed)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_eq!(engine.current().model(ModelId(0)).in_flight, 2);
    engine.reload(limited(3), &opener).unwrap();
    assert_eq!(engine.current().model(ModelId(0)).in_flight, 2, "they are inside the same backend");
    engine.reload(limited(1), &opener).unwrap();
    assert_eq!(engine.current().call(call(9)).await.unwrap_err().code, "overloaded");
    for call in inside {
        assert!(call.await.unwrap().is_err());
    }
    assert_eq!(engine.current().model(ModelId(0)).in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn a_reload_names_the_models_that_closed_a_rung_and_no_others() {
    let fakes = [Fake::new(Act::Answer(0.9)), Fake::new(Act::Answer(0.2))];
    let opener = Fakes::of([("fraud@v3", &fakes[0]), ("fraud@v2", &fakes[1])]);
    let engine = Engine::start(three_rungs(), &opener, clock(), Arc::new(Quiet));
    let same = engine.reload(three_rungs(), &opener).unwrap();
    assert_eq!((same.unavailable.len(), same.closed.len()), (1, 0), "the third rung was closed before");
    let mut plan = three_rungs();
    plan.models[1].version = "v4".to_owned();
    plan.models[1].source = Source::Onnx { path: "v4.onnx".to_owned(), digest: "sha256:4".to_owned() };
    let reloaded = engine.reload(plan.clone(), &opener).unwrap();
    assert_eq!((reloaded.unavailable.len(), reloaded.closed), (2, vec![ModelId(1)]), "the rung had an open model, under another label");
    assert!(engine.reload(plan, &opener).unwrap().closed.is_empty(), "told once");
}
