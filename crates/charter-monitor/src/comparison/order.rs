//! Agreement on orders: how much the first places share.
//!
//! A row of texts or whole numbers is an order of items, best first; a row of floats holds one score for each place, and its order
//! is that of the scores, best first.

use super::cells;
use crate::statistics::rank::{discounted_gain, overlap, rank_biased_overlap};
use charter_engine::tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Persistence of the rank-biased overlap: the first ten places weigh 86 %.
const PERSISTENCE: f64 = 0.9;
/// Most places of a row that are looked at.
const PLACES_MAX: usize = 1_000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RankingFold {
    rows: u64,
    enough: u64,
    overlap_sum: f64,
    biased_sum: f64,
    mirror_gain_sum: f64,
    primary_gain_sum: f64,
}

/// What was found about an order; means over rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RankingReport {
    pub rows: u64,
    /// Rows whose overlap is at least the one stated.
    pub enough: u64,
    /// Share of the first k items that both hold.
    pub overlap: f64,
    /// Rank-biased overlap at p = .9.
    pub rank_biased_overlap: f64,
    /// NDCG at k of the mirror if the primary is right, and the other way round.
    pub gain_of_mirror: f64,
    pub gain_of_primary: f64,
}

impl RankingFold {
    /// 1 plus what is missing of the overlap, or `None` when there is enough.
    pub(super) fn row(&mut self, primary: &Tensor, mirror: &Tensor, row: Range<usize>, k: usize, overlap_min: f64) -> Option<f64> {
        let (before, after) = (places(primary, row.clone()), places(mirror, row));
        let shared = overlap(&before, &after, k);
        self.rows += 1;
        self.overlap_sum += shared;
        self.biased_sum += rank_biased_overlap(&before, &after, PERSISTENCE);
        self.mirror_gain_sum += discounted_gain(&before, &after, k);
        self.primary_gain_sum += discounted_gain(&after, &before, k);
        let enough = shared >= overlap_min;
        self.enough += u64::from(enough);
        (!enough).then_some(2.0 - shared)
    }

    pub(super) fn report(&self) -> RankingReport {
        let mean = |sum: f64| if self.rows == 0 { 0.0 } else { sum / self.rows as f64 };
        RankingReport {
            rows: self.rows,
            enough: self.enough,
            overlap: mean(self.overlap_sum),
            rank_biased_overlap: mean(self.biased_sum),
            gain_of_mirror: mean(self.mirror_gain_sum),
            gain_of_primary: mean(self.primary_gain_sum),
        }
    }
}

/// The items of a row, best first.
fn places(tensor: &Tensor, row: Range<usize>) -> Vec<String> {
    let row = row.start..row.end.min(row.start + PLACES_MAX);
    if !tensor.datatype().is_float() {
        return row.map(|index| cells::label(tensor, index)).collect();
    }
    let mut scored: Vec<(usize, f64)> =
        row.clone().map(|index| (index - row.start, cells::number(tensor, index).unwrap_or(f64::NAN))).collect();
    // NaN comes last; equal scores keep their places.
    scored.sort_by(|a, b| match (a.1.is_nan(), b.1.is_nan()) {
        (false, false) => b.1.total_cmp(&a.1),
        (a, b) => a.cmp(&b),
    });
    scored.into_iter().map(|(place, _)| place.to_string()).collect()
}
