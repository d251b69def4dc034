//! Experiments: who gets which arm, and what is told.

use crate::scene::*;
use crate::support::*;
use charter_engine::observation::{Bad, Observation, unit_of};
use charter_engine::{Call, Failure};
use charter_plan::Plan;
use charter_plan::plan::{Arm, BadKind, Better, Experiment, ExperimentId, Metric, MetricKind, MetricSource, Node, RouteId};
use std::time::Duration;

fn experiment() -> Plan {
    let arm = |name: &str, weight: u16| Arm { name: name.to_owned(), weight, label: String::new() };
    let goal = Metric {
        name: "mean(output.score)".to_owned(),
        kind: MetricKind::Mean,
        source: MetricSource::Output { name: "score".to_owned() },
        better: Better::Higher,
        cap: None,
        margin: 0.0,
    };
    let mut plan = plan_of(Node::Experiment { experiment: ExperimentId(0), arms: vec![Node::Model(use_of(1)), Node::Model(use_of(0))] });
    plan.experiments = vec![Experiment {
        id: ExperimentId(0),
        name: "v3-sells-more".to_owned(),
        hypothesis: String::new(),
        route: RouteId(0),
        unit: None,
        salt: "v3-sells-more".to_owned(),
        arms: vec![arm("control", 5_000), arm("v3", 5_000)],
        goals: vec![goal],
        guardrails: Vec::new(),
        alpha: 0.05,
        minimum_effect: 0.0,
        max_duration_ms: None,
        covariate: None,
        starts_unix_ms: None,
    }];
    plan
}

fn scene(plan: Plan) -> Scene {
    let scene = Scene::new(plan, [Act::Answer(0.9), Act::Answer(0.2), Act::Answer(0.1)]);
    scene.runtime().controls().experiment(ExperimentId(0)).unwrap().set_running(true);
    scene
}

async fn ask(scene: &Scene, call: Call) -> f32 {
    score(&scene.runtime().call(call).await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_unit_keeps_its_arm_and_each_call_is_told() {
    let scene = scene(experiment());
    let mut second = 0;
    for user in 0..400_u32 {
        let name = format!("user-{user}");
        let first = ask(&scene, keyed(&name, 1)).await;
        assert_eq!(first, ask(&scene, keyed(&name, 2)).await);
        let arm = u8::from(first == 0.9);
        second += u32::from(arm);
        let events = scene.events();
        assert_eq!(events.len(), 2);
        for event in events {
            let Observation::Exposed { arm: told, unit, bad, output: Some((0, mean)), further: false, .. } = event else {
                panic!("{event:?}")
            };
            assert_eq!((told, unit, bad), (arm, unit_of(name.as_bytes()), Bad::NONE));
            assert!((mean - f64::from(first)).abs() < 1e-6);
        }
    }
    assert!((150..250).contains(&second), "{second} of 400");
}

#[tokio::test(start_paused = true)]
async fn the_first_arm_answers_uncounted_without_a_unit_or_before_it_runs() {
    let stopped = scene(experiment());
    stopped.runtime().controls().experiment(ExperimentId(0)).unwrap().set_running(false);
    let mut later = experiment();
    later.experiments[0].starts_unix_ms = Some(u64::MAX);
    let mut pinned = keyed("user-1", 1);
    pinned.version = Some("v2".to_owned());
    for (scene, calls) in [
        (stopped, (0..20).map(|user| keyed(&format!("user-{user}"), user)).collect()),
        (scene(later), (0..20).map(|user| keyed(&format!("user-{user}"), user)).collect()),
        (scene(experiment()), (0..20).map(call).collect::<Vec<_>>()),
        (scene(experiment()), vec![pinned]),
    ] {
        for call in calls {
            assert_eq!(ask(&scene, call).await, 0.2);
        }
        assert!(scene.events().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_input_can_name_the_unit() {
    let mut plan = experiment();
    plan.experiments[0].unit = Some("amount".to_owned());
    let scene = scene(plan);
    ask(&scene, amount(7.5)).await;
    let events = scene.events();
    let [Observation::Exposed { unit, .. }] = events[..] else { panic!("{events:?}") };
    assert_eq!(unit, unit_of(b"7.5"));
}

#[tokio::test(start_paused = true)]
async fn an_arm_that_fails_or_is_slow_is_told_as_it_is() {
    let scene = scene(experiment());
    for fake in &scene.fakes {
        fake.becomes(Act::After(Duration::from_millis(15), Box::new(Act::Fail(Failure::Upstream))));
    }
    assert!(scene.runtime().call(keyed("user-1", 1)).await.is_err());
    let events = scene.events();
    let [Observation::Exposed { bad, latency_us, output: None, .. }] = events[..] else { panic!("{events:?}") };
    assert_eq!((bad, latency_us), (Bad::one(BadKind::Error), 15_000));
    // A rejected input was exposed all the same: leaving it out would bend the shares of the arms.
    scene.fakes.iter().for_each(|fake| fake.becomes(Act::Fail(Failure::Rejected)));
    assert!(scene.runtime().call(keyed("user-1", 1)).await.is_err());
    let events = scene.events();
    let [Observation::Exposed { bad, .. }] = events[..] else { panic!("{events:?}") };
    assert_eq!(bad, Bad::NONE);
}
