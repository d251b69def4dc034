//! What is known about metrics: their dimension, how they are proved, and what they are called.
//!
//! A metric that is not in the table is allowed: its dimension is not checked, and it is proved at run time.

use super::ast::{Path, Proof};
use crate::quantity::Dimension;

/// The dimension of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricDimension {
    /// A length of time.
    Time,
    /// A share.
    Ratio,
    /// A plain number.
    Count,
    /// Events per time.
    Rate,
    /// Bytes.
    Bytes,
    /// Money per time.
    MoneyPerTime,
    /// Words, not numbers.
    Word,
}

impl MetricDimension {
    /// What the user calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Ratio => "share",
            Self::Count => "number",
            Self::Rate => "rate",
            Self::Bytes => "bytes",
            Self::MoneyPerTime => "money per time",
            Self::Word => "word",
        }
    }

    /// Whether a quantity of a dimension may be compared with it. Bare numbers always may: lint asks for their unit.
    pub fn fits(self, dimension: Dimension) -> bool {
        matches!(
            (self, dimension),
            (_, Dimension::Count)
                | (Self::Time, Dimension::Time)
                | (Self::Rate, Dimension::Rate)
                | (Self::Bytes, Dimension::Bytes)
                | (Self::Ratio, Dimension::Ratio | Dimension::Points)
                | (Self::Count, Dimension::Ratio)
                | (Self::MoneyPerTime, Dimension::MoneyPerTime(_))
        )
    }
}

/// A metric that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name or dotted path.
    pub name: &'static str,
    /// Its dimension.
    pub dimension: MetricDimension,
    /// How a promise about it is proved.
    pub proof: Proof,
    /// What it is called in a sentence.
    pub words: &'static str,
}

/// Metrics that are written as a share and may be more than one: distances and errors in percent, and use that counts processors.
const BEYOND_WHOLE: &[&str] = &["cpu.utilization", "gpu.utilization", "mape", "psi", "drift"];

impl Metric {
    /// Whether it is a part of a whole: between 0 and 100 %.
    pub(super) fn is_part_of_whole(&self) -> bool {
        self.dimension == MetricDimension::Ratio && !BEYOND_WHOLE.contains(&self.name)
    }
}

macro_rules! metrics {
    ($($name:literal $dimension:ident $proof:ident $words:literal;)*) => {
        /// Every known metric.
        pub const METRICS: &[Metric] = &[
            $(Metric { name: $name, dimension: MetricDimension::$dimension, proof: Proof::$proof, words: $words },)*
        ];
    };
}

metrics! {
    "latency" Time Load "latency";
    "answered" Ratio Load "answered calls";
    "errors" Ratio Load "errors";
    "rung" Word Load "rung";
    "throughput" Rate Load "throughput";
    "goodput" Rate Load "goodput";
    "availability" Ratio Runtime "availability";
    "queue.depth" Count Load "queue depth";
    "queue.wait" Time Load "wait in the queue";
    "gpu.utilization" Ratio Runtime "use of accelerators";
    "cpu.utilization" Ratio Runtime "use of processors";
    "memory" Bytes Load "memory";
    "gpu.memory" Bytes Load "memory of accelerators";
    "load_time" Time Load "time to load";
    "time_to_rollback" Time Chaos "time to roll back";
    "time_to_degrade" Time Chaos "time to step down";
    "time_to_recover" Time Chaos "time to recover";
    "freshness" Time Runtime "age of data";
    "spend" MoneyPerTime Runtime "spend";
    "cost.total" MoneyPerTime Static "total cost";
    "cost.ceiling" MoneyPerTime Static "cost ceiling";
    "roadmap.end" Time Static "end of the phase";
    "roadmap.effort" Time Static "effort";
    "team.capacity" Time Static "capacity of the team";
    "risks.open" Count Static "open risks";
    "region" Word Static "region";
    "platform" Word Review "platform";
    "accuracy" Ratio Evaluation "accuracy";
    "precision" Ratio Evaluation "precision";
    "recall" Ratio Evaluation "recall";
    "specificity" Ratio Evaluation "specificity";
    "f1" Ratio Evaluation "F1";
    "auc" Ratio Evaluation "area under the ROC curve";
    "average_precision" Ratio Evaluation "average precision";
    "fpr" Ratio Evaluation "false-positive rate";
    "fnr" Ratio Evaluation "false-negative rate";
    "tpr" Ratio Evaluation "true-positive rate";
    "ndcg" Ratio Evaluation "NDCG";
    "mrr" Ratio Evaluation "mean reciprocal rank";
    "map" Ratio Evaluation "mean average precision";
    "hit_rate" Ratio Evaluation "hit rate";
    "coverage" Ratio Evaluation "coverage";
    "mape" Ratio Evaluation "mean absolute percentage error";
    "mae" Count Evaluation "mean absolute error";
    "rmse" Count Evaluation "root mean squared error";
    "r2" Count Evaluation "R²";
    "log_loss" Count Evaluation "log loss";
    "brier" Ratio Evaluation "Brier score";
    "calibration_error" Ratio Evaluation "calibration error";
    "psi" Ratio Runtime "population stability index";
    "agreement" Ratio Runtime "agreement";
    "drift" Ratio Runtime "drift";
    "csat" Count Runtime "customer satisfaction";
    "feasibility" Word Review "feasibility";
    "runtime" Word Review "runtime";
    "contract" Ratio Contract "contract";
    "breach" Ratio Runtime "breach";
}

/// The metric of a path, whatever its cut-off.
pub fn metric(path: &Path) -> Option<&'static Metric> {
    let name = path.dotted();
    METRICS.iter().find(|metric| metric.name == name)
}

/// The percentile that an aggregate takes: 99.9 for `p99.9`.
pub fn percentile(function: &Path) -> Option<f64> {
    let name = function.dotted();
    if name == "median" {
        return Some(50.0);
    }
    let digits = name.strip_prefix('p')?;
    let valid =
        digits.as_bytes().first().is_some_and(u8::is_ascii_digit) && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value: f64 = valid.then(|| digits.parse().ok()).flatten()?;
    (value > 0.0 && value < 100.0).then_some(value)
}
