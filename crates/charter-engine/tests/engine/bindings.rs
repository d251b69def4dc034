use crate::support::*;
use charter_engine::{Call, CallError, Caller, Engine, Fault, Quiet, Tensor, Texts, Values};
use charter_plan::Plan;
use charter_plan::plan::{Binding, ModelId, Node, Protect, RouteId, Step, Use};
use charter_plan::tensor::{Datatype, Dimension, Lengths, Range, TensorSpec};
use std::sync::Arc;

const ANY: Dimension = Dimension::Any;

fn tensor(shape: &[usize], values: Values) -> Tensor {
    Tensor::new(shape, values).unwrap()
}

/// A route with an amount, a count and a country, whose model takes both numbers as one tensor.
fn packing() -> Plan {
    let mut scorer = model(0, "v3", Protect::NONE);
    scorer.inputs = vec![TensorSpec::new("features", Datatype::Fp64, vec![ANY, Dimension::Fixed(2)])];
    scorer.outputs = vec![TensorSpec::new("label", Datatype::Int64, vec![ANY]), TensorSpec::new("score", Datatype::Fp32, vec![ANY])];
    let call = Use { model: ModelId(0), inputs: vec![Binding::Columns(vec![1, 0])], outputs: vec![1] };
    let mut only = route(Node::Model(call));
    let mut amount = spec("amount");
    amount.range = Some(Range { min: Some(0.0), max: Some(1e6) });
    let mut country = TensorSpec::column("country", Datatype::Bytes);
    country.allowed = vec!["DE".to_owned(), "FR".to_owned()];
    only.inputs = vec![amount, TensorSpec::column("count", Datatype::Int32), country];
    only.pins.clear();
    only.decisions = vec![
        decision("decision", Datatype::Bytes, "score >= 0.7 ? 'block' : 'allow'"),
        decision("domestic", Datatype::Bool, "country == 'DE' && amount < 100.0"),
    ];
    plan(vec![scorer], vec![only])
}

fn two_rows() -> Call {
    let inputs = vec![
        tensor(&[2], Values::Fp32(vec![10.0, 20.0])),
        tensor(&[2, 1], Values::Int32(vec![3, 4])),
        tensor(&[2, 1], Values::Bytes(Texts::from_iter(["DE", "FR"]))),
    ];
    Call { route: RouteId(0), inputs, rows: 2, deadline_ms: None, key: None, version: None, seed: 0, caller: Caller::default() }
}

fn scores() -> Act {
    Act::Outputs(vec![tensor(&[2], Values::Int64(vec![1, 0])), tensor(&[2], Values::Fp32(vec![0.9, 0.2]))])
}

fn start(plan: Plan, fake: &Arc<Fake>) -> Engine {
    Engine::start(plan, &Fakes::of([("fraud@v3", fake)]), clock(), Arc::new(Quiet))
}

#[tokio::test(start_paused = true)]
async fn columns_are_packed_outputs_chosen_and_decisions_made() {
    let fake = Fake::new(scores());
    let engine = start(packing(), &fake);
    let answer = engine.current().call(two_rows()).await.unwrap();
    assert_eq!(*fake.inputs.lock().unwrap(), [tensor(&[2, 2], Values::Fp64(vec![3.0, 10.0, 4.0, 20.0]))]);
    assert_eq!(
        answer.outputs,
        [
            tensor(&[2, 1], Values::Fp32(vec![0.9, 0.2])),
            tensor(&[2, 1], Values::Bytes(Texts::from_iter(["block", "allow"]))),
            tensor(&[2, 1], Values::Bool(vec![true, false])),
        ]
    );
}

async fn refusal(change: impl FnOnce(&mut Call)) -> CallError {
    let fake = Fake::new(scores());
    let engine = start(packing(), &fake);
    let mut call = two_rows();
    change(&mut call);
    let error = engine.current().call(call).await.unwrap_err();
    assert_eq!((error.fault, error.retry, fake.calls()), (Fault::Caller, false, 0));
    error
}

#[tokio::test(start_paused = true)]
async fn inputs_are_held_against_the_contract() {
    let amount = |value: f32| tensor(&[2, 1], Values::Fp32(vec![10.0, value]));
    assert_eq!(refusal(|call| call.rows = 0).await.code, "rows");
    assert_eq!(refusal(|call| call.rows = 65).await.code, "rows");
    assert_eq!(refusal(|call| drop(call.inputs.pop())).await.code, "input-count");
    assert_eq!(refusal(|call| call.inputs[1] = tensor(&[2, 1], Values::Int64(vec![1, 2]))).await.code, "input-datatype");
    assert_eq!(refusal(|call| call.inputs[0] = tensor(&[1, 2], Values::Fp32(vec![1.0, 2.0]))).await.code, "input-shape");
    assert_eq!(refusal(|call| call.inputs[0] = amount(f32::NAN)).await.code, "input-not-finite");
    assert_eq!(
        refusal(|call| call.inputs[2] = tensor(&[2, 1], Values::Bytes(Texts::from_iter(["DE", "XX"])))).await.code,
        "input-not-allowed"
    );
    let error = refusal(|call| call.inputs[0] = amount(-17.25)).await;
    assert_eq!(error.code, "input-range");
    assert!(error.message.contains("`amount`") && error.message.contains("0 to 1000000") && !error.message.contains("17"), "{error}");
}

/// What a route says to one row of `x`.
async fn said_of(x: TensorSpec, value: Tensor) -> Result<(), CallError> {
    let mut echo = model(0, "v3", Protect::NONE);
    echo.inputs = vec![TensorSpec { range: None, lengths: None, ..x.clone() }];
    let mut only = route(Node::Model(Use { model: ModelId(0), inputs: vec![Binding::Slot(0)], outputs: vec![0] }));
    only.inputs = vec![x];
    only.pins.clear();
    let fake = Fake::new(Act::Answer(0.5));
    let engine = start(plan(vec![echo], vec![only]), &fake);
    let call = Call {
        route: RouteId(0),
        inputs: vec![value],
        rows: 1,
        deadline_ms: None,
        key: None,
        version: None,
        seed: 0,
        caller: Caller::default(),
    };
    let answer = engine.current().call(call).await;
    assert_eq!(fake.calls(), u32::from(answer.is_ok()), "a refused call asks no model");
    answer.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_row_is_no_longer_than_the_contract_says() {
    let row = |length: usize| tensor(&[1, length], Values::Int64(vec![0; length]));
    let open = TensorSpec::new("tokens", Datatype::Int64, vec![ANY, ANY]);
    let stated = TensorSpec { lengths: Some(Lengths { min: 1, max: 256 }), ..open.clone() };
    assert_eq!(said_of(stated.clone(), row(256)).await, Ok(()));
    for length in [0, 257, 40_000] {
        let error = said_of(stated.clone(), row(length)).await.unwrap_err();
        assert_eq!((error.code, error.fault, error.retry), ("input-shape", Fault::Caller, false));
        assert!(error.message.contains("`tokens`") && error.message.contains("1 to 256 items"), "{error}");
    }
    assert_eq!(said_of(open.clone(), row(4096)).await, Ok(()));
    assert_eq!(said_of(open, row(4097)).await.unwrap_err().code, "input-shape", "what states no bound has one");
}

#[tokio::test(start_paused = true)]
async fn a_value_may_be_missing_but_never_infinite() {
    let mut income = TensorSpec::column("income", Datatype::Fp32);
    income.allows_nan = true;
    assert_eq!(said_of(income.clone(), column(vec![f32::NAN])).await, Ok(()));
    for infinite in [f32::INFINITY, f32::NEG_INFINITY] {
        let error = said_of(income.clone(), column(vec![infinite])).await.unwrap_err();
        assert_eq!(error.code, "input-not-finite");
        assert!(error.message.contains("`income` holds an infinite value"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_excludes_zero_is_told_in_words() {
    let mut rate = spec("rate");
    for (min, max, value, told) in [
        (Some(f64::from(f32::from_bits(1))), Some(15.0), 0.0, "that is not more than 0 and at most 15"),
        (Some(f64::from_bits(1)), None, -1.0, "that is not more than 0"),
        (Some(-3.0), Some(-f64::from(f32::from_bits(1))), 0.0, "that is not at least -3 and less than 0"),
        (Some(0.0), Some(15.0), 16.0, "outside 0 to 15"),
    ] {
        rate.range = Some(Range { min, max });
        let error = said_of(rate.clone(), column(vec![value])).await.unwrap_err();
        assert_eq!(error.message, format!("input `rate` holds a value {told}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_decision_without_a_result_is_charters_fault() {
    let mut plan = packing();
    plan.routes[0].decisions = vec![decision("ratio", Datatype::Int64, "10 / (count - 3)")];
    let engine = start(plan, &Fake::new(scores()));
    let error = engine.current().call(two_rows()).await.unwrap_err();
    assert_eq!((error.code, error.fault), ("decision-failed", Fault::Charter));
    assert!(error.message.contains("division by zero"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_step_sees_the_outputs_of_those_before_it() {
    let first = Fake::new(Act::Answer(0.25));
    let second = Fake::new(Act::Answer(0.75));
    let mut ranker = model(1, "v2", Protect::NONE);
    ranker.inputs = vec![TensorSpec::new("both", Datatype::Fp32, vec![ANY, Dimension::Fixed(2)])];
    let pair = Use { model: ModelId(1), inputs: vec![Binding::Columns(vec![0, 1])], outputs: vec![0] };
    let steps = vec![
        Step { node: Node::Model(use_of(0)), outputs: vec![spec("retrieved")] },
        Step { node: Node::Model(pair), outputs: vec![spec("score")] },
    ];
    let mut only = route(Node::Sequence { steps });
    only.pins.clear();
    let opener = Fakes::of([("fraud@v3", &first), ("fraud@v2", &second)]);
    let engine = Engine::start(plan(vec![model(0, "v3", Protect::NONE), ranker], vec![only]), &opener, clock(), Arc::new(Quiet));
    let answer = engine.current().call(call(1)).await.unwrap();
    assert_eq!(*second.inputs.lock().unwrap(), [tensor(&[1, 2], Values::Fp32(vec![10.0, 0.25]))]);
    assert_eq!((answer.outputs, answer.served.model), (vec![column(vec![0.75])], ModelId(1)));
}
