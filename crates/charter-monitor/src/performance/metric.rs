//! Metrics of a classifier with two classes, from sums of probabilities.

use serde::{Deserialize, Serialize};

/// What is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    RocAuc,
    F1,
    Precision,
    Recall,
    Specificity,
    Accuracy,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::RocAuc, Self::F1, Self::Precision, Self::Recall, Self::Specificity, Self::Accuracy];

    /// Its name, as NannyML has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RocAuc => "roc_auc",
            Self::F1 => "f1",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::Specificity => "specificity",
            Self::Accuracy => "accuracy",
        }
    }
}

/// A confusion matrix, of rows or of their probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    pub true_positive: f64,
    pub false_positive: f64,
    pub false_negative: f64,
    pub true_negative: f64,
}

impl Confusion {
    /// One row that is answered `predicted`, and positive with a probability.
    #[inline]
    pub fn add(&mut self, predicted: bool, probability: f64) {
        if predicted {
            self.true_positive += probability;
            self.false_positive += 1.0 - probability;
        } else {
            self.false_negative += probability;
            self.true_negative += 1.0 - probability;
        }
    }

    /// Rows.
    pub fn rows(&self) -> f64 {
        self.true_positive + self.false_positive + self.false_negative + self.true_negative
    }

    /// A metric, 0 where it is undefined (scikit-learn's `zero_division`); `None` for the area, which needs scores.
    pub fn metric(&self, metric: Metric) -> Option<f64> {
        let ratio = |above: f64, below: f64| if below == 0.0 { 0.0 } else { above / below };
        let (tp, fp, missed, tn) = (self.true_positive, self.false_positive, self.false_negative, self.true_negative);
        Some(match metric {
            Metric::RocAuc => return None,
            Metric::F1 => ratio(tp, tp + 0.5 * (fp + missed)),
            Metric::Precision => ratio(tp, tp + fp),
            Metric::Recall => ratio(tp, tp + missed),
            Metric::Specificity => ratio(tn, tn + fp),
            Metric::Accuracy => ratio(tp + tn, self.rows()),
        })
    }
}
