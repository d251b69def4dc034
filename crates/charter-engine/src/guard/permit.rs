//! One admitted call: gives back what it took, however it ends.
//!
//! What a call does inside does not belong here.

use super::breaker::{Pass, Transition, Verdict};
use super::limiter::Completion;
use super::{Ending, Guard};
use crate::call::StepDown;
use crate::chance::{Purpose, derive};
use crate::context::{Clock, Moment};
use crate::signal::{Listen, Signal};
use charter_plan::plan::ModelId;

/// Who asks, and who is told.
#[derive(Clone, Copy)]
pub(crate) struct Door<'a> {
    pub(crate) guard: &'a Guard,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) listener: &'a dyn Listen,
    pub(crate) model: ModelId,
    pub(crate) seed: u64,
}

/// INVARIANT: exactly one of `finish` and `abandon` reaches the guard, also on cancellation and panic.
pub(crate) struct Permit<'a> {
    door: Door<'a>,
    pass: Pass,
    rows: usize,
    started: Moment,
    used: bool,
}

impl Door<'_> {
    fn tell(&self, transition: Option<Transition>) {
        if let Some(Transition { from, to, calls, failures }) = transition {
            self.listener.hear(&Signal::BreakerChanged { model: self.model, from, to, calls, failures });
        }
    }

    fn dice(&self, purpose: Purpose) -> u64 {
        derive(self.seed, purpose, u64::from(self.model.0))
    }
}

impl<'a> Permit<'a> {
    pub(crate) fn ask(door: Door<'a>, now: Moment, rows: usize) -> Result<Self, StepDown> {
        let admission = door.guard.admit(now, door.dice(Purpose::Ramp));
        door.tell(admission.transition);
        let pass = admission.pass?;
        Ok(Self { door, pass, rows, started: now, used: false })
    }

    /// Ends the call with a verdict and tells the listener.
    pub(crate) fn finish(mut self, now: Moment, verdict: Verdict, completion: Completion) {
        self.end(now, verdict, completion);
    }

    fn end(&mut self, now: Moment, verdict: Verdict, completion: Completion) {
        self.used = true;
        let duration = now.since(self.started);
        let dice = self.door.dice(Purpose::Jitter);
        let changes = self.door.guard.finish(now, Ending { pass: self.pass, verdict, completion, rows: self.rows, duration, dice });
        let model = self.door.model;
        let failed = !matches!(verdict, Verdict::Good | Verdict::Neutral);
        self.door.listener.hear(&Signal::ModelCalled { model, failed, duration });
        self.door.tell(changes.transition);
        if let Some(limit) = changes.limit {
            self.door.listener.hear(&Signal::LimitChanged { model, limit });
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.used {
            return;
        }
        if std::thread::panicking() {
            self.end(self.door.clock.now(), Verdict::Bad, Completion::Other);
        } else {
            self.door.guard.abandon(self.pass);
        }
    }
}
