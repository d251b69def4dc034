//! A route: what a client calls, and the graph of nodes that answers it.
//!
//! Clients know routes, never models. Guards and backends do not belong here.

use super::ModelId;
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

/// A step of the answer graph. Values live in slots: the route's inputs first, then what earlier steps of a sequence appended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node {
    Model(Use),
    /// Exactly one arm answers. Weights are parts per 10,000 and add up to 10,000.
    Split {
        arms: Vec<WeightedNode>,
        key: Option<String>,
    },
    /// Rungs from best to safest; the first that answers wins.
    Ladder {
        rungs: Vec<Rung>,
    },
    /// Steps in order; each appends its outputs to the slots, the last one's outputs are the answer.
    Sequence {
        steps: Vec<Step>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightedNode {
    pub weight: u16,
    pub node: Node,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    pub node: Node,
    pub outputs: Vec<TensorSpec>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rung {
    /// `full`, `degraded`, `fallback`, as the charter names it.
    pub name: String,
    pub node: Node,
    /// Own share of the call's time.
    pub within_ms: u32,
    /// Time kept for the rungs below: the sum of their shares.
    pub reserve_ms: u32,
}

/// A call of one model: how slots become its inputs and its outputs become the answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Use {
    pub model: ModelId,
    /// One binding for each of the model's inputs, in the model's order.
    pub inputs: Vec<Binding>,
    /// For each expected answer, the index of the model's output that gives it.
    pub outputs: Vec<u16>,
}

/// Where a model's input comes from. Conversions are those of `Datatype::widens_to`, checked when the plan is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// A slot as it is, or reshaped between `[rows]` and `[rows, 1]`.
    Slot(u16),
    /// Slots of one value a row, packed in this order into one tensor `[rows, columns]`.
    Columns(Vec<u16>),
}
