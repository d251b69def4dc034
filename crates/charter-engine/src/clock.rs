//! The real clock, and a listener for those who do not listen.
//!
//! Ports are stated in [`crate::context`] and [`crate::signal`]; tests bring their own implementations.

use crate::context::{Clock, Moment};
use crate::signal::{Listen, Signal};
use tokio::time::Instant;

/// Tells the time of tokio's clock, so that a test which pauses that clock pauses the engine with it.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock whose origin is now.
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        let elapsed = Instant::now().saturating_duration_since(self.origin);
        // 584 years fit into 64 bits of nanoseconds.
        Moment(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX))
    }

    fn unix_ms(&self) -> u64 {
        // A clock set before 1970 is taken for 1970.
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Drops every signal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Listen for Quiet {
    fn hear(&self, _signal: &Signal) {}
}
