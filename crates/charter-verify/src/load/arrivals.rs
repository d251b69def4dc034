//! When requests are due in the open loop: pure arithmetic over a seed, no clock.

use serde::{Deserialize, Serialize};

use crate::random::Random;

/// How arrivals of one rate are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Spacing {
    /// Equal gaps.
    Constant,
    /// Exponential gaps: independent callers, the harder case for a queue.
    Poisson,
}

/// An endless series of due times, in nanoseconds from the start.
#[derive(Debug)]
pub(super) struct Arrivals {
    gap_nanos: f64,
    spacing: Spacing,
    random: Random,
    due_nanos: f64,
}

impl Arrivals {
    /// `rate_per_second` above zero; `offset` in [0, 1) shifts the first arrival by that share of a gap, so that several
    /// workers of one constant rate do not all fire at once.
    pub(super) fn new(rate_per_second: f64, spacing: Spacing, offset: f64, random: Random) -> Self {
        let gap_nanos = 1e9 / rate_per_second;
        let mut arrivals = Self { gap_nanos, spacing, random, due_nanos: gap_nanos * offset };
        if spacing == Spacing::Poisson {
            arrivals.step();
        }
        arrivals
    }

    fn step(&mut self) {
        self.due_nanos += match self.spacing {
            Spacing::Constant => self.gap_nanos,
            Spacing::Poisson => self.random.exponential(self.gap_nanos),
        };
    }

    /// The next due time, which is then consumed.
    pub(super) fn next_nanos(&mut self) -> u64 {
        let due = self.due_nanos;
        self.step();
        due as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_arrivals_keep_their_rate_over_an_hour() {
        let mut arrivals = Arrivals::new(3_000.0, Spacing::Constant, 0.5, Random::seeded(1));
        let last = (0..3_000 * 3_600).map(|_| arrivals.next_nanos()).last();
        let error = last.unwrap().abs_diff(3_600_000_000_000 - 166_667);
        assert!(error < 1_000_000, "{error} ns off after an hour");
    }

    #[test]
    fn poisson_gaps_have_the_mean_and_the_deviation_of_an_exponential() {
        let mut arrivals = Arrivals::new(1_000.0, Spacing::Poisson, 0.0, Random::seeded(2));
        let times: Vec<f64> = (0..100_000).map(|_| arrivals.next_nanos() as f64 / 1e6).collect();
        let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let deviation = (gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64).sqrt();
        assert!((mean - 1.0).abs() < 0.02 && (deviation - 1.0).abs() < 0.03, "mean {mean} deviation {deviation}");
    }
}
