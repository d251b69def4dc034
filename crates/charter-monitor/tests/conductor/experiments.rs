//! An experiment from its start to its report, over a restart.

use crate::stage::*;
use charter_engine::observation::{Bad, Observation};
use charter_engine::store::Store;
use charter_engine::watch::{Action, Command, Refused, Report};
use charter_plan::Plan;
use charter_plan::plan::{Arm, Better, Experiment, ExperimentId, Metric, MetricKind, MetricSource, RouteId, Starts};
use charter_store::Memory;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn with_experiment(starts_unix_ms: Option<u64>) -> Plan {
    let arm = |name: &str| Arm { name: name.to_owned(), weight: 5_000, label: String::new() };
    let goal = Metric {
        name: "mean(outcome.revenue)".to_owned(),
        kind: MetricKind::Mean,
        source: MetricSource::Outcome { name: "revenue".to_owned() },
        better: Better::Higher,
        cap: None,
        margin: 0.0,
    };
    let experiment = Experiment {
        id: ExperimentId(0),
        name: "prices".to_owned(),
        hypothesis: "dearer is better".to_owned(),
        route: RouteId(0),
        unit: None,
        salt: "prices".to_owned(),
        arms: vec![arm("control"), arm("dearer")],
        goals: vec![goal],
        guardrails: Vec::new(),
        alpha: 0.05,
        minimum_effect: 0.0,
        max_duration_ms: Some(3_600_000),
        covariate: None,
        starts_unix_ms,
    };
    Plan { experiments: vec![experiment], ..plan("v3", Starts::Command) }
}

fn running(served: &Served) -> bool {
    served.engine.current().controls().experiment(ExperimentId(0)).unwrap().running()
}

async fn report(served: &Served) -> Value {
    served.handle.ask(Command::Report(Report::Experiment("prices".to_owned()))).await.unwrap().body
}

fn units(report: &Value) -> u64 {
    report["report"]["arms"].as_array().unwrap().iter().map(|arm| arm["units"].as_u64().unwrap()).sum()
}

fn expose(served: &Served, unit: u64) {
    let runtime = served.engine.current();
    let arm = u8::try_from(unit % 2).unwrap();
    let exposed =
        Observation::Exposed { experiment: ExperimentId(0), arm, unit, latency_us: 900, bad: Bad::NONE, output: None, further: false };
    runtime.controls().observations().observe(exposed);
}

#[tokio::test(start_paused = true)]
async fn units_are_logged_once_counted_and_kept() {
    let (versions, store) = (Versions::new(), Arc::new(Memory::default()));
    let served = Served::start(with_experiment(None), &versions, Arc::clone(&store) as _).await;
    assert!(!running(&served));
    let start = || Command::Experiment { name: "prices".to_owned(), running: true, by: "me".to_owned() };
    assert!(served.handle.ask(start()).await.unwrap().kept);
    assert!(running(&served));
    assert!(matches!(served.handle.ask(start()).await, Err(Refused::Unfit(_))));
    for unit in (1..=40).chain(1..=40) {
        expose(&served, unit);
    }
    a_moment().await;
    assert_eq!(store.read("exposures/prices", 0, 1_000).await.unwrap().len(), 40);
    let outcome = |name: &str| Command::Outcome {
        experiment: "prices".to_owned(),
        id: "order-1".to_owned(),
        unit: 7,
        name: name.to_owned(),
        value: 12.5,
        at_unix_ms: 1_800_000_005_000,
    };
    assert_eq!(served.handle.ask(outcome("revenue")).await.unwrap().body["received"], "accepted");
    assert_eq!(served.handle.ask(outcome("revenue")).await.unwrap().body["received"], "duplicate");
    assert!(matches!(served.handle.ask(outcome("weather")).await, Err(Refused::Unfit(_))));
    assert_eq!(units(&report(&served).await), 40);
    let all = served.handle.ask(Command::Report(Report::Experiments)).await.unwrap().body;
    let arms = serde_json::json!([{ "arm": "control", "units": 20 }, { "arm": "dearer", "units": 20 }]);
    assert_eq!((&all[0]["arms"], &all[0]["sampled"]), (&arms, &serde_json::json!(1.0)), "what metrics show");
    served.end().await;

    let again = Served::start(with_experiment(None), &versions, store).await;
    assert!(running(&again), "before the first call");
    assert_eq!(units(&report(&again).await), 40);
    expose(&again, 7);
    expose(&again, 41);
    a_moment().await;
    assert_eq!(units(&report(&again).await), 41);
    again.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_edited_text_loses_no_unit() {
    let (versions, store) = (Versions::new(), Arc::new(Memory::default()));
    let served = Served::start(with_experiment(None), &versions, Arc::clone(&store) as _).await;
    let start = Command::Experiment { name: "prices".to_owned(), running: true, by: "me".to_owned() };
    served.handle.ask(start).await.unwrap();
    (1..=10).for_each(|unit| expose(&served, unit));
    // Past the first save of the books; what follows is in none.
    tokio::time::sleep(Duration::from_secs(2)).await;
    (11..=40).for_each(|unit| expose(&served, unit));
    a_moment().await;
    let mut edited = with_experiment(None);
    edited.experiments[0].hypothesis = "dearer is no better".to_owned();
    served.engine.reload(edited, versions.as_ref()).unwrap();
    a_moment().await;
    assert!(running(&served));
    assert_eq!(units(&report(&served).await), 40);

    let mut salted = with_experiment(None);
    salted.experiments[0].salt = "others".to_owned();
    served.engine.reload(salted, versions.as_ref()).unwrap();
    a_moment().await;
    assert_eq!((running(&served), units(&report(&served).await)), (true, 0), "other units are another count");
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn exposures_push_no_decision_out() {
    let (versions, store) = (Versions::new(), Arc::new(Faulty::default()));
    let served = Served::start(with_experiment(None), &versions, Arc::clone(&store) as _).await;
    let start = Command::Experiment { name: "prices".to_owned(), running: true, by: "me".to_owned() };
    served.handle.ask(start).await.unwrap();
    store.broken.store(true, Ordering::Relaxed);
    assert!(!served.rollout(Action::Start).await.unwrap().kept);
    for hundred in 0..101 {
        (1..=100).for_each(|unit| expose(&served, hundred * 100 + unit));
        a_moment().await;
    }
    store.broken.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(log(&store.memory).await[0]["verdict"], "started");
    let watch = served.handle.ask(Command::Report(Report::Watch)).await.unwrap().body["store"].clone();
    assert_eq!((&watch["waiting"], &watch["records_lost"]), (&0.into(), &100.into()), "{watch}");
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_experiment_begins_and_ends_at_its_stated_times() {
    // The clock begins at 1,800,000,000 s.
    let served = Served::start(with_experiment(Some(1_800_000_010_000)), &Versions::new(), Arc::new(Memory::default())).await;
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert!(!running(&served));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(running(&served));
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert!(!running(&served));
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn books_that_the_store_does_not_take_keep_nothing_else_from_it() {
    let (versions, store) = (Versions::new(), Arc::new(Faulty::default()));
    store.narrow.store(true, Ordering::Relaxed);
    let served = Served::start(with_experiment(None), &versions, Arc::clone(&store) as _).await;
    let start = Command::Experiment { name: "prices".to_owned(), running: true, by: "me".to_owned() };
    served.handle.ask(start).await.unwrap();
    expose(&served, 1);
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert!(served.rollout(Action::Start).await.unwrap().kept, "other documents do not wait for the books");
    let watch = served.handle.ask(Command::Report(Report::Watch)).await.unwrap().body["store"].clone();
    assert_eq!((&watch["failing"], &watch["waiting"]), (&Value::Null, &0.into()), "{watch}");
    assert!(watch["refused"]["books/prices"].as_str().unwrap().contains("limit"), "{watch}");

    store.narrow.store(false, Ordering::Relaxed);
    expose(&served, 2);
    tokio::time::sleep(Duration::from_secs(15)).await;
    let watch = served.handle.ask(Command::Report(Report::Watch)).await.unwrap().body["store"].clone();
    assert_eq!(watch["refused"], serde_json::json!({}), "{watch}");
    served.end().await;
    let again = Served::start(with_experiment(None), &versions, store).await;
    assert_eq!(units(&report(&again).await), 2);
    again.end().await;
}
