//! Latencies with three significant digits, and what can be said about their quantiles.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::statistics;

const LOWEST_NANOS: u64 = 1_000;
const HIGHEST_NANOS: u64 = 60_000_000_000;

/// A quantile with its interval, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QuantileEstimate {
    /// The order statistic at the quantile.
    pub value_ms: f64,
    /// Lower end of the 95 % interval.
    pub low_ms: f64,
    /// Upper end of the 95 % interval; none when the sample is too small to bound the quantile from above.
    pub high_ms: Option<f64>,
}

/// A high dynamic range histogram from 1 µs to 60 s; what lies outside is recorded at the bound.
#[derive(Debug, Clone)]
pub struct Latencies {
    counts: Histogram<u64>,
}

impl Default for Latencies {
    fn default() -> Self {
        Self::new()
    }
}

impl Latencies {
    /// An empty histogram; about 200 kB.
    #[expect(clippy::expect_used, reason = "the bounds are constants that the histogram accepts; every test constructs one")]
    pub fn new() -> Self {
        Self { counts: Histogram::new_with_bounds(LOWEST_NANOS, HIGHEST_NANOS, 3).expect("bounds and digits in range") }
    }

    pub(crate) fn record_nanos(&mut self, nanos: u64) {
        self.counts.saturating_record(nanos.clamp(LOWEST_NANOS, HIGHEST_NANOS));
    }

    /// Adds the values of another one.
    pub fn add(&mut self, other: &Self) {
        // Both have the same bounds, so nothing can be out of range.
        let _ = self.counts.add(&other.counts);
    }

    /// Values recorded.
    pub fn count(&self) -> u64 {
        self.counts.len()
    }

    /// Mean in milliseconds; 0 when empty.
    pub fn mean_ms(&self) -> f64 {
        self.counts.mean() / 1e6
    }

    /// Standard deviation in milliseconds; 0 when empty.
    pub fn deviation_ms(&self) -> f64 {
        self.counts.stdev() / 1e6
    }

    /// Smallest value in milliseconds; 0 when empty.
    pub fn min_ms(&self) -> f64 {
        if self.counts.is_empty() { 0.0 } else { self.counts.min() as f64 / 1e6 }
    }

    /// Largest value in milliseconds; 0 when empty.
    pub fn max_ms(&self) -> f64 {
        self.counts.max() as f64 / 1e6
    }

    /// The value in milliseconds at quantile `quantile` in [0, 1]; 0 when empty.
    pub fn quantile_ms(&self, quantile: f64) -> f64 {
        self.counts.value_at_quantile(quantile) as f64 / 1e6
    }

    /// Share of values at or below `milliseconds`; 1 when empty.
    pub fn share_within(&self, milliseconds: f64) -> f64 {
        if self.counts.is_empty() {
            return 1.0;
        }
        self.counts.count_between(0, (milliseconds * 1e6) as u64) as f64 / self.counts.len() as f64
    }

    /// A quantile with a 95 % interval from order statistics: the number of values below the true quantile is
    /// binomial (David and Nagaraja, "Order Statistics", 3rd ed., §7.1). It takes the values as independent, which
    /// neighbours in time are not: the spread over repetitions is the more honest figure where both are given.
    pub fn quantile(&self, quantile: f64) -> QuantileEstimate {
        let (low, high) = statistics::quantile_ranks(self.counts.len(), quantile, 0.95);
        let at_rank = |rank: u64| self.counts.value_at_quantile(rank as f64 / self.counts.len().max(1) as f64) as f64 / 1e6;
        QuantileEstimate { value_ms: self.quantile_ms(quantile), low_ms: low.map_or(0.0, at_rank), high_ms: high.map(at_rank) }
    }

    /// The histogram as it would be had requests been sent every `interval_nanos` while a slow one was out (the
    /// correction of HdrHistogram's `recordValueWithExpectedInterval`).
    pub(super) fn corrected(&self, interval_nanos: u64) -> Self {
        Self { counts: self.counts.clone_correct(interval_nanos.max(LOWEST_NANOS)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(count: u64) -> Latencies {
        let mut latencies = Latencies::new();
        (1..=count).for_each(|value| latencies.record_nanos(value * 1_000_000));
        latencies
    }

    #[test]
    fn quantiles_lie_within_three_digits_and_inside_their_interval() {
        let ramp = ramp(10_000);
        for quantile in [0.5, 0.9, 0.99, 0.999] {
            let estimate = ramp.quantile(quantile);
            assert!((estimate.value_ms / (quantile * 10_000.0) - 1.0).abs() < 0.001, "{estimate:?}");
            assert!(estimate.low_ms <= estimate.value_ms && estimate.value_ms <= estimate.high_ms.unwrap(), "{estimate:?}");
        }
        assert!((ramp.share_within(2_500.0) - 0.25).abs() < 0.001);
    }

    #[test]
    fn a_small_sample_does_not_bound_its_tail() {
        let estimate = ramp(100).quantile(0.999);
        assert_eq!(estimate.high_ms, None);
        assert!(estimate.low_ms < 100.0);
    }

    #[test]
    fn values_out_of_range_are_kept_at_the_bound() {
        let mut latencies = Latencies::new();
        latencies.record_nanos(1);
        latencies.record_nanos(u64::MAX);
        assert_eq!(latencies.count(), 2);
        assert!((latencies.max_ms() / 60_000.0 - 1.0).abs() < 0.001);
    }

    #[test]
    fn the_correction_adds_what_a_stall_kept_from_being_sent() {
        let mut latencies = Latencies::new();
        (0..99).for_each(|_| latencies.record_nanos(1_000_000));
        latencies.record_nanos(1_000_000_000);
        let corrected = latencies.corrected(10_000_000);
        assert_eq!(corrected.count(), 199);
        assert!(corrected.quantile_ms(0.9) > 700.0 && latencies.quantile_ms(0.9) < 2.0);
    }
}
