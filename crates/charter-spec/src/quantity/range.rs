//! A length of time, or a range of it: `4w`, `2w..4w`, `4-6w`.

use super::Duration;

/// From the shortest to the longest; both are equal for a single value.
#[derive(Clone, Debug, PartialEq)]
pub struct DurationRange {
    /// The shortest.
    pub low: Duration,
    /// The longest.
    pub high: Duration,
}

impl DurationRange {
    /// Whether it was written as one value.
    pub fn is_single(&self) -> bool {
        self.low == self.high
    }
}
