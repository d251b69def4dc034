//! Distances along the line from counts in cells: Kolmogorov and Smirnov's, and Wasserstein's first.

use super::measure::{CONFIDENCE, Estimate};
use super::reference::NumberReference;
use super::window::NumberWindow;
use crate::statistics::{Interval, two_sided_z};

/// Distribution functions of both sides at the cells' ends.
pub(super) struct Steps {
    /// `(reference, current)` below or at each end but the last cell's.
    shares: Vec<(f64, f64)>,
    before: f64,
    after: f64,
}

impl Steps {
    pub(super) fn new(baseline: &NumberWindow, window: &NumberWindow) -> Self {
        let (before, after) = (baseline.counts.counts(), window.counts.counts());
        let (n, m) = (before.iter().sum::<u64>().max(1) as f64, after.iter().sum::<u64>().max(1) as f64);
        let (mut low, mut high) = (0, 0);
        let mut shares = Vec::with_capacity(before.len());
        for (left, right) in before.iter().zip(&after) {
            low += left;
            high += right;
            shares.push((low as f64 / n, high as f64 / m));
        }
        shares.pop();
        Self { shares, before: n, after: m }
    }

    /// sup |F − G| over the cells' ends, at most one cell's share of the reference (1/256, without atoms) below that of the rows themselves. The
    /// interval takes the place of the maximum as given, and is a little too narrow near equality; chance alone gives about .87 √(1/n + 1/m).
    pub(super) fn smirnov(&self) -> Estimate {
        let farthest = self.shares.iter().copied().max_by(|a, b| (a.0 - a.1).abs().total_cmp(&(b.0 - b.1).abs())).unwrap_or((0.0, 0.0));
        let value = (farthest.0 - farthest.1).abs();
        let spread = farthest.0 * (1.0 - farthest.0) / self.before + farthest.1 * (1.0 - farthest.1) / self.after;
        let scarcity = (1.0 / self.before + 1.0 / self.after).sqrt();
        let half = two_sided_z(CONFIDENCE) * spread.max(0.0).sqrt();
        // Chance is not added to a distance that is far above it, but taken in the square.
        let noise = value - (value * value - (0.87 * scarcity).powi(2)).max(0.0).sqrt();
        Estimate { value, noise, interval: Interval { low: (value - noise - half).max(0.0), high: (value + half).min(1.0) } }
    }

    /// ∫ |F − G| dx in the reference's deviations, mass within a cell spread evenly, beyond the reference's range by the rows' own distances, which is
    /// exact there. The interval is that of the linear functional at the observed signs.
    pub(super) fn wasserstein(&self, reference: &NumberReference, baseline: &NumberWindow, window: &NumberWindow) -> Estimate {
        let uppers = reference.cells.uppers();
        let outside = (window.under / self.after - baseline.under / self.before).abs()
            + (window.over / self.after - baseline.over / self.before).abs();
        let mut value = outside;
        // The slope of the distance by the mass at each end, to its left end: signed widths.
        let mut signed = vec![0.0; uppers.len()];
        for at in 1..uppers.len() {
            let width = (uppers[at] - uppers[at - 1]) / reference.scale;
            let (left, right) = (self.shares[at - 1].1 - self.shares[at - 1].0, self.shares[at].1 - self.shares[at].0);
            value += width * between(left, right);
            signed[at] = width * (left + right).signum() * f64::from(u8::from(left + right != 0.0));
        }
        let variance = self.functional_variance(&signed);
        let half = two_sided_z(CONFIDENCE) * variance.sqrt();
        // Under equality E∫|F − G| = √(2/π) √(1/n + 1/m) ∫ √(F (1 − F)).
        let spread: f64 = (1..uppers.len())
            .map(|at| {
                let middle = (self.shares[at].0 + self.shares[at - 1].0) / 2.0;
                (uppers[at] - uppers[at - 1]) / reference.scale * (middle * (1.0 - middle)).max(0.0).sqrt()
            })
            .sum();
        let chance = (2.0 / std::f64::consts::PI).sqrt() * (1.0 / self.before + 1.0 / self.after).sqrt() * spread;
        let noise = value - (value * value - chance * chance).max(0.0).sqrt();
        Estimate { value, noise, interval: Interval { low: (value - noise - half).max(0.0), high: value + half } }
    }

    /// The variance of Σ width · (G − F) as a functional of both samples: of the sum, for each row, of the widths at and above its cell.
    fn functional_variance(&self, signed: &[f64]) -> f64 {
        let (mut above, mut moments) = (0.0, [0.0_f64; 4]);
        for at in (0..signed.len()).rev() {
            above += signed[at];
            let earlier = if at == 0 { (0.0, 0.0) } else { self.shares[at - 1] };
            let (p, q) = (self.shares[at].0 - earlier.0, self.shares[at].1 - earlier.1);
            moments[0] += p * above;
            moments[1] += p * above * above;
            moments[2] += q * above;
            moments[3] += q * above * above;
        }
        ((moments[1] - moments[0].powi(2)) / self.before + (moments[3] - moments[2].powi(2)) / self.after).max(0.0)
    }
}

/// ∫ |line| over a unit from `left` to `right`.
fn between(left: f64, right: f64) -> f64 {
    if left * right >= 0.0 {
        return (left.abs() + right.abs()) / 2.0;
    }
    (left * left + right * right) / (2.0 * (left.abs() + right.abs()))
}
