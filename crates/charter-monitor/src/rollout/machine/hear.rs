//! What a caller's word counts. Who may say what belongs to the edge; what a bad event leads to, to the judge.
//!
//! Words come later than the calls they are about, so that only bad ones are told: a call that nobody has spoken of counts as good. A step that is shorter
//! than callers take to speak is judged before they have; `dwell` has to be longer than that.

use super::super::feedback::{Feedback, Heard};
use super::super::phase::Underway;
use super::Machine;
use charter_plan::plan::BadKind;

impl Machine {
    /// A caller says that an answer was bad.
    ///
    /// It is weighed by the candidate's share when the call was made, because that is the chance by which the version was drawn; where that is not told, by
    /// the share now, which takes words about calls from before a step as slightly better for the candidate than they are.
    pub fn hear(&mut self, feedback: &Feedback<'_>, at_ms: u64) -> Heard {
        if !self.guards.iter().any(|guard| guard.settings.bad == BadKind::Feedback) {
            return Heard::NotWatched;
        }
        let Some(weight) = self.share_at(feedback.asked_ms, at_ms) else { return Heard::NotSplit };
        if !self.state.heard.is_new(feedback.id) {
            return Heard::Duplicate;
        }
        let (candidate, counts) = (feedback.candidate, self.state.clients.counts(feedback.unit, at_ms));
        if !counts {
            self.state.left_out[usize::from(candidate)] += 1;
        }
        // The call itself was told of when it ended, so that nothing but feedback is new.
        for guard in self.guards.iter_mut().filter(|guard| guard.settings.bad == BadKind::Feedback) {
            if counts { guard.bad(candidate, weight) } else { guard.leave_out(candidate) }
        }
        if counts { Heard::Counted } else { Heard::LeftOut }
    }

    /// The candidate's share of the calls at a moment of this run; `None` when it had none, or when calls of then are no longer judged.
    fn share_at(&self, asked_ms: Option<u64>, at_ms: u64) -> Option<u16> {
        if !self.splits() {
            return None;
        }
        let asked_ms = asked_ms.unwrap_or(at_ms).min(at_ms);
        if asked_ms >= self.state.step_ms {
            return Some(self.state.weight);
        }
        // The watch measures calls that were made in it, and nothing else.
        if self.state.phase.underway() == Some(Underway::Watching) {
            return None;
        }
        let before = self.state.shares.iter().rev().find(|(since_ms, _)| *since_ms <= asked_ms);
        before.map(|(_, share)| *share).filter(|share| *share > 0)
    }
}
