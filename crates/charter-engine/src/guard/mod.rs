//! What stands between a node and a model.
//!
//! | room | what is in it |
//! |---|---|
//! | [`breaker`] | keeps calls away from a model that fails |
//! | [`window`] | counts of the last seconds |
//! | [`limiter`] | how many calls may be inside a model |
//! | [`gradient`] | the limit that follows service time |
//! | [`histogram`] | quantiles of durations in constant space |
//! | [`latency`] | how long a model takes, and what is normal for it |
//! | [`queue`] | who waits for a place, and who is next |
//! | [`gate`] | counts who is inside, and calls in who waits |
//! | [`budget`] | what retries and hedges may spend |
//! | [`retry`] | whether a failed call is tried again |
//! | [`hedge`] | when a slow call is asked a second time |
//! | [`batcher`] | which waiting calls are answered by one inference |
//! | [`batch`] | gathers them, and gives each its rows |
//! | [`rows`] | rows of several calls in one tensor |
//! | [`inference`] | one inference, at most for its time |
//! | [`deadline`] | how much of a call's time a rung gets |
//! | [`permit`] | one admitted call: gives back what it took, however it ends |
//!
//! The machines are pure: time and chance are arguments; `gate`, `batch` and `inference` are what waits. Which model they guard does not belong here.
//!
//! Sharing: one mutex a model around breaker, limiter and budget, taken twice a call for a few comparisons and additions, never across an await. A
//! lock-free window was not chosen: transitions, counts and the limit must change together, and an uncontended lock costs one exchange.

pub(crate) mod batch;
pub(crate) mod batcher;
pub(crate) mod breaker;
mod budget;
pub(crate) mod deadline;
mod gate;
mod gradient;
pub(crate) mod hedge;
mod histogram;
pub(crate) mod inference;
mod latency;
pub(crate) mod limiter;
pub(crate) mod permit;
pub(crate) mod queue;
pub(crate) mod retry;
mod rows;
mod window;

use crate::call::StepDown;
use crate::context::{Clock, Moment};
use crate::runtime::Forced;
use crate::signal::BreakerState;
use batch::Room;
use breaker::{Breaker, Pass, Refusal, Transition, Verdict};
use budget::Budget;
use charter_plan::plan::{Hedge, Protect, Retry};
use gate::Gate;
use latency::Latency;
use limiter::{Completion, Limiter};
use queue::{Arrival, Pace};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The guards of one model, shared by all calls and carried over reloads.
#[derive(Debug)]
pub(crate) struct Guard {
    machines: Mutex<Machines>,
    /// Shared with the guard before, whose calls are inside the same model.
    gate: Arc<Gate>,
    /// INVARIANT: the limiter's limit; `u32::MAX` without one.
    limit: AtomicU32,
    /// The p50 of service time; 0 while nothing is known.
    service_ns: AtomicU64,
    /// Nothing counts or refuses: the lock is not taken.
    idle: AtomicBool,
    queues: bool,
    retry: Option<Retry>,
    hedge: Option<Hedge>,
    room: Option<Arc<Room>>,
}

#[derive(Debug)]
struct Machines {
    breaker: Breaker,
    limiter: Limiter,
    /// Only where some guard asks how long the model takes.
    latency: Option<Box<Latency>>,
    /// Only with retries or hedges.
    budget: Option<Budget>,
}

/// What a call learns at the door.
pub(crate) struct Admission {
    pub(crate) pass: Result<Pass, StepDown>,
    /// When a refused call may have more luck, where that is known.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) transition: Option<Transition>,
}

/// A second try that the budget pays for; tells it when the try is over.
pub(crate) struct SecondTry<'a>(&'a Guard);

impl Drop for SecondTry<'_> {
    fn drop(&mut self) {
        if let Some(budget) = &mut self.0.lock().budget {
            budget.ended();
        }
    }
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
    pub(crate) waiting: u32,
    pub(crate) limit: Option<u32>,
}

impl Guard {
    /// `slots`: inferences that the model runs at once.
    pub(crate) fn new(protect: &Protect, slots: usize, clock: &Arc<dyn Clock>) -> Self {
        let now = clock.now();
        let machines = Machines {
            breaker: Breaker::new(protect.breaker, now),
            limiter: Limiter::new(protect.limiter),
            latency: times(protect).then(|| Box::new(Latency::new(now))),
            budget: ratio(protect).map(Budget::new),
        };
        Self::with(machines, protect, slots, clock, Arc::new(Gate::new(protect.queue)))
    }

    /// A guard with other settings that knows what this one knows, and counts the calls inside together with it.
    pub(crate) fn carried(&self, protect: &Protect, slots: usize, clock: &Arc<dyn Clock>) -> Self {
        let (now, known) = (clock.now(), self.lock());
        let latency = || known.latency.clone().unwrap_or_else(|| Box::new(Latency::new(now)));
        let machines = Machines {
            breaker: known.breaker.carried(protect.breaker, now),
            limiter: known.limiter.carried(protect.limiter),
            latency: times(protect).then(latency),
            budget: ratio(protect).map(|ratio| known.budget.as_ref().map_or_else(|| Budget::new(ratio), |budget| budget.carried(ratio))),
        };
        drop(known);
        self.gate.configure(protect.queue);
        let next = Self::with(machines, protect, slots, clock, Arc::clone(&self.gate));
        next.service_ns.store(self.service_ns.load(Ordering::Relaxed), Ordering::Relaxed);
        next
    }

    fn with(machines: Machines, protect: &Protect, slots: usize, clock: &Arc<dyn Clock>, gate: Arc<Gate>) -> Self {
        Self {
            gate,
            limit: AtomicU32::new(machines.limiter.limit().unwrap_or(u32::MAX)),
            service_ns: AtomicU64::new(0),
            idle: AtomicBool::new(machines.is_idle()),
            machines: Mutex::new(machines),
            queues: protect.queue.is_some(),
            retry: protect.retry,
            hedge: protect.hedge,
            room: protect.batch.map(|settings| Room::new(settings, slots, Arc::clone(clock))),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Machines> {
        // The machines hold no promise between fields that a panic elsewhere could break.
        self.machines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limit(&self) -> u32 {
        self.limit.load(Ordering::Relaxed)
    }

    fn pace(&self) -> Pace {
        Pace { limit: self.limit(), service: self.service() }
    }

    /// How long an inference mostly takes, waiting excluded, where that is known and somebody asks.
    pub(crate) fn service(&self) -> Option<Duration> {
        let service_ns = self.service_ns.load(Ordering::Relaxed);
        (service_ns > 0).then(|| Duration::from_nanos(service_ns))
    }

    /// Whether calls may wait for a place.
    pub(crate) fn queues(&self) -> bool {
        self.queues
    }

    pub(crate) fn room(&self) -> Option<&Arc<Room>> {
        self.room.as_ref()
    }

    pub(crate) fn retry(&self) -> Option<&Retry> {
        self.retry.as_ref()
    }

    /// Whether a call is never made a second time.
    pub(crate) fn tries_once(&self) -> bool {
        self.retry.is_none() && self.hedge.is_none()
    }

    /// Asks to go in; `hurried` when the caller gives less time than the model would have; `first` when it is no retry or hedge. Who is let in must
    /// call [`finish`](Self::finish) or [`abandon`](Self::abandon) exactly once; [`permit::Permit`] sees to it.
    pub(crate) fn admit(&self, now: Moment, hurried: bool, first: bool, dice: u64) -> Admission {
        if self.idle.load(Ordering::Acquire) {
            self.gate.enter_freely();
            return Admission { pass: Ok(Pass::FREE), retry_after: None, transition: None };
        }
        let mut machines = self.lock();
        let (decision, transition) = machines.breaker.admit(now, hurried, dice);
        match decision {
            Err(refusal) => Admission { transition, ..machines.refused(now, refusal) },
            Ok(pass) if self.gate.try_enter(self.limit()) => machines.admitted(pass, first, transition),
            Ok(pass) => {
                machines.breaker.release(now, pass);
                let retry_after = self.service().map(|_| self.gate.drain(self.pace()));
                Admission { pass: Err(StepDown::Overload), retry_after, transition }
            }
        }
    }

    /// Waits for a place where calls may wait; false without one. Who has a place must ask to [`admit_inside`](Self::admit_inside).
    pub(crate) async fn wait(&self, arrival: Arrival, clock: &dyn Clock) -> bool {
        self.queues && self.gate.wait(arrival, self.pace(), clock).await
    }

    /// Gives back a place that was waited for.
    pub(crate) fn leave(&self, now: Moment) {
        self.gate.leave(self.limit(), now);
    }

    /// Asks again for a call that has a place already; without a pass the place is given back.
    pub(crate) fn admit_inside(&self, now: Moment, hurried: bool, first: bool, dice: u64) -> Admission {
        let mut machines = self.lock();
        let (decision, transition) = machines.breaker.admit(now, hurried, dice);
        let admission = match decision {
            Ok(pass) => return machines.admitted(pass, first, transition),
            Err(refusal) => Admission { transition, ..machines.refused(now, refusal) },
        };
        drop(machines);
        self.leave(now);
        admission
    }

    /// Says how an admitted call ended.
    pub(crate) fn finish(&self, now: Moment, ending: Ending) -> Changes {
        if self.idle.load(Ordering::Acquire) {
            self.leave(now);
            return Changes { transition: None, limit: None };
        }
        let mut machines = self.lock();
        let inside = self.gate.inside();
        let transition = machines.breaker.record(now, ending.pass, ending.verdict, ending.duration, ending.dice);
        let limit = machines.limiter.record(now, ending.rows, ending.duration, ending.completion, inside);
        if ending.completion != Completion::Other {
            self.learn(&mut machines, now, ending.duration);
        }
        if let Some(limit) = limit {
            self.limit.store(limit, Ordering::Relaxed);
        }
        drop(machines);
        self.leave(now);
        Changes { transition, limit }
    }

    /// Learns that a call took at least this long; for one that was given up because another was faster.
    pub(crate) fn lasted(&self, now: Moment, duration: Duration) {
        self.learn(&mut self.lock(), now, duration);
    }

    fn learn(&self, machines: &mut Machines, now: Moment, service: Duration) {
        if let Some(latency) = &mut machines.latency
            && latency.record(now, service)
        {
            let service_ns = latency.p50().map_or(0, |p50| u64::try_from(p50.as_nanos()).unwrap_or(u64::MAX));
            self.service_ns.store(service_ns, Ordering::Relaxed);
        }
    }

    /// Gives back what an admitted call took, without a verdict.
    pub(crate) fn abandon(&self, now: Moment, pass: Pass) {
        if !self.idle.load(Ordering::Acquire) {
            self.lock().breaker.release(now, pass);
        }
        self.leave(now);
    }

    /// A second try, where the model is trusted and the budget pays for it.
    pub(crate) fn second_try(&self) -> Option<SecondTry<'_>> {
        let mut machines = self.lock();
        let trusted = matches!(machines.breaker.state(), BreakerState::Closed | BreakerState::Disabled);
        (trusted && machines.budget.as_mut().is_some_and(Budget::take)).then(|| SecondTry(self))
    }

    /// How long to wait for an answer before asking a second time; `None`: not at all.
    pub(crate) fn hedge_after(&self) -> Option<Duration> {
        let settings = self.hedge.as_ref()?;
        let machines = self.lock();
        let latency = machines.latency.as_ref()?;
        hedge::after(settings, latency.p95(), latency.normal_p95())
    }

    pub(crate) fn force(&self, forced: Forced, now: Moment) -> Option<Transition> {
        let mut machines = self.lock();
        let transition = machines.breaker.force(forced, now);
        self.idle.store(machines.is_idle(), Ordering::Release);
        transition
    }

    pub(crate) fn status(&self, now: Moment) -> GuardStatus {
        let machines = self.lock();
        GuardStatus {
            breaker: machines.breaker.state(),
            refuses: machines.breaker.refuses(now),
            in_flight: self.gate.inside(),
            waiting: self.gate.waiting(),
            limit: machines.limiter.limit(),
        }
    }
}

impl Machines {
    fn is_idle(&self) -> bool {
        self.breaker.is_idle() && self.limiter.limit().is_none() && self.latency.is_none()
    }

    fn admitted(&mut self, pass: Pass, first: bool, transition: Option<Transition>) -> Admission {
        if let Some(budget) = self.budget.as_mut().filter(|_| first) {
            budget.first_attempt();
        }
        Admission { pass: Ok(pass), retry_after: None, transition }
    }

    fn refused(&self, now: Moment, refusal: Refusal) -> Admission {
        let (reason, retry_after) = match refusal {
            Refusal::Open => (StepDown::BreakerOpen, self.breaker.opens_in(now)),
            Refusal::Forced => (StepDown::Forced, None),
        };
        Admission { pass: Err(reason), retry_after, transition: None }
    }
}

/// Whether some guard asks how long the model takes.
fn times(protect: &Protect) -> bool {
    protect.queue.is_some() || protect.batch.is_some() || ratio(protect).is_some()
}

/// What each first attempt pays for second tries: one budget for retries and hedges, the larger where both state one.
fn ratio(protect: &Protect) -> Option<f64> {
    let (retry, hedge) = (protect.retry.map(|retry| retry.budget_ratio), protect.hedge.map(|hedge| hedge.budget_ratio));
    retry.into_iter().chain(hedge).reduce(f64::max)
}
