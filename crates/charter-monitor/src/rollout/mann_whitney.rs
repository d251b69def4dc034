//! The Mann-Whitney U test with a confidence interval of the shift, and Kayenta's classes by it. What a class leads to belongs to the judge.
//!
//! After `com.netflix.kayenta.mannwhitney.MannWhitney` and `MannWhitneyClassifier`, which follow R's asymptotic `wilcox.test`: the interval holds all
//! shifts that a two-sided test with continuity and tie correction does not reject. Two things differ: roots are found exactly, where Kayenta's solver
//! may stop early, and each bad share is a metric whose increase alone is a failure (`direction: increase`); a decrease is told, not punished.

use super::record::Class;

/// Part of the Hodges-Lehmann estimate that the interval must clear.
const TOLERANCE: f64 = 0.25;
/// Quantile of the normal distribution for a two-sided 98 %.
const Z: f64 = 2.326_347_874_040_841;
/// With fewer points of each version no order of them is significant at 98 %, so passing would mean nothing.
pub(super) const POINTS_MIN: usize = 5;

/// The candidate's points against the stable version's: `High` if they are higher by more than the tolerance.
pub(super) fn classify(stable: &[f64], candidate: &[f64]) -> Class {
    if stable.len() < POINTS_MIN || candidate.len() < POINTS_MIN {
        return Class::NoData;
    }
    let shift = Shift::new(stable, candidate);
    let bound = TOLERANCE * shift.root(0.0).abs();
    if shift.root(Z) > bound {
        Class::High
    } else if shift.root(-Z) < -bound {
        Class::Low
    } else {
        Class::Pass
    }
}

struct Shift {
    stable: Vec<f64>,
    candidate: Vec<f64>,
    lowest: f64,
    highest: f64,
}

impl Shift {
    fn new(stable: &[f64], candidate: &[f64]) -> Self {
        let sorted = |points: &[f64]| {
            let mut points = points.to_vec();
            points.sort_by(f64::total_cmp);
            points
        };
        let (stable, candidate) = (sorted(stable), sorted(candidate));
        let ends = |points: &[f64]| [points.first().copied().unwrap_or(0.0), points.last().copied().unwrap_or(0.0)];
        let ([stable_low, stable_high], [candidate_low, candidate_high]) = (ends(&stable), ends(&candidate));
        Self { stable, candidate, lowest: candidate_low - stable_high, highest: candidate_high - stable_low }
    }

    /// The standardised U of the candidate's points, each lowered by `shift`. Falls with it. 0 if all points are tied.
    fn statistic(&self, shift: f64) -> f64 {
        let (n, m) = (self.candidate.len() as f64, self.stable.len() as f64);
        let wins: f64 = self
            .candidate
            .iter()
            .map(|point| {
                let point = point - shift;
                let below = self.stable.partition_point(|other| *other < point);
                let not_above = self.stable.partition_point(|other| *other <= point);
                f64::midpoint(below as f64, not_above as f64)
            })
            .sum();
        let mut all: Vec<f64> = self.candidate.iter().map(|point| point - shift).chain(self.stable.iter().copied()).collect();
        all.sort_by(f64::total_cmp);
        let ties: f64 = all.chunk_by(|a, b| a == b).map(|tied| (tied.len() as f64).powi(3) - tied.len() as f64).sum();
        let variance = n * m / 12.0 * ((n + m + 1.0) - ties / ((n + m) * (n + m - 1.0)));
        let difference = wins - n * m / 2.0;
        if variance <= 0.0 || difference == 0.0 {
            return 0.0;
        }
        (difference - 0.5 * difference.signum()) / variance.sqrt()
    }

    /// The shift at which the statistic passes `z`, within the range that the points can have.
    fn root(&self, z: f64) -> f64 {
        let (mut low, mut high) = (self.lowest, self.highest);
        if self.statistic(low) <= z {
            return low;
        }
        if self.statistic(high) >= z {
            return high;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.statistic(middle) > z { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(from: f64) -> Vec<f64> {
        // Without ties, also between differences.
        (0..20).map(|index| from + f64::from(index) * 0.01 + f64::from(index * index) * 0.000_37).collect()
    }

    #[test]
    fn the_interval_is_the_one_of_ordered_differences() {
        let (stable, candidate) = (points(0.0), points(0.05));
        let mut differences: Vec<f64> = candidate.iter().flat_map(|a| stable.iter().map(move |b| a - b)).collect();
        differences.sort_by(f64::total_cmp);
        // Textbook: U rejects at z once fewer than nm/2 - z sqrt(nm(n+m+1)/12) - 1/2 differences lie below the shift.
        let below = 200.0 - Z * (400.0_f64 * 41.0 / 12.0).sqrt() - 0.5;
        let shift = Shift::new(&stable, &candidate);
        let low = differences[below.floor() as usize];
        assert!((shift.root(Z) - low).abs() < 1e-9, "{} {low}", shift.root(Z));
        let median = f64::midpoint(differences[199], differences[200]);
        assert!((shift.root(0.0) - median).abs() < 0.002);
        assert!((shift.root(-Z) - differences[399 - below.floor() as usize]).abs() < 1e-9);
    }

    #[test]
    fn classes_follow_the_shift() {
        assert_eq!(classify(&points(0.0), &points(0.3)), Class::High);
        assert_eq!(classify(&points(0.3), &points(0.0)), Class::Low);
        assert_eq!(classify(&points(0.0), &points(0.01)), Class::Pass);
        assert_eq!(classify(&points(0.0), &points(0.0)), Class::Pass);
        assert_eq!(classify(&[0.0; 10], &[0.0; 10]), Class::Pass, "a baseline without an error");
        assert_eq!(classify(&[0.0; 10], &[0.02; 10]), Class::High, "a constant shift");
        assert_eq!(classify(&[0.0; 4], &[1.0; 4]), Class::NoData);
    }

    #[test]
    fn with_five_points_each_a_complete_separation_is_significant() {
        assert_eq!(classify(&[0.1, 0.2, 0.3, 0.4, 0.5], &[5.1, 5.2, 5.3, 5.4, 5.5]), Class::High);
    }
}
