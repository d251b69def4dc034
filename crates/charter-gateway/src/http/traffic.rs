//! Counts of what listeners did, read by metrics.

use crate::errors::Code;
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
    refused: Refused,
    /// Touched by every request.
    pub(crate) body_bytes_received: Counter,
}

/// Requests that were refused before their path was looked at, by code in the order of the table.
struct Refused([AtomicU64; Code::ALL.len()]);

impl Default for Refused {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Traffic {
    /// Counts a request that is refused before it reaches a handler.
    pub(crate) fn refuse(&self, code: Code) {
        if let Some(counter) = self.refused.0.get(code as usize) {
            Self::add(counter, 1);
        }
    }

    /// Requests refused before they reached a handler, by code.
    pub(crate) fn refusals(&self) -> impl Iterator<Item = (Code, u64)> {
        Code::ALL.into_iter().filter_map(|code| Some((code, self.refused.0.get(code as usize)?.load(Ordering::Relaxed))))
    }

    pub(crate) fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn subtract(counter: &AtomicU64, count: u64) {
        counter.fetch_sub(count, Ordering::Relaxed);
    }
}
