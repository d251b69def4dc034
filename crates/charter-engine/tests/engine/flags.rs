//! What flags turn off while calls are answered.

use crate::support::*;
use charter_engine::{Call, Engine, Quiet, StepDown};
use charter_plan::Plan;
use charter_plan::plan::{Flag, FlagId, FlagRule, ModelId, Node, Protect, RouteId, Serve, Turn};
use serde_json::json;
use std::sync::Arc;

fn flag(id: u16, turns: Turn, rules: Vec<FlagRule>) -> Flag {
    Flag {
        id: FlagId(id),
        name: format!("flag-{id}"),
        variants: vec![("on".to_owned(), json!(true)), ("off".to_owned(), json!(false))],
        default_variant: 0,
        enabled: true,
        turns: vec![turns],
        rules,
    }
}

fn engine(plan: Plan) -> Engine {
    let fakes = [Fake::new(Act::Answer(0.3)), Fake::new(Act::Answer(0.2)), Fake::new(Act::Answer(0.1))];
    let opener = Fakes::of([("fraud@v3", &fakes[0]), ("fraud@v2", &fakes[1]), ("fraud@v1", &fakes[2])]);
    Engine::start(plan, &opener, clock(), Arc::new(Quiet))
}

async fn ask(engine: &Engine, call: Call) -> Result<(u8, Option<StepDown>), &'static str> {
    let answer = engine.current().call(call).await;
    answer.map(|answer| (answer.served.rung, answer.served.step_down)).map_err(|error| error.code)
}

fn keyed(key: &str) -> Call {
    Call { key: Some(key.to_owned()), ..call(1) }
}

#[tokio::test(start_paused = true)]
async fn a_rung_that_is_off_is_skipped_and_the_answer_says_why() {
    let rung = Turn::Rung { route: RouteId(0), rung: 0 };
    let engine = engine(Plan { flags: vec![flag(0, rung, Vec::new())], ..three_rungs() });
    assert_eq!(ask(&engine, call(1)).await, Ok((0, None)));
    let runtime = engine.current();
    runtime.controls().flags().choose("flag-0", Some("off")).unwrap();
    assert_eq!(ask(&engine, call(1)).await, Ok((1, Some(StepDown::Flag))));
    runtime.controls().flags().choose("flag-0", None).unwrap();
    assert_eq!(ask(&engine, call(1)).await, Ok((0, None)));
}

#[tokio::test(start_paused = true)]
async fn a_route_s_flag_turns_its_first_rung_off_and_a_model_s_flag_the_model() {
    let flags = vec![flag(0, Turn::Route(RouteId(0)), Vec::new()), flag(1, Turn::Model(ModelId(1)), Vec::new())];
    let engine = engine(Plan { flags, ..three_rungs() });
    let runtime = engine.current();
    runtime.controls().flags().choose("flag-0", Some("off")).unwrap();
    assert_eq!(ask(&engine, call(1)).await, Ok((1, Some(StepDown::Flag))));
    runtime.controls().flags().choose("flag-1", Some("off")).unwrap();
    assert_eq!(ask(&engine, call(1)).await, Ok((2, Some(StepDown::Flag))));
}

#[tokio::test(start_paused = true)]
async fn rules_turn_off_for_some_calls_only() {
    let rule = FlagRule { when: Some("targetingKey == 'me'".to_owned()), serve: Serve::Variant(1) };
    let engine = engine(Plan { flags: vec![flag(0, Turn::Model(ModelId(0)), vec![rule])], ..three_rungs() });
    assert_eq!(ask(&engine, keyed("me")).await, Ok((1, Some(StepDown::Flag))));
    assert_eq!(ask(&engine, keyed("you")).await, Ok((0, None)));
    assert_eq!(ask(&engine, call(1)).await, Ok((0, None)));
}

#[tokio::test(start_paused = true)]
async fn a_ladder_that_is_off_as_a_whole_says_that_no_rung_is_left() {
    let rungs = (0..3).map(|rung| flag(u16::from(rung), Turn::Rung { route: RouteId(0), rung }, Vec::new()));
    let engine = engine(Plan { flags: rungs.collect(), ..three_rungs() });
    let runtime = engine.current();
    for rung in 0..3 {
        runtime.controls().flags().choose(&format!("flag-{rung}"), Some("off")).unwrap();
    }
    assert_eq!(ask(&engine, call(1)).await, Err("no-rung-left"));
}

#[tokio::test(start_paused = true)]
async fn a_route_without_a_ladder_answers_nothing_while_it_is_off() {
    let plan = plan(vec![model(0, "v3", Protect::NONE)], vec![route(Node::Model(use_of(0)))]);
    let engine = engine(Plan { flags: vec![flag(0, Turn::Route(RouteId(0)), Vec::new())], ..plan });
    assert_eq!(ask(&engine, call(1)).await, Ok((0, None)));
    engine.current().controls().flags().choose("flag-0", Some("off")).unwrap();
    assert_eq!(ask(&engine, call(1)).await, Err("no-rung-left"));
}

#[tokio::test(start_paused = true)]
async fn a_choice_outlives_a_reload() {
    let rung = || Turn::Rung { route: RouteId(0), rung: 0 };
    let plan = || Plan { flags: vec![flag(0, rung(), Vec::new())], ..three_rungs() };
    let engine = engine(plan());
    engine.current().controls().flags().choose("flag-0", Some("off")).unwrap();
    let fakes = [Fake::new(Act::Answer(0.3)), Fake::new(Act::Answer(0.2)), Fake::new(Act::Answer(0.1))];
    let opener = Fakes::of([("fraud@v3", &fakes[0]), ("fraud@v2", &fakes[1]), ("fraud@v1", &fakes[2])]);
    engine.reload(plan(), &opener).unwrap();
    assert_eq!(ask(&engine, call(1)).await, Ok((1, Some(StepDown::Flag))));
}
