//! How much an estimate varies with the rows of a chunk: NannyML's sampling error, from the reference.

use super::metric::{Confusion, Metric};
use serde::{Deserialize, Serialize};

/// A deviation and the share of rows that it is of: the error of a chunk is deviation/√(rows · share).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// `None` where no row tells of it.
    deviation: Option<f64>,
    share: f64,
}

impl Sampling {
    fn new(deviation: f64, share: f64) -> Self {
        Self { deviation: Some(deviation).filter(|deviation| deviation.is_finite()), share }
    }

    /// The standard error for a chunk; `None` where the reference has no row that tells of it.
    pub fn error(&self, rows: u64) -> Option<f64> {
        self.deviation.map(|deviation| deviation / (rows as f64 * self.share).sqrt())
    }

    /// Of a metric of the reference's own answers.
    pub(super) fn of(metric: Metric, confusion: &Confusion, order: &[u32], scores: &[f64], labels: &[bool]) -> Self {
        let (tp, fp, missed, tn) = (confusion.true_positive, confusion.false_positive, confusion.false_negative, confusion.true_negative);
        let rows = confusion.rows();
        // The deviation over the population of as many ones and zeros.
        let mixed = |ones: f64, zeros: f64| (ones * zeros).sqrt() / (ones + zeros);
        match metric {
            Metric::RocAuc => area(order, scores, labels),
            Metric::F1 => {
                let relevant = tp + fp + missed;
                Self::new(mixed(tp, fp + missed) * relevant / ((missed + fp) * 0.5 + tp), relevant / rows)
            }
            Metric::Precision => Self::new(mixed(tp, fp), (tp + fp) / rows),
            Metric::Recall => Self::new(mixed(tp, missed), (tp + missed) / rows),
            Metric::Specificity => Self::new(mixed(tn, fp), (tn + fp) / rows),
            Metric::Accuracy => Self::new(mixed(tp + tn, fp + missed), 1.0),
        }
    }
}

/// The deviation, over rows of the rarer class, of the share of the other class below them (the area as a Mann–Whitney statistic). As NannyML has it the
/// lowest row is never counted among the rarer class, and equal scores stay in an order; here it is the rows' own.
fn area(order: &[u32], scores: &[f64], labels: &[bool]) -> Sampling {
    let positives = labels.iter().filter(|label| **label).count();
    let count = order.len();
    // The rarer class is the positive one, scores turned round with the labels; equal scores keep their order.
    let turned = 2 * positives > count;
    let rare = if turned { count - positives } else { positives };
    let mut rows: Vec<u32> = order.to_vec();
    if turned {
        rows.sort_unstable_by(|&a, &b| (1.0 - scores[a as usize]).total_cmp(&(1.0 - scores[b as usize])).then(a.cmp(&b)));
    }
    let others = (count - rare) as f64;
    let (mut shares, mut seen) = (Vec::with_capacity(rare), 0_usize);
    for (rank, &row) in rows.iter().enumerate() {
        if labels[row as usize] != turned && rank > 0 {
            shares.push((rank - seen) as f64 / others);
            seen += 1;
        }
    }
    Sampling::new(crate::statistics::numpy::deviation(&shares), rare as f64 / count as f64)
}
