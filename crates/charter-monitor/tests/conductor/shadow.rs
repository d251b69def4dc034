//! What the shadow says of a new version, and when that decides: the rollout of the shop, `pricing-v3` in `examples/shop/charter.yaml`.

use crate::stage::*;
use charter_engine::controls::Stage;
use charter_engine::watch::{Action, Command, Report};
use charter_plan::Plan;
use charter_plan::plan::{Agreement, BadKind, Guardrail, Rollout, Starts};
use charter_store::Memory;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The shop's settings: shadow and dwell of half a minute, errors 2 %, `p99(latency) < 20ms`, disagreement 10 % at 25 % of the price.
fn shop(guardrails: Vec<Guardrail>) -> Plan {
    let mut plan = plan("v3", Starts::Command);
    plan.rollouts[0] = Rollout {
        shadow_ms: 30_000,
        shadow_pairs_min: 50,
        steps: vec![500, 1_000, 2_500, 5_000, 10_000],
        dwell_ms: 30_000,
        max_duration_ms: 86_430_000,
        watch_ms: 120_000,
        guardrails,
        ..plan.rollouts[0].clone()
    };
    plan.comparisons[0].share = 10_000;
    plan.comparisons[0].concurrency_max = 4;
    plan.comparisons[0].outputs = vec![Agreement::Score { abs_tol: 1e-6, rel_tol: 0.25 }];
    plan
}

/// A limit as the charter states it: half of it is fine, five times as much the end.
fn at_most(bad: BadKind, limit: f64, slow_us: Option<u32>) -> Guardrail {
    let (p_ok, p_ceiling) = (limit / 2.0, (5.0 * limit).min(1.0));
    Guardrail { name: bad.name().to_owned(), bad, r_harm: 1.25, r_bad: 2.0, p_ok, p_bad: limit, p_ceiling, slow_us }
}

fn without_disagreement() -> Vec<Guardrail> {
    vec![at_most(BadKind::Error, 0.02, None), at_most(BadKind::Slow, 0.01, Some(20_000))]
}

fn written() -> Vec<Guardrail> {
    let mut guardrails = without_disagreement();
    guardrails.push(at_most(BadKind::Disagreement, 0.1, None));
    guardrails
}

/// A hundred calls a second until the phase is one of these; the stages on the way, each once.
async fn until(served: &Served, phases: &[&str]) -> Vec<Stage> {
    let mut stages = vec![served.stage()];
    for seed in 0..60_000 {
        served.call(seed).await.unwrap();
        tokio::time::sleep(Duration::from_millis(6)).await;
        let stage = served.stage();
        if stages.last() != Some(&stage) {
            stages.push(stage);
        }
        if seed % 100 == 0 && phases.contains(&served.status().await["phase"].as_str().unwrap()) {
            return stages;
        }
    }
    panic!("{stages:?}: {}", served.status().await);
}

async fn started(plan: Plan, off: u64) -> (Arc<Versions>, Served) {
    let versions = Versions::new();
    versions.candidate.off.store(off, Ordering::Relaxed);
    let served = Served::start(plan, &versions, Arc::new(Memory::default())).await;
    served.rollout(Action::Start).await.unwrap();
    (versions, served)
}

#[tokio::test(start_paused = true)]
async fn a_version_within_the_bound_goes_from_the_shadow_to_all() {
    let (_versions, served) = started(shop(written()), 4).await;
    let stages = until(&served, &["watching", "rolled-back"]).await;
    let steps = [500, 1_000, 2_500, 5_000].map(Stage::Canary);
    assert_eq!(stages, [&[Stage::Shadow], steps.as_slice(), &[Stage::Full]].concat(), "{}", served.status().await);
    assert_eq!(until(&served, &["done", "rolled-back"]).await, [Stage::Full]);
    assert_eq!(served.status().await["phase"], "done");
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_version_beyond_the_bound_is_taken_back_before_it_answers_anybody() {
    let (_versions, served) = started(shop(written()), 20).await;
    assert_eq!(until(&served, &["watching", "rolled-back"]).await, [Stage::Shadow, Stage::Stable]);
    let reason = served.status().await["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("disagreements"), "{reason}");
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_guardrail_the_shadow_reports_and_does_not_decide() {
    // Every answer is another one, and held against the tolerance of the same weights elsewhere: what a new model always is.
    let mut plan = shop(without_disagreement());
    plan.comparisons[0].outputs = vec![Agreement::Score { abs_tol: 1e-6, rel_tol: 1e-3 }];
    let (_versions, served) = started(plan, 100).await;
    let stages = until(&served, &["canary", "rolled-back"]).await;
    assert_eq!(stages, [Stage::Shadow, Stage::Canary(500)]);
    let report = served.handle.ask(Command::Report(Report::Comparisons)).await.unwrap().body;
    let verdict = report[0]["verdict"].to_string();
    assert!(verdict.contains("divergent"), "{report}");
    assert_eq!(report[0]["pairs"], report[0]["disagreeing"]);
    served.end().await;
}
