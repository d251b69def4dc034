//! What monitors are told: events too many to go through signals, kept until the watch takes them.
//!
//! The queues are bounded and never block: what does not fit is dropped and counted. What is made of an event belongs to `charter-monitor`.

use crate::tensor::Tensor;
use charter_plan::Plan;
use charter_plan::plan::{BadKind, ComparisonId, ExperimentId, RolloutId};
use crossbeam_queue::ArrayQueue;
use std::sync::atomic::{AtomicU64, Ordering};

/// Most observations that wait for the watch.
const OBSERVATIONS_MAX: usize = 65_536;
/// Most compared pairs that wait; each holds tensors.
const PAIRS_MAX: usize = 1_024;

/// A set of [`BadKind`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bad(pub u8);

impl Bad {
    pub const NONE: Self = Self(0);

    pub const fn one(kind: BadKind) -> Self {
        Self(1 << kind as u8)
    }

    #[must_use]
    pub const fn and(self, kind: BadKind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    pub const fn has(self, kind: BadKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// One event about a rollout or an experiment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observation {
    /// A call on a rollout's rung that was bad in some way. Good ones are only counted, in [`crate::controls::RolloutControl`].
    BadCall {
        rollout: RolloutId,
        candidate: bool,
        /// The candidate's share when the call was assigned, parts per 10,000.
        weight: u16,
        bad: Bad,
        /// [`unit_of`] the call's key; 0 without one.
        unit: u64,
    },
    /// A call of an experiment's unit ended.
    Exposed {
        experiment: ExperimentId,
        arm: u8,
        /// [`unit_of`] what names the unit.
        unit: u64,
        latency_us: u32,
        bad: Bad,
        /// Position of the answer, and the mean over the rows; only answers that a metric of the experiment names.
        output: Option<(u8, f64)>,
        /// The call was told of before, and only `output` is new: with several answers each sends one event.
        further: bool,
    },
}

/// The number that stands for a unit wherever units are counted: `FNV-1a`, 64 bits (Fowler, Noll and Vo; RFC 9923), never 0.
///
/// The same on every machine and after every restart, so that what is kept can be joined with what comes in later.
pub fn unit_of(text: &[u8]) -> u64 {
    let hash = text.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash.max(1)
}

/// A call that two versions answered.
#[derive(Debug)]
pub struct Pair {
    pub comparison: ComparisonId,
    pub rows: usize,
    /// The route's inputs, where slices are looked for; empty otherwise.
    pub inputs: Vec<Tensor>,
    /// The answers, or `None` where that version gave none.
    pub primary: Option<Vec<Tensor>>,
    pub mirror: Option<Vec<Tensor>>,
    pub primary_us: u32,
    pub mirror_us: u32,
    /// For a rollout beyond its shadow: the call was the candidate's, and the mirror is the stable version.
    pub canary: bool,
}

/// What waits for the watch.
#[derive(Debug)]
pub struct Observations {
    events: ArrayQueue<Observation>,
    pairs: ArrayQueue<Box<Pair>>,
    dropped: AtomicU64,
}

impl Default for Observations {
    fn default() -> Self {
        Self::sized(OBSERVATIONS_MAX, PAIRS_MAX)
    }
}

impl Observations {
    /// Queues for what a plan can observe: none to speak of where it has nothing to watch.
    pub(crate) fn for_plan(plan: &Plan) -> Self {
        let events = if plan.rollouts.is_empty() && plan.experiments.is_empty() { 1 } else { OBSERVATIONS_MAX };
        Self::sized(events, if plan.comparisons.is_empty() { 1 } else { PAIRS_MAX })
    }

    fn sized(events: usize, pairs: usize) -> Self {
        Self { events: ArrayQueue::new(events), pairs: ArrayQueue::new(pairs), dropped: AtomicU64::new(0) }
    }

    pub fn observe(&self, observation: Observation) {
        if self.events.push(observation).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn compare(&self, pair: Box<Pair>) {
        if self.pairs.push(pair).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The oldest event that waits.
    pub fn next_event(&self) -> Option<Observation> {
        self.events.pop()
    }

    pub fn next_pair(&self) -> Option<Box<Pair>> {
        self.pairs.pop()
    }

    /// Events and pairs dropped since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
