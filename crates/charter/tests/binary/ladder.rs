//! A backend dies in mid-load: the ladder steps down, nobody sees an error.

use crate::support::{Server, ask, load};

/// A charter whose first rung is a model on another server, here another `charter serve`.
fn front(folder: &std::path::Path, upstream: &str) {
    let charter = format!(
        "charter: 1
system: front
title: A remote model with a rule beneath it
owner: architect
currency: USD
models:
  price:
    task: regression
    baseline: a flat price
    versions: {{ v1: {{ oip: \"http://{upstream}\", model: price }} }}
    protect: {{ timeout: 200ms, breaker: {{ min_calls: 5, open: 1s }} }}
routes:
  price:
    timeout: 400ms
    answer:
      ladder:
        full: {{ model: price@v1 }}
        fallback: {{ rule: \"weight * 2.0\", as: price }}
      fail: closed
    input: contracts/parcel.odcs.yaml
    output: {{ price: FP32 }}
    access: open
"
    );
    parcel(folder);
    std::fs::write(folder.join("charter.yaml"), charter).expect("written");
}

fn back(folder: &std::path::Path) {
    let charter = "charter: 1
system: back
title: What the front asks
owner: architect
currency: USD
routes:
  price:
    timeout: 200ms
    answer: { rule: \"weight * 3.0\", as: price }
    input: contracts/parcel.odcs.yaml
    output: { price: FP32 }
    access: open
";
    parcel(folder);
    std::fs::write(folder.join("charter.yaml"), charter).expect("written");
}

fn parcel(folder: &std::path::Path) {
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
}

const PARCEL: &str = r#"{"inputs":[{"name":"weight","shape":[1,1],"datatype":"FP32","data":[2.0]}]}"#;

#[test]
fn a_backend_killed_in_mid_load_costs_rungs_but_no_errors() {
    let (front_folder, back_folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    back(back_folder.path());
    let mut upstream = Server::start(back_folder.path(), &["--no-watch"]);
    let address = upstream.data.clone();
    front(front_folder.path(), &address);
    let server = Server::start(front_folder.path(), &["--no-watch"]);
    let (status, body) = ask(&server.data, "POST", "/v2/models/price/infer", PARCEL.as_bytes());
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("6.0") || body.contains("[6]"), "the remote model answers first: {body}");

    let outcome = std::thread::scope(|scope| {
        let loaded = scope.spawn(|| load(&server.data, "price", PARCEL, 200.0, 8));
        let killed = std::time::Instant::now() + std::time::Duration::from_secs(3);
        while std::time::Instant::now() < killed {
            std::thread::yield_now();
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
        upstream.kill();
        loaded.join().expect("the load ran")
    });
    let total = &outcome.report.total;
    assert_eq!(total.errors.total(), 0, "{:?}", total.errors);
    assert!(total.rungs.get("full").copied().unwrap_or(0) > 100, "{:?}", total.rungs);
    assert!(total.rungs.get("fallback").copied().unwrap_or(0) > 100, "{:?}", total.rungs);
    let metrics = ask(&server.admin, "GET", "/metrics", b"").1;
    assert!(metrics.contains("charter_step_downs_total"), "{metrics}");
}
