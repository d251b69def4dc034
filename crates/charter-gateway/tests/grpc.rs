//! The data plane over gRPC: every method, errors by their status, limits, streams, cancellation, drain.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;
#[path = "support/grpc.rs"]
mod wire;

use charter_gateway::GatewayConfig;
use charter_plan::Plan;
use charter_plan::plan::{Limiter, Limits};
use charter_plan::tensor::Datatype;
use h2::Reason;
use prost::Message;
use std::time::Duration;
use support::{Server, plan};
use tokio::time::{Instant, timeout};
use wire::health::{HealthCheckRequest, HealthCheckResponse};
use wire::inference::infer_parameter::ParameterChoice;
use wire::inference::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use wire::inference::*;
use wire::{Client, framed};

const OK: u32 = 0;
const INVALID_ARGUMENT: u32 = 3;
const DEADLINE_EXCEEDED: u32 = 4;
const NOT_FOUND: u32 = 5;
const PERMISSION_DENIED: u32 = 7;
const RESOURCE_EXHAUSTED: u32 = 8;
const UNIMPLEMENTED: u32 = 12;
const UNAVAILABLE: u32 = 14;
const UNAUTHENTICATED: u32 = 16;

async fn serve(plan: Plan) -> (Server, Client) {
    let config = GatewayConfig { grpc: Some(([127, 0, 0, 1], 0).into()), ..GatewayConfig::default() };
    let server = Server::start(plan, config).await;
    let client = Client::connect(server.grpc.unwrap()).await;
    (server, client)
}

fn input(name: &str, datatype: &str, shape: &[i64]) -> InferInputTensor {
    InferInputTensor { name: name.to_owned(), datatype: datatype.to_owned(), shape: shape.to_vec(), ..Default::default() }
}

fn raw_floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Rows of 30 floats, each row of one value.
fn rows(route: &str, values: &[f32]) -> ModelInferRequest {
    let all: Vec<f32> = values.iter().flat_map(|value| [*value; 30]).collect();
    ModelInferRequest {
        model_name: route.to_owned(),
        id: "request-7".to_owned(),
        inputs: vec![input("input", "FP32", &[values.len() as i64, 30])],
        raw_input_contents: vec![raw_floats(&all)],
        ..Default::default()
    }
}

fn floats(raw: &[u8]) -> Vec<f32> {
    raw.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect()
}

fn text(response: &ModelInferResponse, key: &str) -> String {
    match response.parameters.get(key).and_then(|parameter| parameter.parameter_choice.clone()) {
        Some(ParameterChoice::StringParam(text)) => text,
        other => panic!("{key}: {other:?}"),
    }
}

#[tokio::test]
async fn the_server_and_its_routes_describe_themselves() {
    let (_server, mut client) = serve(plan()).await;
    assert!(client.call("ServerLive", &ServerLiveRequest {}).await.only::<ServerLiveResponse>().live);
    assert!(client.call("ServerReady", &ServerReadyRequest {}).await.only::<ServerReadyResponse>().ready);
    let server: ServerMetadataResponse = client.call("ServerMetadata", &ServerMetadataRequest {}).await.only();
    assert_eq!(server.name, "charter");

    let named = |name: &str, version: &str| ModelMetadataRequest { name: name.to_owned(), version: version.to_owned() };
    let metadata: ModelMetadataResponse = client.call("ModelMetadata", &named("fraud", "")).await.only();
    assert_eq!((metadata.name.as_str(), metadata.inputs[0].shape.as_slice()), ("fraud", [-1, 30].as_slice()));
    assert_eq!((metadata.outputs[0].name.as_str(), metadata.outputs[0].datatype.as_str()), ("score", "FP32"));
    let pinned: ModelMetadataResponse = client.call("ModelMetadata", &named("pinned", "v7")).await.only();
    assert_eq!(pinned.versions, ["v7"]);

    let ready = |name: &str| ModelReadyRequest { name: name.to_owned(), ..Default::default() };
    assert!(client.call("ModelReady", &ready("fraud")).await.only::<ModelReadyResponse>().ready);
    let config: ModelConfigResponse =
        client.call("ModelConfig", &ModelConfigRequest { name: "types".to_owned(), ..Default::default() }).await.only();
    let config = config.config.unwrap();
    assert_eq!((config.max_batch_size, config.input.len(), config.input[0].dims.as_slice()), (10_000, 14, [2].as_slice()));
    assert!(config.input.iter().all(|input| input.data_type != 0), "{config:?}");

    let index: RepositoryIndexResponse = client.call("RepositoryIndex", &RepositoryIndexRequest::default()).await.only();
    assert_eq!(index.models.len(), 9);
    let reply = client.call("ModelInfer", &rows("fraud", &[1.0, 2.0])).await;
    assert_eq!(reply.status(), OK, "{reply:?}");
    let asked = ModelStatisticsRequest { name: "fraud".to_owned(), ..Default::default() };
    let statistics: ModelStatisticsResponse = client.call("ModelStatistics", &asked).await.only();
    let of = &statistics.model_stats[0];
    assert_eq!((of.inference_count, of.execution_count), (2, 1));
    assert_eq!(of.inference_stats.as_ref().unwrap().queue, None, "what is not measured is not claimed");
}

#[tokio::test]
async fn an_answer_says_who_gave_it() {
    let (_server, mut client) = serve(plan()).await;
    let asked = [("x-request-id", "abc")];
    let reply = client.call_with("ModelInfer", &rows("fraud", &[2.0, 4.5]), &asked).await;
    let answer: ModelInferResponse = reply.only();
    assert_eq!((answer.model_name.as_str(), answer.model_version.as_str(), answer.id.as_str()), ("fraud", "v2", "request-7"));
    assert_eq!(answer.outputs[0].shape, [2, 1]);
    assert_eq!(floats(&answer.raw_output_contents[0]), [2.0, 4.5]);
    assert_eq!((text(&answer, "rung").as_str(), text(&answer, "model").as_str()), ("full", "mean@v2"));
    let header = |name: &str| reply.headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!((header("charter-rung"), header("charter-model")), (Some("full"), Some("mean@v2")));
    assert_eq!((header("charter-plan"), header("x-request-id")), (Some("ab12ab12ab12"), Some("abc")));

    let reply = client.call("ModelInfer", &rows("falls", &[3.0])).await;
    let answer: ModelInferResponse = reply.only();
    assert_eq!((text(&answer, "rung").as_str(), text(&answer, "reason").as_str()), ("fallback", "failed"));
    assert_eq!(reply.headers["charter-degraded"], "failed");

    let pinned = ModelInferRequest { model_version: "v7".to_owned(), ..rows("pinned", &[3.0]) };
    assert_eq!(client.call("ModelInfer", &pinned).await.only::<ModelInferResponse>().model_version, "v7");
}

/// Two values of every datatype, raw.
fn every_raw() -> Vec<(Datatype, Vec<u8>)> {
    let of = |datatype: Datatype| match datatype {
        Datatype::Bool => vec![1, 0],
        Datatype::Bytes => b"\x02\0\0\0ab\0\0\0\0".to_vec(),
        // Small positive numbers in every one of them, floats included.
        _ => (0..2 * datatype.size_bytes().unwrap()).map(|byte| byte as u8 % 16).collect(),
    };
    Datatype::ALL.into_iter().map(|datatype| (datatype, of(datatype))).collect()
}

#[tokio::test]
async fn every_datatype_goes_through_raw_contents() {
    let (_server, mut client) = serve(plan()).await;
    let every = every_raw();
    let mut request = ModelInferRequest { model_name: "types".to_owned(), ..Default::default() };
    // In another order than the signature's.
    for (datatype, raw) in every.iter().rev() {
        request.inputs.push(input(&format!("in_{}", datatype.name().to_lowercase()), datatype.name(), &[1, 2]));
        request.raw_input_contents.push(raw.clone());
    }
    let answer: ModelInferResponse = client.call("ModelInfer", &request).await.only();
    for (position, (datatype, raw)) in every.iter().enumerate() {
        assert_eq!(&answer.outputs[position].datatype, datatype.name());
        assert_eq!(&answer.raw_output_contents[position], raw, "{datatype}");
    }
    // Only what is asked for, in that order.
    let wanted = ["out_fp16", "out_bytes"];
    request.outputs = wanted.map(|name| InferRequestedOutputTensor { name: name.to_owned(), ..Default::default() }).to_vec();
    let answer: ModelInferResponse = client.call("ModelInfer", &request).await.only();
    assert_eq!(answer.outputs.iter().map(|output| output.name.as_str()).collect::<Vec<_>>(), wanted);
    assert_eq!(answer.raw_output_contents.len(), 2);
}

#[tokio::test]
async fn lists_are_read_like_raw_contents() {
    let (_server, mut client) = serve(plan()).await;
    let mut request = rows("fraud", &[]);
    let contents = InferTensorContents { fp32_contents: vec![1.5; 60], ..Default::default() };
    request.raw_input_contents.clear();
    request.inputs = vec![InferInputTensor { contents: Some(contents), ..input("input", "FP32", &[2, 30]) }];
    let answer: ModelInferResponse = client.call("ModelInfer", &request).await.only();
    assert_eq!(floats(&answer.raw_output_contents[0]), [1.5, 1.5]);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_its_callers_fault() {
    let (_server, mut client) = serve(plan()).await;
    let good = || rows("fraud", &[1.0]);
    let of = |change: fn(&mut ModelInferRequest)| {
        let mut request = good();
        change(&mut request);
        request
    };
    let cases: Vec<(&str, ModelInferRequest, u32, &str)> = vec![
        ("unknown route", rows("nothing", &[1.0]), NOT_FOUND, "route-unknown"),
        ("empty", ModelInferRequest::default(), INVALID_ARGUMENT, "bad-input"),
        ("identities", rows("closed", &[1.0]), UNAUTHENTICATED, "identity-required"),
        ("pinning", of(|request| request.model_version = "v2".to_owned()), PERMISSION_DENIED, "pinning-off"),
        ("no input", of(|request| (request.inputs.clear(), request.raw_input_contents.clear()).1), INVALID_ARGUMENT, "bad-input"),
        ("unknown input", of(|request| request.inputs[0].name = "x".to_owned()), INVALID_ARGUMENT, "bad-input"),
        ("datatype", of(|request| request.inputs[0].datatype = "FP64".to_owned()), INVALID_ARGUMENT, "input-datatype"),
        ("no datatype", of(|request| request.inputs[0].datatype = "float".to_owned()), INVALID_ARGUMENT, "bad-input"),
        ("shape", of(|request| request.inputs[0].shape = vec![1, 31]), INVALID_ARGUMENT, "input-shape"),
        ("negative", of(|request| request.inputs[0].shape = vec![-1, 30]), INVALID_ARGUMENT, "bad-input"),
        ("overflow", of(|request| request.inputs[0].shape = vec![i64::MAX, 30]), INVALID_ARGUMENT, "input-shape"),
        ("rank", of(|request| request.inputs[0].shape = vec![1; 9]), INVALID_ARGUMENT, "bad-input"),
        ("no rows", rows("fraud", &[]), INVALID_ARGUMENT, "rows"),
        ("short", of(|request| request.raw_input_contents[0].truncate(119)), INVALID_ARGUMENT, "bad-binary"),
        ("long", of(|request| request.raw_input_contents[0].push(0)), INVALID_ARGUMENT, "bad-binary"),
        ("two raws", of(|request| request.raw_input_contents.push(Vec::new())), INVALID_ARGUMENT, "bad-binary"),
        (
            "twice",
            of(|request| (request.inputs.push(request.inputs[0].clone()), request.raw_input_contents.push(vec![0; 120])).1),
            INVALID_ARGUMENT,
            "bad-input",
        ),
        ("both", of(|request| request.inputs[0].contents = Some(InferTensorContents::default())), INVALID_ARGUMENT, "bad-input"),
        ("nothing", of(|request| request.raw_input_contents.clear()), INVALID_ARGUMENT, "bad-input"),
        (
            "unknown output",
            of(|request| request.outputs = vec![InferRequestedOutputTensor { name: "x".to_owned(), ..Default::default() }]),
            INVALID_ARGUMENT,
            "bad-outputs",
        ),
        ("not finite", rows("fraud", &[f32::NAN]), INVALID_ARGUMENT, "input-not-finite"),
        ("too many rows", rows("fraud", &[0.0; 10_001]), INVALID_ARGUMENT, "rows"),
    ];
    for (name, request, status, code) in cases {
        let reply = client.call("ModelInfer", &request).await;
        assert_eq!((reply.status(), reply.code()), (status, code), "{name}: {reply:?}");
        assert!(reply.end("grpc-message").is_some_and(|message| !message.is_empty()) && reply.messages.is_empty(), "{name}");
        assert_eq!(reply.end("grpc-retry-pushback-ms"), Some("-1"), "{name}");
    }
    let reply = client.call("ModelInfer", &good()).await;
    assert_eq!(reply.status(), OK, "the connection goes on");
}

#[tokio::test]
async fn bytes_that_are_no_message_are_refused() {
    let (_server, mut client) = serve(plan()).await;
    let good = framed(&rows("fraud", &[1.0]).encode_to_vec());
    let whole = good.to_vec();
    let with_flag = |flag: u8| [&[flag], &whole[1..]].concat();
    let cases: Vec<(&str, Vec<u8>, u32)> = vec![
        ("nothing", Vec::new(), INVALID_ARGUMENT),
        ("a part of the prefix", vec![0, 0], INVALID_ARGUMENT),
        ("cut off", whole[..whole.len() - 1].to_vec(), INVALID_ARGUMENT),
        ("two messages", [whole.clone(), whole.clone()].concat(), INVALID_ARGUMENT),
        ("compressed", with_flag(1), UNIMPLEMENTED),
        ("another flag", with_flag(7), INVALID_ARGUMENT),
        ("not protobuf", framed(b"\xff\xff\xff\xff").to_vec(), INVALID_ARGUMENT),
        ("a group", framed(b"\x0b\x0c").to_vec(), INVALID_ARGUMENT),
        ("a name that is no text", framed(b"\x0a\x02\xff\xfe").to_vec(), INVALID_ARGUMENT),
        ("a claimed 4 GiB", vec![0, 0xff, 0xff, 0xff, 0xff], RESOURCE_EXHAUSTED),
        ("thousands of tensors", framed(&b"\x2a\x00".repeat(2_000)).to_vec(), INVALID_ARGUMENT),
    ];
    for (name, body, status) in cases {
        for method in ["ModelInfer", "ModelMetadata"] {
            let request = client.request(&format!("/inference.GRPCInferenceService/{method}"));
            let reply = client.raw(request, body.clone()).await;
            // To `ModelMetadata` some of these are messages with another meaning.
            let is_other = method == "ModelMetadata" && [NOT_FOUND, RESOURCE_EXHAUSTED].contains(&reply.status());
            assert!(reply.status() == status || is_other, "{name}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn a_message_in_many_pieces_is_one_message() {
    let (_server, mut client) = serve(plan()).await;
    let request = client.request("/inference.GRPCInferenceService/ModelInfer");
    let mut talk = client.begin(request).await;
    let whole = framed(&rows("fraud", &[1.0, 2.0, 3.0]).encode_to_vec());
    for piece in whole.chunks(7) {
        talk.out.send_data(piece.to_vec().into(), false).unwrap();
    }
    talk.out.send_data(Default::default(), true).unwrap();
    let answer: ModelInferResponse = talk.end().await.only();
    assert_eq!(floats(&answer.raw_output_contents[0]), [1.0, 2.0, 3.0]);
}

#[tokio::test]
async fn a_call_that_is_not_ours_is_refused() {
    let (_server, mut client) = serve(plan()).await;
    let message = framed(b"");
    for (path, status) in [
        ("/inference.GRPCInferenceService/Nothing", UNIMPLEMENTED),
        ("/inference.GRPCInferenceService/RepositoryModelLoad", UNIMPLEMENTED),
        ("/inference.GRPCInferenceService/SystemSharedMemoryStatus", UNIMPLEMENTED),
        ("/other.Service/Method", UNIMPLEMENTED),
        ("/", UNIMPLEMENTED),
    ] {
        let request = client.request(path);
        assert_eq!(client.raw(request, message.clone()).await.status(), status, "{path}");
    }
    let path = "/inference.GRPCInferenceService/ServerLive";
    let request = http::Request::post(format!("http://evil.example{path}")).header("content-type", "application/grpc");
    assert_eq!(client.raw(request, message.clone()).await.status(), PERMISSION_DENIED);
    let request = client.request(path).method("PUT");
    assert_eq!(client.raw(request, message.clone()).await.http, 405);
    let request = http::Request::post(format!("http://localhost{path}")).header("content-type", "application/json");
    assert_eq!(client.raw(request, message.clone()).await.http, 415);
    for timeout in ["1", "x", "123456789m", "-1S"] {
        let request = client.request("/inference.GRPCInferenceService/ModelInfer").header("grpc-timeout", timeout);
        assert_eq!(client.raw(request, framed(&rows("fraud", &[1.0]).encode_to_vec())).await.code(), "bad-deadline");
    }
    for (priority, status) in [("batch", OK), ("urgent", INVALID_ARGUMENT)] {
        let reply = client.call_with("ModelInfer", &rows("fraud", &[1.0]), &[("x-priority", priority)]).await;
        assert_eq!(reply.status(), status, "{priority}: {reply:?}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_before_it_is_read() {
    let plan = Plan { limits: Limits { body_bytes_max: 1_000, ..Limits::default() }, ..plan() };
    let (_server, mut client) = serve(plan).await;
    assert_eq!(client.call("ModelInfer", &rows("fraud", &[1.0])).await.status(), OK);
    let reply = client.call("ModelInfer", &rows("fraud", &[1.0; 100])).await;
    assert_eq!((reply.status(), reply.code()), (RESOURCE_EXHAUSTED, "body-too-large"));
    let large = "x".repeat(40_000);
    let reply = client.call_with("ModelInfer", &rows("fraud", &[1.0]), &[("x-large", &large)]).await;
    assert_eq!(reply.http, 431);
}

#[tokio::test]
async fn faults_of_models_keep_their_codes() {
    // To print a panic may take longer than the route gives its models.
    let (_server, mut client) = serve(with_time("panics")).await;
    let reply = client.call("ModelInfer", &rows("dead", &[1.0])).await;
    assert_eq!((reply.status(), reply.code()), (UNAVAILABLE, "no-rung-left"));
    assert_eq!((reply.end("charter-fail"), reply.end("grpc-retry-pushback-ms")), (Some("closed"), Some("1000")));
    let reply = client.call("ModelInfer", &rows("panics", &[1.0])).await;
    assert_eq!((reply.status(), reply.code()), (UNAVAILABLE, "no-rung-left"), "{reply:?}");
    assert!(!format!("{reply:?}").contains("made to panic"), "{reply:?}");
    let reply = client.call("ModelInfer", &rows("raw", &[1.0])).await;
    assert_eq!(
        reply.only::<ModelInferResponse>().raw_output_contents[0],
        b"\x02\0\0\0\xff\xfe",
        "bytes that are no text are no problem here"
    );
}

/// A plan that gives a route ten seconds.
fn with_time(route: &str) -> Plan {
    let mut plan = plan();
    let route = plan.routes.iter_mut().find(|other| other.name == route).unwrap();
    route.timeout_ms = 10_000;
    let charter_plan::plan::Node::Ladder { rungs } = &mut route.node else { panic!("a ladder") };
    rungs[0].within_ms = 10_000;
    plan
}

/// A plan whose route `hangs` waits for ten seconds and takes one call at a time.
fn patient() -> Plan {
    let mut plan = with_time("hangs");
    let model = plan.models.iter_mut().find(|model| model.name == "hangs").unwrap();
    model.protect.limiter = Limiter::Fixed { max: 1 };
    plan
}

#[tokio::test]
async fn a_deadline_that_travels_ends_the_call() {
    let (_server, mut client) = serve(patient()).await;
    for (name, value) in [("grpc-timeout", "40m"), ("x-deadline-ms", "40")] {
        let began = Instant::now();
        let reply = client.call_with("ModelInfer", &rows("hangs", &[1.0]), &[(name, value)]).await;
        assert_eq!(reply.status(), DEADLINE_EXCEEDED, "{name}: {reply:?}");
        assert!(began.elapsed() < Duration::from_secs(5), "{name}");
    }
    let mut request = rows("hangs", &[1.0]);
    let micros = InferParameter { parameter_choice: Some(ParameterChoice::Int64Param(40_000)) };
    request.parameters.insert("timeout".to_owned(), micros);
    assert_eq!(client.call("ModelInfer", &request).await.status(), DEADLINE_EXCEEDED);
}

/// An answer says that the server has seen what this connection sent before.
async fn seen(client: &mut Client) {
    assert_eq!(client.call("ServerLive", &ServerLiveRequest {}).await.status(), OK);
}

#[tokio::test]
async fn a_cancelled_call_gives_its_place_back() {
    let (server, mut client) = serve(patient()).await;
    let mut other = Client::connect(server.grpc.unwrap()).await;
    let short = [("grpc-timeout", "100m")];
    for method in ["ModelInfer", "ModelStreamInfer"] {
        let request = client.request(&format!("/inference.GRPCInferenceService/{method}"));
        let mut talk = client.begin(request).await;
        talk.send(&rows("hangs", &[1.0]));
        if method == "ModelInfer" {
            talk.out.send_data(Default::default(), true).unwrap();
        }
        seen(&mut client).await;
        let reply = other.call_with("ModelInfer", &rows("hangs", &[1.0]), &short).await;
        assert_eq!((reply.status(), reply.code()), (RESOURCE_EXHAUSTED, "overloaded"), "{method}: one call at a time");
        talk.out.send_reset(Reason::CANCEL);
        seen(&mut client).await;
        let reply = other.call_with("ModelInfer", &rows("hangs", &[1.0]), &short).await;
        assert_eq!(reply.status(), DEADLINE_EXCEEDED, "{method}: the call that was cancelled still has its place");
    }
}

#[tokio::test]
async fn a_connection_that_goes_away_takes_its_calls_with_it() {
    let (server, mut client) = serve(patient()).await;
    let mut other = Client::connect(server.grpc.unwrap()).await;
    let mut talk = client.begin(client.request("/inference.GRPCInferenceService/ModelInfer")).await;
    talk.out.send_data(framed(&rows("hangs", &[1.0]).encode_to_vec()), true).unwrap();
    seen(&mut client).await;
    let short = [("grpc-timeout", "100m")];
    assert_eq!(other.call_with("ModelInfer", &rows("hangs", &[1.0]), &short).await.status(), RESOURCE_EXHAUSTED);
    client.connection.abort();
    drop((client, talk));
    let freed = async { while other.call_with("ModelInfer", &rows("hangs", &[1.0]), &short).await.status() != DEADLINE_EXCEEDED {} };
    timeout(Duration::from_secs(5), freed).await.expect("the place is given back long before the call's own deadline");
}

#[tokio::test]
async fn a_stream_answers_in_order_and_survives_errors() {
    let (_server, mut client) = serve(plan()).await;
    let request = client.request("/inference.GRPCInferenceService/ModelStreamInfer");
    let mut talk = client.begin(request).await;
    for index in 0..20 {
        let route = if index % 5 == 4 { "nothing" } else { "fraud" };
        talk.send(&ModelInferRequest { id: format!("{index}"), ..rows(route, &[index as f32]) });
    }
    for index in 0..20 {
        let answer = ModelStreamInferResponse::decode(talk.message().await.unwrap()).unwrap();
        let inner = answer.infer_response.unwrap();
        assert_eq!(inner.id, format!("{index}"));
        if index % 5 == 4 {
            assert!(answer.error_message.contains("nothing"), "{answer:?}", answer = answer.error_message);
            assert_eq!(text(&inner, "code"), "route-unknown");
        } else {
            assert_eq!((answer.error_message.as_str(), floats(&inner.raw_output_contents[0])), ("", vec![index as f32]));
        }
    }
    talk.out.send_data(Default::default(), true).unwrap();
    assert_eq!(talk.end().await.status(), OK);
}

#[tokio::test]
async fn a_stream_has_a_deadline_and_ends_with_what_it_cannot_read() {
    let (_server, mut client) = serve(plan()).await;
    let request = client.request("/inference.GRPCInferenceService/ModelStreamInfer").header("grpc-timeout", "60m");
    let talk = client.begin(request).await;
    assert_eq!(talk.end().await.status(), DEADLINE_EXCEEDED);
    let request = client.request("/inference.GRPCInferenceService/ModelStreamInfer");
    let mut talk = client.begin(request).await;
    talk.send(&rows("fraud", &[1.0]));
    talk.out.send_data(vec![9, 0, 0, 0, 0].into(), false).unwrap();
    let reply = talk.end().await;
    assert_eq!((reply.status(), reply.messages.len()), (INVALID_ARGUMENT, 1));
}

#[tokio::test]
async fn health_is_told_for_the_server_and_for_routes() {
    let (mut server, mut client) = serve(plan()).await;
    for (service, status) in [("", 1), ("inference.GRPCInferenceService", 1), ("fraud", 1)] {
        let asked = HealthCheckRequest { service: service.to_owned() };
        assert_eq!(client.call("/grpc.health.v1.Health/Check", &asked).await.only::<HealthCheckResponse>().status, status);
    }
    let unknown = HealthCheckRequest { service: "nothing".to_owned() };
    assert_eq!(client.call("/grpc.health.v1.Health/Check", &unknown).await.status(), NOT_FOUND);

    let request = client.request("/grpc.health.v1.Health/Watch");
    let mut talk = client.begin(request).await;
    talk.out.send_data(framed(&[]), true).unwrap();
    let first = HealthCheckResponse::decode(talk.message().await.unwrap()).unwrap();
    assert_eq!(first.status, 1);
    server.stop();
    let last = HealthCheckResponse::decode(talk.message().await.unwrap()).unwrap();
    assert_eq!(last.status, 2, "a server that drains does not serve");
    assert_eq!(talk.end().await.status(), OK);
}

#[tokio::test]
async fn a_drain_ends_streams_and_lets_calls_finish() {
    let (mut server, mut client) = serve(patient()).await;
    let request = client.request("/inference.GRPCInferenceService/ModelStreamInfer");
    let mut stream = client.begin(request).await;
    stream.send(&rows("fraud", &[1.0]));
    assert!(stream.message().await.is_some());
    let request = client.request("/inference.GRPCInferenceService/ModelInfer").header("grpc-timeout", "400m");
    let mut call = client.begin(request).await;
    call.out.send_data(framed(&rows("hangs", &[1.0]).encode_to_vec()), true).unwrap();
    // An answer on the same connection says that what was sent before it has arrived.
    assert_eq!(client.call("ServerLive", &ServerLiveRequest {}).await.status(), OK);
    server.stop();
    let reply = stream.end().await;
    assert_eq!((reply.status(), reply.code()), (UNAVAILABLE, "draining"));
    assert_eq!(call.end().await.status(), DEADLINE_EXCEEDED, "its own deadline, not the drain's");
    let drained = timeout(Duration::from_secs(5), &mut server.task).await.expect("the server drains").unwrap();
    assert_eq!(drained.cut, 0);
    assert!(timeout(Duration::from_secs(5), client.connection).await.is_ok(), "the connection ends");
}

#[tokio::test]
async fn a_flood_of_pings_ends_its_connection_only() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (server, mut other) = serve(plan()).await;
    let mut stream = tokio::net::TcpStream::connect(server.grpc.unwrap()).await.unwrap();
    let mut flood = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    flood.extend(b"\0\0\x08\x06\0\0\0\0\0abcdefgh".repeat(5_000));
    // The server may close before all of it is taken.
    let _ = stream.write_all(&flood).await;
    let mut answer = Vec::new();
    let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "the connection stays open");
    assert!(answer.len() < 17 * 2_000, "{} bytes of pongs", answer.len());
    assert_eq!(other.call("ServerLive", &ServerLiveRequest {}).await.status(), OK);
}

/// CVE-2023-44487: calls that are begun and reset at once cost their sender nothing.
#[tokio::test]
async fn a_flood_of_resets_ends_its_connection_only() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (server, mut other) = serve(patient()).await;
    let frame = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
        [&(payload.len() as u32).to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    };
    // RFC 7541: method and scheme by number, the rest as literals that are not remembered.
    let mut head = vec![0x83, 0x86];
    for (name, value) in
        [(&b"\x04"[..], "/inference.GRPCInferenceService/ModelInfer"), (b"\x01", "localhost"), (b"\x0f\x10", "application/grpc")]
    {
        head.extend_from_slice(name);
        head.push(value.len() as u8);
        head.extend_from_slice(value.as_bytes());
    }
    let message = framed(&rows("hangs", &[1.0]).encode_to_vec());
    let calls = |range: std::ops::Range<u32>| {
        let mut bytes = Vec::new();
        for stream in range.map(|call| call * 2 + 1) {
            bytes.extend(frame(1, 4, stream, &head));
            bytes.extend(frame(0, 1, stream, &message));
            bytes.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
        }
        bytes
    };
    let mut stream = tokio::net::TcpStream::connect(server.grpc.unwrap()).await.unwrap();
    let mut flood = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &[])].concat();
    flood.extend(calls(0..5_000));
    // The server may close before all of it is taken.
    let _ = stream.write_all(&flood).await;
    let mut answer = Vec::new();
    let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "the connection stays open");
    // None of them has kept the one place.
    let reply = other.call_with("ModelInfer", &rows("hangs", &[1.0]), &[("grpc-timeout", "100m")]).await;
    assert_eq!(reply.status(), DEADLINE_EXCEEDED, "{reply:?}");
}

#[tokio::test]
async fn one_connection_carries_many_calls_at_once() {
    let (server, client) = serve(plan()).await;
    let mut tasks = tokio::task::JoinSet::new();
    let mut clients = vec![client];
    for _ in 0..3 {
        clients.push(Client::connect(server.grpc.unwrap()).await);
    }
    for (number, mut client) in clients.into_iter().enumerate() {
        tasks.spawn(async move {
            let mut talks = Vec::new();
            for call in 0..100 {
                let value = (number * 100 + call) as f32;
                let count = if call % 2 == 0 { 1 } else { 32 };
                let request = client.request("/inference.GRPCInferenceService/ModelInfer");
                let mut talk = client.begin(request).await;
                talk.out.send_data(framed(&rows("fraud", &vec![value; count]).encode_to_vec()), true).unwrap();
                talks.push((value, count, talk));
            }
            for (value, count, talk) in talks {
                let answer: ModelInferResponse = talk.end().await.only();
                assert_eq!(floats(&answer.raw_output_contents[0]), vec![value; count]);
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}
