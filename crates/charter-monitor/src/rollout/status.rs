//! What a rollout shows of itself. Reading only: nothing here decides.

use super::phase::{Command, Underway};
use super::record::GuardrailStatus;
use charter_plan::plan::Judge;
use serde::Serialize;

/// A rollout as it is now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    pub rollout: String,
    /// 0 before the first start.
    pub run: u32,
    /// `waiting`, `shadow`, `canary`, `watching`, `paused`, `held`, `done` or `rolled-back`.
    pub phase: &'static str,
    /// What is paused or held, or simply runs.
    pub underway: Option<Underway>,
    /// The candidate's share now, parts per 10,000, and the plan's steps.
    pub weight: u16,
    pub steps: Vec<u16>,
    pub stable: String,
    pub candidate: String,
    pub judge: Judge,
    /// Why it is in this phase, in a sentence; and since when, by whom.
    pub reason: String,
    pub since_ms: u64,
    pub by: String,
    pub started_ms: u64,
    /// When it will be inconclusive, unless paused before; `None` when that no longer matters.
    pub ends_ms: Option<u64>,
    /// Slower than this is slow; `None` while nothing is known.
    pub slow_us: Option<u32>,
    /// Pairs compared in the shadow.
    pub shadow_pairs: u64,
    /// Calls left out, of the stable version and of the candidate, because their user had too many bad ones in one minute.
    pub left_out: [u64; 2],
    pub guardrails: Vec<GuardrailStatus>,
    /// What has to be met before the next step.
    pub next: Vec<Condition>,
    pub allowed: &'static [Command],
    /// Bounds that hold however often one looks: chance of taking back a good version, and of letting through one that is both `r_bad` times as bad
    /// and above `p_bad`. `None` for judges that have none.
    pub false_rollback_max: Option<f64>,
    pub false_promotion_max: Option<f64>,
}

/// One condition of the next step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Condition {
    pub what: String,
    pub met: bool,
}
