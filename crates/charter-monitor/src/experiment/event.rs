//! What the ledger is told, and what it answers.

use charter_engine::observation::Bad;

/// One call of an exposed unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    pub latency_us: u32,
    pub bad: Bad,
    /// Position of the answer among the route's, and the mean over its rows.
    pub output: Option<(u8, f64)>,
    /// A further answer of a call that was told already: only its output counts.
    pub further: bool,
}

/// Something about a unit that became known afterwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome<'a> {
    /// Told once: a second outcome of this id corrects the first, if it is about a later time.
    pub id: &'a str,
    pub unit: u64,
    /// As the metrics or the covariate name it.
    pub name: &'a str,
    pub value: f64,
    /// When it happened, and when it was told, milliseconds since 1970.
    pub at_ms: u64,
    pub received_ms: u64,
}

/// What became of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Received {
    Accepted,
    /// It took the place of an earlier one of the same id.
    Replaced,
    /// The same id was told before, about the same or a later time.
    Duplicate,
    /// The unit is not known yet: kept for 24 hours.
    Parked,
    /// As parked, but there is no room.
    NoRoom,
    /// No metric and no covariate has this name, or the value is no finite number.
    Unusable,
    /// A metric's outcome from before the assignment, a covariate from after it, or a unit outside the sample.
    NotCounted,
}
