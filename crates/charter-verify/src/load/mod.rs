//! A load generator for HTTP/1.1 with keep-alive: open loop for rates, closed loop for users.
//!
//! Latency in the open loop counts from the moment a request was *due*, so a server that stalls cannot hide the
//! requests that it kept from being sent (coordinated omission: Gil Tene, "How NOT to measure latency").
//! What a figure is held against does not belong here.

mod arrivals;
mod closed;
mod exchange;
mod head;
mod histogram;
mod open;
mod pacer;
mod record;
mod repeat;
mod report;
mod run;
mod scenario;
mod target;

pub use arrivals::Spacing;
pub use exchange::{Answer, Connection, Failure};
pub use histogram::{Latencies, QuantileEstimate};
pub use record::Ended;
pub use repeat::{Spread, spread};
pub(crate) use report::BUSY_SHARE;
pub use report::{Errors, Generator, LatencySummary, LoadReport, RouteReport};
pub use run::{LoadError, LoadOutcome, Progress, run};
pub use scenario::{Draw, LoadScenario, Shape, Think, Traffic};
pub use target::{PreparedRequest, Target, TargetError};
