//! What several runs of the same scenario say together.

use serde::{Deserialize, Serialize};

/// A figure over repetitions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Repetitions.
    pub runs: usize,
    /// Middle of the sorted figures (mean of the two middle ones when even).
    pub median: f64,
    /// Smallest.
    pub low: f64,
    /// Largest. With k runs, [low, high] holds the true median of independent runs with confidence 1 - 2^(1-k): 94 % for five.
    pub high: f64,
}

/// The spread of a figure over repetitions; none without a figure.
pub fn spread(figures: &[f64]) -> Option<Spread> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (*sorted.first()?, *sorted.last()?);
    let middle = |at: usize| sorted.get(at).copied().unwrap_or(high);
    let median = (middle((sorted.len() - 1) / 2) + middle(sorted.len() / 2)) / 2.0;
    Some(Spread { runs: sorted.len(), median, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_odd_and_even_counts() {
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some(Spread { runs: 3, median: 2.0, low: 1.0, high: 3.0 }));
        assert_eq!(spread(&[4.0, 1.0]).map(|spread| spread.median), Some(2.5));
        assert_eq!(spread(&[]), None);
    }
}
