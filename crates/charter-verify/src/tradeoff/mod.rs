//! Measures a candidate of a route on a server that runs it: what a request costs, how long it takes, how good the answer is.
//!
//! Which candidates there are and which is worth having belongs to `charter_plan::tradeoff`.

mod counted;
mod measure;
mod store;

pub use measure::{Bench, Measured, RUNS, Served, TradeoffSettings, keeps_answers, quality_of, requests_of};
pub use store::{MeasuredPoints, TradeoffStore};
