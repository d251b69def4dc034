//! One inference: a message in, the engine's answer out, with who answered and why.

use super::Grpc;
use super::request::{self, Outline};
use super::response::{self, Facts};
use super::status::Failure;
use crate::errors::{Code, Refusal};
use crate::protocol::caller::caller;
use crate::protocol::oip::find;
use crate::protocol::oip::infer::{DEGRADED, MODEL, RUNG, deadline, fail_mode, key, refused};
pub(super) use crate::protocol::oip::infer::{FAIL, PLAN};
use crate::protocol::oip::request::Asked;
use crate::protocol::oip::surface::Surface;
use crate::telemetry;
use bytes::Bytes;
use charter_engine::{Answer, Call};
use charter_plan::plan::Route;
use http::{HeaderMap, HeaderValue};

/// What a message comes with.
pub(super) struct Asking<'a> {
    pub(super) headers: &'a HeaderMap,
    /// What is left of `grpc-timeout`.
    pub(super) timeout_ms: Option<u32>,
    /// Chance for this call.
    pub(super) seed: u64,
}

/// What a caller gets.
pub(super) struct Inferred {
    /// The encoded message behind the given room.
    pub(super) message: Vec<u8>,
    rung: HeaderValue,
    model: HeaderValue,
    degraded: Option<HeaderValue>,
}

impl Inferred {
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        headers.insert(RUNG, self.rung.clone());
        headers.insert(MODEL, self.model.clone());
        if let Some(degraded) = &self.degraded {
            headers.insert(DEGRADED, degraded.clone());
        }
    }
}

/// What of the request is needed after the call.
struct Rest {
    id: String,
    asked: Asked,
    says_final: bool,
}

impl Grpc {
    /// Answers one `ModelInferRequest`. The answer begins behind `room` bytes that the caller fills.
    pub(super) async fn infer(&self, surface: &Surface, message: Bytes, asking: Asking<'_>, room: usize) -> Result<Inferred, Failure> {
        let metrics = &self.oip.metrics;
        let outline = request::outline(&message).inspect_err(|refusal| metrics.refused(None, refusal.code))?;
        let version = (!outline.version.is_empty()).then_some(outline.version);
        let route = find(surface, outline.name, version).inspect_err(|refusal| metrics.refused(None, refusal.code))?;
        let (call, rest) = read(route, &outline, &asking).inspect_err(|refusal| metrics.refused(Some(route.id), refusal.code))?;
        let span = telemetry::call_span(&route.name, call.rows, asking.headers);
        // The tensors are read; their bytes would only double what the call takes.
        drop(outline);
        drop(message);
        match span.run(surface.runtime.call(call)).await {
            Ok(answer) => {
                span.answered(surface.runtime.as_ref(), route.id, &answer.served);
                Ok(write(surface, route, &answer, &rest, room)?)
            }
            Err(error) => {
                span.failed(error.code);
                let (fail, retry_after_ms) = (fail_mode(route, &error), error.retry_after_ms);
                Err(Failure { refusal: refused(error), fail, retry_after_ms })
            }
        }
    }
}

fn read(route: &Route, outline: &Outline<'_>, asking: &Asking<'_>) -> Result<(Call, Rest), Refusal> {
    let deadlines = [asking.timeout_ms, deadline(asking.headers)?, outline.timeout_ms];
    let key = key(asking.headers)?.or_else(|| outline.key.map(str::to_owned));
    let asked = outline.asked(route)?;
    let (inputs, rows) = outline.tensors(route)?;
    let call = Call {
        route: route.id,
        inputs,
        rows,
        deadline_ms: deadlines.into_iter().flatten().min(),
        key,
        version: (!outline.version.is_empty()).then(|| outline.version.to_owned()),
        seed: asking.seed,
        caller: caller(asking.headers)?,
    };
    Ok((call, Rest { id: outline.id.to_owned(), asked, says_final: outline.wants_final }))
}

fn write(surface: &Surface, route: &Route, answer: &Answer, rest: &Rest, room: usize) -> Result<Inferred, Refusal> {
    let lacking = || Refusal::new(Code::Internal, "the answer names a model or rung that the plan does not have");
    let face = surface.face(route.id).ok_or_else(lacking)?;
    let rung = face.rung(answer.served.rung).ok_or_else(lacking)?.header.clone();
    let model = surface.model(answer.served.model).ok_or_else(lacking)?.label.clone();
    let version = surface.runtime.plan().models.get(usize::from(answer.served.model.0)).ok_or_else(lacking)?.version.as_str();
    let facts = Facts {
        route,
        rung: rung.to_str().unwrap_or_default(),
        model: model.to_str().unwrap_or_default(),
        version,
        plan: surface.plan.to_str().unwrap_or_default(),
        id: &rest.id,
        says_final: rest.says_final,
    };
    let mut message = Vec::with_capacity(room + 256);
    message.resize(room, 0);
    response::encode(&mut message, answer, &facts, &rest.asked)?;
    let degraded = answer.served.step_down.map(|reason| HeaderValue::from_static(reason.name()));
    Ok(Inferred { message, rung, model, degraded })
}
