//! The time of a simulation: it moves when the simulation says so, and never by itself.
//!
//! Moving it together with tokio's paused clock belongs to `world`.

use charter_engine::{Clock, Moment};
use std::sync::atomic::{AtomicU64, Ordering};

/// Where simulated days begin: 2025-01-06T00:00:00Z, a Monday. Always the same, so that the same seed gives the same run.
const ORIGIN_UNIX_MS: u64 = 1_736_121_600_000;

/// Nanoseconds since the simulation began.
#[derive(Debug, Default)]
pub(crate) struct VirtualClock {
    now: AtomicU64,
}

impl VirtualClock {
    pub(crate) fn nanos(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, nanos: u64) {
        self.now.store(nanos, Ordering::Relaxed);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Moment {
        Moment(self.nanos())
    }

    fn unix_ms(&self) -> u64 {
        ORIGIN_UNIX_MS + self.nanos() / 1_000_000
    }
}
