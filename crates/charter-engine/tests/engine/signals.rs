//! Who hears of a call that began before a reload.

use crate::support::*;
use charter_engine::{Engine, Listen, Runtime, Signal};
use charter_plan::plan::{ModelId, Node, RouteId, Source};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Counts calls of models by label, whatever plan they were made on.
#[derive(Default)]
struct Ledger {
    calls: Arc<Mutex<BTreeMap<String, u32>>>,
}

struct Page {
    labels: Vec<String>,
    calls: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Listen for Ledger {
    fn hear(&self, _signal: &Signal) {
        panic!("every runtime has a page of its own");
    }

    fn bind(&self, runtime: &Runtime) -> Option<Arc<dyn Listen>> {
        let labels = runtime.plan().models.iter().map(charter_plan::plan::Model::label).collect();
        Some(Arc::new(Page { labels, calls: Arc::clone(&self.calls) }))
    }
}

impl Listen for Page {
    fn hear(&self, signal: &Signal) {
        if let Signal::ModelCalled { model, .. } = signal {
            *self.calls.lock().unwrap().entry(self.labels[usize::from(model.0)].clone()).or_default() += 1;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_in_flight_is_told_to_the_listener_of_its_own_plan() {
    let fakes = [Fake::new(Act::After(Duration::from_millis(50), Box::new(Act::Answer(0.9)))), Fake::new(Act::Answer(0.1))];
    let opener = Fakes::of([("fraud@v3", &fakes[0]), ("fraud@v1", &fakes[1])]);
    let alone = |position: u16, models| {
        let mut route = route(Node::Model(use_of(position)));
        route.pins.clear();
        plan(models, vec![route])
    };
    let ledger = Arc::new(Ledger::default());
    let engine = Engine::start(alone(0, vec![model(0, "v3", guarded())]), &opener, clock(), Arc::clone(&ledger) as _);
    let runtime = engine.current();
    let began = tokio::spawn(async move { runtime.call(call(1)).await });
    tokio::task::yield_now().await;
    // Another model takes the first position.
    engine.reload(alone(1, vec![model(0, "v1", guarded()), model(1, "v3", guarded())]), &opener).unwrap();
    began.await.unwrap().unwrap();
    assert_eq!(*ledger.calls.lock().unwrap(), BTreeMap::from([("fraud@v3".to_owned(), 1)]));
    engine.current().call(call(2)).await.unwrap();
    assert_eq!(*ledger.calls.lock().unwrap(), BTreeMap::from([("fraud@v3".to_owned(), 2)]));
}

#[tokio::test(start_paused = true)]
async fn a_refused_reload_binds_nobody() {
    struct Bound(Mutex<Vec<String>>);
    impl Listen for Bound {
        fn hear(&self, _signal: &Signal) {}
        fn bind(&self, runtime: &Runtime) -> Option<Arc<dyn Listen>> {
            self.0.lock().unwrap().push(runtime.plan().fingerprint.clone());
            None
        }
    }
    let fake = Fake::new(Act::Answer(0.9));
    let bound = Arc::new(Bound(Mutex::default()));
    let engine = Engine::start(three_rungs(), &Fakes::of([("fraud@v3", &fake)]), clock(), Arc::clone(&bound) as _);
    let mut gone = three_rungs();
    gone.fingerprint = "sha256:gone".to_owned();
    for model in &mut gone.models {
        model.source = Source::Onnx { path: "gone.onnx".to_owned(), digest: "sha256:2".to_owned() };
    }
    assert!(engine.reload(gone, &Fakes::default()).is_err());
    assert_eq!(*bound.0.lock().unwrap(), ["sha256:0"]);
    assert!(engine.current().route_ready(RouteId(0)) && engine.current().model(ModelId(0)).ready);
}
