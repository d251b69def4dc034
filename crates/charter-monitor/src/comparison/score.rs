//! Agreement on scores: within a tolerance, and how far apart otherwise.

use super::cells;
use crate::statistics::draw::Draw;
use crate::statistics::rank::spearman;
use crate::statistics::reservoir::{Reservoir, stability_index};
use charter_engine::tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Pairs of scores kept for rank correlation and stability; a standard error of about .02 on the former.
const SAMPLE: usize = 2_000;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ScoreFold {
    rows: u64,
    within: u64,
    /// Of finite differences, value by value.
    values: u64,
    difference_sum: f64,
    difference_max: f64,
    /// Values where one side alone, or both in different ways, is no finite number.
    not_finite: u64,
    sample: Reservoir<(f64, f64)>,
}

/// What was found about a score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreReport {
    pub rows: u64,
    /// Rows whose values are all within the tolerances.
    pub within: u64,
    pub mean_difference: f64,
    pub max_difference: f64,
    /// Values where the two sides are not both finite, nor both NaN.
    pub not_finite: u64,
    /// Spearman's rank correlation, over a fair sample of up to 2,000 values; `None` where it is undefined.
    pub rank_correlation: Option<f64>,
    /// Population stability index of the mirror against the primary, same sample.
    pub stability_index: Option<f64>,
}

impl Default for ScoreFold {
    fn default() -> Self {
        Self { rows: 0, within: 0, values: 0, difference_sum: 0.0, difference_max: 0.0, not_finite: 0, sample: Reservoir::new(SAMPLE) }
    }
}

/// |a − b| ≤ abs + rel · |a|.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tolerance {
    pub(super) abs: f64,
    pub(super) rel: f64,
}

impl ScoreFold {
    /// The largest difference of the row in units of its tolerance, or `None` when all are within.
    pub(super) fn row(
        &mut self,
        primary: &Tensor,
        mirror: &Tensor,
        row: Range<usize>,
        tolerance: Tolerance,
        draw: &mut Draw,
    ) -> Option<f64> {
        let mut worst = 0.0_f64;
        for index in row {
            let (Some(before), Some(after)) = (cells::number(primary, index), cells::number(mirror, index)) else { continue };
            if before.is_finite() && after.is_finite() {
                let difference = (before - after).abs();
                self.values += 1;
                self.difference_sum += difference.min(f64::MAX / 1e18);
                self.difference_max = self.difference_max.max(difference.min(f64::MAX));
                self.sample.add((before, after), draw);
                let allowed = tolerance.abs + tolerance.rel * before.abs();
                if difference > allowed {
                    worst = worst.max((difference / allowed.max(f64::MIN_POSITIVE)).clamp(1.0, 1e9));
                }
            } else if !(before == after || (before.is_nan() && after.is_nan())) {
                self.not_finite += 1;
                worst = 1e9;
            }
        }
        self.rows += 1;
        self.within += u64::from(worst == 0.0);
        (worst > 0.0).then_some(worst)
    }

    pub(super) fn report(&self) -> ScoreReport {
        ScoreReport {
            rows: self.rows,
            within: self.within,
            mean_difference: if self.values == 0 { 0.0 } else { self.difference_sum / self.values as f64 },
            max_difference: self.difference_max,
            not_finite: self.not_finite,
            rank_correlation: spearman(self.sample.items()),
            stability_index: stability_index(self.sample.items()),
        }
    }
}
