//! A rollout's status as the admin plane tells it. Only what is shown is read, so that a newer server may tell more.

use crate::exit::Problem;
use charter_monitor::rollout::{GuardrailStatus, Record};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(super) struct Status {
    pub(super) rollout: String,
    pub(super) run: u32,
    pub(super) phase: String,
    /// Parts per 10,000.
    pub(super) weight: u16,
    pub(super) steps: Vec<u16>,
    pub(super) stable: String,
    pub(super) candidate: String,
    pub(super) reason: String,
    pub(super) since_ms: u64,
    pub(super) by: String,
    pub(super) ends_ms: Option<u64>,
    pub(super) slow_us: Option<u32>,
    pub(super) shadow_pairs: u64,
    pub(super) left_out: [u64; 2],
    pub(super) guardrails: Vec<GuardrailStatus>,
    pub(super) next: Vec<Condition>,
    pub(super) allowed: Vec<String>,
    pub(super) false_rollback_max: Option<f64>,
    pub(super) false_promotion_max: Option<f64>,
    #[serde(default)]
    pub(super) restored: bool,
    #[serde(default)]
    pub(super) decisions: Vec<Record>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Condition {
    pub(super) what: String,
    pub(super) met: bool,
}

pub(super) fn status(value: &Value) -> Result<Status, Problem> {
    Status::deserialize(value).map_err(|problem| other_version(&problem))
}

pub(super) fn statuses(value: &Value) -> Result<Vec<Status>, Problem> {
    Vec::deserialize(value).map_err(|problem| other_version(&problem))
}

fn other_version(problem: &serde_json::Error) -> Problem {
    Problem::Environment(format!("the server tells rollouts in another form ({problem}); `--format json` shows it as it is"))
}
