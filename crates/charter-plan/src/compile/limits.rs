//! Limits of the edge: what `access.limits` says over the defaults.

use super::protect::{millis, whole};
use crate::plan::Limits;
use charter_spec::Spec;
use charter_spec::quantity::{Bytes, Duration};

/// Smallest header and body that a client can do with.
const HEADER_BYTES_MIN: u32 = 1 << 10;

pub(super) fn of(spec: &Spec) -> Limits {
    let mut limits = Limits::default();
    let Some(written) = spec.access.as_ref().and_then(|access| access.limits.as_ref()) else { return limits };
    let time = |field: &charter_spec::Field<Duration>, default: u32| field.as_ref().map_or(default, |time| millis(&time.value));
    if let Some(body) = &written.body {
        limits.body_bytes_max = bytes(&body.value);
    }
    if let Some(header) = &written.header {
        limits.header_bytes_max = u32::try_from(bytes(&header.value)).unwrap_or(u32::MAX).max(HEADER_BYTES_MIN);
    }
    if let Some(connections) = &written.connections {
        limits.connections_max = whole(&connections.value).max(1);
    }
    limits.first_byte_ms_max = time(&written.first_byte_timeout, limits.first_byte_ms_max);
    limits.header_ms_max = time(&written.header_timeout, limits.header_ms_max);
    limits.idle_ms_max = time(&written.idle_timeout, limits.idle_ms_max);
    limits.drain_ms_max = time(&written.drain_timeout, limits.drain_ms_max);
    limits
}

/// Whole bytes; a document's figures are far below 2^53.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn bytes(written: &Bytes) -> u64 {
    written.bytes().clamp(0.0, 9e15) as u64
}
