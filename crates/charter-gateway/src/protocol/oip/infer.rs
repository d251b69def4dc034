//! One inference: headers and body in, the engine's answer out, with who answered and why.

use super::request::{self, InferRequest};
use super::response::{self, Encoded, Facts};
use super::surface::Surface;
use super::{Oip, find};
use crate::errors::{Code, Refusal};
use crate::http::Received;
use crate::http::reply::{self, Reply};
use crate::telemetry;
use charter_engine::{Answer, Call, CallError, Fault};
use charter_plan::plan::{FailMode, Route};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

const RUNG: HeaderName = HeaderName::from_static("charter-rung");
const DEGRADED: HeaderName = HeaderName::from_static("charter-degraded");
const MODEL: HeaderName = HeaderName::from_static("charter-model");
const PLAN: HeaderName = HeaderName::from_static("charter-plan");
const FAIL: HeaderName = HeaderName::from_static("charter-fail");
const KEY: HeaderName = HeaderName::from_static("charter-key");
const DEADLINE: HeaderName = HeaderName::from_static("x-deadline-ms");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const JSON_LENGTH: HeaderName = HeaderName::from_static("inference-header-content-length");
const ECHO_BYTES_MAX: usize = 256;

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
    let deadline_ms = whole_number(headers, &DEADLINE)
        .ok()
        .and_then(|deadline| match deadline {
            Some(0) => None,
            Some(deadline) => Some(Some(u32::try_from(deadline).unwrap_or(u32::MAX))),
            None => Some(None),
        })
        .ok_or_else(|| Refusal::new(Code::BadDeadline, "`x-deadline-ms` is not a positive whole number of milliseconds"))?;
    let key = match headers.get(KEY) {
        None => None,
        Some(key) if key.len() <= ECHO_BYTES_MAX => {
            Some(key.to_str().map_err(|_| Refusal::new(Code::BadRequest, "`charter-key` is not visible ASCII"))?.to_owned())
        }
        Some(_) => return Err(Refusal::new(Code::BadRequest, "`charter-key` is longer than 256 bytes")),
    };
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
    };
    Ok((call, Rest { id, asked }))
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
    let code = Code::named(error.code).unwrap_or(match error.fault {
        Fault::Caller => Code::InputRejected,
        Fault::Upstream => Code::NoRungLeft,
        Fault::Charter => Code::Internal,
    });
    let mut reply = reply::refusal(&Refusal { code, message: error.message, retry: error.retry });
    if error.fault != Fault::Caller {
        // What the caller is to do without an answer is the charter's choice, not the caller's guess.
        let mode = match route.fail {
            FailMode::Open => "open",
            FailMode::Closed => "closed",
        };
        reply.headers_mut().insert(FAIL, HeaderValue::from_static(mode));
    }
    reply
}
