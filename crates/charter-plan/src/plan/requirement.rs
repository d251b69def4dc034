//! A requirement that a machine can check, and how.
//!
//! What a run found is `Evidence`; how it is measured belongs to `charter-verify`.

use super::RouteId;
use serde::{Deserialize, Serialize};

/// A promise with its proof kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Requirement {
    /// The id of the quality scenario or constraint.
    pub id: String,
    /// The measure as a sentence.
    pub text: String,
    /// The measure as written.
    pub measure: String,
    pub proof: Proof,
    /// Fingerprint of the parts of the plan that this requirement speaks of; evidence under another one is stale.
    pub fingerprint: String,
}

/// How a requirement is proved.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Proof {
    /// Decided by arithmetic when the plan was made.
    Static {
        holds: bool,
        figure: f64,
        unit: String,
        derivation: Vec<String>,
    },
    Evaluation(Evaluation),
    Load(Load),
    Contract,
    Chaos,
    Runtime,
    Review,
    /// Nothing can prove it as written; the reason is for people.
    None {
        reason: String,
    },
}

impl Proof {
    /// `static`, `evaluation`, `load` …
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Static { .. } => "static",
            Self::Evaluation(_) => "evaluation",
            Self::Load(_) => "load",
            Self::Contract => "contract",
            Self::Chaos => "chaos",
            Self::Runtime => "runtime",
            Self::Review => "review",
            Self::None { .. } => "none",
        }
    }
}

/// A figure over held-out rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    pub route: RouteId,
    /// CSV with the route's inputs by name and the columns below.
    pub samples: String,
    /// The metric as the measure names it: `recall`, `auc`, `mae`, `ndcg@10`, `hit@10`, `mrr` …
    pub metric: String,
    /// `recall at fpr <= 5%`: metric, operator and limit of the condition.
    pub at: Option<(String, Operator, f64)>,
    /// `uplift(metric vs baseline)`: the baseline's column or rung.
    pub versus: Option<String>,
    /// The output that is judged, and the column that holds the truth.
    pub output: String,
    pub label: String,
    /// The class counted as positive, for binary labels.
    pub positive: Option<String>,
    /// Columns whose groups must each pass.
    pub by: Vec<String>,
    pub operator: Operator,
    /// In the metric's own unit; ratios between 0 and 1.
    pub limit: f64,
    pub unit: String,
}

/// A figure under load.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Load {
    pub arrival: Arrival,
    /// Shares of the requests; they add up to 1, but for the 0.001 that rounding may leave.
    pub mix: Vec<Share>,
    pub measured: Measured,
    pub operator: Operator,
    /// Milliseconds for latency, a ratio between 0 and 1 for ratios, requests a second for throughput.
    pub limit: f64,
    /// Time that the network stages take out of the total; a proof at our own edge is held against `limit` less this.
    pub network_ms: f64,
    /// Seconds over which the promise must hold (`over 28d`), where it names a window; a run under load is only a part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_s: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    pub route: RouteId,
    pub share: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Arrival {
    /// Open loop: requests arrive whatever the answers do.
    Rate { per_s: f64 },
    /// Closed loop: users who think between answer and next request.
    Users { users: u32, think_ms: f64 },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Measured {
    /// `p99(latency)` is `0.99`.
    LatencyQuantile {
        quantile: f64,
    },
    LatencyMean,
    LatencyMax,
    /// Answers without error ÷ requests.
    RatioAnswered,
    /// Answers from the named rung ÷ answers.
    RatioRung {
        rung: String,
    },
    /// Answered requests a second.
    Throughput,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "<=")]
    LessOrEqual,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = ">=")]
    GreaterOrEqual,
    #[serde(rename = "==")]
    Equal,
    #[serde(rename = "!=")]
    NotEqual,
}

impl Operator {
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }

    pub fn holds(self, figure: f64, limit: f64) -> bool {
        match self {
            Self::Less => figure < limit,
            Self::LessOrEqual => figure <= limit,
            Self::Greater => figure > limit,
            Self::GreaterOrEqual => figure >= limit,
            Self::Equal => figure == limit,
            Self::NotEqual => figure != limit,
        }
    }
}
