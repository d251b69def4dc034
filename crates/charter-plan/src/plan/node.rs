//! The graph of nodes that answers a route.
//!
//! What guards a model, and how a rollout or an experiment decides, does not belong here.

use super::{CacheId, ComparisonId, ExperimentId, ModelId, RolloutId};
use crate::tensor::TensorSpec;
use serde::Serialize;

/// A step of the answer graph. Values live in slots: the route's inputs first, then what earlier steps of a sequence appended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node {
    Model(Use),
    /// Exactly one arm answers. Weights are parts per 10,000 and add up to 10,000.
    Split(Split),
    /// Rungs from best to safest; the first that answers wins.
    Ladder {
        rungs: Vec<Rung>,
    },
    /// Steps in order; each appends its outputs to the slots, the last one's outputs are the answer. Steps before and after a model are rules.
    Sequence {
        steps: Vec<Step>,
    },
    /// The stable version answers; the candidate gets copies or the share of calls that its rollout has come to.
    Rollout {
        rollout: RolloutId,
        stable: Use,
        candidate: Use,
    },
    /// Each unit is assigned to one arm, for good; arms stand in the order of the experiment's.
    Experiment {
        experiment: ExperimentId,
        arms: Vec<Node>,
    },
    /// The primary answers; afterwards, copies of a share of its calls are answered by the mirror and compared.
    Shadow {
        comparison: ComparisonId,
        primary: Box<Node>,
        mirror: Box<Node>,
    },
    /// Steps from cheap to good; the first that is sure enough of its answer wins.
    Cascade {
        steps: Vec<CascadeStep>,
    },
    /// All members answer at once, and their answers become one.
    Ensemble(Ensemble),
    /// Answers that were given before to the same inputs, else what the node below answers.
    Cache {
        cache: CacheId,
        node: Box<Node>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Split {
    pub arms: Vec<WeightedNode>,
    /// The input whose first row is hashed where a call brings no key of its own; `None`: a call without a key takes its chance.
    pub key: Option<String>,
    /// Hashed before the key, so that two splits assign independently; as it is, without a separator.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub salt: String,
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

/// One step of a cascade.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CascadeStep {
    pub name: String,
    pub node: Node,
    /// How sure the step is of its answer, from 0 to 1; `None` only for the last step, whose answer stands.
    pub confidence: Option<Confidence>,
    /// What one row costs here, in the charter's currency.
    pub cost_per_row: f64,
}

/// The confidence of an answer: a CEL expression over the route's inputs and answers, for each row. The least sure row decides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confidence {
    pub expression: String,
    /// An answer at least this sure stands.
    pub min: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ensemble {
    pub members: Vec<Member>,
    pub combine: Combine,
    /// Members that must have answered when the time is up; at least 1.
    pub quorum: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Member {
    pub name: String,
    pub node: Node,
    /// Weight in the mean or the vote; 1 unless stated. Members that did not answer count for nothing.
    pub weight: f64,
}

/// How the members' answers become one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Combine {
    /// Weighted mean of every value; numbers only.
    Mean,
    /// The value with most weight, row by row; the earlier member's at a tie.
    Vote,
    /// One CEL expression an answer, row by row. Its variables are `{member}_{answer}`; all members must answer.
    Rule { expressions: Vec<String> },
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

impl Node {
    /// Nodes directly below, in order.
    pub fn children(&self) -> Vec<&Node> {
        match self {
            Self::Model(_) | Self::Rollout { .. } => Vec::new(),
            Self::Split(split) => split.arms.iter().map(|arm| &arm.node).collect(),
            Self::Ladder { rungs } => rungs.iter().map(|rung| &rung.node).collect(),
            Self::Sequence { steps } => steps.iter().map(|step| &step.node).collect(),
            Self::Experiment { arms, .. } => arms.iter().collect(),
            Self::Shadow { primary, mirror, .. } => vec![primary, mirror],
            Self::Cascade { steps } => steps.iter().map(|step| &step.node).collect(),
            Self::Ensemble(ensemble) => ensemble.members.iter().map(|member| &member.node).collect(),
            Self::Cache { node, .. } => vec![node],
        }
    }

    /// The rungs that callers hear of: this node's own ladder, or the one that answers behind a cache, a shadow or earlier steps.
    pub fn own_ladder(&self) -> Option<&[Rung]> {
        match self {
            Self::Ladder { rungs } => Some(rungs),
            Self::Sequence { steps } => steps.last().and_then(|step| step.node.own_ladder()),
            Self::Cache { node, .. } => node.own_ladder(),
            Self::Shadow { primary, .. } => primary.own_ladder(),
            Self::Model(_) | Self::Split(_) | Self::Rollout { .. } | Self::Experiment { .. } | Self::Cascade { .. } | Self::Ensemble(_) => {
                None
            }
        }
    }

    /// Calls of models by this node itself, nodes below not counted.
    pub fn own_uses(&self) -> Vec<&Use> {
        match self {
            Self::Model(call) => vec![call],
            Self::Rollout { stable, candidate, .. } => vec![stable, candidate],
            _ => Vec::new(),
        }
    }

    /// Calls of models by this node and all below it, in order.
    pub fn uses(&self) -> Vec<&Use> {
        let mut uses = self.own_uses();
        for child in self.children() {
            uses.extend(child.uses());
        }
        uses
    }
}
