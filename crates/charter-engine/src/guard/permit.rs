//! One admitted call: gives back what it took, however it ends.
//!
//! What a call does inside does not belong here.

use super::breaker::{Pass, Transition, Verdict};
use super::limiter::Completion;
use super::queue::Arrival;
use super::{Admission, Ending, Guard};
use crate::call::StepDown;
use crate::chance::{Purpose, derive};
use crate::context::{Clock, Moment};
use crate::signal::{Listen, Signal};
use charter_plan::plan::ModelId;
use std::time::Duration;

/// Who asks, and who is told.
#[derive(Clone, Copy)]
pub(crate) struct Door<'a> {
    pub(crate) guard: &'a Guard,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) listener: &'a dyn Listen,
    pub(crate) model: ModelId,
    pub(crate) seed: u64,
    /// The caller gives less time than the model would have.
    pub(crate) hurried: bool,
    /// No retry and no hedge.
    pub(crate) first: bool,
}

/// Why a call was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) reason: StepDown,
    /// When it may have more luck, where that is known.
    pub(crate) retry_after: Option<Duration>,
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
    /// Goes in at once, or not at all.
    pub(crate) fn ask(door: Door<'a>, now: Moment, rows: usize) -> Result<Self, Refused> {
        let admission = door.guard.admit(now, door.hurried, door.first, door.dice(Purpose::Ramp));
        Self::of(door, now, rows, admission)
    }

    /// Waits for a place; `None` without one. The breaker is asked afterwards: it may have opened meanwhile.
    pub(crate) async fn wait(door: Door<'a>, arrival: Arrival, rows: usize) -> Option<Result<Self, Refused>> {
        if !door.guard.wait(arrival, door.clock).await {
            return None;
        }
        let now = door.clock.now();
        let admission = door.guard.admit_inside(now, door.hurried, door.first, door.dice(Purpose::Ramp));
        Some(Self::of(door, now, rows, admission))
    }

    fn of(door: Door<'a>, now: Moment, rows: usize, admission: Admission) -> Result<Self, Refused> {
        door.tell(admission.transition);
        match admission.pass {
            Ok(pass) => Ok(Self { door, pass, rows, started: now, used: false }),
            Err(reason) => Err(Refused { reason, retry_after: admission.retry_after }),
        }
    }

    pub(crate) fn guard(&self) -> &'a Guard {
        self.door.guard
    }

    pub(crate) fn started(&self) -> Moment {
        self.started
    }

    /// Service begins here, of an inference with this many rows; what was before was waiting.
    pub(crate) fn serve(&mut self, began: Moment, rows: usize) {
        self.started = began;
        self.rows = rows;
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
            self.door.guard.abandon(self.door.clock.now(), self.pass);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Quiet;
    use crate::signal::BreakerState;
    use charter_plan::plan::{Breaker, Limiter, Protect};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[derive(Default)]
    struct Hands(AtomicU64);

    impl Clock for Hands {
        fn now(&self) -> Moment {
            Moment(self.0.load(Ordering::Relaxed))
        }
    }

    fn guard(max: u32) -> Guard {
        let clock: Arc<dyn Clock> = Arc::new(Hands::default());
        let protect = Protect { limiter: Limiter::Fixed { max }, breaker: Some(Breaker::default()), ..Protect::NONE };
        Guard::new(&protect, 1, &clock)
    }

    fn door<'a>(guard: &'a Guard, clock: &'a Hands) -> Door<'a> {
        Door { guard, clock, listener: &Quiet, model: ModelId(0), seed: 1, hurried: false, first: true }
    }

    fn fail(guard: &Guard, clock: &Hands, count: u32) {
        for _ in 0..count {
            let permit = Permit::ask(door(guard, clock), clock.now(), 1).unwrap_or_else(|refused| panic!("closed: {refused:?}"));
            permit.finish(clock.now(), Verdict::Bad, Completion::Other);
        }
    }

    #[test]
    fn a_permit_that_is_dropped_gives_its_place_and_its_probe_back() {
        let (guard, clock) = (guard(100), Hands::default());
        fail(&guard, &clock, 20);
        assert_eq!(guard.status(clock.now()).breaker, BreakerState::Open);
        for probe in 0..30 {
            clock.0.store((2_000 + probe * 100) * 1_000_000, Ordering::Relaxed);
            let permit = Permit::ask(door(&guard, &clock), clock.now(), 1);
            assert!(permit.is_ok(), "probe {probe}");
        }
        assert_eq!(guard.status(clock.now()).in_flight, 0);
    }

    #[test]
    fn a_panic_gives_the_place_back_and_counts_as_a_failure() {
        let (guard, clock) = (guard(1), Hands::default());
        for _ in 0..20 {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let _permit = Permit::ask(door(&guard, &clock), clock.now(), 1).unwrap_or_else(|refused| panic!("closed: {refused:?}"));
                panic!("as scripted");
            }));
            assert!(outcome.is_err());
            assert_eq!(guard.status(clock.now()).in_flight, 0);
        }
        assert_eq!(guard.status(clock.now()).breaker, BreakerState::Open);
    }

    #[test]
    fn threads_never_pass_the_limit_together() {
        let (guard, clock) = (guard(3), Hands::default());
        let (inside, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5_000 {
                        if let Ok(permit) = Permit::ask(door(&guard, &clock), clock.now(), 1) {
                            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                            inside.fetch_sub(1, Ordering::SeqCst);
                            permit.finish(clock.now() + Duration::from_millis(1), Verdict::Good, Completion::Answered);
                        }
                    }
                });
            }
        });
        assert!(most.load(Ordering::SeqCst) <= 3);
        assert_eq!(guard.status(clock.now()).in_flight, 0);
    }
}
