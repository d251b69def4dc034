//! The edge: listeners, Open Inference Protocol, admin, metrics, tracing.
//!
//! | room | what is in it |
//! |---|---|
//! | [`gateway`] | what the binary binds and runs |
//! | [`errors`] | the one public table of error codes |
//! | [`http`] | connections, limits, the strict layer |
//! | [`protocol`] | wire formats of the data plane: REST and gRPC |
//! | [`admin`] | health, status, reload, breakers |
//! | [`metrics`] | counters and their exposition |
//! | [`telemetry`] | logs and traces |
//!
//! A node kind, a model's file or a route's rules do not belong here: the edge knows tensors and calls.

mod admin;
pub mod errors;
mod gateway;
mod http;
mod metrics;
mod protocol;
mod telemetry;

pub use admin::{BringFaults, Control, FaultIn, Reload, ReloadRefused, ReloadReport};
pub use errors::{Code, PublicError};
pub use gateway::{BindError, Gateway, GatewayConfig};
pub use http::listener::Drained;
pub use metrics::Metrics;
pub use telemetry::{LogFormat, Telemetry, TelemetryConfig, TelemetryError};
