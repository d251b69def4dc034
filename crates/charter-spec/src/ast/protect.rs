//! Guards around a model: how many calls, how long, when to stop asking.

use crate::names::Field;
use crate::quantity::{Count, Duration, Share};

section! {
    /// What guards every call to a model.
    pub struct Protect {
        /// Most calls at a time: a number, or `adaptive`.
        @one_or_more concurrency: Field<Concurrency>,
        /// How long one call may take.
        timeout: Field<Duration>,
        /// Whether waiting calls are answered together.
        batch: Field<Batch>,
        /// When to stop asking: `default`, `off`, or figures.
        breaker: Field<Breaker>,
        /// Whether calls that find the model full wait for a place: how many, and how long.
        queue: Field<CallQueue>,
        /// Whether failed calls are tried again.
        retry: Field<Retry>,
        /// Whether slow calls are asked twice.
        hedge: Field<Hedge>,
    }
}

section! {
    /// Calls that wait for a place inside a model, by priority and fairly between tenants. Written, there is one; without it the next rung answers at once.
    pub struct CallQueue {
        /// Most calls that wait; 64 without it.
        @one_or_more @shorthand max: Field<Count>,
        /// Wait that is accepted; without it 5 % of the time of the routes that ask the model.
        target: Field<Duration>,
        /// How long every wait must be longer before the oldest are shed; 100 ms without it.
        interval: Field<Duration>,
    }
}

/// Most calls at a time.
#[derive(Clone, Debug, PartialEq)]
pub enum Concurrency {
    /// Found while running.
    Adaptive,
    /// This many, at least 1.
    Fixed(Count),
}

section! {
    /// Answering several waiting calls at once.
    pub struct Batch {
        /// Most rows in a batch; 64 without it.
        @rows @shorthand max: Field<Count>,
        /// Longest wait for more rows; without it only what already waits is taken.
        wait: Field<Duration>,
    }
}

/// When to stop asking a model or a dependency.
#[derive(Clone, Debug, PartialEq)]
pub enum Breaker {
    /// With the defaults.
    Default,
    /// Never.
    Off,
    /// With these figures; what is not given is the default.
    Settings(Box<BreakerSettings>),
}

section! {
    /// Figures of a breaker.
    pub struct BreakerSettings {
        /// Share of errors that opens it.
        errors: Field<Share>,
        /// Share of slow calls that opens it.
        slow: Field<Share>,
        /// From when on a call is slow.
        slow_after: Field<Duration>,
        /// How far it looks back.
        window: Field<Duration>,
        /// Fewest calls in the window before it judges.
        @one_or_more min_calls: Field<Count>,
        /// How long it stays open the first time.
        open: Field<Duration>,
        /// How long it stays open at most.
        open_max: Field<Duration>,
        /// Failed connects in a row that open it.
        @one_or_more connect_failures: Field<Count>,
    }
}

section! {
    /// Trying again.
    pub struct Retry {
        /// Most tries after the first; 1 without it.
        @shorthand max: Field<Count>,
        /// Share of extra calls that retries may cause; 10 % without it.
        budget: Field<Share>,
        /// Longest first wait before a retry, doubled each time; 25 ms without it.
        backoff: Field<Duration>,
    }
}

section! {
    /// Asking twice.
    pub struct Hedge {
        /// After how long the second call starts; without it after the rolling p95.
        @shorthand after: Field<Duration>,
        /// Share of extra calls that hedges may cause; 10 % without it.
        budget: Field<Share>,
    }
}
