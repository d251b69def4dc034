//! A release that is the same as what it replaces: nothing about how calls are made may make it look worse.

use crate::stage::*;
use charter_engine::controls::Stage;
use charter_engine::watch::Action;
use charter_engine::{Call, Caller, Tensor, Values};
use charter_plan::Plan;
use charter_plan::plan::{BadKind, Breaker, Guardrail, Node, Protect, RolloutId, RouteId, Starts};
use charter_store::Memory;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Both versions take 40 ms, and their rung has 60; a breaker guards each.
fn tight() -> Plan {
    let mut plan = plan("v3", Starts::Command);
    let Node::Ladder { rungs } = &mut plan.routes[0].node else { panic!("a ladder") };
    rungs[0].within_ms = 60;
    for model in &mut plan.models {
        model.protect = Protect { breaker: Some(Breaker::default()), ..Protect::NONE };
    }
    let guardrails = &mut plan.rollouts[0].guardrails;
    let fallback = Guardrail { name: "fallback".to_owned(), bad: BadKind::Fallback, ..guardrails[0].clone() };
    guardrails.push(fallback);
    plan
}

async fn ask(served: &Served, seed: u64, deadline_ms: Option<u32>) {
    let inputs = vec![Tensor::new(vec![1, 1], Values::Fp32(vec![10.0])).unwrap()];
    let call = Call { route: RouteId(0), inputs, rows: 1, deadline_ms, key: None, version: None, seed, caller: Caller::default() };
    // A caller with less time than an answer takes gets none, from either version.
    let answer = served.engine.current().call(call).await;
    assert!(answer.is_ok() || deadline_ms.is_some_and(|deadline_ms| deadline_ms < 100));
}

#[tokio::test(start_paused = true)]
async fn an_identical_release_is_not_taken_back() {
    let versions = Versions::new();
    for version in [&versions.stable, &versions.candidate] {
        version.slow.store(true, Ordering::Relaxed);
    }
    let served = Served::start(tight(), &versions, Arc::new(Memory::default())).await;
    let control = Arc::clone(served.engine.current().controls().rollout(RolloutId(0)).unwrap());
    for seed in 0..400 {
        ask(&served, seed, None).await;
    }
    a_moment().await;
    served.rollout(Action::Start).await.unwrap();
    assert!(control.slow_us() < u32::MAX, "what is slow is known");
    // Callers state deadlines that leave the rung all of its time, a little less, and too little; then the upstream asks the candidate for a pause.
    let deadlines = [None, Some(150), Some(100), Some(70), Some(30)];
    for seed in 0..2_000_u64 {
        if seed == 500 {
            versions.candidate.pauses.store(true, Ordering::Relaxed);
        }
        ask(&served, 1_000 + seed, deadlines[(seed % 5) as usize]).await;
        assert_ne!(served.stage(), Stage::Stable, "call {seed}: {}", served.status().await);
    }
    assert!(!versions.candidate.pauses.load(Ordering::Relaxed), "it was asked for");
    let [stable, candidate] = control.calls();
    assert!(stable + candidate > 1_000 && candidate > 200, "{stable} {candidate}");
    served.end().await;
}
