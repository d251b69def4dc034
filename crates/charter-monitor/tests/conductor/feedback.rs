//! A caller's word about answers: what it counts, that it counts once, and where it leads.

use crate::stage::*;
use charter_engine::controls::Stage;
use charter_engine::watch::{Action, Command, Refused};
use charter_plan::Plan;
use charter_plan::plan::{BadKind, Guardrail, Starts};
use charter_store::Memory;
use serde_json::Value;
use std::sync::Arc;

fn heeding() -> Plan {
    let mut plan = plan("v3", Starts::Command);
    let errors = plan.rollouts[0].guardrails[0].clone();
    plan.rollouts[0].guardrails = vec![errors.clone(), Guardrail { name: "complaints".to_owned(), bad: BadKind::Feedback, ..errors }];
    plan
}

async fn say(served: &Served, id: &str, model: &str, unit: u64) -> Result<Value, Refused> {
    let command =
        Command::Feedback { rollout: "fraud-new".to_owned(), id: id.to_owned(), model: model.to_owned(), unit, asked_unix_ms: None };
    served.handle.ask(command).await.map(|done| done.body["received"].clone())
}

/// Complaints about the stable version and the candidate, and about errors nothing.
async fn complaints(served: &Served) -> [u64; 2] {
    let status = served.status().await;
    assert_eq!(status["guardrails"][0]["candidate"]["bad"], 0);
    ["stable", "candidate"].map(|arm| status["guardrails"][1][arm]["bad"].as_u64().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_word_counts_once_for_the_version_that_answered_also_over_a_restart() {
    let (versions, store) = (Versions::new(), Arc::new(Memory::default()));
    let served = Served::start(heeding(), &versions, Arc::clone(&store) as _).await;
    assert_eq!(say(&served, "early", "fraud@v2", 0).await.unwrap(), "not-split");
    served.rollout(Action::Start).await.unwrap();
    served.calls(0..200).await;
    assert_eq!(say(&served, "a", "fraud@v3", 0).await.unwrap(), "counted");
    assert_eq!(say(&served, "a", "fraud@v3", 0).await.unwrap(), "duplicate");
    assert_eq!(say(&served, "b", "fraud@v2", 0).await.unwrap(), "counted");
    let refused = say(&served, "c", "fraud@v1", 0).await.unwrap_err().to_string();
    assert!(refused.contains("from fraud@v2 to fraud@v3"), "{refused}");
    assert_eq!(complaints(&served).await, [1, 1]);
    served.end().await;

    let again = Served::start(heeding(), &versions, store).await;
    assert_eq!(say(&again, "a", "fraud@v3", 0).await.unwrap(), "duplicate");
    assert_eq!(complaints(&again).await, [1, 1]);
    again.end().await;
}

#[tokio::test(start_paused = true)]
async fn one_angry_user_decides_nothing_and_many_do() {
    let served = Served::start(heeding(), &Versions::new(), Arc::new(Memory::default())).await;
    served.rollout(Action::Start).await.unwrap();
    served.calls(0..400).await;
    for id in 0..200 {
        let heard = say(&served, &id.to_string(), "fraud@v3", 7).await.unwrap();
        assert_eq!(heard, if id < 3 { "counted" } else { "left-out" });
    }
    a_moment().await;
    assert_eq!((served.stage(), complaints(&served).await), (Stage::Canary(5_000), [0, 3]));
    let mut id = 200;
    while served.stage() != Stage::Stable {
        say(&served, &id.to_string(), "fraud@v3", id).await.unwrap();
        a_moment().await;
        id += 1;
        assert!(id < 300, "{}", served.status().await);
    }
    let reason = served.status().await["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("complaints") || reason.contains("feedback"), "{reason}");
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_rollout_that_does_not_count_feedback_says_so() {
    let served = Served::start(plan("v3", Starts::Command), &Versions::new(), Arc::new(Memory::default())).await;
    served.rollout(Action::Start).await.unwrap();
    assert_eq!(say(&served, "a", "fraud@v3", 0).await.unwrap(), "not-watched");
    served.end().await;
}
