//! One stream of HTTP/2: what it asks for, and how it ends.
//!
//! Whatever happens, also a panic, the caller gets a status; a caller that went away takes its call with it.

use super::inbox::{Inbox, Message, PREFIX_BYTES};
use super::infer::{Asking, PLAN};
use super::status::{self, Failure, STATUS};
use super::{Grpc, exchange, timeout};
use crate::errors::{Code, Refusal};
use crate::http::http2::{Incoming, Surroundings};
use crate::http::traffic::Traffic;
use crate::protocol::oip::infer::{ECHO_BYTES_MAX, REQUEST_ID};
use bytes::Bytes;
use futures_util::FutureExt;
use h2::Reason;
use h2::server::SendResponse;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// A message that is ready to be sent, with what its headers add.
pub(super) struct Sending {
    pub(super) framed: Vec<u8>,
    pub(super) headers: HeaderMap,
}

/// What a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rpc {
    Infer,
    StreamInfer,
    HealthWatch,
    Describe(Describe),
}

/// Calls with one short answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Describe {
    ServerLive,
    ServerReady,
    ModelReady,
    ServerMetadata,
    ModelMetadata,
    ModelConfig,
    ModelStatistics,
    RepositoryIndex,
    HealthCheck,
}

/// Answers a stream to its end.
pub(super) async fn answer(grpc: Arc<Grpc>, surroundings: Arc<Surroundings>, stream: Incoming) {
    let Incoming { request, mut respond, seed } = stream;
    let (parts, body) = request.into_parts();
    let rpc = match admit(&parts, &surroundings) {
        Ok(rpc) => rpc,
        Err(Rejected::NotGrpc(status)) => {
            let mut response = Response::new(());
            *response.status_mut() = status;
            surroundings.traffic.refuse(Code::BadRequest);
            // A stream that is gone needs no answer; here and below.
            let _ = respond.send_response(response, true);
            return;
        }
        Err(Rejected::Refused(refusal)) => {
            surroundings.traffic.refuse(refusal.code);
            end(&mut respond, &refusal.into(), HeaderMap::new());
            return;
        }
    };
    let bytes_max = grpc.oip.surface().runtime.plan().limits.body_bytes_max;
    let mut inbox = Inbox::new(body, Arc::clone(&surroundings), bytes_max);
    match rpc {
        Rpc::StreamInfer => exchange::run(&grpc, &parts.headers, seed, inbox, respond, &surroundings).await,
        Rpc::HealthWatch => super::health::watch(&grpc, inbox, respond, &surroundings).await,
        Rpc::Infer | Rpc::Describe(_) => {
            let mut plan = None;
            let answered = AssertUnwindSafe(unary(&grpc, &surroundings, rpc, &parts, &mut inbox, seed, &mut plan)).catch_unwind();
            let Some(answered) = unless_reset(&mut respond, answered).await else { return };
            let answered = answered.unwrap_or_else(|_| Err(panicked(&surroundings.traffic)));
            let mut headers = common(rpc, &parts.headers);
            if let Some(plan) = plan {
                headers.insert(PLAN, plan);
            }
            match answered {
                Ok(sending) => send(&mut respond, sending, headers),
                Err(failure) => end(&mut respond, &failure, headers),
            }
        }
    }
}

/// One message, one answer. `plan` becomes the plan that answers, also when it does so with an error; a reload may change it meanwhile.
async fn unary(
    grpc: &Grpc,
    surroundings: &Surroundings,
    rpc: Rpc,
    parts: &Parts,
    inbox: &mut Inbox,
    seed: u64,
    plan: &mut Option<HeaderValue>,
) -> Result<Sending, Failure> {
    let timeout_ms = timeout::read(&parts.headers).inspect_err(|refusal| surroundings.traffic.refuse(refusal.code))?;
    let Message { bytes, held: _held } = inbox.only().await.inspect_err(|refusal| surroundings.traffic.refuse(refusal.code))?;
    let mut headers = HeaderMap::new();
    let mut framed = match rpc {
        Rpc::Describe(what) => grpc.describe(what, bytes)?,
        Rpc::Infer | Rpc::StreamInfer | Rpc::HealthWatch => {
            let timeout_ms = left(timeout_ms, inbox.waited)?;
            let surface = grpc.oip.surface();
            *plan = Some(surface.plan.clone());
            let asking = Asking { headers: &parts.headers, timeout_ms, seed };
            let inferred = grpc.infer(&surface, bytes, asking, PREFIX_BYTES).await?;
            inferred.write(&mut headers);
            inferred.message
        }
    };
    prefix(&mut framed);
    Ok(Sending { framed, headers })
}

/// What is left of a time-out after some of it was spent.
pub(super) fn left(timeout_ms: Option<u32>, spent: Duration) -> Result<Option<u32>, Refusal> {
    let Some(timeout_ms) = timeout_ms else { return Ok(None) };
    let spent_ms = u32::try_from(spent.as_millis()).unwrap_or(u32::MAX);
    match timeout_ms.saturating_sub(spent_ms) {
        0 => Err(Refusal::new(Code::DeadlineExceeded, "the deadline passed before the message was whole")),
        left => Ok(Some(left)),
    }
}

/// Why a stream is not looked into.
enum Rejected {
    /// Not gRPC at all: answered as HTTP.
    NotGrpc(StatusCode),
    Refused(Refusal),
}

fn admit(parts: &Parts, surroundings: &Surroundings) -> Result<Rpc, Rejected> {
    if parts.method != Method::POST {
        return Err(Rejected::NotGrpc(StatusCode::METHOD_NOT_ALLOWED));
    }
    let is_grpc = |kind: &HeaderValue| {
        let rest = kind.as_bytes().strip_prefix(b"application/grpc");
        rest.is_some_and(|rest| rest.is_empty() || rest == b"+proto" || rest.starts_with(b";"))
    };
    if !parts.headers.get(CONTENT_TYPE).is_some_and(is_grpc) {
        return Err(Rejected::NotGrpc(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let authority = parts.uri.authority().map_or("", http::uri::Authority::as_str);
    match surroundings.hosts.admits(authority) {
        Some(true) => {}
        Some(false) => return Err(refuse(Code::BadHost, "this server does not answer for that `:authority`")),
        None => return Err(refuse(Code::BadRequest, "`:authority` is not valid")),
    }
    rpc(parts.uri.path()).map_err(Rejected::Refused)
}

fn refuse(code: Code, message: &str) -> Rejected {
    Rejected::Refused(Refusal::new(code, message))
}

fn rpc(path: &str) -> Result<Rpc, Refusal> {
    if let Some(method) = path.strip_prefix("/inference.GRPCInferenceService/") {
        return Ok(match method {
            "ModelInfer" => Rpc::Infer,
            "ModelStreamInfer" => Rpc::StreamInfer,
            "ServerLive" => Rpc::Describe(Describe::ServerLive),
            "ServerReady" => Rpc::Describe(Describe::ServerReady),
            "ModelReady" => Rpc::Describe(Describe::ModelReady),
            "ServerMetadata" => Rpc::Describe(Describe::ServerMetadata),
            "ModelMetadata" => Rpc::Describe(Describe::ModelMetadata),
            "ModelConfig" => Rpc::Describe(Describe::ModelConfig),
            "ModelStatistics" => Rpc::Describe(Describe::ModelStatistics),
            "RepositoryIndex" => Rpc::Describe(Describe::RepositoryIndex),
            _ => return Err(not_offered(method)),
        });
    }
    match path {
        "/grpc.health.v1.Health/Check" => Ok(Rpc::Describe(Describe::HealthCheck)),
        "/grpc.health.v1.Health/Watch" => Ok(Rpc::HealthWatch),
        _ => Err(Refusal::new(Code::UnknownPath, "there is no such method")),
    }
}

fn not_offered(method: &str) -> Refusal {
    let reason = match method {
        "RepositoryModelLoad" | "RepositoryModelUnload" => {
            "models come from the charter; change it and reload instead of loading or unloading them one by one"
        }
        "TraceSetting" | "LogSettings" => "trace and log settings belong to the admin side",
        _ if method.contains("SharedMemory") => "shared memory is not offered; send tensors in the request",
        _ => return Refusal::new(Code::UnknownPath, "there is no such method"),
    };
    Refusal::new(Code::NotSupported, reason)
}

/// Headers that every answer of this method has.
pub(super) fn common(rpc: Rpc, asked: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(12);
    if matches!(rpc, Rpc::Infer | Rpc::StreamInfer)
        && let Some(id) = asked.get(REQUEST_ID).filter(|id| id.len() <= ECHO_BYTES_MAX)
    {
        headers.insert(REQUEST_ID, id.clone());
    }
    headers
}

/// The head of an answer, with headers of its own.
pub(super) fn head(mut headers: HeaderMap) -> Response<()> {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    let mut response = Response::new(());
    *response.headers_mut() = headers;
    response
}

/// The end of a stream that went well.
pub(super) fn fine() -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert(STATUS, HeaderValue::from_static("0"));
    trailers
}

fn send(respond: &mut SendResponse<Bytes>, sending: Sending, mut headers: HeaderMap) {
    headers.extend(sending.headers);
    let Ok(mut stream) = respond.send_response(head(headers), false) else { return };
    if stream.send_data(Bytes::from(sending.framed), false).is_ok() {
        let _ = stream.send_trailers(fine());
    }
}

/// Ends a stream before its answer began.
pub(super) fn end(respond: &mut SendResponse<Bytes>, failure: &Failure, mut headers: HeaderMap) {
    status::write(&mut headers, failure);
    if failure.refusal.code == Code::BadEncoding {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    let _ = respond.send_response(head(headers), true);
}

/// Goes on until the caller resets the stream: then `None`, and the call is dropped.
async fn unless_reset<F: Future>(respond: &mut SendResponse<Bytes>, call: F) -> Option<F::Output> {
    let mut call = pin!(call);
    poll_fn(|context| {
        if let Poll::Ready(output) = call.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        let reset: Poll<Result<Reason, h2::Error>> = respond.poll_reset(context);
        reset.map(|_| None)
    })
    .await
}

pub(super) fn panicked(traffic: &Traffic) -> Failure {
    Traffic::add(&traffic.panics, 1);
    tracing::error!("a handler panicked; the call is answered with an error and the server goes on");
    Refusal::new(Code::Internal, "the request could not be answered").into()
}

/// Fills the room before a message with its prefix.
pub(super) fn prefix(framed: &mut [u8]) {
    let length = u32::try_from(framed.len().saturating_sub(PREFIX_BYTES)).unwrap_or(u32::MAX);
    if let Some(room) = framed.get_mut(1..PREFIX_BYTES) {
        room.copy_from_slice(&length.to_be_bytes());
    }
}

/// A message of the protocol files behind its prefix.
pub(super) fn framed(message: &impl prost::Message) -> Vec<u8> {
    let mut framed = vec![0; PREFIX_BYTES];
    framed.append(&mut message.encode_to_vec());
    prefix(&mut framed);
    framed
}
