//! Runs a plan on a virtual clock: the engine, its guards and its ladders as they are, with simulated time for everything that takes time.
//!
//! | room | what is in it |
//! |---|---|
//! | [`scenario`] | how much is asked, and what goes wrong when |
//! | [`run`] | plays a scenario, and what it leaves out |
//! | [`outcome`] | the figures, minute by minute |
//! | [`report`] | as a table and as a picture |
//! | [`presets`] | scenarios by name |
//! | [`validate`] | a simulated load run held against real ones |
//! | [`autoscale`] | how many replicas are wanted: a pure state machine |
//! | [`calibration`] | what was measured on this machine |
//! | [`levels`] | what load runs say of the costs of a request |
//! | [`rest`] | what it costs that a thread had nothing to do |
//! | [`host`] | one machine with its load generator, to hold against a real run |
//! | `fleet`, `replica`, `world` | zones of replicas, threads of a replica, events in order |
//! | `processor`, `backend`, `answers`, `service` | who computes where, what comes out, how long it takes |
//!
//! No network and no real time: stopwatches and files are the caller's. Driving a real server belongs to `charter-verify`.

mod answers;
pub mod autoscale;
mod backend;
pub mod calibration;
mod chance;
mod clock;
pub mod distribution;
mod fleet;
pub mod host;
#[cfg(test)]
mod host_tests;
pub mod levels;
pub mod outcome;
mod pools;
pub mod presets;
mod processor;
mod replica;
pub mod report;
mod requests;
pub mod rest;
pub mod run;
#[cfg(test)]
mod run_tests;
pub mod scenario;
mod schedule;
mod service;
mod tally;
mod tasks;
#[cfg(test)]
mod testing;
pub mod validate;
mod world;

pub use fleet::Scaling;
pub use pools::{average_per_s, peak_per_s};
pub use requests::Requests;
pub use run::{Settings, SimulationError, simulate};
pub use service::{Basis, TimeUsed};
pub use tally::Tally;
pub use world::{CONNECTIONS_MAX, GeneratorTimes};
