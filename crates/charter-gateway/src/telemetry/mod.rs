//! Logs and traces: set up once by the binary, used by the edge for one span a call.
//!
//! Nothing here sees headers other than `traceparent`, or any body: what is not recorded cannot leak. Counters belong to `metrics`.

mod setup;
mod span;

pub use setup::{LogFormat, Telemetry, TelemetryConfig, TelemetryError};
pub(crate) use span::call_span;
