//! The compiled plan: valid by construction.
//!
//! INVARIANT: every id indexes its table, no name is left to resolve, no cycle, every limit stated. Only `compile` makes one outside tests.
//! How a plan is run does not belong here, nor anything that only lint or documents need.

mod cache;
mod capacity;
mod chaos;
mod comparison;
mod experiment;
mod flag;
mod guard;
mod model;
mod node;
mod requirement;
mod rollout;
mod route;
mod table;

pub use cache::{Cache, CacheId, Scope};
pub use capacity::{Capacity, Traffic};
pub use chaos::{Chaos, ChaosExperiment, Delay, Expect, Fault, FaultKind, Objective, Point};
pub use comparison::{Agreement, Comparison, ComparisonId};
pub use experiment::{Arm, Better, Experiment, ExperimentId, Metric, MetricKind, MetricSource};
pub use flag::{Flag, FlagId, FlagRule, Serve, Turn};
pub use guard::{Batch, Breaker, Hedge, Limiter, Protect, Queue, Retry};
pub use model::{Constant, Model, ModelId, Source};
pub use node::{Binding, CascadeStep, Combine, Confidence, Ensemble, Member, Node, Rung, Split, Step, Use, WeightedNode};
pub use requirement::{Arrival, Evaluation, Load, Measured, Operator, Proof, Requirement, Share};
pub use rollout::{BadKind, Guardrail, Judge, OnInconclusive, Rollout, RolloutId, Starts};
pub use route::{Access, Decision, FailMode, Route, RouteId};

use serde::Serialize;

/// Everything that the engine runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Plan {
    pub system: String,
    /// `sha256:` and 64 hexadecimal digits over the canonical JSON of the rest of the plan, artifacts' digests included. Two plans with one fingerprint behave alike.
    pub fingerprint: String,
    pub models: Vec<Model>,
    pub routes: Vec<Route>,
    pub requirements: Vec<Requirement>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub caches: Vec<Cache>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comparisons: Vec<Comparison>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rollouts: Vec<Rollout>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub experiments: Vec<Experiment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Flag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chaos: Option<Chaos>,
    pub traffic: Traffic,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capacities: Vec<Capacity>,
    pub limits: Limits,
}

/// Limits of the edge, all stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    pub body_bytes_max: u64,
    pub header_bytes_max: u32,
    pub connections_max: u32,
    pub first_byte_ms_max: u32,
    pub header_ms_max: u32,
    pub idle_ms_max: u32,
    pub drain_ms_max: u32,
}

impl Default for Limits {
    /// The values that measurements of slow and oversized clients gave: 5 s to the first byte, 10 s for a header, 60 s idle.
    fn default() -> Self {
        Self {
            body_bytes_max: 16 << 20,
            header_bytes_max: 32 << 10,
            connections_max: 10_000,
            first_byte_ms_max: 5_000,
            header_ms_max: 10_000,
            idle_ms_max: 60_000,
            drain_ms_max: 10_000,
        }
    }
}

impl Plan {
    pub fn model(&self, id: ModelId) -> &Model {
        &self.models[usize::from(id.0)]
    }

    pub fn route(&self, id: RouteId) -> &Route {
        &self.routes[usize::from(id.0)]
    }

    /// The route that clients call `name`.
    pub fn route_named(&self, name: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.name == name)
    }
}
