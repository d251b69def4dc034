//! Cascades: who is asked, whose answer stands, and what it costs.

use crate::scene::*;
use crate::support::*;
use charter_engine::{Failure, Signal, StepDown};
use charter_plan::Plan;
use charter_plan::plan::{CascadeStep, Confidence, ModelId, Node, RouteId};
use std::time::Duration;

/// `v1` (1 a row), `v2` (10), `v3` (100); an answer is as sure as it is far from one half.
fn cascade() -> Plan {
    let step = |name: &str, model: u16, sure: bool, cost_per_row: f64| CascadeStep {
        name: name.to_owned(),
        node: Node::Model(use_of(model)),
        confidence: sure.then(|| Confidence { expression: "score > 0.5 ? score : 1.0 - score".to_owned(), min: 0.8 }),
        cost_per_row,
    };
    plan_of(Node::Cascade { steps: vec![step("cheap", 2, true, 1.0), step("better", 1, true, 10.0), step("best", 0, false, 100.0)] })
}

fn scene(cheap: Act, better: Act, best: Act) -> Scene {
    Scene::new(cascade(), [best, better, cheap])
}

fn costs(scene: &Scene) -> Vec<f64> {
    let spent = |signal: &Signal| match signal {
        Signal::Spent { route: RouteId(0), cost } => Some(*cost),
        _ => None,
    };
    scene.signals().iter().filter_map(spent).collect()
}

#[tokio::test(start_paused = true)]
async fn the_first_step_that_is_sure_enough_answers() {
    for (scores, model, cost) in [([0.1, 0.5, 0.5], 2, 1.0), ([0.6, 0.9, 0.5], 1, 11.0), ([0.6, 0.7, 0.5], 0, 111.0)] {
        let [cheap, better, best] = scores.map(Act::Answer);
        let scene = scene(cheap, better, best);
        let answer = scene.runtime().call(call(1)).await.unwrap();
        assert_eq!((answer.served.model, answer.served.step_down), (ModelId(model), None));
        assert_eq!(costs(&scene), [cost]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_least_sure_row_decides_and_each_row_costs() {
    let cheap = Act::Outputs(vec![column(vec![0.01, 0.99, 0.5])]);
    let scene = scene(cheap, Act::Answer(0.9), Act::Answer(0.5));
    let mut three = call(1);
    (three.inputs, three.rows) = (vec![column(vec![1.0, 2.0, 3.0])], 3);
    let answer = scene.runtime().call(three).await.unwrap();
    assert_eq!((answer.served.model, costs(&scene)), (ModelId(1), vec![33.0]));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_fails_is_passed_over() {
    let scene = scene(Act::Fail(Failure::Upstream), Act::Answer(0.9), Act::Answer(0.5));
    let answer = scene.runtime().call(call(1)).await.unwrap();
    assert_eq!((answer.served.model, answer.served.step_down), (ModelId(1), None));
}

#[tokio::test(start_paused = true)]
async fn an_unsure_answer_is_given_as_a_degraded_one_when_the_better_steps_fail() {
    let scene = scene(Act::Answer(0.6), Act::Fail(Failure::BadOutput), Act::Hang);
    let began = tokio::time::Instant::now();
    let answer = scene.runtime().call(call(1)).await.unwrap();
    assert_eq!((answer.served.model, answer.served.step_down), (ModelId(2), Some(StepDown::BadOutput)));
    assert!(began.elapsed() < Duration::from_millis(200), "within the deadline: {:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_later_unsure_answer_replaces_an_earlier_one() {
    let scene = scene(Act::Answer(0.6), Act::Answer(0.7), Act::Fail(Failure::Upstream));
    let answer = scene.runtime().call(call(1)).await.unwrap();
    assert_eq!((answer.served.model, answer.served.step_down), (ModelId(1), Some(StepDown::Failed)));
}

#[tokio::test(start_paused = true)]
async fn steps_that_all_fail_are_no_answer() {
    let failing = || Act::Fail(Failure::Upstream);
    let scene = scene(failing(), failing(), failing());
    assert_eq!(scene.runtime().call(call(1)).await.unwrap_err().code, "no-rung-left");
    assert_eq!(costs(&scene), [111.0], "what was asked was paid for");
}

#[tokio::test(start_paused = true)]
async fn a_confidence_that_is_not_a_number_is_none() {
    let mut plan = cascade();
    if let Node::Cascade { steps } = &mut plan.routes[0].node {
        // 0 / 0 for the score 0.5.
        steps[0].confidence = Some(Confidence { expression: "(score - 0.5) / (score - 0.5)".to_owned(), min: 0.0 });
    }
    let scene = Scene::new(plan, [Act::Answer(0.5), Act::Answer(0.9), Act::Answer(0.5)]);
    assert_eq!(scene.runtime().call(call(1)).await.unwrap().served.model, ModelId(1));
}
