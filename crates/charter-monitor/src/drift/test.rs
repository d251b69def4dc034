//! Could chance alone have made the difference? P-values from counts in cells.

use super::measure::Sides;
use super::reference::NumberReference;
use super::window::NumberWindow;
use crate::statistics::kolmogorov::limit_above;
use crate::statistics::special::binomial_at_least;
use crate::statistics::tail::{chi_square_above, normal_at_most};
use serde::{Deserialize, Serialize};

/// Least expected rows of a cell on either side; smaller cells are put together.
const EXPECTED_MIN: f64 = 5.0;

/// Chi-square of homogeneity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Homogeneity {
    /// Σ over both sides and all cells of (observed − expected)²/expected, with the expected of the pooled share.
    pub statistic: f64,
    /// Cells left after small ones were put together, less one.
    pub degrees: u32,
    /// Its p-value.
    pub p: f64,
}

impl Homogeneity {
    /// The statistic as a standard normal, by the cube root (Wilson and Hilferty, PNAS 17, 1931); 0 without degrees of freedom.
    pub fn standardised(&self) -> f64 {
        if self.degrees == 0 {
            return 0.0;
        }
        let part = 2.0 / (9.0 * f64::from(self.degrees));
        ((self.statistic / f64::from(self.degrees)).cbrt() - (1.0 - part)) / part.sqrt()
    }
}

impl Sides {
    /// Pearson's test that both sides have one distribution (Cramér, Mathematical Methods of Statistics, 30.6). Cells of rising values are put together
    /// with their right neighbour until both sides expect at least 5 rows.
    pub fn homogeneity_in_order(&self) -> Homogeneity {
        let mut kept: Vec<(f64, f64)> = Vec::new();
        let mut open = (0.0, 0.0);
        for cell in &self.cells {
            open = (open.0 + cell.0, open.1 + cell.1);
            if self.expects_enough(open) {
                kept.push(open);
                open = (0.0, 0.0);
            }
        }
        if let Some(last) = kept.last_mut() {
            *last = (last.0 + open.0, last.1 + open.1);
        }
        self.pearson(&kept)
    }

    /// The same for cells without order: small ones become one cell.
    pub fn homogeneity(&self) -> Homogeneity {
        let (mut kept, small): (Vec<_>, Vec<_>) = self.cells.iter().copied().partition(|&cell| self.expects_enough(cell));
        let rest = small.iter().fold((0.0, 0.0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1));
        if self.expects_enough(rest) {
            kept.push(rest);
        } else if let Some(least) = kept.iter_mut().min_by(|a, b| (a.0 + a.1).total_cmp(&(b.0 + b.1))) {
            *least = (least.0 + rest.0, least.1 + rest.1);
        }
        self.pearson(&kept)
    }

    fn expects_enough(&self, cell: (f64, f64)) -> bool {
        (cell.0 + cell.1) * self.before.min(self.after) >= EXPECTED_MIN * (self.before + self.after)
    }

    fn pearson(&self, cells: &[(f64, f64)]) -> Homogeneity {
        let total = self.before + self.after;
        let side = |observed: f64, expected: f64| if expected > 0.0 { (observed - expected).powi(2) / expected } else { 0.0 };
        let statistic = cells
            .iter()
            .map(|cell| {
                let pooled = (cell.0 + cell.1) / total;
                side(cell.0, pooled * self.before) + side(cell.1, pooled * self.after)
            })
            .sum();
        let degrees = cells.len().saturating_sub(1) as u32;
        Homogeneity { statistic, degrees, p: chi_square_above(statistic, degrees) }
    }

    /// The p-value of the stability index: PSI · n m/(n + m) is about chi-square with cells − 1 degrees of freedom (Yurdakul and Naranjo, Journal of
    /// Risk Model Validation 14, 2020).
    pub fn stability_p(&self) -> f64 {
        let scale = self.before * self.after / (self.before + self.after).max(1.0);
        chi_square_above(self.stability_index().value * scale, self.cells.len().saturating_sub(1) as u32)
    }

    /// Kolmogorov's limit for a distance between the two sides. From cells the distance is at most that of the rows, so p is not too small.
    pub(super) fn smirnov_p(&self, distance: f64) -> f64 {
        limit_above(distance * (self.before * self.after / (self.before + self.after).max(1.0)).sqrt())
    }
}

/// More rows in a tail than the reference has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TailExcess {
    /// Whether it is the upper tail.
    pub upper: bool,
    /// Where the tail begins: rows beyond this value belong to it.
    pub beyond: f64,
    /// Shares of the rows in it.
    pub reference_share: f64,
    /// The same of the window.
    pub share: f64,
    /// That chance put so many there, over the four tails that are looked at (Bonferroni).
    pub p: f64,
}

impl TailExcess {
    /// What the window has more, as a share of all rows.
    pub fn excess(&self) -> f64 {
        (self.share - self.reference_share).max(0.0)
    }
}

/// The tail with the smallest p-value: beyond the reference's range, or beyond its outermost cell of 1/256, below and above. Of all rows in a tail, the
/// window's are binomial with its share of the rows, or less spread still: exact, however few they are (Przyborowski and Wilenski, Biometrika 31, 1940).
pub(super) fn tails(reference: &NumberReference, baseline: &NumberWindow, window: &NumberWindow) -> Option<TailExcess> {
    let (before, after) = (baseline.counts.counts(), window.counts.counts());
    let (n, m) = (before.iter().sum::<u64>(), after.iter().sum::<u64>());
    let (uppers, last) = (reference.cells.uppers(), before.len().checked_sub(1)?);
    if n == 0 || m == 0 || last < 3 {
        return None;
    }
    let tail = |cells: std::ops::Range<usize>, upper: bool, beyond: f64| {
        let (known, found) = (before[cells.clone()].iter().sum::<u64>(), after[cells].iter().sum::<u64>());
        let p = if found == 0 { 1.0 } else { binomial_at_least(found, known + found, m as f64 / (n + m) as f64) };
        TailExcess { upper, beyond, reference_share: known as f64 / n as f64, share: found as f64 / m as f64, p: (4.0 * p).min(1.0) }
    };
    let mut found = vec![tail(0..1, false, reference.least), tail(last..last + 1, true, reference.greatest)];
    // As many outer cells as hold 1/256 of the reference together; a heavy outermost cell is an atom, no tail.
    let own = reference.own.counts.counts();
    let share = own.iter().sum::<u64>() / super::cells::CELLS as u64;
    let outer = |cells: &mut dyn Iterator<Item = u64>| {
        cells
            .scan(0, |sum, count| {
                *sum += count;
                Some(*sum)
            })
            .take_while(|&sum| sum <= share)
            .count()
    };
    let (low, high) = (outer(&mut own.iter().copied()), outer(&mut own.iter().rev().copied()));
    if low > 1 && low < last {
        found.push(tail(0..low, false, uppers[low - 1]));
    }
    if high > 1 && high < last {
        found.push(tail(last + 1 - high..last + 1, true, uppers[last - high]));
    }
    found.into_iter().min_by(|a, b| a.p.total_cmp(&b.p))
}

/// That two shares are equal: chi-square of homogeneity of two cells, two-sided, from the normal (1 when either has no rows).
pub(super) fn shares_p(before: (u64, u64), after: (u64, u64)) -> f64 {
    let (n, m) = (before.1 as f64, after.1 as f64);
    if n == 0.0 || m == 0.0 {
        return 1.0;
    }
    let pooled = (before.0 + after.0) as f64 / (n + m);
    let spread = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    if spread <= 0.0 {
        return 1.0;
    }
    // Half a row of continuity on either side, so that one missing value among thousands is no finding.
    let apart = (before.0 as f64 / n - after.0 as f64 / m).abs() - 0.5 * (1.0 / n + 1.0 / m);
    (2.0 * normal_at_most(-apart.max(0.0) / spread)).min(1.0)
}
