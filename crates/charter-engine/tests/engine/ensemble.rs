//! Ensembles: members at once, quorum under the deadline, one answer.

use crate::scene::*;
use crate::support::*;
use charter_engine::{Failure, StepDown};
use charter_plan::Plan;
use charter_plan::plan::{Combine, Ensemble, Member, ModelId, Node};
use std::time::Duration;

fn ensemble(combine: Combine, quorum: u8) -> Plan {
    let member = |name: &str, model: u16, weight: f64| Member { name: name.to_owned(), node: Node::Model(use_of(model)), weight };
    let members = vec![member("a", 0, 1.0), member("b", 1, 1.0), member("c", 2, 2.0)];
    let mut plan = plan_of(Node::Ensemble(Ensemble { members, combine, quorum }));
    plan.models.iter_mut().for_each(|model| model.protect = guarded());
    plan
}

fn after(milliseconds: u64, score: f32) -> Act {
    Act::After(Duration::from_millis(milliseconds), Box::new(Act::Answer(score)))
}

fn in_flight(scene: &Scene) -> [u32; 3] {
    [0, 1, 2].map(|id| scene.runtime().model(ModelId(id)).in_flight)
}

#[tokio::test(start_paused = true)]
async fn members_answer_at_the_same_time() {
    let scene = Scene::new(ensemble(Combine::Mean, 3), [after(50, 0.0), after(80, 0.4), after(20, 0.8)]);
    let began = tokio::time::Instant::now();
    let answer = scene.runtime().call(call(1)).await.unwrap();
    assert_eq!((score(&answer), answer.served.step_down), (0.5, None));
    assert_eq!(began.elapsed().as_millis(), 80);
}

#[tokio::test(start_paused = true)]
async fn a_quorum_is_enough_when_the_time_is_up() {
    let scene = Scene::new(ensemble(Combine::Mean, 2), [after(10, 0.2), Act::Hang, after(20, 0.8)]);
    let began = tokio::time::Instant::now();
    let answer = scene.runtime().call(call(1)).await.unwrap();
    assert!((score(&answer) - 0.6).abs() < 1e-6, "{answer:?}");
    assert_eq!(answer.served.step_down, Some(StepDown::Timeout));
    assert_eq!(began.elapsed().as_millis(), 195, "shortly before the route's 200 ms");
    assert_eq!(in_flight(&scene), [0; 3], "whoever did not answer gave its place back");
}

#[tokio::test(start_paused = true)]
async fn a_member_that_fails_degrades_the_answer() {
    let scene = Scene::new(ensemble(Combine::Vote, 2), [Act::Fail(Failure::Upstream), Act::Answer(0.3), Act::Answer(0.3)]);
    let answer = scene.runtime().call(call(1)).await.unwrap();
    assert_eq!((score(&answer), answer.served.step_down), (0.3, Some(StepDown::Failed)));
}

#[tokio::test(start_paused = true)]
async fn it_is_over_as_soon_as_too_few_can_answer() {
    let failing = || Act::Fail(Failure::Upstream);
    let scene = Scene::new(ensemble(Combine::Mean, 2), [failing(), Act::Hang, failing()]);
    let began = tokio::time::Instant::now();
    assert_eq!(scene.runtime().call(call(1)).await.unwrap_err().code, "no-rung-left");
    assert_eq!((began.elapsed(), in_flight(&scene)), (Duration::ZERO, [0; 3]));
}

#[tokio::test(start_paused = true)]
async fn a_rule_sees_every_members_answer_and_needs_them_all() {
    let rule = || Combine::Rule { expressions: vec!["a_score > b_score ? a_score : c_score".to_owned()] };
    let scene = Scene::new(ensemble(rule(), 1), [Act::Answer(0.4), Act::Answer(0.5), Act::Answer(0.8)]);
    assert_eq!(score(&scene.runtime().call(call(1)).await.unwrap()), 0.8);
    scene.fakes[2].becomes(Act::Fail(Failure::Upstream));
    assert!(scene.runtime().call(call(1)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn cancelling_gives_every_members_place_back() {
    let scene = Scene::new(ensemble(Combine::Mean, 1), [Act::Hang, Act::Hang, Act::Hang]);
    let runtime = scene.runtime();
    let waiting = tokio::spawn(async move { runtime.call(call(1)).await });
    tokio::task::yield_now().await;
    assert_eq!(in_flight(&scene), [1; 3]);
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(in_flight(&scene), [0; 3]);
}
