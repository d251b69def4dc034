//! What a rollout keeps over a restart, and how it comes back under a plan that may have changed. Decisions do not belong here.

use super::clients::Clients;
use super::feedback::Ids;
use super::guard::Counted;
use super::phase::{Phase, Underway};
use charter_plan::plan::Rollout;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Changes with the saved form.
const FORMAT: u32 = 1;

/// Bounded by the number of guardrails and steps, not by events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    format: u32,
    rollout: String,
    stable: String,
    candidate: String,
    pub(super) run: u32,
    pub(super) phase: Phase,
    /// When, by whom and why this phase began.
    pub(super) since_ms: u64,
    pub(super) by: String,
    pub(super) reason: String,
    pub(super) started_ms: u64,
    /// When it is inconclusive; pauses push it on.
    pub(super) ends_ms: u64,
    pub(super) extended: bool,
    /// When the step began, and the candidate's calls in this run then.
    pub(super) step_ms: u64,
    pub(super) step_calls: u64,
    /// The candidate's share, parts per 10,000; after a change of the plan's steps it tells the position.
    pub(super) weight: u16,
    /// Calls of the run, of the stable version and of the candidate.
    pub(super) calls: [u64; 2],
    /// Totals that were told last.
    pub(super) totals: [u64; 2],
    pub(super) left_out: [u64; 2],
    pub(super) slow_us: Option<u32>,
    pub(super) shadow_pairs: u64,
    pub(super) clients: Clients,
    /// Since when the candidate has had which share of the calls in this run; as many as there are steps, and told apart from the shadow's 0.
    #[serde(default)]
    pub(super) shares: Vec<(u64, u16)>,
    /// Feedback that was heard, also of runs before.
    #[serde(default)]
    pub(super) heard: Ids,
    /// The minute of the intervals that is being filled.
    pub(super) minute: u64,
    /// The candidate's failures in a row that are left from before the start.
    pub(super) failing_before: u32,
    pub(super) guards: Vec<Counted>,
}

/// Why a saved rollout cannot go on. It has to start anew; nothing else is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreError {
    /// Not what this version of Charter writes.
    Unreadable(String),
    /// Saved about other versions, or another rollout.
    Another { saved: String, wanted: String },
}

impl fmt::Display for RestoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => write!(formatter, "the saved state of the rollout cannot be read: {reason}"),
            Self::Another { saved, wanted } => write!(formatter, "the saved state is about {saved}, but the plan has {wanted}"),
        }
    }
}

impl std::error::Error for RestoreError {}

impl State {
    pub(super) fn new(plan: &Rollout) -> Self {
        Self {
            format: FORMAT,
            rollout: plan.name.clone(),
            stable: plan.stable_label.clone(),
            candidate: plan.candidate_label.clone(),
            run: 0,
            phase: Phase::Waiting,
            since_ms: 0,
            by: "charter".to_owned(),
            reason: "not started yet".to_owned(),
            started_ms: 0,
            ends_ms: 0,
            extended: false,
            step_ms: 0,
            step_calls: 0,
            weight: 0,
            calls: [0; 2],
            totals: [0; 2],
            left_out: [0; 2],
            slow_us: None,
            shadow_pairs: 0,
            clients: Clients::default(),
            shares: Vec::new(),
            heard: Ids::default(),
            minute: 0,
            failing_before: 0,
            guards: Vec::new(),
        }
    }

    /// Reads what was saved about the same rollout and versions. If the plan's steps changed, it goes on at the highest one that is not above the share
    /// it had; if there is none, in the shadow, from where it takes the first only when that is safe.
    pub(super) fn restore(plan: &Rollout, steps: &[u16], saved: &serde_json::Value) -> Result<Self, RestoreError> {
        let mut state = Self::deserialize(saved).map_err(|error| RestoreError::Unreadable(error.to_string()))?;
        if state.format != FORMAT {
            return Err(RestoreError::Unreadable(format!("format {} is not {FORMAT}", state.format)));
        }
        let about = |rollout: &str, stable: &str, candidate: &str| format!("`{rollout}` from {stable} to {candidate}");
        let saved = about(&state.rollout, &state.stable, &state.candidate);
        let wanted = about(&plan.name, &plan.stable_label, &plan.candidate_label);
        if saved != wanted {
            return Err(RestoreError::Another { saved, wanted });
        }
        if let Some(Underway::Canary(_)) = state.phase.underway() {
            let position = steps.iter().rposition(|step| *step <= state.weight);
            let canary = position.and_then(|position| u16::try_from(position).ok());
            let underway = canary.map_or(Underway::Shadow, Underway::Canary);
            state.phase = match state.phase {
                Phase::Paused(_) => Phase::Paused(underway),
                Phase::Held(_) => Phase::Held(underway),
                _ => Phase::Running(underway),
            };
            state.weight = position.and_then(|position| steps.get(position)).copied().unwrap_or(0);
        }
        Ok(state)
    }
}
