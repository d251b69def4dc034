//! When a window ends: after five minutes and a thousand rows, whichever is later, and in any case after a day.

use serde::{Deserialize, Serialize};

/// How long a window is. Times are milliseconds that the caller brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// At least so long.
    pub ms_min: u64,
    /// At least so many rows.
    pub rows_min: u64,
    /// Ends after this time even with fewer rows; below 200 rows it is then insufficient.
    pub ms_max: u64,
}

impl Default for Span {
    fn default() -> Self {
        Self { ms_min: 300_000, rows_min: 1_000, ms_max: 86_400_000 }
    }
}

impl Span {
    /// Whether a window that began at `begun_ms` ends at `now_ms`. A clock that went back ends nothing.
    pub fn is_over(&self, begun_ms: u64, now_ms: u64, rows: u64) -> bool {
        let age = now_ms.saturating_sub(begun_ms);
        age >= self.ms_max || (age >= self.ms_min && rows >= self.rows_min)
    }
}

/// The hour of the week of a time, 0 to 167, from Monday 00:00 UTC.
pub fn hour_of_week(at_ms: u64) -> u8 {
    // The epoch was a Thursday.
    ((at_ms / 3_600_000 + 72) % 168) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_end_as_told() {
        let span = Span::default();
        assert!(!span.is_over(0, 299_999, 5_000) && span.is_over(0, 300_000, 1_000) && !span.is_over(0, 300_000, 999));
        assert!(span.is_over(0, 86_400_000, 3) && !span.is_over(500_000, 0, 5_000));
        // 2026-11-23 was a Monday; 10:31 UTC.
        assert_eq!((hour_of_week(1_795_429_860_000), hour_of_week(0)), (10, 72));
    }
}
