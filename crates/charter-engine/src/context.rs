//! The only door for time and chance.
//!
//! INVARIANT: nothing else in this crate reads a clock or throws dice, so that the same plan, seed and inputs give the same decisions.

use std::ops::{Add, Sub};
use std::time::Duration;

/// A point on a monotonic clock: nanoseconds since an origin that the clock chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// Later than every call.
    pub const NEVER: Self = Self(u64::MAX);

    /// Time from `earlier` to `self`; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Moment {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Duration> for Moment {
    type Output = Self;
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)))
    }
}

/// Tells the time. The real one follows tokio's clock, so that tests which pause it pause the engine too.
pub trait Clock: Send + Sync {
    fn now(&self) -> Moment;

    /// Milliseconds since 1970, for what is kept over restarts and shown to people; decisions within a call use [`now`](Self::now).
    fn unix_ms(&self) -> u64 {
        self.now().0 / 1_000_000
    }
}

/// What a call may know of the world.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub clock: &'a dyn Clock,
    /// Chance for this call; derive more with a counter, never from elsewhere.
    pub seed: u64,
    /// After this moment nobody waits for the answer.
    pub deadline: Moment,
}

impl Context<'_> {
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Time until the deadline; zero when it has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline.since(self.now())
    }

    /// The same context with an earlier deadline; a later one changes nothing.
    pub fn until(self, deadline: Moment) -> Self {
        Self { deadline: self.deadline.min(deadline), ..self }
    }
}
