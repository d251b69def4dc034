//! The data plane over gRPC: every method, errors by their status, limits, streams, cancellation, drain.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "grpc/answers.rs"]
mod answers;
#[path = "grpc/floods.rs"]
mod floods;
#[path = "grpc/lifetimes.rs"]
mod lifetimes;
#[path = "grpc/refusals.rs"]
mod refusals;
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
