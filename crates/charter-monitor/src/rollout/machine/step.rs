//! From one phase to the next: up, back, or no verdict in time. Which of them, a tick says.

use super::super::judge::{self, Opinion};
use super::super::phase::{Phase, Underway};
use super::super::record::{Record, Verdict};
use super::super::sentence;
use super::{ALL, Machine};
use charter_plan::plan::{Judge, OnInconclusive};

impl Machine {
    pub(super) fn may_step(&self, underway: Underway, opinion: &Opinion, at_ms: u64) -> bool {
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

    pub(super) fn requests_enough(&self) -> bool {
        self.step_requests() >= u64::from(self.settings.requests_min)
    }

    /// The candidate's calls on this step.
    pub(super) fn step_requests(&self) -> u64 {
        self.state.calls[1].saturating_sub(self.state.step_calls)
    }

    /// The step after this one; `None` after watching.
    pub(super) fn next(&self, underway: Underway) -> Option<Underway> {
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
    pub(super) fn enter(&mut self, underway: Underway, at_ms: u64) {
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

    pub(super) fn step_up(&mut self, underway: Underway, at_ms: u64) -> Record {
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

    pub(super) fn roll_back(&mut self, verdict: Verdict, reason: String, at_ms: u64, by: &str) -> Record {
        let before = self.before();
        self.state.phase = Phase::RolledBack;
        self.state.weight = 0;
        self.record(before, verdict, format!("rolled back: {reason}"), at_ms, by)
    }

    /// Time is up. Never a step up.
    pub(super) fn inconclusive(&mut self, underway: Underway, at_ms: u64) -> Record {
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
