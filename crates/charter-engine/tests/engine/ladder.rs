use crate::support::*;
use charter_engine::{
    Answer, BreakerState, CallError, Engine, Failure, Fault, Forced, Outcome, Quiet, Runtime, Signal, StepDown, Tensor, Values,
};
use charter_plan::plan::{FailMode, Limiter, ModelId, Node, Protect, RouteId, Source, Split, WeightedNode};
use std::sync::Arc;
use std::time::Duration;

struct Bench {
    engine: Engine,
    heard: Arc<Heard>,
    fakes: [Arc<Fake>; 3],
}

fn bench(full: Act) -> Bench {
    let fakes = [Fake::new(full), Fake::new(Act::Answer(0.2)), Fake::new(Act::Answer(0.1))];
    let heard = Arc::new(Heard::default());
    let opener = Fakes::of([("fraud@v3", &fakes[0]), ("fraud@v2", &fakes[1]), ("fraud@v1", &fakes[2])]);
    let engine = Engine::start(three_rungs(), &opener, clock(), Arc::clone(&heard) as _);
    Bench { engine, heard, fakes }
}

fn score(answer: &Answer) -> f32 {
    match answer.outputs[0].values() {
        Values::Fp32(values) => values[0],
        other => panic!("{other:?}"),
    }
}

async fn ask(runtime: &Runtime) -> Result<Answer, CallError> {
    runtime.call(call(7)).await
}

#[tokio::test(start_paused = true)]
async fn the_best_rung_answers_when_it_can() {
    let bench = bench(Act::Answer(0.9));
    let answer = ask(&bench.engine.current()).await.unwrap();
    assert_eq!((score(&answer), answer.served.rung, answer.served.step_down, answer.served.model), (0.9, 0, None, ModelId(0)));
    assert_eq!(bench.engine.current().rung_name(RouteId(0), 0), "full");
    let heard = bench.heard.0.lock().unwrap();
    assert!(
        matches!(
            heard[..],
            [Signal::ModelCalled { failed: false, .. }, Signal::CallEnded { outcome: Outcome::Answered { rung: 0, .. }, rows: 1, .. }]
        ),
        "{heard:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn each_reason_steps_down_and_is_told() {
    let nan = Act::Outputs(vec![column(vec![f32::NAN])]);
    let wrong_type = Act::Outputs(vec![Tensor::new(vec![1, 1], Values::Int64(vec![1])).unwrap()]);
    let wrong_rows = Act::Outputs(vec![column(vec![0.1, 0.2])]);
    let cases = [
        (Act::Fail(Failure::Connect), StepDown::Failed),
        (Act::Fail(Failure::Reset), StepDown::Failed),
        (Act::Fail(Failure::Upstream), StepDown::Failed),
        (Act::Fail(Failure::Rejected), StepDown::Failed),
        (Act::Fail(Failure::Timeout), StepDown::Timeout),
        (Act::Fail(Failure::Overloaded { retry_after: None }), StepDown::Overload),
        (Act::Fail(Failure::Unavailable), StepDown::Unavailable),
        (Act::Fail(Failure::BadOutput), StepDown::BadOutput),
        (Act::Hang, StepDown::Timeout),
        (Act::After(Duration::from_millis(500), Box::new(Act::Answer(0.9))), StepDown::Timeout),
        (Act::Panic, StepDown::Failed),
        (Act::PanicLater, StepDown::Failed),
        (nan, StepDown::BadOutput),
        (wrong_type, StepDown::BadOutput),
        (wrong_rows, StepDown::BadOutput),
        (Act::Outputs(Vec::new()), StepDown::BadOutput),
    ];
    for (act, reason) in cases {
        let bench = bench(act.clone());
        let answer = ask(&bench.engine.current()).await.unwrap();
        assert_eq!((score(&answer), answer.served.rung, answer.served.step_down), (0.2, 1, Some(reason)), "{act:?}");
        let stepped = bench
            .heard
            .0
            .lock()
            .unwrap()
            .iter()
            .filter(|signal| matches!(signal, Signal::SteppedDown { rung: 0, reason: told, .. } if *told == reason))
            .count();
        assert_eq!(stepped, 1, "{act:?}");
        assert_eq!(bench.engine.current().model(ModelId(0)).in_flight, 0, "{act:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hanging_rung_leaves_the_ones_below_their_share() {
    let bench = bench(Act::Hang);
    bench.fakes[1].becomes(Act::Hang);
    let began = tokio::time::Instant::now();
    let answer = ask(&bench.engine.current()).await.unwrap();
    assert_eq!((answer.served.rung, answer.served.step_down), (2, Some(StepDown::Timeout)));
    let spent = began.elapsed();
    assert!(spent >= Duration::from_millis(120) && spent <= Duration::from_millis(125), "{spent:?}");
}

#[tokio::test(start_paused = true)]
async fn unspent_time_goes_to_the_rung_below() {
    let bench = bench(Act::Fail(Failure::Reset));
    bench.fakes[1].becomes(Act::After(Duration::from_millis(100), Box::new(Act::Answer(0.4))));
    let answer = ask(&bench.engine.current()).await.unwrap();
    assert_eq!((score(&answer), answer.served.rung), (0.4, 1), "40 ms of its own and 80 unspent");
}

#[tokio::test(start_paused = true)]
async fn a_caller_in_a_hurry_gets_the_rung_that_fits() {
    let bench = bench(Act::Answer(0.9));
    let mut hurried = call(1);
    hurried.deadline_ms = Some(5);
    let answer = bench.engine.current().call(hurried).await.unwrap();
    assert_eq!((answer.served.rung, answer.served.step_down), (2, Some(StepDown::NoTime)));
    assert_eq!(bench.fakes[0].calls(), 0, "work that nobody waits for is not begun");
    let mut late = call(1);
    late.deadline_ms = Some(0);
    let error = bench.engine.current().call(late).await.unwrap_err();
    assert_eq!((error.code, error.retry), ("deadline-exceeded", true));
}

#[tokio::test(start_paused = true)]
async fn hurried_callers_do_not_open_the_breaker() {
    let bench = bench(Act::After(Duration::from_millis(30), Box::new(Act::Answer(0.9))));
    for seed in 0..60 {
        let mut hurried = call(seed);
        hurried.deadline_ms = Some(60);
        let answer = bench.engine.current().call(hurried).await.unwrap();
        assert_eq!(answer.served.step_down, Some(StepDown::Timeout));
    }
    assert_eq!(bench.engine.current().model(ModelId(0)).breaker, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_keeps_calls_away_until_the_model_is_well() {
    let bench = bench(Act::Fail(Failure::Upstream));
    let runtime = bench.engine.current();
    for _ in 0..20 {
        ask(&runtime).await.unwrap();
    }
    assert_eq!(runtime.model(ModelId(0)).breaker, BreakerState::Open);
    assert!(!runtime.model(ModelId(0)).ready && runtime.route_ready(RouteId(0)));
    let answer = ask(&runtime).await.unwrap();
    assert_eq!((answer.served.step_down, bench.fakes[0].calls()), (Some(StepDown::BreakerOpen), 20));
    bench.fakes[0].becomes(Act::Answer(0.9));
    let mut states = vec![BreakerState::Open];
    for seed in 0..200 {
        tokio::time::advance(Duration::from_millis(100)).await;
        assert!(runtime.call(call(seed)).await.is_ok());
        let state = runtime.model(ModelId(0)).breaker;
        if states.last() != Some(&state) {
            states.push(state);
        }
    }
    assert_eq!(states, [BreakerState::Open, BreakerState::Probing, BreakerState::Ramp, BreakerState::Closed]);
    let told: Vec<BreakerState> = bench
        .heard
        .0
        .lock()
        .unwrap()
        .iter()
        .filter_map(|signal| if let Signal::BreakerChanged { to, .. } = signal { Some(*to) } else { None })
        .collect();
    assert_eq!(told, states);
}

#[tokio::test(start_paused = true)]
async fn all_rungs_failing_is_an_error_that_says_what_to_do() {
    for (fail, advice) in [(FailMode::Closed, "do not go on"), (FailMode::Open, "go on without")] {
        let fakes =
            [Fake::new(Act::Fail(Failure::Reset)), Fake::new(Act::Fail(Failure::Upstream)), Fake::new(Act::Fail(Failure::Upstream))];
        let opener = Fakes::of([("fraud@v3", &fakes[0]), ("fraud@v2", &fakes[1]), ("fraud@v1", &fakes[2])]);
        let mut plan = three_rungs();
        plan.routes[0].fail = fail;
        let engine = Engine::start(plan, &opener, clock(), Arc::new(Quiet));
        let error = ask(&engine.current()).await.unwrap_err();
        assert_eq!((error.code, error.fault, error.retry), ("no-rung-left", Fault::Upstream, true));
        assert!(error.message.contains(advice), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_input_that_every_model_rejects_is_the_callers_fault_and_no_breakers_business() {
    let bench = bench(Act::Fail(Failure::Rejected));
    bench.fakes[1].becomes(Act::Fail(Failure::Rejected));
    bench.fakes[2].becomes(Act::Fail(Failure::Rejected));
    for _ in 0..40 {
        let error = ask(&bench.engine.current()).await.unwrap_err();
        assert_eq!((error.code, error.fault, error.retry), ("input-rejected", Fault::Caller, false));
    }
    assert_eq!(bench.engine.current().model(ModelId(0)).breaker, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_full_model_is_overload_and_cancelling_gives_its_permit_back() {
    let slow = Fake::new(Act::Hang);
    let opener = Fakes::of([("fraud@v3", &slow)]);
    let protect = Protect { limiter: Limiter::Fixed { max: 2 }, ..guarded() };
    let mut only = route(Node::Model(use_of(0)));
    only.pins.clear();
    let engine = Engine::start(plan(vec![model(0, "v3", protect)], vec![only]), &opener, clock(), Arc::new(Quiet));
    let runtime = engine.current();
    let waiting: Vec<_> = (0..2)
        .map(|seed| {
            let runtime = Arc::clone(&runtime);
            tokio::spawn(async move { runtime.call(call(seed)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_eq!(runtime.model(ModelId(0)).in_flight, 2);
    let error = ask(&runtime).await.unwrap_err();
    assert_eq!((error.code, error.fault, error.retry), ("overloaded", Fault::Charter, true));
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
    for task in waiting {
        assert!(task.await.unwrap_err().is_cancelled());
    }
    assert_eq!(runtime.model(ModelId(0)).in_flight, 0);
    slow.becomes(Act::Answer(0.5));
    assert!(ask(&runtime).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_operator_closes_a_rung_and_releases_it() {
    let bench = bench(Act::Answer(0.9));
    let runtime = bench.engine.current();
    runtime.force(ModelId(0), Forced::Open);
    assert_eq!(ask(&runtime).await.unwrap().served.step_down, Some(StepDown::Forced));
    runtime.force(ModelId(0), Forced::Released);
    assert_eq!(ask(&runtime).await.unwrap().served.step_down, None);
    // Also a model that nothing guards.
    runtime.force(ModelId(2), Forced::Open);
    assert!(!runtime.model(ModelId(2)).ready);
    runtime.force(ModelId(2), Forced::Released);
    assert!(runtime.model(ModelId(2)).ready);
}

#[tokio::test(start_paused = true)]
async fn a_pinned_version_replaces_the_first_rung_only() {
    let bench = bench(Act::Answer(0.9));
    let mut pinned = call(1);
    pinned.version = Some("v2".to_owned());
    let answer = bench.engine.current().call(pinned).await.unwrap();
    assert_eq!((answer.served.model, answer.served.rung), (ModelId(1), 0));
    bench.fakes[1].becomes(Act::Fail(Failure::Reset));
    let mut pinned = call(1);
    pinned.version = Some("v2".to_owned());
    assert_eq!(bench.engine.current().call(pinned).await.unwrap().served.rung, 2, "v2 fails on both rungs");
    let mut unknown = call(1);
    unknown.version = Some("v9".to_owned());
    assert_eq!(bench.engine.current().call(unknown).await.unwrap_err().code, "version-unknown");
}

#[tokio::test(start_paused = true)]
async fn nodes_inside_nodes_answer() {
    let inner = Node::Ladder { rungs: vec![rung("a", Node::Model(use_of(0)), 20, 20), rung("b", Node::Model(use_of(1)), 20, 0)] };
    let split = Node::Split(Split { arms: vec![WeightedNode { weight: 10_000, node: inner }], key: None, salt: String::new() });
    let outer = Node::Ladder { rungs: vec![rung("canary", split, 80, 5), rung("fallback", Node::Model(use_of(2)), 5, 0)] };
    let mut plan = three_rungs();
    plan.routes[0].node = outer;
    let fakes = [Fake::new(Act::Fail(Failure::Reset)), Fake::new(Act::Answer(0.2)), Fake::new(Act::Answer(0.1))];
    let opener = Fakes::of([("fraud@v3", &fakes[0]), ("fraud@v2", &fakes[1]), ("fraud@v1", &fakes[2])]);
    let engine = Engine::start(plan, &opener, clock(), Arc::new(Quiet));
    let answer = ask(&engine.current()).await.unwrap();
    assert_eq!((answer.served.rung, answer.served.step_down, answer.served.model), (0, Some(StepDown::Failed), ModelId(1)));
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_decisions() {
    let trace = |seed: u64| async move {
        println!("seed {seed}");
        let mut plan = three_rungs();
        plan.routes[0].node = Node::Split(Split {
            arms: vec![
                WeightedNode { weight: 3_000, node: Node::Model(use_of(0)) },
                WeightedNode { weight: 7_000, node: plan.routes[0].node.clone() },
            ],
            key: None,
            salt: String::new(),
        });
        let faulty = |index: u64| if (index * seed).is_multiple_of(3) { Act::Fail(Failure::Upstream) } else { Act::Answer(0.9) };
        let fakes = [Fake::new(Act::Answer(0.9)).then((0..400).map(faulty)), Fake::new(Act::Answer(0.2)), Fake::new(Act::Answer(0.1))];
        let opener = Fakes::of([("fraud@v3", &fakes[0]), ("fraud@v2", &fakes[1]), ("fraud@v1", &fakes[2])]);
        let still = Arc::new(Still::default());
        let heard = Arc::new(Heard::default());
        let engine = Engine::start(plan, &opener, Arc::clone(&still) as _, Arc::clone(&heard) as _);
        for index in 0..400_u64 {
            let now = *still.0.lock().unwrap() + Duration::from_millis(37);
            *still.0.lock().unwrap() = now;
            let _ = engine.current().call(call(seed.wrapping_mul(31).wrapping_add(index))).await;
        }
        heard.0.lock().unwrap().clone()
    };
    let (first, again, other) = (trace(5).await, trace(5).await, trace(6).await);
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[tokio::test(start_paused = true)]
async fn a_route_that_cannot_be_run_says_so_and_panics_nowhere() {
    let mut plan = three_rungs();
    plan.routes[0].node = Node::Model(use_of(9));
    plan.models[1].source = Source::Static { values: Vec::new() };
    let engine = Engine::start(plan, &Fakes::default(), clock(), Arc::new(Quiet));
    let runtime = engine.current();
    assert!(!runtime.route_ready(RouteId(0)) && !runtime.route_ready(RouteId(7)));
    let error = ask(&runtime).await.unwrap_err();
    assert_eq!((error.code, error.retry, error.fault), ("no-rung-left", false, Fault::Charter));
    let mut lost = call(1);
    lost.route = RouteId(7);
    assert_eq!(runtime.call(lost).await.unwrap_err().code, "route-unknown");
    assert!(runtime.model(ModelId(7)).unavailable.is_some());
    assert_eq!(runtime.rung_name(RouteId(7), 3), "");
}
