//! Inference over loopback: answers, who gave them, and errors that name the rule and no value.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support {
    #[path = "../support/client.rs"]
    pub(crate) mod client;
    #[path = "../support/mod.rs"]
    pub(crate) mod server;
}

use charter_gateway::GatewayConfig;
use support::client::{Client, floats, get, infer, post, raw};
use support::server::{Server, plan};

async fn start() -> Server {
    Server::start(plan(), GatewayConfig::default()).await
}

#[tokio::test]
async fn an_answer_says_who_gave_it() {
    let server = start().await;
    let answer = infer(server.data, "fraud", "x-request-id: abc\r\n", floats(r#""id":"q\"1","#).as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["model_name"], "fraud");
    assert_eq!(body["model_version"], "v2");
    assert_eq!(body["id"], "q\"1");
    assert_eq!(body["parameters"], serde_json::json!({ "rung": "full", "model": "mean@v2", "plan": "ab12ab12ab12" }));
    assert_eq!(body["outputs"], serde_json::json!([{ "name": "score", "datatype": "FP32", "shape": [1, 1], "data": [15.0] }]));
    assert_eq!(answer.header("charter-rung"), Some("full"));
    assert_eq!(answer.header("charter-model"), Some("mean@v2"));
    assert_eq!(answer.header("charter-plan"), Some("ab12ab12ab12"));
    assert_eq!(answer.header("charter-degraded"), None);
    assert_eq!(answer.header("x-request-id"), Some("abc"));
}

#[tokio::test]
async fn a_step_down_says_why() {
    let server = start().await;
    let answer = infer(server.data, "falls", "", floats("").as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("charter-rung"), Some("fallback"));
    assert_eq!(answer.header("charter-degraded"), Some("failed"));
    assert_eq!(answer.json()["parameters"]["degraded"], true);
    assert_eq!(answer.json()["parameters"]["reason"], "failed");
}

#[tokio::test]
async fn every_datatype_goes_through_as_json_and_as_binary() {
    let server = start().await;
    let ints = ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]
        .map(|name| format!(r#"{{"name":"in_{name}","shape":[1,2],"datatype":"{}","data":[[1,127]]}}"#, name.to_uppercase()));
    let floats = ["fp16", "bf16", "fp32", "fp64"]
        .map(|name| format!(r#"{{"name":"in_{name}","shape":[1,2],"datatype":"{}","data":[0.5,-2]}}"#, name.to_uppercase()));
    let rest = [
        r#"{"name":"in_bool","shape":[1,2],"datatype":"BOOL","data":[true,false]}"#.to_owned(),
        r#"{"name":"in_bytes","shape":[1,2],"datatype":"BYTES","data":["é","\n"]}"#.to_owned(),
    ];
    let inputs = [&ints[..], &floats, &rest].concat().join(",");
    let answer = infer(server.data, "types", "", format!(r#"{{"inputs":[{inputs}]}}"#).as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let outputs = answer.json()["outputs"].clone();
    let data = |name: &str| outputs.as_array().unwrap().iter().find(|output| output["name"] == name).unwrap()["data"].clone();
    assert_eq!(data("out_uint64"), serde_json::json!([1, 127]));
    assert_eq!(data("out_fp16"), serde_json::json!([0.5, -2.0]));
    assert_eq!(data("out_bytes"), serde_json::json!(["é", "\n"]));

    let answer = infer(server.data, "types", "", format!(r#"{{"parameters":{{"binary_data_output":true}},"inputs":[{inputs}],"outputs":[{{"name":"out_int32"}},{{"name":"out_bool","parameters":{{"binary_data":false}}}}]}}"#).as_bytes()).await;
    let length: usize = answer.header("inference-header-content-length").unwrap().parse().unwrap();
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
    assert_eq!(&answer.body[length..], [1, 0, 0, 0, 127, 0, 0, 0]);
    let head: serde_json::Value = serde_json::from_slice(&answer.body[..length]).unwrap();
    assert_eq!(head["outputs"][0]["parameters"]["binary_data_size"], 8);
    assert_eq!(head["outputs"][1]["data"], serde_json::json!([true, false]));
}

#[tokio::test]
async fn binary_inputs_must_add_up() {
    let server = start().await;
    let json = r#"{"inputs":[{"name":"input","shape":[1,30],"datatype":"FP32","parameters":{"binary_data_size":120}}]}"#;
    let body = [json.as_bytes(), &1.0_f32.to_le_bytes().repeat(30)].concat();
    let header = format!("Inference-Header-Content-Length: {}\r\n", json.len());
    assert_eq!(infer(server.data, "fraud", &header, &body).await.status, 200);
    for (header, body) in [
        (header.as_str(), &[&body[..], b"x"].concat()[..]),
        (header.as_str(), &body[..body.len() - 1]),
        ("Inference-Header-Content-Length: 99999\r\n", &body),
        ("Inference-Header-Content-Length: -1\r\n", &body),
        ("Inference-Header-Content-Length: 18446744073709551616\r\n", &body),
        ("Inference-Header-Content-Length: 1\r\nInference-Header-Content-Length: 1\r\n", &body),
        ("", &body),
    ] {
        let answer = infer(server.data, "fraud", header, body).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    let nan = [json.as_bytes(), &f32::NAN.to_le_bytes().repeat(30)].concat();
    let answer = infer(server.data, "fraud", &header, &nan).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("input-not-finite")));
}

#[tokio::test]
async fn errors_have_their_status_and_code() {
    let server = start().await;
    let body = floats("");
    for (route, headers, status, code) in [
        ("nobody", "", 404, "route-unknown"),
        ("closed", "", 401, "identity-required"),
        ("fraud/versions/v1", "", 403, "pinning-off"),
        ("pinned/versions/v9", "", 404, "version-unknown"),
        ("fraud", "x-deadline-ms: 0\r\n", 400, "bad-deadline"),
        ("fraud", "x-deadline-ms: soon\r\n", 400, "bad-deadline"),
        ("dead", "", 503, "no-rung-left"),
        ("raw", "", 400, "output-needs-binary"),
        ("fraud", "Content-Encoding: gzip\r\n", 415, "bad-encoding"),
    ] {
        let answer = infer(server.data, route, headers, body.as_bytes()).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{route} {headers}");
        assert!(answer.json()["error"].is_string());
    }
    assert_eq!(infer(server.data, "dead", "", body.as_bytes()).await.header("charter-fail"), Some("closed"));
    assert_eq!(infer(server.data, "pinned/versions/v7", "", body.as_bytes()).await.json()["model_version"], "v7");
    let answer = raw(server.data, b"GET /v2/models/fraud/infer HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
}

#[tokio::test]
async fn a_caller_s_deadline_is_kept() {
    let server = start().await;
    let started = std::time::Instant::now();
    let answer = infer(server.data, "hangs", "x-deadline-ms: 20\r\n", floats("").as_bytes()).await;
    assert!(matches!(answer.status, 503 | 504), "{}", answer.text());
    // The model hangs for good: any end at all is the deadline's, and a busy machine may see it late.
    assert!(started.elapsed() < std::time::Duration::from_secs(10));
}

#[tokio::test]
async fn a_panic_answers_500_and_the_server_lives() {
    let server = start().await;
    let mut client = Client::connect(server.data).await;
    client.send(&post("/v2/models/panics/infer", "", floats("").as_bytes())).await.unwrap();
    let answer = client.receive().await.unwrap();
    assert_eq!(answer.status / 100, 5);
    assert!(!answer.text().contains("made to panic"));
    client.send(&post("/v2/models/fraud/infer", "", floats("").as_bytes())).await.unwrap();
    assert_eq!(client.receive().await.unwrap().status, 200);
}

#[tokio::test]
async fn the_server_and_its_models_describe_themselves() {
    let server = start().await;
    assert_eq!(get(server.data, "/v2").await.json()["name"], "charter");
    assert_eq!(get(server.data, "/v2/health/live").await.status, 200);
    assert_eq!(get(server.data, "/v2/health/ready").await.status, 200);
    let metadata = get(server.data, "/v2/models/fraud").await.json();
    assert_eq!(metadata["inputs"], serde_json::json!([{ "name": "input", "datatype": "FP32", "shape": [-1, 30] }]));
    assert_eq!(get(server.data, "/v2/models/pinned").await.json()["versions"], serde_json::json!(["v7"]));
    assert_eq!(get(server.data, "/v2/models/pinned/versions/v7/ready").await.status, 200);
    assert_eq!(get(server.data, "/v2/models/fraud/config").await.json()["input"][0]["dims"], serde_json::json!([30]));
    infer(server.data, "fraud", "", floats("").as_bytes()).await;
    let statistics = get(server.data, "/v2/models/fraud/stats").await.json();
    assert_eq!(statistics["model_stats"][0]["inference_stats"]["success"]["count"], 1);
    assert_eq!(get(server.data, "/v2/models/stats").await.json()["model_stats"].as_array().unwrap().len(), 9);
    let index = raw(server.data, &post("/v2/repository/index", "", b"{}")).await.unwrap().json();
    assert_eq!(index[0], serde_json::json!({ "name": "fraud", "version": "", "state": "READY", "reason": "" }));
    let refused = raw(server.data, &post("/v2/repository/models/fraud/unload", "", b"")).await.unwrap();
    assert_eq!((refused.status, refused.json()["code"].as_str()), (501, Some("not-supported")));
    assert_eq!(get(server.data, "/").await.status, 404);
}

#[tokio::test]
async fn null_stands_for_an_optional_field_that_is_absent() {
    let server = start().await;
    let data: Vec<String> = (0..30).map(|value| format!("{value}.5")).collect();
    let input = format!(r#"{{"name":"input","shape":[1,30],"datatype":"FP32","parameters":null,"data":[{}]}}"#, data.join(","));
    for body in [
        format!(r#"{{"id":null,"parameters":null,"outputs":null,"inputs":[{input}]}}"#),
        format!(r#"{{"outputs":[{{"name":"score","parameters":null}}],"inputs":[{input}]}}"#),
    ] {
        let answer = infer(server.data, "fraud", "", body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.json().get("id").is_none());
    }
    for required in [r#"{"inputs":null}"#, r#"{"inputs":[null]}"#, r#"{"inputs":[{"name":null}]}"#] {
        assert_eq!(infer(server.data, "fraud", "", required.as_bytes()).await.status, 400, "{required}");
    }
}

#[tokio::test]
async fn a_version_is_as_ready_as_its_own_model() {
    let server = start().await;
    let breaker = |label: &str| post(&format!("/models/{label}/breaker"), "", br#"{"state":"open"}"#);
    assert_eq!(raw(server.admin, &breaker("mean@v7")).await.unwrap().status, 200);
    assert_eq!(get(server.data, "/v2/models/pinned/versions/v7/ready").await.status, 503);
    assert_eq!(get(server.data, "/v2/models/pinned/ready").await.status, 200);
    let server = start().await;
    assert_eq!(raw(server.admin, &breaker("mean@v6")).await.unwrap().status, 200);
    assert_eq!(get(server.data, "/v2/models/pinned/versions/v7/ready").await.status, 200);
    assert_eq!(get(server.data, "/v2/models/pinned/ready").await.status, 503);
}

#[tokio::test]
async fn whether_to_try_again_is_what_the_engine_says() {
    let server = start().await;
    // A model that fails may recover; one that an operator switched off does not by itself.
    let failing = infer(server.data, "dead", "", floats("").as_bytes()).await;
    assert_eq!((failing.status, failing.json()["retry"].as_bool(), failing.header("retry-after")), (503, Some(true), Some("1")));
    let open = post("/models/mean@v6/breaker", "", br#"{"state":"open"}"#);
    assert_eq!(raw(server.admin, &open).await.unwrap().status, 200);
    let forced = infer(server.data, "pinned", "", floats("").as_bytes()).await;
    assert_eq!((forced.status, forced.json()["retry"].as_bool(), forced.header("retry-after")), (503, Some(false), None));
}
