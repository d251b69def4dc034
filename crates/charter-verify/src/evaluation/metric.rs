//! The names of metrics, as measures write them.

/// A figure of merit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Area under the ROC curve.
    Auc,
    /// Average precision: the sum of precisions weighted by the steps of recall, without interpolation.
    AveragePrecision,
    /// True positives ÷ called positive.
    Precision,
    /// True positives ÷ positives.
    Recall,
    /// Harmonic mean of precision and recall.
    F1,
    /// Right ÷ all.
    Accuracy,
    /// False positives ÷ negatives.
    FalsePositiveRate,
    /// Mean of |error|.
    MeanAbsoluteError,
    /// Mean of |error| ÷ |truth|, a ratio.
    MeanAbsolutePercentageError,
    /// Root of the mean squared error.
    RootMeanSquaredError,
    /// Coefficient of determination.
    R2,
    /// Normalised discounted cumulative gain over the first k places, ties averaged.
    Ndcg(usize),
    /// Whether something right stands among the first k places, ties averaged.
    Hit(usize),
    /// 1 ÷ place of the first that is right.
    ReciprocalRank,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Larger is better.
    Up,
    /// Smaller is better.
    Down,
}

impl Metric {
    /// Reads a metric's name: `auc ap precision recall f1 accuracy fpr mae mape rmse r2 ndcg@K hit@K top-K mrr`, also in
    /// the long spelling. K from 1 to 10,000.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace('_', "-");
        if let Some((base, depth)) = name.split_once('@').or_else(|| name.strip_prefix("top-").map(|depth| ("top", depth))) {
            let depth = depth.parse().ok().filter(|depth| (1..=10_000).contains(depth))?;
            return match base {
                "ndcg" => Some(Self::Ndcg(depth)),
                "hit" | "hit-rate" | "top" => Some(Self::Hit(depth)),
                _ => None,
            };
        }
        Some(match name.as_str() {
            "auc" | "roc-auc" => Self::Auc,
            "ap" | "average-precision" | "pr-auc" => Self::AveragePrecision,
            "precision" => Self::Precision,
            "recall" | "tpr" | "sensitivity" => Self::Recall,
            "f1" => Self::F1,
            "accuracy" => Self::Accuracy,
            "fpr" | "false-positive-rate" => Self::FalsePositiveRate,
            "mae" => Self::MeanAbsoluteError,
            "mape" => Self::MeanAbsolutePercentageError,
            "rmse" => Self::RootMeanSquaredError,
            "r2" => Self::R2,
            "mrr" => Self::ReciprocalRank,
            _ => return None,
        })
    }

    /// Which way is better.
    pub fn direction(self) -> Direction {
        match self {
            Self::FalsePositiveRate | Self::MeanAbsoluteError | Self::MeanAbsolutePercentageError | Self::RootMeanSquaredError => {
                Direction::Down
            }
            _ => Direction::Up,
        }
    }

    /// Whether it judges an order rather than a value.
    pub fn is_ranking(self) -> bool {
        matches!(self, Self::Ndcg(_) | Self::Hit(_) | Self::ReciprocalRank)
    }

    /// Whether it judges a number against a number.
    pub fn is_regression(self) -> bool {
        matches!(self, Self::MeanAbsoluteError | Self::MeanAbsolutePercentageError | Self::RootMeanSquaredError | Self::R2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_every_spelling() {
        assert_eq!(Metric::parse("ndcg@10"), Some(Metric::Ndcg(10)));
        assert_eq!(Metric::parse("top-1"), Some(Metric::Hit(1)));
        assert_eq!(Metric::parse("Average_Precision"), Some(Metric::AveragePrecision));
        for wrong in ["ndcg", "ndcg@0", "hit@x", "psi", "", "recall@5"] {
            assert_eq!(Metric::parse(wrong), None, "{wrong}");
        }
    }
}
