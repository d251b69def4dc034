//! Counts of what listeners did, read by metrics.

use crate::metrics::Counter;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one listener. What is touched once a connection or once a large body is a plain atomic.
#[derive(Default)]
pub(crate) struct Traffic {
    pub(crate) connections_open: AtomicU64,
    pub(crate) connections_accepted: AtomicU64,
    /// Closed at once, because a limit was reached.
    pub(crate) connections_refused: AtomicU64,
    /// Closed because they were too slow.
    pub(crate) connections_expired: AtomicU64,
    /// Bodies that came in several pieces and are held in memory now, in bytes.
    pub(crate) body_bytes_held: AtomicU64,
    pub(crate) panics: AtomicU64,
    /// Touched by every request.
    pub(crate) body_bytes_received: Counter,
}

impl Traffic {
    pub(crate) fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn subtract(counter: &AtomicU64, count: u64) {
        counter.fetch_sub(count, Ordering::Relaxed);
    }
}
