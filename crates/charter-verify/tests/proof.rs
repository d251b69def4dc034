//! Whole proofs against a server of known quality and speed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panic")]

use std::convert::Infallible;
use std::time::Duration;

use charter_plan::Plan;
use charter_plan::evidence::{Evidence, Host, Verdict};
use charter_plan::plan::{
    Access, Arrival, Evaluation, FailMode, Load, Measured, Node, Operator, Proof, Requirement, Route, RouteId, Rung, Share,
};
use charter_plan::tensor::{Datatype, TensorSpec};
use charter_verify::evidence::{EvidenceStore, Standing, status};
use charter_verify::load::Target;
use charter_verify::proof::{Event, ProofOutcome, ProofResult, VerifyError, VerifySettings, verify};
use charter_verify::report::{results_json, results_junit, results_table};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;

const FINGERPRINT: &str = "sha256:ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12";

/// Scores a row by its amount; rows without one come from the rung below.
fn scored(request: &Value) -> Option<(Value, &'static str)> {
    let amounts = request["inputs"].as_array()?.iter().find(|input| input["name"] == "amount")?["data"].as_array()?;
    let scores: Vec<f64> = amounts.iter().map(|amount| amount.as_f64().unwrap_or(0.0) / 1000.0).collect();
    let rung = if amounts.iter().any(Value::is_null) { "fallback" } else { "full" };
    let outputs = json!([{ "name": "score", "datatype": "FP32", "shape": [scores.len(), 1], "data": scores }]);
    Some((json!({ "model_name": "fraud", "outputs": outputs }), rung))
}

async fn infer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let builder = Response::builder().header("charter-plan", "ab12cd34ef56");
    let reply = match scored(&serde_json::from_slice(&body).unwrap()) {
        Some((outputs, rung)) => builder.header("charter-rung", rung).body(outputs.to_string()),
        None => builder.status(400).body("{\"error\":\"no inputs\"}".into()),
    };
    Ok(reply.unwrap().map(|text| Full::new(Bytes::from(text))))
}

fn serve() -> Target {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), hyper::service::service_fn(infer));
                tokio::spawn(async move {
                    // The client closes when it is done.
                    let _ = connection.await;
                });
            }
        });
    });
    Target::parse(&format!("http://{}", receive.recv().unwrap())).unwrap()
}

/// 400 rows: the larger the amount, the likelier the label; a coin as baseline.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("amount,label,home_group,amount_rule\n");
    for row in 0..400u32 {
        let amount = row * 37 % 1000;
        let label = u32::from(amount + row * 13 % 300 > 600);
        text.push_str(&format!("{amount},{label},{},{}\n", if row % 3 == 0 { "rent" } else { "own" }, row % 2));
    }
    std::fs::write(folder.path().join("fraud.csv"), text).unwrap();
    folder
}

fn route() -> Route {
    let rung = |name: &str| Rung { name: name.into(), node: Node::Sequence { steps: Vec::new() }, within_ms: 50, reserve_ms: 10 };
    Route {
        id: RouteId(0),
        name: "fraud".into(),
        inputs: vec![TensorSpec::column("amount", Datatype::Fp32)],
        answers: vec![TensorSpec::column("score", Datatype::Fp32)],
        decisions: Vec::new(),
        timeout_ms: 200,
        rows_max: 64,
        node: Node::Ladder { rungs: vec![rung("full"), rung("fallback")] },
        access: Access::Open,
        pinning: false,
        pins: Vec::new(),
        samples: Some("fraud.csv".into()),
        fail: FailMode::Closed,
    }
}

fn evaluation(metric: &str, operator: Operator, limit: f64) -> Evaluation {
    Evaluation {
        route: RouteId(0),
        samples: "fraud.csv".into(),
        metric: metric.into(),
        at: None,
        versus: None,
        output: "score".into(),
        label: "label".into(),
        positive: None,
        by: Vec::new(),
        operator,
        limit,
        unit: String::new(),
    }
}

fn load(measured: Measured, operator: Operator, limit: f64) -> Load {
    let arrival = Arrival::Rate { per_s: 1_000.0 };
    Load { arrival, mix: vec![Share { route: RouteId(0), share: 1.0 }], measured, operator, limit, network_ms: 40.0, window_s: None }
}

fn plan(proofs: Vec<(&str, Proof)>) -> Plan {
    let requirement = |(id, proof): (&str, Proof)| Requirement {
        id: id.into(),
        text: format!("{id} in words"),
        measure: String::new(),
        proof,
        fingerprint: format!("{id}-1"),
    };
    Plan {
        system: "shop".into(),
        fingerprint: FINGERPRINT.into(),
        routes: vec![route()],
        requirements: proofs.into_iter().map(requirement).collect(),
        ..Plan::default()
    }
}

fn settings<'a>(folder: &'a TempDir, target: &Target) -> VerifySettings<'a> {
    VerifySettings {
        admin: None,
        folder: folder.path(),
        target: target.clone(),
        only: Vec::new(),
        proofs: Vec::new(),
        load_duration: Duration::from_millis(700),
        warm_up: Duration::from_millis(100),
        workers: 1,
        seed: 7,
        host: Host::default(),
        command: "charter verify".into(),
    }
}

fn proved(plan: &Plan, settings: &VerifySettings<'_>) -> Vec<ProofResult> {
    verify(plan, settings, &mut || "2026-01-01T00:00:00Z".into(), &mut |_| ()).unwrap()
}

fn evidence(result: &ProofResult) -> &Evidence {
    match &result.outcome {
        ProofOutcome::Evidence(evidence) => evidence,
        ProofOutcome::Unproved(reason) => panic!("{}: {reason}", result.requirement),
    }
}

#[test]
fn every_kind_of_proof_ends_in_a_verdict_or_a_reason() {
    let (folder, target) = (folder(), serve());
    let by_group = Evaluation { by: vec!["home-group".into()], ..evaluation("auc", Operator::GreaterOrEqual, 0.8) };
    let gain = Evaluation { versus: Some("amount-rule".into()), ..evaluation("auc", Operator::GreaterOrEqual, 0.05) };
    let at_rate =
        Evaluation { at: Some(("fpr".into(), Operator::LessOrEqual, 0.05)), ..evaluation("recall", Operator::GreaterOrEqual, 0.999) };
    let holds = Proof::Static { holds: true, figure: 165.0, unit: "ms".into(), derivation: vec!["20 + 145 = 165".into()] };
    let plan = plan(vec![
        ("budget", holds),
        ("quality", Proof::Evaluation(by_group)),
        ("gain", Proof::Evaluation(gain)),
        ("recall", Proof::Evaluation(at_rate)),
        ("latency", Proof::Load(load(Measured::LatencyQuantile { quantile: 0.99 }, Operator::Less, 2_000.0))),
        ("degraded-rung", Proof::Load(load(Measured::RatioRung { rung: "degraded".into() }, Operator::GreaterOrEqual, 0.1))),
        ("answered", Proof::Load(load(Measured::RatioAnswered, Operator::GreaterOrEqual, 0.9))),
        ("full-rung", Proof::Load(load(Measured::RatioRung { rung: "full".into() }, Operator::GreaterOrEqual, 0.9))),
        ("production", Proof::Runtime),
    ]);
    let mut events = 0;
    // Below five seconds nothing under load is proved.
    let long_enough = VerifySettings { load_duration: Duration::from_secs(5), ..settings(&folder, &target) };
    let results = verify(&plan, &long_enough, &mut || "2026-01-01T00:00:00Z".into(), &mut |event| {
        events += u32::from(matches!(event, Event::Started { .. } | Event::Finished(_)));
    })
    .unwrap();
    assert_eq!(events, 18);
    let standings: Vec<(&str, Standing)> = results.iter().map(|result| (result.requirement.as_str(), result.standing())).collect();
    let expected = ["budget", "quality", "gain", "latency", "answered", "full-rung"].map(|id| (id, Standing::Proved));
    assert!(expected.iter().all(|line| standings.contains(line)), "{}", results_table(&results));
    assert!(standings.contains(&("recall", Standing::Broken)) && standings.contains(&("degraded-rung", Standing::Broken)), "{standings:?}");
    assert_eq!(results[8].standing(), Standing::Unproved);

    let quality = evidence(&results[1]);
    assert_eq!(quality.parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), ["all", "home_group=own", "home_group=rent"]);
    assert_eq!(quality.parts[0].count, 400);
    let latency = evidence(&results[4]);
    assert_eq!(latency.limit, "< 1960 ms");
    assert!(latency.notes[0].contains("the limit of 2000 ms less 40 ms for the network stages"), "{:?}", latency.notes);
    // The requirements under one load share one run.
    assert_eq!(latency.report, evidence(&results[6]).report);
}

#[test]
fn reports_and_evidence_say_the_same() {
    let (folder, target) = (folder(), serve());
    let plan = plan(vec![("quality", Proof::Evaluation(evaluation("auc", Operator::GreaterOrEqual, 0.999))), ("review", Proof::Review)]);
    let results = proved(&plan, &settings(&folder, &target));
    assert_eq!(evidence(&results[0]).verdict, Verdict::Broken);
    let table = results_table(&results);
    assert!(table.contains("broken") && table.contains("0 proved, 1 broken, 1 unproved"), "{table}");
    assert!(results_junit("shop", &results).contains("failures=\"1\""));
    assert_eq!(results_json(&plan.fingerprint, &results)["results"][0]["standing"], "broken");

    let store = EvidenceStore::new(folder.path().join("evidence"));
    store.keep(evidence(&results[0])).unwrap();
    let kept = store.read().unwrap().evidence;
    let now = "2026-01-02T00:00:00Z".parse().unwrap();
    let standing = |plan: &Plan| status(&plan.requirements, &kept, now, None).iter().map(|line| line.standing).collect::<Vec<_>>();
    assert_eq!(standing(&plan), [Standing::Broken, Standing::Unproved]);
    let mut changed = plan.clone();
    changed.requirements[0].fingerprint = "quality-2".into();
    assert_eq!(standing(&changed), [Standing::Stale, Standing::Unproved]);
}

#[test]
fn a_run_of_less_than_five_seconds_proves_nothing() {
    let (folder, target) = (folder(), serve());
    let fast = Load { window_s: Some(28.0 * 86_400.0), ..load(Measured::LatencyQuantile { quantile: 0.99 }, Operator::Less, 60_000.0) };
    let results = proved(&plan(vec![("latency", Proof::Load(fast))]), &settings(&folder, &target));
    let found = evidence(&results[0]);
    assert_eq!(found.verdict, Verdict::Inconclusive);
    assert!(found.notes[0].contains("are too few to prove it"), "{:?}", found.notes);
    assert_eq!(found.notes[1], "at 1,000 requests/s for 0.7 s; the window of 28 d needs evidence from production");
}

#[test]
fn equal_seeds_give_equal_evidence() {
    let (folder, target) = (folder(), serve());
    let plan = plan(vec![("precision", Proof::Evaluation(evaluation("ap", Operator::GreaterOrEqual, 0.5)))]);
    let once = proved(&plan, &settings(&folder, &target));
    let again = proved(&plan, &settings(&folder, &target));
    assert_eq!(evidence(&once[0]), evidence(&again[0]));
}

#[test]
fn what_cannot_be_measured_is_unproved_with_its_reason() {
    let (folder, target) = (folder(), serve());
    let wrong_output = Evaluation { output: "probability".into(), ..evaluation("auc", Operator::GreaterOrEqual, 0.5) };
    let wrong_label = Evaluation { label: "truth".into(), ..evaluation("auc", Operator::GreaterOrEqual, 0.5) };
    let wrong_file = Evaluation { samples: "none.csv".into(), ..evaluation("auc", Operator::GreaterOrEqual, 0.5) };
    let no_baseline = Evaluation { versus: Some("popularity".into()), ..evaluation("auc", Operator::GreaterOrEqual, 0.5) };
    let plan = plan(vec![
        ("output", Proof::Evaluation(wrong_output)),
        ("label", Proof::Evaluation(wrong_label)),
        ("file", Proof::Evaluation(wrong_file)),
        ("baseline", Proof::Evaluation(no_baseline)),
        ("metric", Proof::Evaluation(evaluation("beauty", Operator::GreaterOrEqual, 0.5))),
    ]);
    let results = proved(&plan, &settings(&folder, &target));
    let reasons: Vec<&str> = results
        .iter()
        .map(|result| match &result.outcome {
            ProofOutcome::Unproved(reason) => reason.as_str(),
            ProofOutcome::Evidence(evidence) => panic!("{evidence:?}"),
        })
        .collect();
    for (reason, part) in reasons.iter().zip([
        "route `fraud` has no output `probability`; it has score",
        "no column `truth`",
        "none.csv` cannot be read",
        "the baseline `popularity` is no column of the samples",
        "`beauty` is no metric",
    ]) {
        assert!(reason.contains(part), "{reason}");
    }
}

#[test]
fn another_plan_or_no_server_stops_the_whole() {
    let (folder, target) = (folder(), serve());
    let mut other = plan(vec![("quality", Proof::Evaluation(evaluation("auc", Operator::GreaterOrEqual, 0.5)))]);
    other.fingerprint = "sha256:99".into();
    let stopped = verify(&other, &settings(&folder, &target), &mut String::new, &mut |_| ());
    assert!(matches!(stopped, Err(VerifyError::OtherPlan { .. })), "{stopped:?}");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = Target::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let stopped = verify(&other, &settings(&folder, &dead), &mut String::new, &mut |_| ());
    assert!(matches!(stopped, Err(VerifyError::Silent { .. })), "{stopped:?}");
    let message = stopped.unwrap_err().to_string();
    assert!(message.contains("does not answer: nothing listens there; start a server with `charter serve"), "{message}");
    let unknown = VerifySettings { only: vec!["nothing".into()], ..settings(&folder, &target) };
    assert!(matches!(verify(&other, &unknown, &mut String::new, &mut |_| ()), Err(VerifyError::NoRequirement(_))));
}
