//! `grpc-timeout`: how long the caller waits.
//!
//! Source: gRPC over HTTP/2, "Requests": at most eight digits and a unit.

use crate::errors::{Code, Refusal};
use http::HeaderMap;

/// Milliseconds that the caller gives, rounded down and at least one; `None` when it does not say.
///
/// # Errors
/// [`Code::BadDeadline`] when the header is not what the protocol asks for, or nothing is left.
pub(super) fn read(headers: &HeaderMap) -> Result<Option<u32>, Refusal> {
    let Some(value) = headers.get("grpc-timeout") else { return Ok(None) };
    match parse(value.as_bytes()) {
        Some(0) => Err(Refusal::new(Code::DeadlineExceeded, "`grpc-timeout` leaves no time")),
        Some(nanoseconds) => Ok(Some(u32::try_from(nanoseconds / 1_000_000).unwrap_or(u32::MAX).max(1))),
        None => Err(Refusal::new(Code::BadDeadline, "`grpc-timeout` is not a number of at most eight digits with a unit")),
    }
}

/// Nanoseconds.
fn parse(text: &[u8]) -> Option<u128> {
    let (unit, digits) = text.split_last()?;
    if !(1..=8).contains(&digits.len()) {
        return None;
    }
    let number = digits.iter().try_fold(0_u128, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u128::from(digit - b'0')))?;
    let nanoseconds: u128 = match unit {
        b'H' => 3_600_000_000_000,
        b'M' => 60_000_000_000,
        b'S' => 1_000_000_000,
        b'm' => 1_000_000,
        b'u' => 1_000,
        b'n' => 1,
        _ => return None,
    };
    Some(number * nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_known_and_nothing_else() {
        for (text, expected) in [
            ("1H", Some(3_600_000_000_000)),
            ("2M", Some(120_000_000_000)),
            ("3S", Some(3_000_000_000)),
            ("20m", Some(20_000_000)),
            ("999u", Some(999_000)),
            ("99999999n", Some(99_999_999)),
            ("0m", Some(0)),
            ("100000000n", None),
            ("m", None),
            ("", None),
            ("-1m", None),
            ("1x", None),
            ("1.5S", None),
        ] {
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_short_time_is_at_least_a_millisecond() {
        let mut headers = HeaderMap::new();
        assert_eq!(read(&headers), Ok(None));
        headers.insert("grpc-timeout", "10u".parse().unwrap());
        assert_eq!(read(&headers), Ok(Some(1)));
        headers.insert("grpc-timeout", "99999999H".parse().unwrap());
        assert_eq!(read(&headers), Ok(Some(u32::MAX)));
        headers.insert("grpc-timeout", "0n".parse().unwrap());
        assert_eq!(read(&headers).unwrap_err().code, Code::DeadlineExceeded);
    }
}
