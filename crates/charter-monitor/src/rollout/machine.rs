//! The state machine of one rollout.
//!
//! ```text
//!             start            pairs, time         safe, dwell            safe, dwell           watch over
//!  WAITING ─────────► SHADOW ─────────────► CANARY ──── 5, 10, 25, 50 % ───────────► WATCHING ─────────────► DONE
//!                        │                     │                                        │ 100 %
//!                        └─────────────────────┴───────── harm, trip, abort ────────────┴──────────────────► ROLLED BACK
//!  PAUSED, by hand, and HELD, when time is up without a verdict: take no step, still take back.
//! ```
//!
//! Pure: time and events are arguments, and the same ones in the same order lead to the same decisions, also over a save and a restore in between.
//! Never promotes on an inconclusive result. What the tests say belongs to the judge; what happened comes in by `told` and `hear`, an operator's
//! command by `by_hand`; from one phase to the next goes `step`.

mod by_hand;
mod hear;
mod show;
mod step;
mod told;

use super::guard::Guard;
use super::judge::{self, Opinion};
use super::phase::{Phase, Underway};
use super::readiness::{Readiness, UNREADY_MS};
use super::record::{Record, Verdict};
use super::sentence;
use super::state::{RestoreError, State};
use charter_engine::controls::Stage;
use charter_plan::plan::{BadKind, Judge, Rollout, Starts};

const ALL: u16 = 10_000;
const MINUTE_MS: u64 = 60_000;
/// Failures of the candidate in a row that end it at once.
const FAILING_MAX: u32 = 20;
/// With this many failures in a row the stable version is not healthy either, and the candidate's say nothing.
const FAILING_STABLE_MAX: u32 = 5;

/// One rollout, its judge and its evidence.
#[derive(Clone, Debug)]
pub struct Machine {
    settings: Rollout,
    /// INVARIANT: rising, the last is 10,000.
    steps: Vec<u16>,
    state: State,
    guards: Vec<Guard>,
    /// What trip wires see; told anew after a restart.
    readiness: Readiness,
    mismatch: bool,
    failing: [u32; 2],
}

impl Machine {
    /// A rollout that has not begun.
    pub fn new(settings: Rollout) -> Self {
        let steps = steps(&settings);
        let guards = settings.guardrails.iter().map(Guard::new).collect();
        let state = State::new(&settings);
        Self { settings, steps, state, guards, readiness: Readiness::default(), mismatch: false, failing: [0; 2] }
    }

    /// A rollout where [`Machine::save`] left it. Guardrails go on by their names; new ones begin without evidence.
    ///
    /// # Errors
    /// If it was saved in another form, or about other versions: then [`Machine::new`] is right, and it starts anew.
    pub fn restore(settings: Rollout, saved: &serde_json::Value) -> Result<Self, RestoreError> {
        let steps = steps(&settings);
        let mut state = State::restore(&settings, &steps, saved)?;
        let counted = std::mem::take(&mut state.guards);
        let guards = settings.guardrails.iter().map(|guardrail| Guard::restore(guardrail, &counted)).collect();
        Ok(Self { settings, steps, state, guards, readiness: Readiness::default(), mismatch: false, failing: [0; 2] })
    }

    /// Everything that a restart needs; some kilobytes, at most 80.
    pub fn save(&self) -> serde_json::Value {
        let mut state = self.state.clone();
        state.guards = self.guards.iter().map(|guard| guard.counted.clone()).collect();
        // Only maps with odd keys can fail, and there are none.
        serde_json::to_value(&state).unwrap_or_default()
    }

    /// Knows of the candidate's reach what another machine of this process knows.
    pub fn with_readiness_of(mut self, other: &Self) -> Self {
        self.readiness = other.readiness;
        self
    }

    /// Slower than this is slow: as the plan states, or as frozen at the start.
    pub fn slow_us(&self) -> Option<u32> {
        let stated =
            self.settings.guardrails.iter().filter(|guardrail| guardrail.bad == BadKind::Slow).find_map(|guardrail| guardrail.slow_us);
        stated.or(self.state.slow_us)
    }

    /// What calls should be done with.
    pub fn stage(&self) -> Stage {
        match (self.state.phase, self.state.phase.underway()) {
            (Phase::Done, _) | (_, Some(Underway::Watching)) => Stage::Full,
            (_, Some(Underway::Shadow)) => Stage::Shadow,
            (_, Some(Underway::Canary(_))) => Stage::Canary(self.state.weight),
            _ => Stage::Stable,
        }
    }

    /// Looks at what happened and decides; takes at most one step. Cheap enough for every 50 ms: the tests are sums over the weights seen.
    pub fn tick(&mut self, at_ms: u64) -> Vec<Record> {
        if self.settings.starts == Starts::Served && self.state.run == 0 && self.readiness.candidate {
            return vec![self.start(at_ms, "charter")];
        }
        let Some(underway) = self.state.phase.underway() else { return Vec::new() };
        self.close_minutes(at_ms);
        if let Some(reason) = self.tripped(at_ms) {
            return vec![self.roll_back(Verdict::RolledBack, reason, at_ms, "trip")];
        }
        let opinion = judge::opinion(&self.settings, &self.guards, self.state.weight);
        if let Opinion::Harmful(reason) = opinion {
            return vec![self.roll_back(Verdict::RolledBack, reason, at_ms, "judge")];
        }
        if self.state.phase != Phase::Running(underway) {
            return Vec::new();
        }
        if self.may_step(underway, &opinion, at_ms) {
            return vec![self.step_up(underway, at_ms)];
        }
        if underway != Underway::Watching && at_ms >= self.state.ends_ms {
            return vec![self.inconclusive(underway, at_ms)];
        }
        Vec::new()
    }

    /// Calls go to both versions, or to the candidate alone.
    fn splits(&self) -> bool {
        matches!(self.state.phase.underway(), Some(Underway::Canary(_) | Underway::Watching))
    }

    /// The candidate has answered calls in this run.
    fn was_split(&self) -> bool {
        self.state.shares.iter().any(|(_, share)| *share > 0)
    }

    fn close_minutes(&mut self, at_ms: u64) {
        let minute = at_ms / MINUTE_MS;
        if minute == self.state.minute || self.settings.judge == Judge::Anytime {
            return;
        }
        self.state.minute = minute;
        for guard in &mut self.guards {
            guard.close_minute();
        }
    }

    /// The trip wires: what needs no statistics.
    fn tripped(&mut self, at_ms: u64) -> Option<String> {
        let candidate = &self.settings.candidate_label;
        if self.readiness.is_lost(at_ms) {
            return Some(format!("{candidate} has not been ready to answer for {}", sentence::duration(UNREADY_MS)));
        }
        if self.mismatch {
            return Some(format!("answers of {candidate} do not have the route's schema"));
        }
        let failures = self.failing[1].saturating_sub(self.state.failing_before);
        (failures >= FAILING_MAX && self.failing[0] < FAILING_STABLE_MAX)
            .then(|| format!("{candidate} failed {failures} times in a row while {} is healthy", self.settings.stable_label))
    }
}

/// The plan's steps, made safe to rely on.
fn steps(settings: &Rollout) -> Vec<u16> {
    let mut steps: Vec<u16> = settings.steps.iter().copied().filter(|step| (1..ALL).contains(step)).collect();
    steps.sort_unstable();
    steps.dedup();
    steps.push(ALL);
    steps
}
