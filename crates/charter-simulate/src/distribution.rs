//! Weighted durations in constant space, and their quantiles.
//!
//! Buckets are linear within an octave: 64 to one, so a quantile is off by less than 1 %. Intervals and spreads do not belong here.

/// Buckets of an octave, as a power of two.
const BITS: u32 = 6;
const BUCKETS: usize = (64 - BITS as usize + 1) << BITS;

/// A distribution of nanoseconds; each value counts as many times as its weight says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution {
    /// Empty until the first value.
    weights: Vec<f64>,
    total: f64,
    sum: f64,
}

impl Distribution {
    pub fn record(&mut self, nanos: u64, weight: f64) {
        if self.weights.is_empty() {
            self.weights.resize(BUCKETS, 0.0);
        }
        if let Some(bucket) = self.weights.get_mut(bucket(nanos)) {
            *bucket += weight;
        }
        self.total += weight;
        self.sum += weight * nanos as f64;
    }

    /// Adds another distribution, each of whose values counts `factor` times as much.
    pub fn add_scaled(&mut self, other: &Self, factor: f64) {
        if other.weights.is_empty() {
            return;
        }
        if self.weights.is_empty() {
            self.weights.resize(BUCKETS, 0.0);
        }
        self.weights.iter_mut().zip(&other.weights).for_each(|(own, theirs)| *own += theirs * factor);
        self.total += other.total * factor;
        self.sum += other.sum * factor;
    }

    pub fn total(&self) -> f64 {
        self.total
    }

    /// Milliseconds; `None` when empty.
    pub fn mean_ms(&self) -> Option<f64> {
        (self.total > 0.0).then(|| self.sum / self.total / 1e6)
    }

    /// Milliseconds at a quantile in [0, 1]; `None` when empty.
    pub fn quantile_ms(&self, quantile: f64) -> Option<f64> {
        if self.total <= 0.0 {
            return None;
        }
        let rank = quantile.clamp(0.0, 1.0) * self.total;
        let mut below = 0.0;
        let mut last = 0;
        for (number, weight) in self.weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            below += weight;
            last = number;
            if below >= rank {
                break;
            }
        }
        Some(middle(last) / 1e6)
    }
}

fn bucket(nanos: u64) -> usize {
    let length = 64 - nanos.leading_zeros();
    if length <= BITS {
        return nanos as usize;
    }
    let shift = length - BITS - 1;
    // The leading bit is dropped: what follows it counts within the octave.
    let within = (nanos >> shift) as usize - (1 << BITS);
    (((shift + 1) as usize) << BITS) + within
}

/// The middle of a bucket.
fn middle(bucket: usize) -> f64 {
    let (octave, within) = (bucket >> BITS, bucket & ((1 << BITS) - 1));
    if octave == 0 {
        return within as f64;
    }
    let width = 2_f64.powi(octave as i32 - 1);
    ((1 << BITS) + within) as f64 * width + (width - 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_count_weights() {
        let mut distribution = Distribution::default();
        distribution.record(1_000_000, 90.0);
        distribution.record(5_000_000, 10.0);
        let near = |value: Option<f64>, expected: f64| assert!((value.unwrap_or(0.0) / expected - 1.0).abs() < 0.01, "{value:?}");
        near(distribution.quantile_ms(0.5), 1.0);
        near(distribution.quantile_ms(0.95), 5.0);
        near(distribution.mean_ms(), 1.4);
        assert_eq!(Distribution::default().quantile_ms(0.5), None);
    }

    proptest! {
        #[test]
        fn a_value_lies_in_its_bucket(nanos in any::<u64>()) {
            let middle = middle(bucket(nanos));
            prop_assert!((middle - nanos as f64).abs() <= nanos as f64 * 0.01 + 0.5);
            prop_assert!(bucket(nanos) < BUCKETS);
        }
    }
}
