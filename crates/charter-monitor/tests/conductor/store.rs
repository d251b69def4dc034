//! A store that fails stops neither calls nor decisions, and nothing begins on a guess.

use crate::stage::*;
use charter_engine::controls::Stage;
use charter_engine::watch::{Action, Command, Refused, Report};
use charter_plan::plan::Starts;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn nothing_begins_before_the_kept_state_is_known() {
    let (versions, store) = (Versions::new(), Arc::new(Faulty::default()));
    store.broken.store(true, Ordering::Relaxed);
    let served = Served::start(plan("v3", Starts::Served), &versions, Arc::clone(&store) as _).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(served.stage(), Stage::Stable);
    served.calls(0..10).await;
    let refused = served.rollout(Action::Start).await;
    assert!(matches!(&refused, Err(Refused::Unfit(reason)) if reason.contains("the disk is gone")), "{refused:?}");
    let watch = served.handle.ask(Command::Report(Report::Watch)).await.unwrap().body;
    assert!(watch["store"]["failing"].as_str().unwrap().contains("the disk is gone"), "{watch}");

    store.broken.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(served.stage(), Stage::Canary(5_000), "it begins once it is known that nothing was kept");
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_abort_works_at_once_without_the_store_and_is_kept_later() {
    for silent in [false, true] {
        let (versions, store) = (Versions::new(), Arc::new(Faulty::default()));
        let served = Served::start(plan("v3", Starts::Command), &versions, Arc::clone(&store) as _).await;
        served.rollout(Action::Start).await.unwrap();
        if silent { &store.silent } else { &store.broken }.store(true, Ordering::Relaxed);
        let asked = tokio::spawn({
            let handle = served.handle.clone();
            async move { handle.ask(Command::Rollout { name: "fraud-new".to_owned(), action: Action::Abort, by: "me".to_owned() }).await }
        });
        a_moment().await;
        assert_eq!(served.stage(), Stage::Stable);
        assert!(!asked.await.unwrap().unwrap().kept, "the answer says that it would not outlive the process");
        store.silent.store(false, Ordering::Relaxed);
        store.broken.store(false, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(3)).await;
        let watch = served.handle.ask(Command::Report(Report::Watch)).await.unwrap().body;
        assert_eq!((watch["store"]["failing"].clone(), watch["store"]["waiting"].clone()), (serde_json::Value::Null, 0.into()));
        served.kill();
        let again = Served::start(plan("v3", Starts::Command), &versions, store).await;
        assert_eq!(again.status().await["phase"], "rolled-back");
        again.end().await;
    }
}
