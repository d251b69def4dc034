//! The admin plane: status, reload, breakers, metrics that a strict parser reads.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support {
    #[path = "../support/client.rs"]
    pub(crate) mod client;
    #[path = "../support/mod.rs"]
    pub(crate) mod server;
}

use charter_gateway::{BindError, Gateway, GatewayConfig, Metrics};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use support::client::{Client, floats, get, infer, post, raw};
use support::server::{Opener, Reloader, Server, plan};

async fn start() -> Server {
    Server::start(plan(), GatewayConfig::default()).await
}

#[tokio::test]
async fn the_status_names_what_is_closed_and_the_way_out() {
    let server = start().await;
    let status = get(server.admin, "/status").await.json();
    assert_eq!(status["plan"].as_str().unwrap().len(), 71);
    assert_eq!(status["routes"][2]["rungs"], serde_json::json!(["full", "closed", "fallback"]));
    let missing = status["models"].as_array().unwrap().iter().find(|model| model["model"] == "missing@v1").unwrap();
    assert_eq!(missing["unavailable"], serde_json::json!({ "reason": "operator `Foo` is not known", "help": "install the runtime" }));
    assert_eq!(get(server.admin, "/livez").await.status, 200);
    assert_eq!(get(server.admin, "/readyz").await.status, 200);
    assert_eq!(get(server.admin, "/v2").await.status, 404);
    assert_eq!(get(server.admin, "/reload").await.status, 405);
}

#[tokio::test]
async fn a_reload_is_all_or_nothing_and_counters_go_on() {
    let server = start().await;
    let body = floats("");
    infer(server.data, "fraud", "", body.as_bytes()).await;
    let refused = raw(server.admin, &post("/reload", "", b"")).await.unwrap();
    assert_eq!((refused.status, refused.text().contains("error[F003]")), (422, true));
    let refused = raw(server.admin, &post("/reload", "Accept: application/json\r\n", b"")).await.unwrap();
    assert_eq!((refused.status, refused.json()["diagnostics"][0]["code"].as_str()), (422, Some("F003")));
    assert_eq!(infer(server.data, "fraud", "", body.as_bytes()).await.header("charter-plan"), Some("ab12ab12ab12"));

    // The next plan has its routes in another order, so that ids mean other routes.
    let mut next = plan();
    next.fingerprint = format!("sha256:{}", "cd34".repeat(16));
    next.routes.reverse();
    for (position, route) in next.routes.iter_mut().enumerate() {
        route.id.0 = position as u16;
    }
    *server.reloader.next.lock().unwrap() = Some(next);
    let done = raw(server.admin, &post("/reload", "", b"")).await.unwrap();
    assert_eq!((done.status, done.json()["changed"].as_bool()), (200, Some(true)), "{}", done.text());
    assert_eq!(infer(server.data, "fraud", "", body.as_bytes()).await.header("charter-plan"), Some("cd34cd34cd34"));
    let metrics = get(server.admin, "/metrics").await.text();
    assert!(metrics.contains("charter_requests_total{route=\"fraud\",outcome=\"answered\"} 3\n"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloads_under_load_fail_no_request() {
    let server = start().await;
    let address = server.data;
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let stop = stop.clone();
            tokio::spawn(async move {
                let request = post("/v2/models/fraud/infer", "", floats("").as_bytes());
                let mut client = Client::connect(address).await;
                let mut answered = 0;
                while !stop.load(Ordering::Relaxed) {
                    client.send(&request).await.unwrap();
                    let answer = client.receive().await.expect("the connection outlives a reload");
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    answered += 1;
                }
                answered
            })
        })
        .collect();
    for round in 0..100 {
        let mut next = plan();
        next.fingerprint = format!("sha256:{round:064}");
        next.routes.rotate_left(round % 3);
        for (position, route) in next.routes.iter_mut().enumerate() {
            route.id.0 = position as u16;
        }
        *server.reloader.next.lock().unwrap() = Some(next);
        assert_eq!(raw(server.admin, &post("/reload", "", b"")).await.unwrap().status, 200);
        // Every other reload is a bad one.
        assert_eq!(raw(server.admin, &post("/reload", "", b"")).await.unwrap().status, 422);
    }
    stop.store(true, Ordering::Relaxed);
    let mut answered = 0;
    for client in clients {
        answered += client.await.unwrap();
    }
    assert!(answered > 100, "{answered}");
}

#[tokio::test]
async fn an_operator_opens_and_releases_a_breaker() {
    let server = start().await;
    let body = floats("");
    let order = |label: &str, body: &str| post(&format!("/models/{label}/breaker"), "", body.as_bytes());
    let opened = raw(server.admin, &order("mean@v2", r#"{"state":"open"}"#)).await.unwrap();
    assert_eq!((opened.status, opened.json()["breaker"].as_str()), (200, Some("forced-open")));
    let answer = infer(server.data, "fraud", "", body.as_bytes()).await;
    assert_eq!((answer.header("charter-rung"), answer.header("charter-model")), (Some("fallback"), Some("mean@v1")));
    assert!(answer.header("charter-degraded").is_some());
    assert!(get(server.admin, "/metrics").await.text().contains("charter_breaker_state{model=\"mean@v2\",state=\"forced-open\"} 1\n"));
    assert_eq!(raw(server.admin, &order("mean%40v2", r#"{"state":"release"}"#)).await.unwrap().status, 200);
    assert_eq!(infer(server.data, "fraud", "", body.as_bytes()).await.header("charter-rung"), Some("full"));
    assert_eq!(raw(server.admin, &order("nobody@v1", r#"{"state":"open"}"#)).await.unwrap().status, 404);
    assert_eq!(raw(server.admin, &order("mean@v2", r#"{"state":"ajar"}"#)).await.unwrap().status, 400);
    assert_eq!(raw(server.admin, &order("mean@v2", r#"{"state":"open","for":1}"#)).await.unwrap().status, 400);
}

#[tokio::test]
async fn the_admin_side_is_not_for_web_pages_nor_for_other_machines() {
    let server = start().await;
    let foreign = raw(server.admin, &post("/reload", "Origin: https://evil.example\r\n", b"")).await.unwrap();
    assert_eq!((foreign.status, foreign.json()["code"].as_str()), (403, Some("foreign-origin")));
    let rebound = raw(server.admin, b"GET /status HTTP/1.1\r\nHost: evil.example\r\n\r\n").await.unwrap();
    assert_eq!(rebound.status, 421);
    let metrics = Arc::new(Metrics::new());
    let engine = Arc::new(charter_engine::Engine::start(plan(), &Opener, Arc::new(charter_engine::SystemClock::new()), metrics.clone()));
    let reloader = Arc::new(Reloader { engine: engine.clone(), next: std::sync::Mutex::default() });
    let everywhere = GatewayConfig { admin: ([0, 0, 0, 0], 0).into(), ..GatewayConfig::default() };
    assert!(matches!(
        Gateway::bind(everywhere.clone(), engine.clone(), metrics.clone(), reloader.clone(), None).await,
        Err(BindError::RemoteAdmin(_))
    ));
    assert!(Gateway::bind(GatewayConfig { allow_remote_admin: true, ..everywhere }, engine, metrics, reloader, None).await.is_ok());
}

#[tokio::test]
async fn a_call_that_outlives_a_reload_is_counted_under_its_own_name() {
    let server = start().await;
    let data = server.data;
    let hanging = tokio::spawn(async move { infer(data, "hangs", "", floats("").as_bytes()).await.status });
    let inside = "charter_in_flight{model=\"hangs@v1\"} 1\n";
    while !hanging.is_finished() && !get(server.admin, "/metrics").await.text().contains(inside) {}
    let mut turned = plan();
    turned.fingerprint = format!("sha256:{}", "cd34".repeat(16));
    turned.routes.rotate_left(1);
    for (position, route) in turned.routes.iter_mut().enumerate() {
        route.id = charter_plan::plan::RouteId(position as u16);
    }
    *server.reloader.next.lock().unwrap() = Some(turned);
    assert_eq!(raw(server.admin, &post("/reload", "", b"")).await.unwrap().status, 200);
    assert_eq!(infer(server.data, "fraud", "", floats("").as_bytes()).await.status, 200);
    assert!(hanging.await.unwrap() >= 500);
    let samples = parse(&get(server.admin, "/metrics").await.text());
    let counted: f64 =
        samples.iter().filter(|(name, _)| name.starts_with("charter_requests_total{route=\"hangs\"")).map(|(_, count)| count).sum();
    assert_eq!(counted, 1.0, "{samples:#?}");
    assert_eq!(samples.get(r#"charter_requests_total{route="fraud",outcome="answered"}"#), Some(&1.0));
}

#[tokio::test]
async fn metrics_are_a_valid_exposition() {
    let server = start().await;
    let body = floats("");
    for route in ["fraud", "falls", "dead", "nobody"] {
        infer(server.data, route, "", body.as_bytes()).await;
    }
    infer(server.data, "fraud", "", b"{").await;
    let answer = get(server.admin, "/metrics").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let samples = parse(&answer.text());
    let value = |name: &str| *samples.get(name).unwrap_or_else(|| panic!("no {name} in {samples:#?}"));
    assert_eq!(value(r#"charter_requests_total{route="fraud",outcome="answered"}"#), 1.0);
    assert_eq!(value(r#"charter_requests_total{route="fraud",outcome="bad-json"}"#), 1.0);
    assert_eq!(value(r#"charter_requests_total{route="dead",outcome="no-rung-left"}"#), 1.0);
    assert_eq!(value(r#"charter_requests_total{route="",outcome="route-unknown"}"#), 1.0);
    assert_eq!(value(r#"charter_rung_answers_total{route="falls",rung="fallback"}"#), 1.0);
    assert_eq!(value(r#"charter_step_downs_total{route="falls",rung="full",reason="failed"}"#), 1.0);
    assert_eq!(value(r#"charter_model_calls_total{model="fails@v3",result="failed"}"#), 1.0);
    assert_eq!(value(r#"charter_request_duration_seconds_count{route="fraud"}"#), 1.0);
    assert!(value("process_resident_memory_bytes") > 1e6);
    assert!(value("process_start_time_seconds") > 1.6e9);
}

/// A strict reader of the text format: help and type before samples, each family once, labels quoted and escaped, numbers, no sample twice.
fn parse(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n'));
    let (mut family, mut kind) = (String::new(), String::new());
    let mut families = BTreeSet::new();
    let mut samples = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect(line);
            assert!(families.insert(name.to_owned()) && !help.is_empty(), "{line}");
            name.clone_into(&mut family);
            kind.clear();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, is) = rest.split_once(' ').expect(line);
            assert!(name == family && matches!(is, "counter" | "gauge" | "histogram"), "{line}");
            is.clone_into(&mut kind);
        } else {
            let (key, value) = line.rsplit_once(' ').expect(line);
            let name = key.split('{').next().expect(line);
            let suffix = name.strip_prefix(family.as_str()).expect(line);
            let fits = if kind == "histogram" { matches!(suffix, "_bucket" | "_sum" | "_count") } else { suffix.is_empty() };
            assert!(fits && (kind != "counter" || name.ends_with("_total")), "{line}");
            labels(key.strip_prefix(name).expect(line));
            assert!(samples.insert(key.to_owned(), value.parse().expect(line)).is_none(), "{line}");
        }
    }
    samples
}

fn labels(text: &str) {
    if text.is_empty() {
        return;
    }
    let mut rest = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).expect(text);
    loop {
        let (name, value) = rest.split_once("=\"").expect(text);
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{text}");
        let mut letters = value.char_indices();
        let end = loop {
            match letters.next().expect(text) {
                (_, '\\') => assert!(matches!(letters.next(), Some((_, '\\' | '"' | 'n'))), "{text}"),
                (at, '"') => break at,
                _ => {}
            }
        };
        rest = &value[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return assert!(rest.is_empty(), "{text}"),
        }
    }
}
