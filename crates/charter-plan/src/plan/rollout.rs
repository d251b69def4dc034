//! How a new version of a model comes in, and who judges it: settings only. The state machine lives in `charter-monitor`.

use super::{ComparisonId, ModelId, RouteId};
use serde::{Deserialize, Serialize};

/// Index into [`Plan::rollouts`](super::Plan::rollouts).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RolloutId(pub u16);

/// A rollout on one rung of one route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    pub id: RolloutId,
    /// As the charter names it.
    pub name: String,
    pub route: RouteId,
    pub stable: ModelId,
    pub candidate: ModelId,
    /// `fraud@v2` and `fraud@v3`.
    pub stable_label: String,
    pub candidate_label: String,
    pub starts: Starts,
    /// Shortest time in the shadow before the first step; 0 goes to the first step at once.
    pub shadow_ms: u64,
    /// Compared pairs that the shadow needs before the first step, whatever the time.
    pub shadow_pairs_min: u32,
    /// Candidate's share of the calls, parts per 10,000, rising to 10,000.
    pub steps: Vec<u16>,
    /// Shortest time, and fewest calls of the candidate, on each step.
    pub dwell_ms: u64,
    pub requests_min: u32,
    pub max_duration_ms: u64,
    pub on_inconclusive: OnInconclusive,
    /// How long after the last step it may still be taken back.
    pub watch_ms: u64,
    pub judge: Judge,
    /// Chance of taking back a good version, over all guardrails and the whole rollout.
    pub alpha: f64,
    /// Chance of letting through a version that is both `r_bad` times as bad and above `p_bad`.
    pub beta: f64,
    pub guardrails: Vec<Guardrail>,
    /// How answers of the two versions are compared, in the shadow and for disagreement.
    pub comparison: ComparisonId,
}

/// When a rollout begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Starts {
    /// By `charter rollout start` or the admin plane.
    Command,
    /// As soon as a plan with it is served.
    Served,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnInconclusive {
    Hold,
    Rollback,
    /// Once more as long.
    Extend,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judge {
    /// E-processes: the error bounds hold however often one looks.
    Anytime,
    /// Mann-Whitney per interval, as Kayenta does; for migration.
    Kayenta,
    /// Fixed thresholds per interval; for migration.
    Fixed,
}

/// One kind of bad event that must not become more frequent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guardrail {
    /// For people: `errors`, `slow`, or the measure as written.
    pub name: String,
    pub bad: BadKind,
    /// Ratio of bad shares, candidate to stable, that is still no harm.
    pub r_harm: f64,
    /// Ratio that is surely harm.
    pub r_bad: f64,
    /// Share of bad events that is fine in itself, bad in itself, and the end at once.
    pub p_ok: f64,
    pub p_bad: f64,
    pub p_ceiling: f64,
    /// For [`BadKind::Slow`]: slower than this many microseconds is slow; `None`: the stable version's own p99, frozen when the rollout starts.
    pub slow_us: Option<u32>,
}

/// What can be bad about one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BadKind {
    /// 5xx, timeout, invalid or NaN output, breach of the output contract.
    Error,
    Slow,
    /// The call was answered by a rung below.
    Fallback,
    /// The two versions do not agree. Has no stable side: only the absolute tests see it.
    Disagreement,
    /// A caller said so.
    Feedback,
}

impl BadKind {
    pub const ALL: [Self; 5] = [Self::Error, Self::Slow, Self::Fallback, Self::Disagreement, Self::Feedback];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Slow => "slow",
            Self::Fallback => "fallback",
            Self::Disagreement => "disagreement",
            Self::Feedback => "feedback",
        }
    }
}
