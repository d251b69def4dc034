//! Codes of the public table as gRPC statuses, and the end of a stream.
//!
//! Source: gRPC, "Status codes and their use in gRPC" and "gRPC over HTTP/2", responses.

use crate::errors::{Code, Refusal};
use http::{HeaderMap, HeaderName, HeaderValue};

pub(super) const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const PUSHBACK: HeaderName = HeaderName::from_static("grpc-retry-pushback-ms");
const NO_RETRY: HeaderName = HeaderName::from_static("x-no-retry");
const CODE: HeaderName = HeaderName::from_static("charter-code");

const INVALID_ARGUMENT: u8 = 3;
const DEADLINE_EXCEEDED: u8 = 4;
const NOT_FOUND: u8 = 5;
const PERMISSION_DENIED: u8 = 7;
const RESOURCE_EXHAUSTED: u8 = 8;
const FAILED_PRECONDITION: u8 = 9;
const ABORTED: u8 = 10;
const UNIMPLEMENTED: u8 = 12;
const INTERNAL: u8 = 13;
const UNAVAILABLE: u8 = 14;
const UNAUTHENTICATED: u8 = 16;

/// When a refused call may come again if nobody knows better; what `Retry-After` says over HTTP.
const PUSHBACK_MS: u32 = 1_000;

/// Why a stream ends without an answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) refusal: Refusal,
    /// `charter-fail`: what the caller is to do without an answer.
    pub(super) fail: Option<&'static str>,
    pub(super) retry_after_ms: Option<u32>,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, fail: None, retry_after_ms: None }
    }
}

/// The gRPC status of a public code.
pub(super) fn of(code: Code) -> u8 {
    match (code, code.entry().status) {
        (Code::UnknownPath, _) => UNIMPLEMENTED,
        (_, 400) => INVALID_ARGUMENT,
        (_, 401) => UNAUTHENTICATED,
        (_, 403 | 421) => PERMISSION_DENIED,
        (_, 404) => NOT_FOUND,
        (_, 408 | 504) => DEADLINE_EXCEEDED,
        (_, 409) => ABORTED,
        (_, 413 | 429 | 431) => RESOURCE_EXHAUSTED,
        (_, 422) => FAILED_PRECONDITION,
        (_, 405 | 415 | 501) => UNIMPLEMENTED,
        (_, 503) => UNAVAILABLE,
        _ => INTERNAL,
    }
}

/// Adds the end of a stream that failed.
pub(super) fn write(trailers: &mut HeaderMap, failure: &Failure) {
    let Failure { refusal, fail, retry_after_ms } = failure;
    trailers.insert(STATUS, HeaderValue::from(u16::from(of(refusal.code))));
    if let Ok(message) = HeaderValue::from_str(&percent_encoded(&refusal.message)) {
        trailers.insert(MESSAGE, message);
    }
    trailers.insert(CODE, HeaderValue::from_static(refusal.code.name()));
    if let Some(fail) = fail {
        trailers.insert(super::infer::FAIL, HeaderValue::from_static(fail));
    }
    // Another try at a server that sheds load, or of what cannot pass, is load alone. A negative pushback tells clients not to try again.
    let sheds = refusal.code == Code::Overloaded;
    if sheds {
        trailers.insert(NO_RETRY, HeaderValue::from_static("1"));
    }
    if sheds || !refusal.retry {
        trailers.insert(PUSHBACK, HeaderValue::from_static("-1"));
        return;
    }
    let is_known_to_pass = matches!(refusal.code.entry().status, 429 | 503);
    match retry_after_ms {
        Some(pushback) => drop(trailers.insert(PUSHBACK, HeaderValue::from(*pushback))),
        None if is_known_to_pass => drop(trailers.insert(PUSHBACK, HeaderValue::from(PUSHBACK_MS))),
        None => {}
    }
}

/// As `grpc-message` has it: printable ASCII stays, all else and `%` as `%XX`.
fn percent_encoded(text: &str) -> String {
    const MESSAGE_BYTES_MAX: usize = 1024;
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes().take(MESSAGE_BYTES_MAX) {
        if matches!(byte, b' '..=b'~') && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(DIGITS.get(usize::from(digit)).copied().map_or('0', char::from));
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_the_caller_is_no_fault_of_ours() {
        for code in Code::ALL {
            let entry = code.entry();
            let status = of(code);
            let is_ours = matches!(status, INTERNAL | UNAVAILABLE);
            assert!(!is_ours || entry.fault != charter_engine::Fault::Caller, "{}", entry.code);
            assert_eq!(status == INTERNAL, entry.status == 500, "{}", entry.code);
        }
        assert_eq!(of(Code::IdentityRequired), UNAUTHENTICATED);
        assert_eq!(of(Code::RouteUnknown), NOT_FOUND);
        assert_eq!(of(Code::Overloaded), RESOURCE_EXHAUSTED);
        assert_eq!(of(Code::NoRungLeft), UNAVAILABLE);
        assert_eq!(of(Code::DeadlineExceeded), DEADLINE_EXCEEDED);
    }

    #[test]
    fn messages_are_printable() {
        assert_eq!(percent_encoded("100 % ü\n`a`"), "100 %25 %C3%BC%0A`a`");
        assert!(percent_encoded(&"ü".repeat(5000)).len() <= 3 * 1024);
    }

    #[test]
    fn only_what_may_pass_is_worth_another_try() {
        let said = |code, retry_after_ms| {
            let mut trailers = HeaderMap::new();
            write(&mut trailers, &Failure { refusal: Refusal::new(code, "x"), fail: None, retry_after_ms });
            let of = |name: &str| trailers.get(name).map(|value| value.to_str().unwrap().to_owned());
            (of("grpc-retry-pushback-ms"), of("x-no-retry"))
        };
        let pushback = |text: &str| (Some(text.to_owned()), None);
        assert_eq!(said(Code::NoRungLeft, None), pushback("1000"));
        assert_eq!(said(Code::NoRungLeft, Some(40)), pushback("40"));
        assert_eq!(said(Code::DeadlineExceeded, None), (None, None));
        assert_eq!(said(Code::BadInput, None), pushback("-1"));
        for retry_after_ms in [None, Some(40)] {
            assert_eq!(said(Code::Overloaded, retry_after_ms), (Some("-1".to_owned()), Some("1".to_owned())), "shedding");
        }
    }
}
