//! Faults on purpose: ladders proved rung by rung, one that only looks like a ladder found out, and leases that outlive whoever took them.

use crate::support::{CHARTER, Server, ask};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PARCEL: &str = r#"{"inputs":[{"name":"weight","shape":[1,1],"datatype":"FP32","data":[2.0]}]}"#;

fn parcel(folder: &Path) {
    std::fs::create_dir_all(folder.join("contracts")).expect("a folder");
    let contract = "apiVersion: v3.1.0
kind: DataContract
id: parcel
name: parcel
version: 1.0.0
status: active
schema:
  - name: parcel
    logicalType: object
    properties:
      - { name: weight, logicalType: number, physicalType: FP32, required: true, logicalTypeOptions: { minimum: 0, maximum: 100 }, description: in kg }
";
    std::fs::write(folder.join("contracts/parcel.odcs.yaml"), contract).expect("written");
    let rows: String = (1..=60).map(|row| format!("{row}\n")).collect();
    std::fs::write(folder.join("parcels.csv"), format!("weight\n{rows}")).expect("written");
}

/// What the fronts ask: one server with two models.
fn back(folder: &Path) {
    parcel(folder);
    let route = |name: &str, factor: &str| {
        format!(
            "  {name}:\n    timeout: 200ms\n    answer: {{ rule: \"weight * {factor}\", as: price }}\n    \
             input: contracts/parcel.odcs.yaml\n    output: {{ price: FP32 }}\n    access: open\n"
        )
    };
    let head = "charter: 1\nsystem: back\ntitle: What the front asks\nowner: architect\ncurrency: USD\nroutes:\n";
    std::fs::write(folder.join("charter.yaml"), format!("{head}{}{}", route("price", "3.0"), route("spare", "2.5"))).expect("written");
}

/// A good ladder ends in a rule of its own; a broken one has a second rung on the server of the first, and nothing else.
fn front(folder: &Path, upstream: &str, rungs: &str, chaos: &str) {
    parcel(folder);
    let charter = format!(
        "charter: 1
system: front
title: Remote models with something beneath them
owner: architect
currency: USD
models:
  price:
    task: regression
    baseline: a flat price
    versions: {{ v1: {{ oip: \"http://{upstream}\", model: price }}, v0: {{ oip: \"http://{upstream}\", model: spare }} }}
    protect: {{ timeout: 100ms, breaker: {{ min_calls: 5, open: 1s }} }}
routes:
  price:
    timeout: 400ms
    answer:
      ladder:
        full: {{ model: price@v1 }}
{rungs}      fail: closed
    input: contracts/parcel.odcs.yaml
    output: {{ price: FP32 }}
    access: open
    samples: parcels.csv
{chaos}"
    );
    std::fs::write(folder.join("charter.yaml"), charter).expect("written");
}

const RULE: &str = "        fallback: { rule: \"weight * 2.0\", as: price }\n";
const SAME_SERVER: &str = "        spare: { model: price@v0 }\n";

/// `charter verify --chaos` as JSON, and its exit code.
fn verify(folder: &Path) -> (serde_json::Value, Option<i32>) {
    let output = Command::new(CHARTER)
        .arg("verify")
        .arg(folder)
        .args(["--chaos", "--format", "json"])
        .stdin(Stdio::null())
        .output()
        .expect("charter verify runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let json = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}\n{}", String::from_utf8_lossy(&output.stderr)));
    (json, output.status.code())
}

fn result<'a>(verdicts: &'a serde_json::Value, id: &str) -> &'a serde_json::Value {
    let results = verdicts["results"].as_array().expect("results");
    results.iter().find(|result| result["requirement"] == id).unwrap_or_else(|| panic!("no {id} in {verdicts:#}"))
}

#[test]
fn a_ladder_is_proved_and_one_whose_rungs_share_a_server_is_found_out() {
    let folders = [(); 3].map(|()| tempfile::tempdir().expect("a folder"));
    let [back_folder, good, shared] = &folders;
    back(back_folder.path());
    let upstream = Server::start(back_folder.path(), &["--no-watch"]);
    let chaos = "chaos:
  enabled: true
  experiments:
    lost-server:
      faults: [{ at: price@v1, kind: refuse }]
      for: 3s
      expect: { rungs: { price: fallback }, answered: 99%, opens: [{ model: price@v1, within: 2s }] }
    half-answers:
      faults: [{ at: price@v1, kind: partial }]
      for: 3s
      expect: { rungs: { price: fallback }, answered: 99% }
    old-answers:
      about: an answer from before looks like any other, so the first rung gives it
      faults: [{ at: price@v1, kind: stale }]
      for: 3s
      expect: { rungs: { price: full }, answered: 99% }
";
    front(good.path(), &upstream.data, RULE, chaos);
    front(shared.path(), &upstream.data, SAME_SERVER, "chaos: { enabled: true }\n");
    let ((proved, code), (broken, broken_code)) = std::thread::scope(|scope| {
        let good = scope.spawn(|| verify(good.path()));
        let shared = verify(shared.path());
        (good.join().expect("verified"), shared)
    });
    let rung = result(&proved, "chaos/price/fallback");
    assert_eq!(rung["standing"], "proved", "{rung:#}");
    assert_eq!(rung["evidence"]["proof"], "chaos");
    assert!(rung["evidence"]["figure"].as_f64().is_some_and(|share| share >= 0.95), "{rung:#}");
    for name in ["lost-server", "half-answers", "old-answers"] {
        let experiment = result(&proved, &format!("chaos/{name}"));
        assert_eq!(experiment["standing"], "proved", "{experiment:#}");
    }
    assert_eq!(code, Some(0));

    let rung = result(&broken, "chaos/price/spare");
    assert_eq!(rung["standing"], "broken", "{rung:#}");
    assert!(rung["evidence"]["notes"][0].as_str().is_some_and(|note| note.contains("stopped after")), "{rung:#}");
    assert_eq!(broken_code, Some(4));

    let status = Command::new(CHARTER).arg("status").arg(good.path()).args(["--format", "json"]).output().expect("charter status runs");
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
    let line = status["requirements"].as_array().and_then(|lines| lines.iter().find(|line| line["requirement"] == "chaos/price/fallback"));
    assert_eq!(line.map(|line| &line["standing"]), Some(&serde_json::json!("proved")), "{status:#}");
}

#[test]
fn a_fault_ends_by_itself_when_whoever_brought_it_in_is_killed() {
    let (back_folder, front_folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    back(back_folder.path());
    let upstream = Server::start(back_folder.path(), &["--no-watch"]);
    front(front_folder.path(), &upstream.data, RULE, "chaos: { enabled: true, lease: 2s }\n");
    let mut server = Server::start(front_folder.path(), &["--no-watch"]);
    let (data, admin) = (format!("http://{}", server.data), format!("http://{}", server.admin));
    let mut verifier = Command::new(CHARTER)
        .arg("verify")
        .arg(front_folder.path())
        .args(["--chaos", "--target", &data, "--admin", &admin])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("charter verify runs");
    let side = server.admin.clone();
    let faults = || {
        let status: serde_json::Value = serde_json::from_str(&ask(&side, "GET", "/status", b"").1).expect("JSON");
        status["faults"].as_array().map_or(0, Vec::len)
    };
    wait_until("a fault is in", || faults() > 0);
    let metrics = ask(&server.admin, "GET", "/metrics", b"").1;
    assert!(metrics.contains("charter_faults_active 1") && metrics.contains("point=\"provider\",kind=\"hang\""), "{metrics}");
    verifier.kill().expect("killed");
    verifier.wait().expect("ended");
    let killed = Instant::now();
    wait_until("its lease is over", || faults() == 0);
    assert!(killed.elapsed() < Duration::from_secs(4), "{:?}", killed.elapsed());
    // The upstream answers again as soon as the breaker lets a probe through.
    wait_until("the first rung is back", || ask(&server.data, "POST", "/v2/models/price/infer", PARCEL.as_bytes()).1.contains("[6"));

    let crash = br#"{"point":{"kind":"provider","url":"URL"},"kind":{"kind":"crash"}}"#;
    let crash = String::from_utf8_lossy(crash).replace("URL", &format!("http://{}", upstream.data));
    let (status, body) = ask(&server.admin, "POST", "/chaos/faults", crash.as_bytes());
    assert_eq!(status, 200, "{body}");
    let id = serde_json::from_str::<serde_json::Value>(&body).expect("JSON")["id"].as_u64().expect("an id");
    wait_until("the crash strikes", || {
        ask(&server.data, "POST", "/v2/models/price/infer", PARCEL.as_bytes());
        let chaos: serde_json::Value = serde_json::from_str(&ask(&server.admin, "GET", "/chaos", b"").1).expect("JSON");
        chaos["faults"][0]["touched"].as_u64().is_some_and(|touched| touched > 0)
    });
    // Where panics are printed with a backtrace, the first one takes longer than a call may.
    wait_until("a backend that panics costs a rung", || {
        ask(&server.data, "POST", "/v2/models/price/infer", PARCEL.as_bytes()).1.contains("[4")
    });
    assert_eq!(ask(&server.admin, "DELETE", &format!("/chaos/faults/{id}"), b"").0, 200);
    assert_eq!(ask(&server.admin, "POST", &format!("/chaos/faults/{id}/renew"), b"").0, 404);
    assert!(server.lives());
}

#[test]
fn a_charter_that_allows_no_faults_gets_none() {
    let folder = tempfile::tempdir().expect("a folder");
    front(folder.path(), "127.0.0.1:9", RULE, "");
    let server = Server::start(folder.path(), &["--no-watch"]);
    let fault = br#"{"point":{"kind":"model","label":"price@v1"},"kind":{"kind":"error"}}"#;
    let (status, body) = ask(&server.admin, "POST", "/chaos/faults", fault);
    assert_eq!((status, body.contains("chaos-off")), (403, true), "{body}");
    assert_eq!(ask(&server.admin, "POST", "/chaos/faults/1/renew", b"").0, 403);
}

/// Asks again and again, with a breath in between; a condition that never comes true ends the test.
fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}: not within 30 s");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}
