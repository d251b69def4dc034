//! What headers say of whoever asks, the same over REST and gRPC.
//!
//! | header | |
//! |---|---|
//! | `x-priority` | `interactive` (without the header), or `batch`, which is shed first |
//! | `x-tenant` | who shares a fair part of a model's queue; kept as a hash only |
//! | `x-retry-attempt` | how often whoever is before us has tried already: with any, nothing is retried or hedged here |
//!
//! None of them is proof of anything: a tenant that lies gets another's share, and no answer that it could not have.

use super::oip::infer::ECHO_BYTES_MAX;
use crate::errors::{Code, Refusal};
use charter_engine::observation::unit_of;
use charter_engine::{Caller, Priority};
use http::{HeaderMap, HeaderName};

const PRIORITY: HeaderName = HeaderName::from_static("x-priority");
const TENANT: HeaderName = HeaderName::from_static("x-tenant");
const ATTEMPT: HeaderName = HeaderName::from_static("x-retry-attempt");

/// # Errors
/// `bad-request` where a header is there and cannot be read: a mistyped priority would be served with the wrong one for ever.
pub(in crate::protocol) fn caller(headers: &HeaderMap) -> Result<Caller, Refusal> {
    let mut caller = Caller::default();
    if let Some(priority) = one(headers, &PRIORITY)? {
        caller.priority = match priority {
            b"interactive" => Priority::Interactive,
            b"batch" => Priority::Batch,
            _ => return Err(Refusal::new(Code::BadRequest, "`x-priority` is `interactive` or `batch`")),
        };
    }
    if let Some(tenant) = one(headers, &TENANT)?.filter(|tenant| !tenant.is_empty()) {
        if tenant.len() > ECHO_BYTES_MAX {
            return Err(Refusal::new(Code::BadRequest, "`x-tenant` is longer than 256 bytes"));
        }
        // 0 is nobody in particular.
        caller.tenant = unit_of(tenant).max(1);
    }
    if let Some(attempt) = one(headers, &ATTEMPT)? {
        let number = std::str::from_utf8(attempt).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let wrong = || Refusal::new(Code::BadRequest, "`x-retry-attempt` is not a whole number");
        caller.attempt = number.and_then(|digits| digits.parse().ok()).ok_or_else(wrong)?;
    }
    Ok(caller)
}

/// The value of a header that may stand there once.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a [u8]>, Refusal> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (first, None) => Ok(first.map(http::HeaderValue::as_bytes)),
        _ => Err(Refusal::new(Code::BadRequest, format!("`{name}` stands there more than once"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read(headers: &[(&'static str, &'static str)]) -> Result<Caller, Refusal> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        caller(&map)
    }

    #[test]
    fn without_headers_nobody_in_particular_waits_for_the_answer() {
        assert_eq!(read(&[]).expect("read"), Caller::default());
        assert_eq!(read(&[("x-tenant", "")]).expect("read").tenant, 0);
    }

    #[test]
    fn priority_tenant_and_attempt_are_read() {
        let caller = read(&[("x-priority", "batch"), ("x-tenant", "north"), ("x-retry-attempt", "2")]).expect("read");
        assert_eq!((caller.priority, caller.attempt), (Priority::Batch, 2));
        assert_ne!(caller.tenant, 0);
        assert_ne!(caller.tenant, read(&[("x-tenant", "south")]).expect("read").tenant);
        assert_eq!(caller.identity, None, "a header proves nobody's identity");
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let long: &'static str = "t".repeat(ECHO_BYTES_MAX + 1).leak();
        for headers in [
            [("x-priority", "shadow")].as_slice(),
            &[("x-priority", "Batch")],
            &[("x-priority", "batch"), ("x-priority", "batch")],
            &[("x-retry-attempt", "-1")],
            &[("x-retry-attempt", "+1")],
            &[("x-retry-attempt", "")],
            &[("x-retry-attempt", "99999999999")],
            &[("x-tenant", long)],
        ] {
            assert_eq!(read(headers).expect_err("refused").code, Code::BadRequest, "{headers:?}");
        }
    }
}
