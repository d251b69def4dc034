//! How much the charter says can be done, and how much is to be done: what a simulation needs beside the routes.

use super::{ModelId, RouteId, Share};
use serde::Serialize;

/// Stated load of the whole system.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Traffic {
    pub peak_per_s: Option<f64>,
    pub average_per_s: Option<f64>,
    /// Shares of the calls; empty: all routes alike.
    pub mix: Vec<Share>,
}

/// Replicas of what serves one route, or one model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Capacity {
    /// As the charter names it.
    pub name: String,
    pub route: Option<RouteId>,
    pub models: Vec<ModelId>,
    /// Calls a second that one replica serves.
    pub per_replica_per_s: f64,
    pub replicas: u32,
    pub replicas_min: u32,
    pub replicas_max: Option<u32>,
    pub zones: u32,
    /// From the decision to start a replica to its first answer.
    pub load_ms: u64,
    /// In the charter's currency.
    pub cost_per_replica_hour: Option<f64>,
    pub safety: f64,
}
