//! One inference: headers and body in, the engine's answer out, with who answered and why.

use super::request::{self, InferRequest};
use super::response::{self, Encoded, Facts};
use super::surface::Surface;
use super::{Oip, find};
use crate::errors::{Code, Refusal};
use crate::http::Received;
use crate::http::reply::{self, Reply};
use crate::protocol::caller::caller;
use crate::telemetry;
use charter_engine::{Answer, Call, CallError, Fault};
use charter_plan::plan::{FailMode, Route};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

pub(in crate::protocol) const RUNG: HeaderName = HeaderName::from_static("charter-rung");
pub(in crate::protocol) const DEGRADED: HeaderName = HeaderName::from_static("charter-degraded");
pub(in crate::protocol) const MODEL: HeaderName = HeaderName::from_static("charter-model");
pub(in crate::protocol) const PLAN: HeaderName = HeaderName::from_static("charter-plan");
pub(in crate::protocol) const FAIL: HeaderName = HeaderName::from_static("charter-fail");
const KEY: HeaderName = HeaderName::from_static("charter-key");
const DEADLINE: HeaderName = HeaderName::from_static("x-deadline-ms");
pub(in crate::protocol) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Says that whoever is before us must not try again at once either, as a retry is one more call for what has too many.
const NO_RETRY: HeaderName = HeaderName::from_static("x-no-retry");
const JSON_LENGTH: HeaderName = HeaderName::from_static("inference-header-content-length");
pub(in crate::protocol) const ECHO_BYTES_MAX: usize = 256;

impl Oip {
    pub(super) async fn infer(&self, surface: &Surface, name: &str, version: Option<&str>, received: Received) -> Reply {
        let request_id = received.headers.get(REQUEST_ID).filter(|id| id.len() <= ECHO_BYTES_MAX).cloned();
        let mut reply = match find(surface, name, version) {
            Err(refusal) => {
                self.metrics.refused(None, refusal.code);
                reply::refusal(&refusal)
            }
            Ok(route) => self.infer_route(surface, route, version, received).await,
        };
        let headers = reply.headers_mut();
        headers.insert(PLAN, surface.plan.clone());
        if let Some(id) = request_id {
            headers.insert(REQUEST_ID, id);
        }
        reply
    }

    async fn infer_route(&self, surface: &Surface, route: &Route, version: Option<&str>, received: Received) -> Reply {
        let (call, rest) = match read(route, version, &received) {
            Ok(read) => read,
            Err(refusal) => {
                self.metrics.refused(Some(route.id), refusal.code);
                return reply::refusal(&refusal);
            }
        };
        let span = telemetry::call_span(&route.name, call.rows, &received.headers);
        let Received { body, held: _held, .. } = received;
        // The tensors are read; their bytes would only double what the call takes.
        drop(body);
        let called = span.run(surface.runtime.call(call)).await;
        match called {
            Ok(answer) => {
                span.answered(surface.runtime.as_ref(), route.id, &answer.served);
                write(surface, route, &answer, &rest).unwrap_or_else(|refusal| reply::refusal(&refusal))
            }
            Err(error) => {
                span.failed(error.code);
                failed(route, error)
            }
        }
    }
}

/// What of the request is needed after the call.
struct Rest {
    id: Option<String>,
    asked: request::Asked,
}

fn read(route: &Route, version: Option<&str>, received: &Received) -> Result<(Call, Rest), Refusal> {
    let headers = &received.headers;
    let json_bytes = whole_number(headers, &JSON_LENGTH)
        .map_err(|()| Refusal::new(Code::BadBinary, "`Inference-Header-Content-Length` is not a whole number"))?;
    let deadline_ms = deadline(headers)?;
    let key = key(headers)?;
    let caller = caller(headers)?;
    let InferRequest { id, inputs, rows, asked, key: key_parameter, timeout_ms } = request::decode(&received.body, json_bytes, route)?;
    let deadline_ms = match (deadline_ms, timeout_ms) {
        (Some(header), Some(parameter)) => Some(header.min(parameter)),
        (header, parameter) => header.or(parameter),
    };
    let call = Call {
        route: route.id,
        inputs,
        rows,
        deadline_ms,
        key: key.or(key_parameter),
        version: version.map(str::to_owned),
        seed: received.seed,
        caller,
    };
    Ok((call, Rest { id, asked }))
}

/// What `x-deadline-ms` gives.
pub(in crate::protocol) fn deadline(headers: &HeaderMap) -> Result<Option<u32>, Refusal> {
    match whole_number(headers, &DEADLINE) {
        Ok(None) => Ok(None),
        Ok(Some(deadline)) if deadline > 0 => Ok(Some(u32::try_from(deadline).unwrap_or(u32::MAX))),
        _ => Err(Refusal::new(Code::BadDeadline, "`x-deadline-ms` is not a positive whole number of milliseconds")),
    }
}

/// What sticky splits hash, as `charter-key` says.
pub(in crate::protocol) fn key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(key) = headers.get(KEY) else { return Ok(None) };
    if key.len() > ECHO_BYTES_MAX {
        return Err(Refusal::new(Code::BadRequest, "`charter-key` is longer than 256 bytes"));
    }
    let key = key.to_str().map_err(|_| Refusal::new(Code::BadRequest, "`charter-key` is not visible ASCII"))?;
    Ok(Some(key.to_owned()))
}

/// A header that is a whole number without sign; `None` when it is not there.
fn whole_number(headers: &HeaderMap, name: &HeaderName) -> Result<Option<usize>, ()> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(value), None) if value.as_bytes().iter().all(u8::is_ascii_digit) => {
            value.to_str().ok().and_then(|value| value.parse().ok()).map(Some).ok_or(())
        }
        _ => Err(()),
    }
}

fn write(surface: &Surface, route: &Route, answer: &Answer, rest: &Rest) -> Result<Reply, Refusal> {
    let lacking = || Refusal::new(Code::Internal, "the answer names a model or rung that the plan does not have");
    let face = surface.face(route.id).ok_or_else(lacking)?;
    let rung = face.rung(answer.served.rung).ok_or_else(lacking)?;
    let model = surface.model(answer.served.model).ok_or_else(lacking)?;
    let facts = Facts { face, rung, model, plan_json: &surface.plan_json };
    let Encoded { body, json_bytes } = response::encode(answer, &facts, rest.id.as_deref(), &rest.asked)?;
    let mut reply = reply::answer(StatusCode::OK, if json_bytes.is_some() { "application/octet-stream" } else { "application/json" }, body);
    let headers = reply.headers_mut();
    headers.insert(RUNG, rung.header.clone());
    headers.insert(MODEL, model.label.clone());
    if let Some(reason) = answer.served.step_down {
        headers.insert(DEGRADED, HeaderValue::from_static(reason.name()));
    }
    if let Some(json_bytes) = json_bytes {
        headers.insert(JSON_LENGTH, HeaderValue::from(json_bytes));
    }
    Ok(reply)
}

fn failed(route: &Route, error: CallError) -> Reply {
    let mode = fail_mode(route, &error);
    let wait_ms = error.retry_after_ms;
    let refused = refused(error);
    let is_shed = refused.code == Code::Overloaded;
    let mut reply = reply::refusal(&refused);
    if let Some(wait_ms) = wait_ms.filter(|_| reply.headers().contains_key(RETRY_AFTER)) {
        // The header counts whole seconds (RFC 9110, 10.2.3).
        reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait_ms.div_ceil(1_000).max(1)));
    }
    if is_shed {
        reply.headers_mut().insert(NO_RETRY, HeaderValue::from_static("1"));
    }
    if let Some(mode) = mode {
        reply.headers_mut().insert(FAIL, HeaderValue::from_static(mode));
    }
    reply
}

/// A call's error in the words of the public table.
pub(in crate::protocol) fn refused(error: CallError) -> Refusal {
    let code = Code::named(error.code).unwrap_or(match error.fault {
        Fault::Caller => Code::InputRejected,
        Fault::Upstream => Code::NoRungLeft,
        Fault::Charter => Code::Internal,
    });
    Refusal { code, message: error.message, retry: error.retry }
}

/// What the caller is to do without an answer: the charter's choice, not the caller's guess. `None` where the caller can do better.
pub(in crate::protocol) fn fail_mode(route: &Route, error: &CallError) -> Option<&'static str> {
    (error.fault != Fault::Caller).then_some(match route.fail {
        FailMode::Open => "open",
        FailMode::Closed => "closed",
    })
}
