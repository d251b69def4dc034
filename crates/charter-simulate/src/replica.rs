//! One replica: an engine of its own with its own guards, a few threads, and the calls that wait for them.
//!
//! Who sends what to which replica belongs to `world`, how many there are to `fleet`.

use crate::answers::Answers;
use crate::backend::{Conditions, SimulatedBackends};
use crate::clock::VirtualClock;
use crate::processor::{Done, Processor};
use crate::service::Times;
use crate::world::Threads;
use charter_engine::{Answer, Call, CallError, Clock, Engine, Listen};
use charter_plan::Plan;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;

/// What replicas have in common.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) plan: Arc<Plan>,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) times: Arc<Times>,
    pub(crate) answers: Arc<Vec<Answers>>,
    pub(crate) conditions: Arc<Conditions>,
    pub(crate) threads: u32,
    pub(crate) seed: u64,
}

pub(crate) struct Replica {
    pub(crate) engine: Engine,
    pub(crate) processor: Arc<Processor>,
    /// Tells its draws apart from other replicas'.
    pub(crate) salt: u64,
    /// How many replicas of the fleet it stands for.
    pub(crate) weight: f64,
    /// It answers nothing any more, though callers may not know yet.
    pub(crate) gone: bool,
    pub(crate) threads: Threads,
    pub(crate) calls: usize,
}

impl Replica {
    pub(crate) fn start(shared: &Shared, number: u64, listener: Arc<dyn Listen>) -> Self {
        let salt = crate::chance::mixed(shared.seed, number);
        let processor = Arc::new(Processor::new(Arc::clone(&shared.clock)));
        let backends = SimulatedBackends {
            threads: usize::try_from(shared.threads).unwrap_or(1).max(1),
            processor: Arc::clone(&processor),
            times: Arc::clone(&shared.times),
            answers: Arc::clone(&shared.answers),
            conditions: Arc::clone(&shared.conditions),
            salt,
        };
        let clock = Arc::clone(&shared.clock) as Arc<dyn Clock>;
        let engine = Engine::start(shared.plan.as_ref().clone(), &backends, clock, listener);
        Self {
            engine,
            processor,
            salt,
            weight: 1.0,
            gone: false,
            threads: Threads::new(shared.threads, !shared.times.rest.is_free()),
            calls: 0,
        }
    }
}

/// What waits for a thread.
pub(crate) enum Job {
    /// A call to begin, or to go on with.
    Call(Key),
    /// Work beside calls, of so many nanoseconds.
    Beside(u64, Arc<Done>),
}

/// A call that is under way: its place, and how often the place was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) place: u32,
    pub(crate) use_number: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits for a thread.
    Queued,
    /// On a thread.
    Running,
    /// Waits for something else, such as a place inside a model.
    Waiting,
    /// Answered; a load generator has yet to read it.
    Ended,
}

pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Answer, CallError>> + Send>>;

pub(crate) struct Task {
    pub(crate) replica: usize,
    pub(crate) route: u16,
    pub(crate) due: u64,
    pub(crate) patience: u64,
    /// It came in a stretch that is counted.
    pub(crate) counted: bool,
    pub(crate) state: State,
    /// Until it is begun.
    pub(crate) call: Option<Call>,
    pub(crate) answering: Option<Answering>,
    pub(crate) result: Option<Result<Answer, CallError>>,
    pub(crate) user: bool,
}

/// Calls that something woke, by engine timers or by each other.
pub(crate) type Woken = Arc<Mutex<Vec<Key>>>;

pub(crate) struct TaskWaker {
    pub(crate) key: Key,
    pub(crate) woken: Woken,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner).push(self.key);
    }
}
