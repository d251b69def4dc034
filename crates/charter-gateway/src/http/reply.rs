//! Answers and errors as HTTP.

use crate::errors::{Code, Refusal};
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;

pub(crate) type Reply = Response<Full<Bytes>>;

/// An answer with a body of this type.
pub(crate) fn answer(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    answer(status, "application/json", body)
}

/// An error: `{"error": "..."}`, as the protocol has it, with its code beside it.
pub(crate) fn refusal(refusal: &Refusal) -> Reply {
    let entry = refusal.code.entry();
    let body = serde_json::json!({ "error": refusal.message, "code": entry.code, "retry": refusal.retry });
    let status = StatusCode::from_u16(entry.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = json(status, body.to_string());
    if refusal.retry && matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    reply
}

/// 405 with the methods that the path takes.
pub(crate) fn wrong_method(allowed: &'static str) -> Reply {
    let mut reply = refusal(&Refusal::new(Code::MethodNotAllowed, format!("this path takes {allowed}")));
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}
