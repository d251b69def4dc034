//! Whether scores are better for being calibrated, and the map that does it: as NannyML decides.

use super::auc;
use super::splits::splits;
use crate::statistics::isotonic::Isotonic;
use serde::{Deserialize, Serialize};

/// Cells of equal count in which mean score and share of positives are compared.
const BINS: usize = 10;
/// Above this area there is nothing to calibrate on.
const PERFECT: f64 = 0.999;

/// From score to probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// Scores are probabilities as they are.
    AsIs,
    /// By a rising curve.
    Isotonic(Isotonic),
}

impl Calibration {
    /// The probability of a positive; NaN for NaN.
    #[inline]
    pub fn at(&self, score: f64) -> f64 {
        match self {
            Self::AsIs => score,
            Self::Isotonic(curve) => curve.at(score),
        }
    }

    /// NannyML's choice: isotonic regression when, over ten stratified splits of nine to one (seed 42), it lowers the expected calibration error of the
    /// rows set aside, taken together; never with one class alone or an area above .999. `None` where that cannot be found out: fewer than two rows of
    /// a class, or fewer than 11 rows.
    ///
    /// NumPy sorts equal values in no stated order; here they stay in theirs. Where one cell ends within a run of equal values the two errors can
    /// differ in their last places from NumPy's, so a choice on the very edge may too.
    pub fn chosen(scores: &[f64], labels: &[bool]) -> Option<Self> {
        let positives = labels.iter().filter(|label| **label).count();
        if positives == 0 || positives == labels.len() {
            return Some(Self::AsIs);
        }
        let order = auc::order(scores);
        if auc::realised(&order, scores, labels) > PERFECT {
            return Some(Self::AsIs);
        }
        let (before, after) = errors(scores, labels, &order)?;
        let pairs = |learns: &dyn Fn(usize) -> bool| sorted(scores, labels, &order, learns);
        if before > after { Isotonic::of_sorted(&pairs(&|_| true)).map(Self::Isotonic) } else { Some(Self::AsIs) }
    }
}

/// Pairs by score, then label, of the rows that are learnt from.
fn sorted(scores: &[f64], labels: &[bool], order: &[u32], learns: &dyn Fn(usize) -> bool) -> Vec<(f64, f64)> {
    let rows = order.iter().map(|&row| row as usize).filter(|&row| learns(row));
    rows.map(|row| (scores[row], f64::from(u8::from(labels[row])))).collect()
}

/// The expected calibration error before and after calibration.
pub(super) fn errors(scores: &[f64], labels: &[bool], order: &[u32]) -> Option<(f64, f64)> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for split in splits(labels)? {
        let curve = Isotonic::of_sorted(&sorted(scores, labels, order, &|row| split.learns[row]))?;
        for row in split.tried {
            before.push((scores[row], labels[row]));
            after.push((curve.at(scores[row]), labels[row]));
        }
    }
    Some((error(before)?, error(after)?))
}

/// The expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015) over cells of equal count, the last one with what is left over.
fn error(mut pairs: Vec<(f64, bool)>) -> Option<f64> {
    let bins = if pairs.len() <= 2 * BINS { pairs.len() / 2 } else { BINS };
    if bins < 2 {
        return None;
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (total, wide) = (pairs.len(), pairs.len() / bins);
    // As many cells as fit, the last one stretched to the end.
    let cells = total / wide;
    let cell = |at: usize| {
        let cell = &pairs[at * wide..if at + 1 == cells { total } else { (at + 1) * wide }];
        let (score, positives) = cell.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + f64::from(u8::from(pair.1))));
        f64::abs(score - positives) / total as f64
    };
    Some((0..cells).map(cell).sum())
}
