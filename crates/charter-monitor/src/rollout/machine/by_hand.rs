//! What operators command, and how a run begins. Which command fits which phase is said by [`Phase::allowed`].

use super::super::guard::Guard;
use super::super::phase::{Command, CommandRefused, Phase, Underway};
use super::super::record::{Record, Verdict};
use super::super::sentence;
use super::{MINUTE_MS, Machine};

impl Machine {
    /// Does what an operator says, and tells what was recorded.
    ///
    /// # Errors
    /// If the phase does not allow it; nothing has changed then. `by` is kept in the record.
    pub fn command(&mut self, command: Command, at_ms: u64, by: &str) -> Result<Vec<Record>, CommandRefused> {
        let phase = self.state.phase;
        let refused = CommandRefused::Phase { command, phase };
        if !phase.allowed().contains(&command) {
            return Err(refused);
        }
        if command == Command::Start {
            if !self.readiness.candidate {
                return Err(CommandRefused::CandidateNotReady);
            }
            return Ok(vec![self.start(at_ms, by)]);
        }
        let Some(underway) = phase.underway() else { return Err(refused) };
        let record = match command {
            Command::Start => return Err(refused),
            Command::Pause => self.pause(underway, at_ms, by),
            Command::Resume => self.resume(underway, at_ms, by),
            Command::Promote => self.promote(underway, at_ms, by),
            Command::Abort => self.roll_back(Verdict::Aborted, format!("aborted by {by}"), at_ms, by),
        };
        Ok(vec![record])
    }

    /// A new run, without evidence of the ones before.
    pub(super) fn start(&mut self, at_ms: u64, by: &str) -> Record {
        let before = self.before();
        self.guards = self.settings.guardrails.iter().map(Guard::new).collect();
        self.mismatch = false;
        let state = &mut self.state;
        state.run = state.run.saturating_add(1);
        state.started_ms = at_ms;
        state.ends_ms = at_ms.saturating_add(self.settings.max_duration_ms);
        state.extended = false;
        state.calls = [0; 2];
        state.left_out = [0; 2];
        state.shadow_pairs = 0;
        state.shares.clear();
        state.minute = at_ms / MINUTE_MS;
        state.failing_before = self.failing[1];
        let shadow = self.settings.shadow_ms > 0;
        let first = if shadow { Some(Underway::Shadow) } else { self.next(Underway::Shadow).filter(|next| *next != Underway::Watching) };
        self.enter(first.unwrap_or(Underway::Shadow), at_ms);
        let candidate = &self.settings.candidate_label;
        let sentence = match self.state.phase.underway() {
            Some(Underway::Canary(_)) => format!("started: {candidate} answers {}", sentence::weight(self.state.weight)),
            _ => format!("started: {candidate} in the shadow of {}", self.settings.stable_label),
        };
        self.record(before, Verdict::Started, sentence, at_ms, by)
    }

    fn pause(&mut self, underway: Underway, at_ms: u64, by: &str) -> Record {
        let before = self.before();
        self.state.phase = Phase::Paused(underway);
        self.record(before, Verdict::Paused, format!("paused by {by}: takes no step, and is still taken back if it does harm"), at_ms, by)
    }

    /// A pause does not count against the longest time; what was held gets it once more.
    fn resume(&mut self, underway: Underway, at_ms: u64, by: &str) -> Record {
        let before = self.before();
        self.state.ends_ms = match self.state.phase {
            Phase::Held(_) => at_ms.saturating_add(self.settings.max_duration_ms),
            _ => self.state.ends_ms.saturating_add(at_ms.saturating_sub(self.state.since_ms)),
        };
        self.state.phase = Phase::Running(underway);
        self.record(before, Verdict::Resumed, format!("resumed by {by}"), at_ms, by)
    }

    /// Whatever the judge says, and so that the record shows it.
    fn promote(&mut self, underway: Underway, at_ms: u64, by: &str) -> Record {
        let before = self.before();
        let candidate = self.settings.candidate_label.clone();
        let Some(next) = self.next(underway) else {
            self.state.phase = Phase::Done;
            return self.record(before, Verdict::Done, format!("done: {by} ended the watch over {candidate}"), at_ms, by);
        };
        match self.state.phase {
            Phase::Held(_) => self.state.ends_ms = at_ms.saturating_add(self.settings.max_duration_ms),
            Phase::Paused(_) => self.state.ends_ms = self.state.ends_ms.saturating_add(at_ms.saturating_sub(self.state.since_ms)),
            _ => {}
        }
        self.enter(next, at_ms);
        let share = sentence::weight(self.state.weight);
        self.record(before, Verdict::Promoted, format!("promoted by {by}, not by the judge: {candidate} answers {share}"), at_ms, by)
    }
}
