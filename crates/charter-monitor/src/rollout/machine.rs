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
//! Never promotes on an inconclusive result. What the tests say belongs to the judge; how an operator's command changes the phase to `by_hand`; what a
//! caller's word counts to `hear`.

mod by_hand;
mod hear;
mod show;

use super::guard::Guard;
use super::judge::{self, Opinion};
use super::phase::{Phase, Underway};
use super::readiness::{Readiness, UNREADY_MS};
use super::record::{Record, Verdict};
use super::sentence;
use super::state::{RestoreError, State};
use charter_engine::controls::Stage;
use charter_engine::observation::Bad;
use charter_plan::plan::{BadKind, Judge, OnInconclusive, Rollout, Starts};

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

    /// A call that was bad in some way. Disagreement is not taken from here but from [`Machine::compared`].
    ///
    /// `weight`: the candidate's share when the call was assigned, parts per 10,000. `unit`: hash of the call's key, 0 without one.
    pub fn bad(&mut self, candidate: bool, weight: u16, bad: Bad, unit: u64, at_ms: u64) {
        if !self.splits() {
            return;
        }
        if !self.state.clients.counts(unit, at_ms) {
            self.state.left_out[usize::from(candidate)] += 1;
            for guard in self.guards.iter_mut().filter(|guard| !guard.paired()) {
                guard.leave_out(candidate);
            }
            return;
        }
        for guard in &mut self.guards {
            if bad.has(guard.settings.bad) && !guard.paired() {
                guard.bad(candidate, weight);
            }
        }
    }

    /// Totals of calls, of the stable version and of the candidate, since somebody began to count; a smaller number than before means that they began
    /// anew.
    pub fn counted(&mut self, calls: [u64; 2]) {
        let mut more = [0; 2];
        for (arm, more) in more.iter_mut().enumerate() {
            let before = self.state.totals[arm];
            *more = if calls[arm] < before { calls[arm] } else { calls[arm] - before };
        }
        self.state.totals = calls;
        if !self.splits() {
            return;
        }
        for (calls, more) in self.state.calls.iter_mut().zip(more) {
            *calls = calls.saturating_add(more);
        }
        let slow_known = self.slow_us().is_some();
        for guard in &mut self.guards {
            if !guard.paired() && (guard.settings.bad != BadKind::Slow || slow_known) {
                guard.calls(more);
            }
        }
    }

    /// Says that the totals of [`Machine::counted`] begin at 0 again, as after a restart; without it, the calls until the first smaller total are missed.
    pub fn counts_anew(&mut self) {
        self.state.totals = [0; 2];
    }

    /// Further compared pairs, and how many of them disagree; `canary` ones come from a split, others from the shadow.
    pub fn compared(&mut self, pairs: u64, disagreeing: u64, canary: bool) {
        if self.state.phase.underway().is_none() {
            return;
        }
        if !canary {
            self.state.shadow_pairs = self.state.shadow_pairs.saturating_add(pairs);
        }
        for guard in self.guards.iter_mut().filter(|guard| guard.paired()) {
            guard.pairs(pairs, disagreeing);
        }
    }

    /// Failures in a row, of the stable version and of the candidate.
    pub fn failing(&mut self, failing: [u32; 2]) {
        self.failing = failing;
        // What failed before the start says nothing about this run.
        if failing[1] < self.state.failing_before {
            self.state.failing_before = 0;
        }
    }

    /// Whether the stable version and the candidate can be reached.
    pub fn ready(&mut self, ready: [bool; 2]) {
        self.readiness.told(ready);
    }

    /// Knows of the candidate's reach what another machine of this process knows.
    pub fn with_readiness_of(mut self, other: &Self) -> Self {
        self.readiness = other.readiness;
        self
    }

    /// The candidate's answers do not have the route's schema: takes it back at the next tick.
    pub fn schema_mismatch(&mut self) {
        self.mismatch = true;
    }

    /// Slower than this is slow: as the plan states, or as frozen at the start.
    pub fn slow_us(&self) -> Option<u32> {
        let stated =
            self.settings.guardrails.iter().filter(|guardrail| guardrail.bad == BadKind::Slow).find_map(|guardrail| guardrail.slow_us);
        stated.or(self.state.slow_us)
    }

    /// Sets what is slow, from the stable version's p99. Frozen while a rollout is under way: then only the first value is taken.
    pub fn set_slow_us(&mut self, slow_us: u32) {
        if self.state.slow_us.is_none() || self.state.phase.underway().is_none() {
            self.state.slow_us = Some(slow_us);
        }
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

    fn may_step(&self, underway: Underway, opinion: &Opinion, at_ms: u64) -> bool {
        let safe = *opinion == Opinion::Safe;
        match underway {
            // 100 % are not reached without a verdict, not even where it is the only step; nor is more than before, where a change of the plan left no
            // step at or below the share it had.
            Underway::Shadow => self.shadow_over(at_ms) && (self.steps[0] < ALL && !self.was_split() || safe),
            Underway::Canary(_) => safe && self.dwelt(at_ms) && self.requests_enough(),
            Underway::Watching => at_ms.saturating_sub(self.state.step_ms) >= self.settings.watch_ms,
        }
    }

    fn shadow_over(&self, at_ms: u64) -> bool {
        at_ms.saturating_sub(self.state.step_ms) >= self.settings.shadow_ms
            && self.state.shadow_pairs >= u64::from(self.settings.shadow_pairs_min)
    }

    fn dwelt(&self, at_ms: u64) -> bool {
        at_ms.saturating_sub(self.state.step_ms) >= self.settings.dwell_ms
    }

    fn requests_enough(&self) -> bool {
        self.step_requests() >= u64::from(self.settings.requests_min)
    }

    /// The candidate's calls on this step.
    fn step_requests(&self) -> u64 {
        self.state.calls[1].saturating_sub(self.state.step_calls)
    }

    /// The step after this one; `None` after watching.
    fn next(&self, underway: Underway) -> Option<Underway> {
        let position = match underway {
            Underway::Shadow => 0,
            Underway::Canary(step) => step + 1,
            Underway::Watching => return None,
        };
        match self.steps.get(usize::from(position)) {
            Some(weight) if *weight < ALL => Some(Underway::Canary(position)),
            _ => Some(Underway::Watching),
        }
    }

    /// Goes to a part of the rollout: the clock and the calls of the step begin anew, the evidence stays.
    fn enter(&mut self, underway: Underway, at_ms: u64) {
        self.state.phase = Phase::Running(underway);
        self.state.weight = match underway {
            Underway::Shadow => 0,
            Underway::Canary(step) => self.steps.get(usize::from(step)).copied().unwrap_or(0),
            Underway::Watching => ALL,
        };
        self.state.step_ms = at_ms;
        self.state.shares.push((at_ms, self.state.weight));
        self.state.step_calls = self.state.calls[1];
        for guard in &mut self.guards {
            guard.counted.points.step();
            if underway == Underway::Watching {
                guard.begin_watch();
            }
        }
    }

    fn step_up(&mut self, underway: Underway, at_ms: u64) -> Record {
        let candidate = self.settings.candidate_label.clone();
        let Some(next) = self.next(underway) else {
            let watched = sentence::duration(self.settings.watch_ms);
            let before = self.before();
            self.state.phase = Phase::Done;
            return self.record(
                before,
                Verdict::Done,
                format!("done: {candidate} has answered all for {watched} without harm"),
                at_ms,
                "judge",
            );
        };
        // INVARIANT: the evidence is told as it was before the step, which ends the relative tests at 100 %.
        let (before, why) = (self.before(), self.why_safe(underway));
        self.enter(next, at_ms);
        let share = sentence::weight(self.state.weight);
        self.record(before, Verdict::Advanced, format!("stepped up: {candidate} answers {share}; {why}"), at_ms, "judge")
    }

    fn why_safe(&self, underway: Underway) -> String {
        if underway == Underway::Shadow {
            return format!("the shadow is over after {} pairs", self.state.shadow_pairs);
        }
        match self.settings.judge {
            Judge::Anytime => {
                let thresholds = judge::thresholds(&self.settings);
                let each: Vec<String> =
                    self.guards.iter().map(|guard| sentence::safe(guard, &guard.anytime(thresholds, self.state.weight))).collect();
                each.join("; ")
            }
            Judge::Kayenta => "Kayenta's score passes".to_owned(),
            Judge::Fixed => "the last minute was good".to_owned(),
        }
    }

    fn roll_back(&mut self, verdict: Verdict, reason: String, at_ms: u64, by: &str) -> Record {
        let before = self.before();
        self.state.phase = Phase::RolledBack;
        self.state.weight = 0;
        self.record(before, verdict, format!("rolled back: {reason}"), at_ms, by)
    }

    /// Time is up. Never a step up.
    fn inconclusive(&mut self, underway: Underway, at_ms: u64) -> Record {
        let time = sentence::duration(self.settings.max_duration_ms);
        match self.settings.on_inconclusive {
            OnInconclusive::Rollback => self.roll_back(Verdict::RolledBack, format!("inconclusive after {time}"), at_ms, "judge"),
            OnInconclusive::Extend if !self.state.extended => {
                let before = self.before();
                self.state.extended = true;
                self.state.ends_ms = at_ms.saturating_add(self.settings.max_duration_ms);
                self.record(
                    before,
                    Verdict::Extended,
                    format!("extended: inconclusive after {time}, gets as long once more"),
                    at_ms,
                    "judge",
                )
            }
            OnInconclusive::Hold | OnInconclusive::Extend => {
                let before = self.before();
                self.state.phase = Phase::Held(underway);
                let share = sentence::weight(self.state.weight);
                let sentence = format!("held: inconclusive after {time}, {} stays at {share}", self.settings.candidate_label);
                self.record(before, Verdict::Held, sentence, at_ms, "judge")
            }
        }
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
