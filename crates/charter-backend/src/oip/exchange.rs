//! One HTTP/1.1 exchange with an upstream over kept connections, with limits, and the kind of failure it ends in.
//!
//! Redirects are never followed: an upstream must not choose the next one. What the bodies mean does not belong here.

use super::address::Address;
use crate::failure::failed;
use bytes::Bytes;
use charter_engine::{BackendError, Failure};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Exchanges with one upstream at the same time, and so its connections.
pub(super) const EXCHANGES_MAX: usize = 256;
/// Connections kept open for the next call.
const IDLE_CONNECTIONS_MAX: usize = 64;
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest pause that an upstream may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

/// The length of the JSON part of a body in the binary tensor extension.
pub(super) const JSON_LENGTH: &str = "inference-header-content-length";

pub(super) struct Exchange {
    client: Client<HttpConnector, Full<Bytes>>,
    places: Semaphore,
    address: Address,
}

/// An answer with status 200.
pub(super) struct Reply {
    pub(super) body: Bytes,
    /// How much of the body is JSON; all of it when the upstream does not say.
    pub(super) json_length: Option<usize>,
}

impl Exchange {
    pub(super) fn new(address: Address) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .http1_max_buf_size(64 << 10)
            .build(connector);
        Self { client, places: Semaphore::new(EXCHANGES_MAX), address }
    }

    pub(super) async fn get(&self, path: &str, body_bytes_max: usize) -> Result<Reply, BackendError> {
        self.send(Method::GET, path, HeaderMap::new(), Bytes::new(), body_bytes_max).await
    }

    /// Posts a body whose first `json_length` bytes are JSON, when there is a binary part behind them.
    pub(super) async fn post(
        &self,
        path: &str,
        body: Bytes,
        json_length: Option<usize>,
        deadline_ms: u128,
        body_bytes_max: usize,
    ) -> Result<Reply, BackendError> {
        let mut headers = HeaderMap::with_capacity(4);
        let content_type = if json_length.is_some() { "application/octet-stream" } else { "application/json" };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert("x-deadline-ms", HeaderValue::from(u64::try_from(deadline_ms).unwrap_or(u64::MAX)));
        if let Some(length) = json_length {
            headers.insert(JSON_LENGTH, HeaderValue::from(length));
        }
        self.send(Method::POST, path, headers, body, body_bytes_max).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        body_bytes_max: usize,
    ) -> Result<Reply, BackendError> {
        let full = |_| failed(Failure::Overloaded { retry_after: None }, "too many calls to the upstream are under way");
        let _place = self.places.try_acquire().map_err(full)?;
        let invalid = || failed(Failure::Unavailable, "the request to the upstream cannot be written");
        let uri = Uri::builder().scheme("http").authority(self.address.authority()).path_and_query(path).build().map_err(|_| invalid())?;
        let mut request = Request::builder().method(method).uri(uri).body(Full::new(body)).map_err(|_| invalid())?;
        *request.headers_mut() = headers;
        let response = self.client.request(request).await.map_err(|error| classify(&error))?;
        let (head, body) = response.into_parts();
        if head.status != StatusCode::OK {
            return Err(refused(head.status, &head.headers));
        }
        if head.headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
            return Err(failed(Failure::BadOutput, "the upstream's answer is compressed, which nobody asked for"));
        }
        let too_large = || failed(Failure::BadOutput, format!("the upstream's answer is larger than {body_bytes_max} bytes"));
        if number(&head.headers, CONTENT_LENGTH.as_str()).is_some_and(|length| length > body_bytes_max as u64) {
            return Err(too_large());
        }
        let body = match Limited::new(body, body_bytes_max).collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return Err(too_large()),
            Err(_) => return Err(failed(Failure::Reset, "the connection to the upstream broke in mid-answer")),
        };
        let json_length = match head.headers.get(JSON_LENGTH) {
            None => None,
            Some(_) => Some(
                number(&head.headers, JSON_LENGTH)
                    .and_then(|length| usize::try_from(length).ok())
                    .filter(|&length| length <= body.len())
                    .ok_or_else(|| failed(Failure::BadOutput, "the upstream's answer states a wrong length of its JSON part"))?,
            ),
        };
        Ok(Reply { body, json_length })
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    let text = headers.get(name)?.to_str().ok()?;
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// Why there was no answer at all.
fn classify(error: &hyper_util::client::legacy::Error) -> BackendError {
    if error.is_connect() {
        return failed(Failure::Connect, "no connection to the upstream");
    }
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(current) = cause {
        if let Some(http) = current.downcast_ref::<hyper::Error>() {
            if http.is_parse() {
                return failed(Failure::BadOutput, "the upstream does not speak HTTP/1.1");
            }
            if http.is_timeout() {
                return failed(Failure::Timeout, "the upstream did not answer in time");
            }
        }
        cause = current.source();
    }
    failed(Failure::Reset, "the connection to the upstream broke")
}

/// What a status other than 200 says.
fn refused(status: StatusCode, headers: &HeaderMap) -> BackendError {
    let retry_after = number(headers, RETRY_AFTER.as_str()).map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    let failure = match status.as_u16() {
        429 => Failure::Overloaded { retry_after },
        503 if retry_after.is_some() => Failure::Overloaded { retry_after },
        408 | 504 => Failure::Timeout,
        // Not the input's fault: the model or our right to call it is missing.
        401 | 403 | 404 | 405 | 407 => Failure::Unavailable,
        400..=499 => Failure::Rejected,
        500..=599 => Failure::Upstream,
        _ => Failure::BadOutput,
    };
    failed(failure, format!("the upstream answers with status {}", status.as_u16()))
}
