//! Calls of a scripted server over loopback.

mod contact;
mod faults;
mod kserve;
mod server;

use super::Remote;
use crate::testing::{call_within, model, specs};
use charter_engine::{Backend, BackendError, Failure, Tensor, Values};
use charter_plan::plan::{Model, Source};
use server::{Reaction, Received, Server, ok, refusal};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

fn subject() -> Model {
    let source = Source::Static { values: vec![] };
    model(source, specs(&["x: FP32[-1,2]", "t: BYTES[-1,1]"]), specs(&["score: FP32[-1,1]", "label: BYTES[-1]"]))
}

fn inputs() -> Vec<Tensor> {
    vec![
        Tensor::new([2, 2].as_slice(), Values::Fp32(vec![0.5, 1.0, -2.0, 3.25])).expect("fits"),
        Tensor::new([2, 1].as_slice(), Values::Bytes(["a", "ü"].into_iter().collect())).expect("fits"),
    ]
}

const ANSWER: &str = r#"{"model_name":"m","outputs":[{"name":"label","datatype":"BYTES","shape":[2],"data":["no","yes"]},{"name":"score","datatype":"FP32","shape":[2,1],"data":[[0.25],[1]]}]}"#;

fn expected() -> Vec<Tensor> {
    vec![
        Tensor::new([2, 1].as_slice(), Values::Fp32(vec![0.25, 1.0])).expect("fits"),
        Tensor::new([2].as_slice(), Values::Bytes(["no", "yes"].into_iter().collect())).expect("fits"),
    ]
}

const METADATA: &str = r#"{"name":"m","platform":"p","inputs":[{"name":"x","datatype":"FP32","shape":[-1,2]},{"name":"t","datatype":"BYTES","shape":[-1,1]}],
    "outputs":[{"name":"score","datatype":"FP32","shape":[-1,1]},{"name":"label","datatype":"BYTES","shape":[-1]}]}"#;

/// A server that is ready, has these extensions, and answers inference as told.
async fn serving(extensions: &'static str, infer: impl Fn(&Received) -> Reaction + Send + Sync + 'static) -> Server {
    Server::start(move |request| match request.path.as_str() {
        "/v2/models/m/ready" => ok("{}"),
        "/v2" => ok(&format!(r#"{{"name":"fake","version":"1","extensions":[{extensions}]}}"#)),
        "/v2/models/m" => ok(METADATA),
        "/v2/models/m/infer" => infer(request),
        _ => Reaction::Send(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec()),
    })
    .await
}

fn remote(server: &Server) -> Remote {
    Remote::open(&subject(), &server.url(), "m", None).unwrap_or_else(|error| panic!("{error:?}"))
}

async fn call(remote: &Remote) -> Result<Vec<Tensor>, BackendError> {
    tokio::time::timeout(PATIENCE, call_within(remote, &inputs(), PATIENCE)).await.expect("an end")
}

#[tokio::test]
async fn a_server_without_extensions_is_spoken_to_in_json() {
    let server = serving("", |_| ok(ANSWER)).await;
    let remote = remote(&server);
    assert_eq!(call(&remote).await, Ok(expected()));
    assert!(remote.ready());
    let request = server.received("/v2/models/m/infer").pop().expect("a request");
    let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
    assert_eq!(body["inputs"][1]["data"], serde_json::json!(["a", "ü"]));
    assert_eq!(body["inputs"][0]["shape"], serde_json::json!([2, 2]));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("inference-header-content-length"), None);
    let deadline_ms: u128 = request.header("x-deadline-ms").expect("a deadline").parse().expect("a number");
    assert!((1..=PATIENCE.as_millis()).contains(&deadline_ms), "{deadline_ms}");
}

#[tokio::test]
async fn a_server_with_the_extension_gets_and_gives_binary_tensors() {
    let server = serving(r#""sequence","binary_tensor_data""#, |_| {
        let json = r#"{"outputs":[{"name":"score","datatype":"FP32","shape":[2,1],"parameters":{"binary_data_size":8}},{"name":"label","datatype":"BYTES","shape":[2],"parameters":{"binary_data_size":13}}]}"#;
        let mut body = json.as_bytes().to_vec();
        body.extend_from_slice(&0.25_f32.to_le_bytes());
        body.extend_from_slice(&1.0_f32.to_le_bytes());
        body.extend_from_slice(b"\x02\0\0\0no\x03\0\0\0yes");
        let mut reply = format!("HTTP/1.1 200 OK\r\ninference-header-content-length: {}\r\ncontent-length: {}\r\n\r\n", json.len(), body.len()).into_bytes();
        reply.extend_from_slice(&body);
        Reaction::Send(reply)
    })
    .await;
    let remote = remote(&server);
    assert_eq!(call(&remote).await, Ok(expected()));
    let request = server.received("/v2/models/m/infer").pop().expect("a request");
    let json_length: usize = request.header("inference-header-content-length").expect("a length").parse().expect("a number");
    let (json, tail) = request.body.split_at(json_length);
    let json: serde_json::Value = serde_json::from_slice(json).expect("JSON");
    assert_eq!(json["inputs"][0]["parameters"]["binary_data_size"], 16);
    assert_eq!(json["outputs"][0]["parameters"]["binary_data"], true);
    assert_eq!(&tail[..4], 0.5_f32.to_le_bytes());
    assert_eq!(&tail[16..], b"\x01\0\0\0a\x02\0\0\0\xC3\xBC");
}

#[tokio::test]
async fn calls_share_a_connection_and_one_contact() {
    let server = serving("", |_| ok(ANSWER)).await;
    let remote = remote(&server);
    let first = tokio::join!(call(&remote), call(&remote), call(&remote));
    assert!(first.0.is_ok() && first.1.is_ok() && first.2.is_ok(), "{first:?}");
    for _ in 0..20 {
        assert_eq!(call(&remote).await, Ok(expected()));
    }
    assert_eq!(server.received("/v2").len(), 1);
    assert_eq!(server.received("/v2/models/m/infer").len(), 23);
    assert!(server.connections() <= 4, "{} connections", server.connections());
}

#[tokio::test]
async fn another_signature_closes_the_model_and_says_what_differs() {
    for (metadata, difference) in [
        (
            METADATA.replace("\"FP32\",\"shape\":[-1,2]", "\"FP64\",\"shape\":[-1,2]"),
            "input `x` is FP64 at the upstream and FP32 in the plan",
        ),
        (METADATA.replace("[-1,2]", "[-1,3]"), "input `x` has shape [-1, 3] at the upstream and [-1, 2] in the plan"),
        (METADATA.replace("\"score\"", "\"risk\""), "the upstream's model has no output `score`"),
        (
            METADATA.replace("\"inputs\":[", "\"inputs\":[{\"name\":\"extra\",\"datatype\":\"BOOL\",\"shape\":[1]},"),
            "the upstream's model wants an input `extra` that the plan does not give",
        ),
    ] {
        let server = Server::start(move |request| match request.path.as_str() {
            "/v2/models/m" => ok(&metadata),
            _ => ok("{}"),
        })
        .await;
        let remote = remote(&server);
        let error = call(&remote).await.expect_err("refused");
        assert_eq!((error.failure, error.message.as_str()), (Failure::Unavailable, difference));
        assert!(!remote.ready());
        assert_eq!(server.received("/v2/models/m/infer").len(), 0);
    }
}

#[tokio::test]
async fn a_server_that_describes_nothing_is_taken_at_its_answers() {
    let server = Server::start(|request| match request.path.as_str() {
        "/v2/models/m/ready" => ok("{}"),
        "/v2/models/m/infer" => ok(ANSWER),
        "/v2/models/m" => ok(r#"{"name":"m","inputs":[],"outputs":[]}"#),
        _ => Reaction::Send(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec()),
    })
    .await;
    assert_eq!(call(&remote(&server)).await, Ok(expected()));
}

#[tokio::test]
async fn the_version_is_part_of_the_path() {
    let server = Server::start(|request| if request.path.ends_with("/infer") { ok(ANSWER) } else { ok("{}") }).await;
    let remote = Remote::open(&subject(), &server.url(), "risk model", Some("7")).unwrap_or_else(|error| panic!("{error:?}"));
    assert!(call(&remote).await.is_ok());
    assert_eq!(server.received("/v2/models/risk%20model/versions/7/infer").len(), 1);
    assert!(Remote::open(&subject(), &server.url(), "..", None).is_err());
    assert!(Remote::open(&subject(), "http://user@host", "m", None).is_err());
}
