//! How far two counted columns are apart, as numbers that people know, with intervals.
//!
//! Distances along the line (KS, W1) are in `distance`, p-values in `test`.

use crate::statistics::{Interval, two_sided_z};
use serde::{Deserialize, Serialize};

/// Confidence of all intervals here.
pub const CONFIDENCE: f64 = 0.95;

/// A measure and where it may lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// As computed from the counts.
    pub value: f64,
    /// What chance alone gives on average with so few rows; the effect is the rest.
    pub noise: f64,
    /// 95 %, by the delta method, around the effect.
    pub interval: Interval,
}

impl Estimate {
    /// The value without what chance alone gives on average; not below 0.
    pub fn effect(&self) -> f64 {
        (self.value - self.noise).max(0.0)
    }
}

/// Counts of the same cells on two sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Sides {
    /// `(reference, current)` of each cell.
    pub(super) cells: Vec<(f64, f64)>,
    /// Sums of both.
    pub(super) before: f64,
    pub(super) after: f64,
}

impl Sides {
    /// Two lists of counts, cell by cell.
    pub fn new(reference: &[u64], current: &[u64]) -> Self {
        let cells: Vec<(f64, f64)> = reference.iter().zip(current).map(|(&before, &after)| (before as f64, after as f64)).collect();
        Self::of(cells)
    }

    fn of(cells: Vec<(f64, f64)>) -> Self {
        let (before, after) = cells.iter().fold((0.0, 0.0), |sums, cell| (sums.0 + cell.0, sums.1 + cell.1));
        Self { cells, before, after }
    }

    /// Cells of rising values put together to about `groups` of equal share of the reference; heavy cells stay whole, empty groups are left out.
    pub fn grouped(&self, groups: usize) -> Self {
        let (mut grouped, mut below) = (vec![(0.0, 0.0); groups], 0.0);
        for cell in &self.cells {
            let at = (below + cell.0 / 2.0) / self.before.max(1.0) * groups as f64;
            let group = &mut grouped[(at as usize).min(groups - 1)];
            *group = (group.0 + cell.0, group.1 + cell.1);
            below += cell.0;
        }
        // Left out are only groups that no row of either side lies in.
        Self::of(grouped.into_iter().filter(|group| group.0 + group.1 > 0.0).collect())
    }

    /// Without the cells that neither side has a row in.
    pub fn occupied(&self) -> Self {
        Self::of(self.cells.iter().copied().filter(|cell| cell.0 + cell.1 > 0.0).collect())
    }

    /// The shares of both sides with half a row added to each cell, so that an empty one has a finite logarithm (Krichevsky and Trofimov, IEEE
    /// Transactions on Information Theory 27, 1981).
    fn smoothed(&self) -> impl Iterator<Item = (f64, f64)> + Clone + '_ {
        let extra = 0.5 * self.cells.len() as f64;
        self.cells.iter().map(move |cell| ((cell.0 + 0.5) / (self.before + extra), (cell.1 + 0.5) / (self.after + extra)))
    }

    /// 1/n + 1/m.
    fn scarcity(&self) -> f64 {
        1.0 / self.before.max(1.0) + 1.0 / self.after.max(1.0)
    }

    /// The population stability index Σ (q − p) ln(q/p) (Siddiqi, Credit Risk Scorecards, 2006); chance gives about (cells − 1)(1/n + 1/m).
    pub fn stability_index(&self) -> Estimate {
        let value = self.smoothed().map(|(p, q)| (q - p) * (q / p).ln()).sum();
        let slope = |(p, q): (f64, f64)| (-(q / p).ln() - q / p + 1.0, (q / p).ln() + 1.0 - p / q);
        self.estimate(value, 1.0, slope)
    }

    /// The Jensen–Shannon divergence in natural units (Lin, IEEE Transactions on Information Theory 37, 1991); an eighth of the stability index where
    /// the sides are close, and so is what chance gives.
    pub fn divergence(&self) -> Estimate {
        let part = |p: f64, middle: f64| if p > 0.0 { p * (p / middle).ln() } else { 0.0 };
        let value = self.smoothed().map(|(p, q)| 0.5 * (part(p, (p + q) / 2.0) + part(q, (p + q) / 2.0))).sum();
        self.estimate(value, 0.125, |(p, q)| (0.5 * (2.0 * p / (p + q)).ln(), 0.5 * (2.0 * q / (p + q)).ln()))
    }

    /// The Jensen–Shannon distance: the root of the divergence, of its noise and of its interval's ends.
    pub fn shannon_distance(&self) -> Estimate {
        root(self.divergence())
    }

    /// Hellinger's distance √(1 − Σ √(p q)); its square is an eighth of the stability index where the sides are close.
    pub fn hellinger(&self) -> Estimate {
        let affinity: f64 = self.smoothed().map(|(p, q)| (p * q).sqrt()).sum();
        root(self.estimate((1.0 - affinity).max(0.0), 0.125, |(p, q)| (-0.5 * (q / p).sqrt(), -0.5 * (p / q).sqrt())))
    }

    /// The delta method for multinomial shares (Agresti, Categorical Data Analysis, 16.1): the variance of the slope over each side by its rows. Near
    /// equality slopes vanish; there the measure is `weight` (1/n + 1/m) times a chi-square, whose variance is added.
    fn estimate(&self, value: f64, weight: f64, slope: impl Fn((f64, f64)) -> (f64, f64)) -> Estimate {
        let mut moments = [0.0; 4];
        for (p, q) in self.smoothed() {
            let (by_p, by_q) = slope((p, q));
            moments[0] += p * by_p;
            moments[1] += p * by_p * by_p;
            moments[2] += q * by_q;
            moments[3] += q * by_q * by_q;
        }
        let first = (moments[1] - moments[0].powi(2)) / self.before.max(1.0) + (moments[3] - moments[2].powi(2)) / self.after.max(1.0);
        let free = self.cells.len().saturating_sub(1) as f64;
        let second = 2.0 * free * (weight * self.scarcity()).powi(2);
        let noise = weight * free * self.scarcity();
        let half = two_sided_z(CONFIDENCE) * (first.max(0.0) + second).sqrt();
        let effect = (value - noise).max(0.0);
        Estimate { value, noise, interval: Interval { low: (value - noise - half).max(0.0), high: effect + half } }
    }
}

fn root(square: Estimate) -> Estimate {
    let value = square.value.max(0.0).sqrt();
    // So that the effect is the root of the square's effect.
    let noise = value - square.effect().sqrt();
    Estimate { value, noise, interval: Interval { low: square.interval.low.sqrt(), high: square.interval.high.sqrt() } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::draw::Draw;
    use proptest::prelude::*;

    fn near(value: f64, expected: f64, allowed: f64) {
        assert!((value - expected).abs() < allowed, "{value} against {expected}");
    }

    #[test]
    fn measures_of_large_counts_are_those_of_the_shares() {
        let sides = Sides::new(&[500_000_000, 300_000_000, 200_000_000], &[400_000_000, 300_000_000, 300_000_000]);
        near(sides.stability_index().value, -0.1 * 0.8_f64.ln() + 0.1 * 1.5_f64.ln(), 1e-7);
        // scipy.spatial.distance.jensenshannon([.5, .3, .2], [.4, .3, .3]).
        near(sides.shannon_distance().value, 0.087_808_5, 1e-3);
        near(sides.hellinger().value, (1.0 - (0.2_f64.sqrt() + 0.3 + 0.06_f64.sqrt())).sqrt(), 1e-7);
        let same = Sides::new(&[500, 300, 200], &[500, 300, 200]);
        assert_eq!((same.stability_index().effect(), same.hellinger().effect()), (0.0, 0.0));
    }

    #[test]
    fn the_interval_holds_the_truth_as_often_as_it_says() {
        let (p, q) = ([0.25, 0.25, 0.25, 0.25], [0.1, 0.2, 0.3, 0.4]);
        let truth: f64 = p.iter().zip(q).map(|(p, q)| (q - p) * f64::ln(q / p)).sum();
        let mut draw = Draw::new(7);
        let mut counts = |shares: &[f64; 4], rows: u32| {
            let mut counts = [0_u64; 4];
            (0..rows).for_each(|_| {
                let (at, mut below) = (draw.uniform(), 0.0);
                let cell = shares
                    .iter()
                    .position(|share| {
                        below += share;
                        at < below
                    })
                    .unwrap_or(3);
                counts[cell] += 1;
            });
            counts
        };
        let affinity: f64 = p.iter().zip(q).map(|(p, q)| f64::sqrt(p * q)).sum();
        let half = |share: f64, other: f64| 0.5 * share * f64::ln(2.0 * share / (share + other));
        let divergence: f64 = p.iter().zip(q).map(|(&p, q)| half(p, q) + half(q, p)).sum();
        let mut held = [0_u32; 3];
        for _ in 0..1_000 {
            let sides = Sides::new(&counts(&p, 2_000), &counts(&q, 1_000));
            held[0] += u32::from(sides.stability_index().interval.contains(truth));
            held[1] += u32::from(sides.shannon_distance().interval.contains(divergence.sqrt()));
            held[2] += u32::from(sides.hellinger().interval.contains((1.0 - affinity).sqrt()));
        }
        // 950 expected, deviation 6.9.
        assert!(held.iter().all(|held| (920..=980).contains(held)), "{held:?}");
    }

    proptest! {
        #[test]
        fn measures_do_not_depend_on_the_order_of_cells_and_stay_within_bounds(mut cells in prop::collection::vec((0_u64..500, 0_u64..500), 2..40)) {
            cells.push((1, 1));
            let sides = |cells: &[(u64, u64)]| {
                let (before, after): (Vec<u64>, Vec<u64>) = cells.iter().copied().unzip();
                Sides::new(&before, &after)
            };
            let (first, one) = (sides(&cells), sides(&cells).grouped(1));
            cells.reverse();
            let second = sides(&cells);
            for measure in [Sides::stability_index, Sides::shannon_distance, Sides::hellinger] {
                let (a, b) = (measure(&first), measure(&second));
                prop_assert!((a.value - b.value).abs() < 1e-9 && a.value >= -1e-12);
                prop_assert!(a.interval.low <= a.effect() + 1e-9 && a.effect() <= a.interval.high + 1e-9, "{a:?}");
            }
            prop_assert!(first.shannon_distance().value <= 2_f64.ln().sqrt() + 1e-9 && first.hellinger().value <= 1.0 + 1e-9);
            prop_assert_eq!((one.cells.len(), one.before, one.after), (1, first.before, first.after));
        }
    }
}
