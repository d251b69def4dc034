//! The reference case, typed in unaltered: what follows from its figures.

mod charters;

use charter_plan::compile::compile;
use charter_plan::plan::Proof;
use charters::example;

#[test]
fn the_reference_case_comes_out_as_its_architects_would_compute_it() {
    let case = example("reference");
    let resolved = case.resolved();

    let latency = resolved.latency.of("peak-latency").expect("the budget");
    assert_eq!(latency.sum_ms.as_ref().map(|sum| sum.value()), Some(200.0));
    assert_eq!(latency.counted, 7);
    let guaranteed = latency.guaranteed.as_ref().expect("a guarantee");
    assert!((guaranteed.value() - 0.93).abs() < 1e-9);
    assert!(!guaranteed.is_proven(), "that each stage is held at p99 is an assumption");
    assert!((latency.needed.as_ref().expect("a need").value() - 0.998_571).abs() < 1e-6);
    assert_eq!(latency.outside_ms.value(), 40.0);
    assert_eq!(latency.edge_ms.as_ref().map(|edge| edge.value()), Some(160.0));

    let pair = resolved.load.users.first().expect("users against a rate");
    assert_eq!(pair.implied_latency_ms.value(), 100.0);
    assert_eq!(pair.rate_at_limit.as_ref().map(|rate| rate.value()), Some(5_000.0));
    assert!(pair.think_ms.is_none() && !pair.implied_latency_ms.is_proven());

    assert!((resolved.capacity.zone_loss.as_ref().expect("a loss").value() - 1.0).abs() < 1e-9);
    assert_eq!(resolved.capacity.queues.first().and_then(|queue| queue.depth.as_ref()).map(|depth| depth.value()), Some(1_000.0));
    assert_eq!(resolved.capacity.storage.first().and_then(|stored| stored.bytes.as_ref()).map(|bytes| bytes.value()), Some(2.7e12));
    assert!(resolved.capacity.of("recommendation").expect("sized").scales_to_zero.is_some());

    let mvp = resolved.roadmap.of("mvp").expect("the phase");
    assert_eq!(mvp.earliest_end_weeks.as_ref().map(|end| end.value()), Some(12.0));
    assert_eq!(mvp.latest_end_weeks.as_ref().map(|end| end.value()), Some(22.0));

    let llm = resolved.ladders.of_id("llm-api").next().expect("a ladder");
    let shared: Vec<String> = llm.rungs[1].shared.iter().map(|need| need.element.to_string()).collect();
    assert_eq!(shared, ["dependencies.llm-api"]);
    assert!(resolved.cost.total.is_none() && resolved.cost.items.iter().all(|item| !item.missing.is_empty()));
}

#[test]
fn the_reference_case_has_a_proof_kind_or_a_reason_for_each_requirement() {
    let case = example("reference");
    let resolved = case.resolved();
    let compiled = compile(&resolved, &case.files, &case.artifacts).expect("a plan that serves nothing");
    let told: Vec<String> = compiled
        .plan
        .requirements
        .iter()
        .map(|requirement| match &requirement.proof {
            Proof::Static { holds, derivation, .. } => format!("{} static {holds}: {}", requirement.id, derivation.join("; ")),
            Proof::None { reason } => format!("{} none: {reason}", requirement.id),
            other => format!("{} {}", requirement.id, other.name()),
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}
