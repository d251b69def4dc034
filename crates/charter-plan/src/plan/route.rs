//! A route: what a client calls.
//!
//! Clients know routes, never models. The graph of nodes that answers it is in `node`; guards and backends do not belong here.

use super::{Node, Use};
use crate::tensor::TensorSpec;
use serde::{Deserialize, Serialize};

/// Index into [`Plan::routes`](super::Plan::routes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RouteId(pub u16);

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Route {
    pub id: RouteId,
    /// The model name on the data plane: `/v2/models/{name}`.
    pub name: String,
    /// What a request must hold, in the order in which the engine gets it.
    pub inputs: Vec<TensorSpec>,
    /// What every rung answers, before [`Route::decisions`].
    pub answers: Vec<TensorSpec>,
    /// Outputs that are computed from the answers, row by row, after the ladder.
    pub decisions: Vec<Decision>,
    /// Time for the whole call at our edge.
    pub timeout_ms: u32,
    pub rows_max: u32,
    pub node: Node,
    pub access: Access,
    /// Whether `/versions/{v}` may pin the first rung to a version.
    pub pinning: bool,
    /// Versions that may be pinned, with how to call them.
    pub pins: Vec<(String, Use)>,
    /// Held-out rows (CSV, relative to the charter's folder) that load tests and the demo replay.
    pub samples: Option<String>,
    /// What the answer is when every rung has failed.
    pub fail: FailMode,
}

impl Route {
    /// The signature that clients see: the answers, then the decisions.
    pub fn outputs(&self) -> impl Iterator<Item = &TensorSpec> {
        self.answers.iter().chain(self.decisions.iter().map(|decision| &decision.output))
    }
}

/// Who may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Anyone who reaches the listener; allowed on loopback, or elsewhere with a waiver.
    Open,
    Identities(Vec<String>),
}

/// What a caller gets when no rung answered: an error that means "do not go on" or one that means "go on without us".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailMode {
    Open,
    Closed,
}

/// One output computed by a CEL expression over the route's inputs and answers, for each row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    pub output: TensorSpec,
    pub expression: String,
}
