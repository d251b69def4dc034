//! The hospital, the bank and the edge: what follows from their figures, and which requirement is proved how.

#![allow(clippy::expect_used, clippy::panic)]

mod charters;

use charter_plan::compile::compile;
use charter_plan::plan::Proof;
use charter_plan::resolved::{Figure, Resolved};
use charters::example;
use std::fmt::Write;

/// Every figure that an architect would do on paper, a line each.
fn figures(resolved: &Resolved) -> String {
    let mut text = String::new();
    let mut line = |name: String, figure: Option<&Figure>| {
        let figure = figure.map_or_else(
            || "unknown".to_owned(),
            |figure| figure.derivation.steps.last().cloned().unwrap_or_else(|| figure.value().to_string()),
        );
        let _ = writeln!(text, "{name}: {figure}");
    };
    for budget in &resolved.latency.budgets {
        line(format!("latency {}", budget.id), budget.sum_ms.as_ref());
        line(format!("latency {} needs of each stage", budget.id), budget.needed.as_ref());
    }
    for sized in &resolved.capacity.models {
        line(format!("capacity {} replicas", sized.id), sized.replicas.as_ref());
        line(format!("capacity {} busy", sized.id), sized.utilization.as_ref());
        line(format!("capacity {} busy without the fullest zone", sized.id), sized.zone_loss.as_ref());
        if sized.memory_bytes.is_some() {
            line(format!("capacity {} memory", sized.id), sized.memory_bytes.as_ref());
        }
    }
    for queue in &resolved.capacity.queues {
        line(format!("queue {}", queue.id), queue.depth.as_ref());
    }
    for stored in &resolved.capacity.storage {
        line(format!("storage {}", stored.id), stored.bytes.as_ref());
    }
    line("cost".to_owned(), resolved.cost.total.as_ref());
    line("cost allowed".to_owned(), resolved.cost.allowed.as_ref());
    for served in &resolved.cost.served {
        line(format!("cost of {}", served.element.id), served.per_thousand.as_ref());
    }
    for phase in resolved.roadmap.phases.iter().filter(|phase| !phase.ongoing) {
        line(format!("end of {}", phase.id), phase.latest_end_weeks.as_ref());
    }
    line("effort".to_owned(), resolved.roadmap.effort_weeks.as_ref());
    text
}

/// How each requirement can be proved, from the charter alone.
fn proofs(resolved: &Resolved) -> String {
    let line = |proof: &charter_plan::resolved::RequirementProof| {
        format!("{}: {}", proof.element, proof.proof.map_or("nothing", |proof| proof.word()))
    };
    resolved.proofs.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_figures_of_the_hospital_add_up() {
    let resolved = example("hospital-assistant").resolved();
    let ask = resolved.cost.of_thousand("ask").and_then(|served| served.per_thousand.as_ref()).expect("a price");
    assert!(ask.is_proven() && (ask.value() - 23.308).abs() < 0.01, "{ask:?}");
    insta::assert_snapshot!(format!("{}\n{}", figures(&resolved), proofs(&resolved)));
}

#[test]
fn large_and_cheaper_model_of_the_hospital_fail_apart() {
    let resolved = example("hospital-assistant").resolved();
    let ladder = resolved.ladders.of_id("ask").next().expect("a ladder");
    let needs = |at: usize| ladder.rungs[at].needs.iter().map(|need| need.element.to_string()).collect::<Vec<_>>();
    assert!(needs(0).contains(&"providers.north".to_owned()) && !needs(1).contains(&"providers.north".to_owned()));
    assert!(ladder.rungs.iter().all(|rung| rung.shared.is_empty()), "what two rungs need has a ladder of its own");
}

#[test]
fn the_figures_of_the_bank_add_up_and_its_plan_stands() {
    let case = example("bank-fraud");
    let resolved = case.resolved();
    insta::assert_snapshot!(format!("{}\n{}", figures(&resolved), proofs(&resolved)));
    let compiled = compile(&resolved, &case.files, &case.artifacts).expect("a plan: model servers need not be reached for it");
    let text = compiled.plan.table();
    let table: Vec<&str> = text.lines().filter(|line| !line.starts_with("plan of")).collect();
    insta::assert_snapshot!("the_plan_of_the_bank", table.join("\n"));
    let fails = compiled.plan.requirements.iter().filter(|requirement| matches!(requirement.proof, Proof::Static { holds: false, .. }));
    assert_eq!(fails.count(), 0);
}

#[test]
fn the_figures_of_the_edge_add_up_and_its_plan_stands() {
    let case = example("edge-vision");
    let resolved = case.resolved();
    insta::assert_snapshot!(format!("{}\n{}", figures(&resolved), proofs(&resolved)));
    let compiled = compile(&resolved, &case.files, &case.artifacts).expect("a plan: model servers need not be reached for it");
    let text = compiled.plan.table();
    let table: Vec<&str> = text.lines().filter(|line| !line.starts_with("plan of")).collect();
    insta::assert_snapshot!("the_plan_of_the_edge", table.join("\n"));
    let fails = compiled.plan.requirements.iter().filter(|requirement| matches!(requirement.proof, Proof::Static { holds: false, .. }));
    assert_eq!(fails.count(), 0);
}
