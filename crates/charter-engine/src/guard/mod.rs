//! What stands between a node and a model.
//!
//! | room | what is in it |
//! |---|---|
//! | [`breaker`] | keeps calls away from a model that fails |
//! | [`window`] | counts of the last seconds |
//! | [`limiter`] | how many calls may be inside a model |
//! | [`gradient`] | the limit that follows service time |
//! | [`histogram`] | quantiles of durations in constant space |
//! | [`deadline`] | how much of a call's time a rung gets |
//! | [`permit`] | one admitted call: gives back what it took, however it ends |
//!
//! The machines are pure: time and chance are arguments. Which model they guard does not belong here.
//!
//! Sharing: one mutex a model around breaker and limiter, taken twice a call for a few comparisons and additions, never across an await. A lock-free
//! window was not chosen: transitions, counts and the limit must change together, and an uncontended lock costs one exchange.

pub(crate) mod breaker;
pub(crate) mod deadline;
mod gradient;
mod histogram;
pub(crate) mod limiter;
pub(crate) mod permit;
mod window;

use crate::call::StepDown;
use crate::context::Moment;
use crate::runtime::Forced;
use crate::signal::BreakerState;
use breaker::{Breaker, Pass, Refusal, Transition, Verdict};
use charter_plan::plan::Protect;
use limiter::{Completion, Limiter};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The guards of one model, shared by all calls and carried over reloads.
#[derive(Debug)]
pub(crate) struct Guard {
    machines: Mutex<Machines>,
    /// Shared with the guard before, whose calls are inside the same model.
    in_flight: Arc<AtomicU32>,
    /// Neither breaker nor limiter: the lock is not taken.
    idle: AtomicBool,
}

#[derive(Debug)]
struct Machines {
    breaker: Breaker,
    limiter: Limiter,
}

/// What a call learns at the door.
pub(crate) struct Admission {
    pub(crate) pass: Result<Pass, StepDown>,
    pub(crate) transition: Option<Transition>,
}

/// How an admitted call ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    pub(crate) pass: Pass,
    pub(crate) verdict: Verdict,
    pub(crate) completion: Completion,
    pub(crate) rows: usize,
    pub(crate) duration: Duration,
    pub(crate) dice: u64,
}

/// What changed because a call ended.
pub(crate) struct Changes {
    pub(crate) transition: Option<Transition>,
    pub(crate) limit: Option<u32>,
}

/// What a guard shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GuardStatus {
    pub(crate) breaker: BreakerState,
    pub(crate) refuses: bool,
    pub(crate) in_flight: u32,
    pub(crate) limit: Option<u32>,
}

impl Guard {
    pub(crate) fn new(protect: &Protect, now: Moment) -> Self {
        Self::with(Breaker::new(protect.breaker, now), Limiter::new(protect.limiter), Arc::default())
    }

    /// A guard with other settings that knows what this one knows, and counts the calls inside together with it.
    pub(crate) fn carried(&self, protect: &Protect, now: Moment) -> Self {
        let machines = self.lock();
        let (breaker, limiter) = (machines.breaker.carried(protect.breaker, now), machines.limiter.carried(protect.limiter));
        Self::with(breaker, limiter, Arc::clone(&self.in_flight))
    }

    fn with(breaker: Breaker, limiter: Limiter, in_flight: Arc<AtomicU32>) -> Self {
        let idle = breaker.is_idle() && limiter.limit().is_none();
        Self { machines: Mutex::new(Machines { breaker, limiter }), in_flight, idle: AtomicBool::new(idle) }
    }

    fn lock(&self) -> MutexGuard<'_, Machines> {
        // The machines hold no promise between fields that a panic elsewhere could break.
        self.machines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks to go in; `hurried` when the caller gives less time than the model would have. Who is let in must call [`finish`](Self::finish) or [`abandon`](Self::abandon) exactly once; [`permit::Permit`] sees to it.
    pub(crate) fn admit(&self, now: Moment, hurried: bool, dice: u64) -> Admission {
        if self.idle.load(Ordering::Acquire) {
            self.in_flight.fetch_add(1, Ordering::Relaxed);
            return Admission { pass: Ok(Pass::FREE), transition: None };
        }
        let mut machines = self.lock();
        let (decision, transition) = machines.breaker.admit(now, hurried, dice);
        let pass = match decision {
            Err(Refusal::Open) => Err(StepDown::BreakerOpen),
            Err(Refusal::Forced) => Err(StepDown::Forced),
            Ok(pass) if self.enter(&machines.limiter) => Ok(pass),
            Ok(pass) => {
                machines.breaker.release(now, pass);
                Err(StepDown::Overload)
            }
        };
        Admission { pass, transition }
    }

    /// Counts one more call inside, unless the limit is reached. The count changes in one step: a guard before this one may count under its own lock.
    fn enter(&self, limiter: &Limiter) -> bool {
        let one_more = |inside: u32| limiter.admits(inside).then(|| inside.saturating_add(1));
        self.in_flight.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    /// Says how an admitted call ended.
    pub(crate) fn finish(&self, now: Moment, ending: Ending) -> Changes {
        if self.idle.load(Ordering::Acquire) {
            self.leave();
            return Changes { transition: None, limit: None };
        }
        let mut machines = self.lock();
        let inside = self.leave();
        let transition = machines.breaker.record(now, ending.pass, ending.verdict, ending.duration, ending.dice);
        let limit = machines.limiter.record(now, ending.rows, ending.duration, ending.completion, inside);
        Changes { transition, limit }
    }

    /// Gives back what an admitted call took, without a verdict.
    pub(crate) fn abandon(&self, now: Moment, pass: Pass) {
        if !self.idle.load(Ordering::Acquire) {
            self.lock().breaker.release(now, pass);
        }
        self.leave();
    }

    /// Calls that were inside, this one included.
    fn leave(&self) -> u32 {
        let before = self.in_flight.fetch_sub(1, Ordering::Relaxed);
        debug_assert!(before > 0, "a call left that had not come in");
        before
    }

    pub(crate) fn force(&self, forced: Forced, now: Moment) -> Option<Transition> {
        let mut machines = self.lock();
        let transition = machines.breaker.force(forced, now);
        self.idle.store(machines.breaker.is_idle() && machines.limiter.limit().is_none(), Ordering::Release);
        transition
    }

    pub(crate) fn status(&self, now: Moment) -> GuardStatus {
        let machines = self.lock();
        GuardStatus {
            breaker: machines.breaker.state(),
            refuses: machines.breaker.refuses(now),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            limit: machines.limiter.limit(),
        }
    }
}
