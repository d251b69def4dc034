//! Two processes on one store.

use crate::stage::*;
use charter_engine::Clock;
use charter_engine::controls::Stage;
use charter_engine::watch::{Action, Command};
use charter_plan::plan::Starts;
use charter_store::Memory;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

async fn pair() -> (Served, Served, Arc<Versions>) {
    let (versions, store) = (Versions::new(), Arc::new(Memory::default()));
    let clock: Arc<dyn Clock> = Arc::new(Paused { origin: Instant::now() });
    let one = Served::start_at(plan("v3", Starts::Command), &versions, Arc::clone(&store) as _, Arc::clone(&clock)).await;
    let two = Served::start_at(plan("v3", Starts::Command), &versions, store, clock).await;
    (one, two, versions)
}

async fn within_a_second(mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(began.elapsed() <= Duration::from_secs(1), "they have not come together within a second");
    }
}

#[tokio::test(start_paused = true)]
async fn replicas_come_together_within_a_second() {
    let (one, two, _) = pair().await;
    one.rollout(Action::Start).await.unwrap();
    within_a_second(|| two.stage() == Stage::Canary(5_000)).await;
    // Both see traffic and write over each other's evidence meanwhile.
    for seed in 0..200 {
        let (first, second) = tokio::join!(one.call(seed), two.call(seed + 1_000));
        first.unwrap();
        second.unwrap();
    }
    two.rollout(Action::Pause).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((one.status().await["phase"].clone(), two.status().await["phase"].clone()), ("paused".into(), "paused".into()));
    one.rollout(Action::Abort).await.unwrap();
    within_a_second(|| two.stage() == Stage::Stable).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((one.stage(), two.stage()), (Stage::Stable, Stage::Stable), "and stay there");
    one.end().await;
    two.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_one_replica_takes_back_is_taken_back_everywhere() {
    let (one, two, versions) = pair().await;
    two.rollout(Action::Start).await.unwrap();
    within_a_second(|| one.stage() == Stage::Canary(5_000)).await;
    versions.candidate.fails.store(true, Ordering::Relaxed);
    one.calls(0..80).await;
    within_a_second(|| one.stage() == Stage::Stable && two.stage() == Stage::Stable).await;
    one.end().await;
    two.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_flag_set_on_one_replica_holds_on_the_other() {
    let (one, two, _) = pair().await;
    let set =
        |variant: Option<&str>| Command::Flag { name: "full-fraud".to_owned(), variant: variant.map(str::to_owned), by: "me".to_owned() };
    let off = |served: &Served| served.engine.current().controls().flags().status()[0].chosen.clone();
    one.handle.ask(set(Some("off"))).await.unwrap();
    within_a_second(|| off(&two).as_deref() == Some("off")).await;
    two.handle.ask(set(None)).await.unwrap();
    within_a_second(|| off(&one).is_none()).await;
    one.end().await;
    two.end().await;
}
