//! Percentile bootstrap, seeded.

use super::Interval;
use crate::random::Random;

/// The percentile bootstrap interval (Efron and Tibshirani, "An Introduction to the Bootstrap", ch. 13) of `statistic`
/// over rows 0..`rows`: `resamples` times, as many rows are drawn with replacement. A resample on which the statistic is
/// undefined is left out; None when fewer than half remain.
pub fn bootstrap_interval(
    rows: usize,
    resamples: usize,
    confidence: f64,
    seed: u64,
    statistic: impl FnMut(&[usize]) -> Option<f64>,
) -> Option<Interval> {
    let all: Vec<usize> = (0..rows).collect();
    stratified_bootstrap_interval(&[all], resamples, confidence, seed, statistic)
}

/// Like [`bootstrap_interval`], drawing within each stratum, so that every resample keeps the class counts.
pub fn stratified_bootstrap_interval(
    strata: &[Vec<usize>],
    resamples: usize,
    confidence: f64,
    seed: u64,
    mut statistic: impl FnMut(&[usize]) -> Option<f64>,
) -> Option<Interval> {
    let mut random = Random::seeded(seed);
    let mut drawn = Vec::with_capacity(strata.iter().map(Vec::len).sum());
    let mut figures = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        drawn.clear();
        for stratum in strata {
            drawn.extend((0..stratum.len()).filter_map(|_| stratum.get(random.below(stratum.len())).copied()));
        }
        figures.extend(statistic(&drawn).filter(|figure| figure.is_finite()));
    }
    if figures.is_empty() || figures.len() * 2 < resamples {
        return None;
    }
    figures.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Some(Interval { low: interpolated(&figures, tail), high: interpolated(&figures, 1.0 - tail) })
}

/// The quantile of sorted values with linear interpolation (type 7 of Hyndman and Fan).
fn interpolated(sorted: &[f64], quantile: f64) -> f64 {
    let position = quantile * sorted.len().saturating_sub(1) as f64;
    let (below, share) = (position.floor() as usize, position.fract());
    let low = sorted.get(below).copied().unwrap_or(f64::NAN);
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    low + (high - low) * share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_has_the_width_that_theory_gives() {
        let values: Vec<f64> = (0..400).map(|index| f64::from(index % 20)).collect();
        let mean = |rows: &[usize]| Some(rows.iter().map(|row| values[*row]).sum::<f64>() / rows.len() as f64);
        let interval = bootstrap_interval(values.len(), 2_000, 0.95, 9, mean).unwrap();
        let half = 1.96 * (33.25f64 / 400.0).sqrt();
        assert!((interval.low - (9.5 - half)).abs() < 0.05 && (interval.high - (9.5 + half)).abs() < 0.05, "{interval:?}");
        assert_eq!(bootstrap_interval(values.len(), 2_000, 0.95, 9, mean), Some(interval));
        assert_ne!(bootstrap_interval(values.len(), 2_000, 0.95, 10, mean), Some(interval));
    }

    #[test]
    fn strata_keep_their_sizes_and_undefined_statistics_give_no_interval() {
        let strata = vec![vec![0, 1, 2], vec![3, 4]];
        let check = |rows: &[usize]| {
            assert_eq!(rows.iter().filter(|row| **row < 3).count(), 3);
            Some(1.0)
        };
        assert_eq!(stratified_bootstrap_interval(&strata, 50, 0.95, 1, check), Some(Interval { low: 1.0, high: 1.0 }));
        assert_eq!(bootstrap_interval(5, 50, 0.95, 1, |_| None), None);
        assert_eq!(bootstrap_interval(0, 50, 0.95, 1, |rows| (!rows.is_empty()).then_some(0.0)), None);
    }
}
