//! An operator's choice of a flag, from the handle to the call, over a restart.

use crate::stage::*;
use charter_engine::StepDown;
use charter_engine::watch::{Command, Refused};
use charter_plan::plan::Starts;
use charter_store::Memory;
use std::sync::Arc;

fn set(name: &str, variant: &str) -> Command {
    Command::Flag { name: name.to_owned(), variant: Some(variant.to_owned()), by: "me".to_owned() }
}

#[tokio::test(start_paused = true)]
async fn a_rung_is_turned_off_at_once_and_stays_off_after_a_kill() {
    let (versions, store) = (Versions::new(), Arc::new(Memory::default()));
    let served = Served::start(plan("v3", Starts::Command), &versions, Arc::clone(&store) as _).await;
    assert_eq!(served.call(1).await.unwrap().served.step_down, None);
    assert!(served.handle.ask(set("full-fraud", "off")).await.unwrap().kept);
    let answered = served.call(1).await.unwrap().served;
    assert_eq!((answered.rung, answered.step_down), (1, Some(StepDown::Flag)));
    served.kill();

    let again = Served::start(plan("v3", Starts::Command), &versions, store).await;
    assert_eq!(again.call(1).await.unwrap().served.step_down, Some(StepDown::Flag));
    assert!(matches!(again.handle.ask(set("full-fraud", "purple")).await, Err(Refused::Unfit(_))));
    assert!(matches!(again.handle.ask(set("purple", "off")).await, Err(Refused::Unknown(_))));
    again.end().await;
}
