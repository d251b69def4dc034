//! One model fails hard and slowly; the other routes must not feel it.
//!
//! Windows in which its server is well and windows in which it is not take turns under one load, so that whatever else the machine does hits both alike.
//! The bound of CI is loose, since the machine is shared; `cargo xtask bench bulkhead` runs the same with a release binary and long windows, and prints the
//! ratio that is promised.

use crate::support::{DIAMOND, Server, copy_of_shop};
use crate::upstream::{Manner, Upstream};
use charter_verify::load::{Latencies, LoadScenario, Shape, Spacing, Target, Traffic, run};
use std::path::Path;
use std::time::Duration;

/// Requests a second, half of them to the route whose model fails.
const RATE: f64 = 400.0;
/// What a busy machine may add to the p99 of a window.
const SLACK_MS: f64 = 25.0;
const PARCEL: &str = r#"{"inputs":[{"name":"weight","shape":[1,1],"datatype":"FP32","data":[2.0]}]}"#;
const CONTRACT: &str = "apiVersion: v3.1.0
kind: DataContract
id: parcel
name: parcel
version: 1.0.0
status: active
schema:
  - name: parcel
    logicalType: object
    properties:
      - { name: weight, logicalType: number, physicalType: FP32, required: true, description: in kg }
";

/// A server with the route that the shop asks.
fn back() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    contract(folder.path());
    let charter = "charter: 1
system: back
title: What the shop asks
owner: architect
currency: USD
routes:
  parcel:
    timeout: 200ms
    answer: { rule: \"weight * 3.0\", as: price }
    input: contracts/parcel.odcs.yaml
    output: { price: FP32 }
    access: open
";
    std::fs::write(folder.path().join("charter.yaml"), charter).expect("written");
    folder
}

/// The shop with one more route, whose model is on another server and has no breaker: nothing but its own limits keeps it from the others.
fn shop_with(upstream: &str) -> tempfile::TempDir {
    let folder = copy_of_shop();
    contract(folder.path());
    let path = folder.path().join("charter.yaml");
    let charter = std::fs::read_to_string(&path).expect("the charter");
    let model = format!(
        "\nmodels:
  parcel:
    task: regression
    baseline: a flat price
    versions: {{ far: {{ oip: \"http://{upstream}\", model: parcel }} }}
    protect: {{ timeout: 100ms, breaker: off, concurrency: 64 }}
"
    );
    let route = "\nroutes:
  parcel:
    timeout: 200ms
    answer: { ladder: { full: { model: parcel@far }, fallback: { rule: \"weight * 2.0\", as: price } } }
    input: contracts/parcel.odcs.yaml
    output: { price: FP32 }
    access: open
";
    assert!(charter.contains("\nmodels:\n") && charter.contains("\nroutes:\n"));
    std::fs::write(path, charter.replacen("\nmodels:\n", &model, 1).replacen("\nroutes:\n", route, 1)).expect("written");
    folder
}

fn contract(folder: &Path) {
    std::fs::create_dir_all(folder.join("contracts")).expect("a folder");
    std::fs::write(folder.join("contracts/parcel.odcs.yaml"), CONTRACT).expect("written");
}

/// One window of load: latencies of the other route, how many of its calls had no answer, and the share of the failing route that its model answered.
fn window(address: &str, seed: u64, seconds: u64) -> (Latencies, u64, f64) {
    let target = Target::parse(&format!("http://{address}")).expect("an address");
    let traffic = [("pricing", DIAMOND), ("parcel", PARCEL)].map(|(route, body)| Traffic {
        name: route.to_owned(),
        weight: 1.0,
        requests: vec![target.post(&format!("/v2/models/{route}/infer"), "application/json", &[], body.as_bytes())],
        draw: charter_verify::load::Draw::AtRandom,
    });
    let scenario = LoadScenario {
        target,
        traffic: traffic.to_vec(),
        shape: Shape::Open { rate_per_second: RATE, spacing: Spacing::Poisson, connections_max: 128 },
        // What the window before has left is over.
        warm_up: Duration::from_millis(300),
        duration: Duration::from_secs(seconds),
        timeout: Duration::from_secs(5),
        seed,
        workers: 1,
    };
    let mut outcome = run(&scenario, |_| {}).expect("the load ran");
    let [pricing, parcel] = outcome.report.routes.as_slice() else { panic!("two routes") };
    let own = parcel.rungs.get("full").copied().unwrap_or(0) as f64 / parcel.requests.max(1) as f64;
    let lost = pricing.errors.total();
    (outcome.routes.swap_remove(0), lost, own)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Rounds and seconds of a window: `CHARTER_BULKHEAD="30 5"` for a measurement.
fn extent() -> (u64, u64) {
    let asked = std::env::var("CHARTER_BULKHEAD").unwrap_or_default();
    let mut numbers = asked.split_whitespace().map(|number| number.parse::<u64>().expect("CHARTER_BULKHEAD is `ROUNDS SECONDS`"));
    (numbers.next().unwrap_or(4), numbers.next().unwrap_or(1))
}

#[test]
fn a_model_that_fails_hard_and_slowly_slows_no_other_route() {
    let (rounds, seconds) = extent();
    let back_folder = back();
    let upstream = Upstream::start();
    let back = Server::start(back_folder.path(), &["--no-watch"]);
    upstream.stand_before(&back.data);
    let folder = shop_with(&upstream.address);
    let mut server = Server::start(folder.path(), &["--no-watch"]);
    // Caches fill, connections open.
    window(&server.data, 1, 1);

    // Well, every answer a second late, every answer an error.
    let manners = [Manner::Good, Manner::Slow { by: Duration::from_secs(1) }, Manner::Errors { every: 1 }];
    let mut pooled = manners.map(|_| Latencies::new());
    let mut p99s = manners.map(|_| Vec::new());
    for round in 0..rounds {
        for (at, manner) in manners.into_iter().enumerate() {
            upstream.behave(manner);
            let (latencies, lost, own) = window(&server.data, 2 + round, seconds);
            assert_eq!(lost, 0, "round {round}, {manner:?}: calls of the other route were lost");
            let expected = if manner == Manner::Good { 0.5..=1.0 } else { 0.0..=0.1 };
            assert!(expected.contains(&own), "round {round}, {manner:?}: its model answered {:.0} % of its own route", own * 100.0);
            p99s[at].push(latencies.quantile(0.99).value_ms);
            pooled[at].add(&latencies);
        }
    }
    assert!(server.lives());
    let good = pooled[0].quantile(0.99).value_ms;
    for (at, manner) in manners.into_iter().enumerate() {
        let p99 = pooled[at].quantile(0.99).value_ms;
        let middle = median(p99s[at].clone());
        println!(
            "{manner:?}: {} calls of the other route, p99 {p99:.2} ms ({:.2} ×), median of windows {middle:.2} ms",
            pooled[at].count(),
            p99 / good
        );
    }
    let healthy = median(p99s[0].clone());
    for at in 1..manners.len() {
        let failing = median(p99s[at].clone());
        assert!(failing <= 1.1 * healthy + SLACK_MS, "{:?}: p99 {failing:.1} ms against {healthy:.1} ms while all is well", manners[at]);
    }
}
