//! A monitor that fails, and documents that cannot be kept: everything else goes on.

use crate::stage::*;
use charter_engine::controls::Stage;
use charter_engine::observation::{Observation, Pair};
use charter_engine::watch::{Action, Command, Counted, Monitor, Order, Refused, Report, Restored};
use charter_engine::{Engine, Runtime};
use charter_monitor::conductor::Conductor;
use charter_plan::plan::Starts;
use charter_store::Memory;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::time::Instant;

/// A conductor that breaks at its next look after the switch is on.
struct Brittle {
    conductor: Conductor,
    breaks: Arc<AtomicBool>,
}

impl Monitor for Brittle {
    fn plan_changed(&mut self, runtime: &Runtime, unix_ms: u64) -> Vec<String> {
        self.conductor.plan_changed(runtime, unix_ms)
    }

    fn restore(&mut self, key: &str, bytes: Option<&[u8]>, unix_ms: u64) -> Restored {
        self.conductor.restore(key, bytes, unix_ms)
    }

    fn needs(&self, key: &str) -> bool {
        self.conductor.needs(key)
    }

    fn observe(&mut self, observation: &Observation, unix_ms: u64) {
        self.conductor.observe(observation, unix_ms);
    }

    fn compared(&mut self, pair: &Pair, unix_ms: u64) {
        self.conductor.compared(pair, unix_ms);
    }

    fn counted(&mut self, counted: &Counted) {
        self.conductor.counted(counted);
    }

    fn tick(&mut self, unix_ms: u64) -> Vec<Order> {
        assert!(!self.breaks.load(Ordering::Relaxed), "broken on purpose");
        self.conductor.tick(unix_ms)
    }

    fn command(&mut self, command: &Command, unix_ms: u64) -> Result<Value, Refused> {
        self.conductor.command(command, unix_ms)
    }

    fn report(&self, report: &Report, unix_ms: u64) -> Result<Value, Refused> {
        self.conductor.report(report, unix_ms)
    }

    fn save(&mut self, unix_ms: u64, last: bool) -> Vec<(String, Vec<u8>)> {
        self.conductor.save(unix_ms, last)
    }
}

async fn watch(served: &Served) -> Value {
    served.handle.ask(Command::Report(Report::Watch)).await.unwrap().body
}

fn full_rung_is_on(engine: &Engine) -> bool {
    engine.current().controls().flags().status()[0].chosen.is_none()
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_fails_leaves_no_candidate_unjudged() {
    let (versions, store, breaks) = (Versions::new(), Arc::new(Memory::default()), Arc::new(AtomicBool::new(false)));
    let brittle = Box::new(Brittle { conductor: Conductor::new(), breaks: Arc::clone(&breaks) });
    let clock = Arc::new(Paused { origin: Instant::now() });
    let served = Served::watched(plan("v3", Starts::Command), &versions, Arc::clone(&store) as _, clock, brittle).await;
    served.rollout(Action::Start).await.unwrap();
    assert_eq!(watch(&served).await["monitor"]["failed"], Value::Null);

    breaks.store(true, Ordering::Relaxed);
    a_moment().await;
    let failed = watch(&served).await["monitor"]["failed"].as_str().unwrap().to_owned();
    assert!(failed.contains("broken on purpose"), "{failed}");
    assert_eq!(served.stage(), Stage::Stable, "nobody judges any more");
    assert!(matches!(served.rollout(Action::Start).await, Err(Refused::Failed(reason)) if reason.contains("broken on purpose")));
    let aborted = served.rollout(Action::Abort).await.unwrap();
    assert_eq!((aborted.kept, &aborted.body["phase"]), (false, &serde_json::json!("rolled-back")));

    // What needs no monitor goes on: calls, flags and what is kept of them, the next plan.
    let off = Command::Flag { name: "full-fraud".to_owned(), variant: Some("off".to_owned()), by: "me".to_owned() };
    assert!(served.handle.ask(off).await.unwrap().kept);
    assert!(!full_rung_is_on(&served.engine));
    served.engine.reload(plan("v3", Starts::Command), versions.as_ref()).unwrap();
    a_moment().await;
    assert_eq!(served.stage(), Stage::Stable);
    served.end().await;

    // A new process takes up what was saved while it was sound, and judges again.
    let again = Served::start(plan("v3", Starts::Command), &versions, store).await;
    assert_eq!((again.stage(), full_rung_is_on(&again.engine)), (Stage::Canary(5_000), false));
    again.rollout(Action::Abort).await.unwrap();
    assert_eq!(again.stage(), Stage::Stable);
    again.end().await;
}
