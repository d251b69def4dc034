//! The port that monitors plug in at: what they are told, and what they may order.
//!
//! Implementations live in `charter-monitor`. A monitor is a fold: no clock, no task, no I/O; time comes in as an argument.

use super::command::{Command, Refused, Report};
use crate::controls::Stage;
use crate::observation::{Observation, Pair};
use crate::runtime::Runtime;
use charter_plan::plan::{ExperimentId, RolloutId};
use serde_json::Value;

/// Judges what happens and says what is to be done. Times are milliseconds since 1970.
///
/// Ids in observations are those of the plan that was told last.
pub trait Monitor: Send {
    /// Another plan is served, or the first. Gives the keys of the documents that must be read before what they are about may begin; each comes back by
    /// [`restore`](Self::restore). What goes on under its old name and with the same versions needs none.
    fn plan_changed(&mut self, runtime: &Runtime, unix_ms: u64) -> Vec<String>;

    /// A document as it is kept, `None` where there is none: for a key that was asked for, or because another replica has written it.
    fn restore(&mut self, key: &str, bytes: Option<&[u8]>, unix_ms: u64) -> Restored;

    /// Whether the plan that was told last has what a document is about.
    fn needs(&self, key: &str) -> bool;

    fn observe(&mut self, observation: &Observation, unix_ms: u64);

    fn compared(&mut self, pair: &Pair, unix_ms: u64);

    /// Told for each rollout before each tick.
    fn counted(&mut self, counted: &Counted);

    /// What is to be done now. Every 50 ms, and after each command; empty when nothing changes.
    fn tick(&mut self, unix_ms: u64) -> Vec<Order>;

    /// An operator's or a caller's word; what follows from it comes with the next tick.
    ///
    /// # Errors
    /// [`Refused`], and nothing has changed.
    fn command(&mut self, command: &Command, unix_ms: u64) -> Result<Value, Refused>;

    /// # Errors
    /// [`Refused::Unknown`].
    fn report(&self, report: &Report, unix_ms: u64) -> Result<Value, Refused>;

    /// Documents that have changed since they were last given, by key. Empty for what is not restored yet. What is large may wait for a later save, but
    /// not for one after the `last`.
    fn save(&mut self, unix_ms: u64, last: bool) -> Vec<(String, Vec<u8>)>;
}

/// What a monitor did with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    /// It is the state now; what was about to be written is not.
    Taken,
    /// The monitor's own state is the better one and is written over it.
    Own(Vec<u8>),
}

/// What is counted and not queued, for one rollout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    pub rollout: RolloutId,
    /// Calls with a verdict since the control was made, of the stable version and of the candidate; smaller after a restart.
    pub calls: [u64; 2],
    /// Failures in a row, likewise.
    pub failing: [u32; 2],
    /// Answers of the candidate in another form than its signature says, since the control was made; copies count too.
    pub mismatches: u32,
    /// Whether a call would find the stable version, and the candidate; whatever their breakers say, which count as errors.
    pub stable_ready: bool,
    pub candidate_ready: bool,
    pub latency: Latency,
}

/// How long the stable version takes to answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// Answers it is known from.
    pub answers: u64,
    pub p99_us: Option<u32>,
}

/// What a monitor wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Kept within the plan's steps.
    Stage {
        rollout: RolloutId,
        stage: Stage,
    },
    /// Slower than this is slow; `None`: nothing is.
    Slow {
        rollout: RolloutId,
        slow_us: Option<u32>,
    },
    Experiment {
        experiment: ExperimentId,
        running: bool,
    },
    /// A record to append to a log; it waits while the store does not answer.
    Record {
        log: String,
        bytes: Vec<u8>,
    },
}
