//! Confidence-based performance estimation, exactly as NannyML's `CBPE` for two classes: fit on a reference, estimate chunk by chunk.
//!
//! It assumes that scores, calibrated on the reference, stay calibrated: it sees that other inputs come, not that the same inputs now mean something
//! else. `assumption` holds that against labels when they arrive.

use super::auc;
use super::calibration::Calibration;
use super::metric::{Confusion, Metric};
use super::sampling::Sampling;
use crate::statistics::isotonic::Isotonic;
use crate::statistics::{Interval, numpy};
use serde::{Deserialize, Serialize};

/// Sampling errors that a band reaches to each side, and deviations of the reference's chunks that a threshold does.
const BAND: f64 = 3.0;

/// Rows of a classifier with two classes. The three slices are equally long.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    /// Scores as the model gave them; NaN is not allowed.
    pub scores: &'a [f64],
    /// Whether the answer was the positive class.
    pub predicted: &'a [bool],
}

/// Why an estimate cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EstimateError {
    /// The slices are not equally long, or empty.
    Lengths,
    /// A score is NaN.
    Missing,
    /// Fewer than two rows of a class, or fewer than 11 rows: it cannot be tried whether calibration helps.
    TooFew,
    /// A chunk of no rows.
    ChunkSize,
}

impl std::fmt::Display for EstimateError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Lengths => "scores, answers and labels are not equally many, or there are none",
            Self::Missing => "a score is missing; leave such rows out",
            Self::TooFew => "the reference has too few rows to try a calibration on; it needs two of each class and 11 in all",
            Self::ChunkSize => "a chunk must have at least one row",
        })
    }
}

impl std::error::Error for EstimateError {}

/// What is expected of a metric: from the reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    pub metric: Metric,
    /// Mean and deviation of what was realised in the reference's chunks; `None` where no chunk realised any.
    pub realised: Option<(f64, f64)>,
    pub sampling: Sampling,
}

impl Expected {
    /// Mean ± 3 deviations of the reference's chunks, within 0 and 1.
    pub fn thresholds(&self) -> Option<Interval> {
        let (mean, deviation) = self.realised?;
        Some(Interval { low: (mean - BAND * deviation).max(0.0), high: (mean + BAND * deviation).min(1.0) })
    }
}

/// One metric of one chunk.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimated {
    pub metric: Metric,
    /// `None` where it is undefined, as an area of a chunk without any probability of one class.
    pub value: Option<f64>,
    pub sampling_error: Option<f64>,
    /// Value ± 3 sampling errors, within 0 and 1.
    pub band: Option<Interval>,
    /// Outside of the thresholds, on either side.
    pub alert: bool,
    /// Below the lower threshold.
    pub low: bool,
}

/// An estimator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cbpe {
    calibration: Calibration,
    expected: Vec<Expected>,
    chunk_size: usize,
}

impl Answers<'_> {
    fn check(&self) -> Result<(), EstimateError> {
        if self.scores.is_empty() || self.scores.len() != self.predicted.len() {
            return Err(EstimateError::Lengths);
        }
        if self.scores.iter().any(|score| score.is_nan()) { Err(EstimateError::Missing) } else { Ok(()) }
    }
}

impl Cbpe {
    /// Learns from a reference with labels, in chunks of `chunk_size` rows, the last one perhaps smaller.
    pub fn fit(reference: Answers<'_>, labels: &[bool], chunk_size: usize) -> Result<Self, EstimateError> {
        reference.check()?;
        if labels.len() != reference.scores.len() {
            return Err(EstimateError::Lengths);
        }
        if chunk_size == 0 {
            return Err(EstimateError::ChunkSize);
        }
        let calibration = Calibration::chosen(reference.scores, labels).ok_or(EstimateError::TooFew)?;
        let order = auc::order(reference.scores);
        let whole = realised_confusion(reference.predicted, labels);
        let expected = Metric::ALL
            .into_iter()
            .map(|metric| Expected {
                metric,
                realised: realised_in_chunks(metric, reference, labels, chunk_size),
                sampling: Sampling::of(metric, &whole, &order, reference.scores, labels),
            })
            .collect();
        Ok(Self { calibration, expected, chunk_size })
    }

    /// Estimates every metric of every chunk.
    pub fn estimate(&self, answers: Answers<'_>) -> Result<Vec<Vec<Estimated>>, EstimateError> {
        answers.check()?;
        let scores = answers.scores.chunks(self.chunk_size);
        Ok(scores.zip(answers.predicted.chunks(self.chunk_size)).map(|(scores, predicted)| self.chunk(scores, predicted)).collect())
    }

    fn chunk(&self, scores: &[f64], predicted: &[bool]) -> Vec<Estimated> {
        let probabilities: Vec<f64> = scores.iter().map(|&score| self.calibration.at(score)).collect();
        let mut confusion = Confusion::default();
        predicted.iter().zip(&probabilities).for_each(|(&predicted, &probability)| confusion.add(predicted, probability));
        let area = auc::estimated(&auc::order(scores), &probabilities);
        self.expected
            .iter()
            .map(|expected| expected.estimated(confusion.metric(expected.metric).unwrap_or(area), scores.len() as u64))
            .collect()
    }

    /// The same with another map; what is expected stays.
    pub fn recalibrated(self, curve: Isotonic) -> Self {
        Self { calibration: Calibration::Isotonic(curve), ..self }
    }

    /// The map from score to probability.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// What is expected of each metric.
    pub fn expected(&self) -> &[Expected] {
        &self.expected
    }
}

impl Expected {
    pub(super) fn estimated(&self, value: f64, rows: u64) -> Estimated {
        let value = Some(value).filter(|value| value.is_finite());
        let sampling_error = self.sampling.error(rows);
        let band = value
            .zip(sampling_error)
            .map(|(value, error)| Interval { low: (value - BAND * error).max(0.0), high: (value + BAND * error).min(1.0) });
        let outside = value.zip(self.thresholds()).map(|(value, limits)| (value < limits.low, value > limits.high));
        let (low, high) = outside.unwrap_or((false, false));
        Estimated { metric: self.metric, value, sampling_error, band, alert: low || high, low }
    }
}

fn realised_confusion(predicted: &[bool], labels: &[bool]) -> Confusion {
    let mut confusion = Confusion::default();
    predicted.iter().zip(labels).for_each(|(&predicted, &label)| confusion.add(predicted, f64::from(u8::from(label))));
    confusion
}

/// The realised metric of one set of rows; `None` where it is undefined.
pub(super) fn realised(metric: Metric, answers: Answers<'_>, labels: &[bool]) -> Option<f64> {
    let value = match realised_confusion(answers.predicted, labels).metric(metric) {
        Some(value) => value,
        None => auc::realised(&auc::order(answers.scores), answers.scores, labels),
    };
    Some(value).filter(|value| value.is_finite())
}

fn realised_in_chunks(metric: Metric, reference: Answers<'_>, labels: &[bool], size: usize) -> Option<(f64, f64)> {
    let chunks = reference.scores.chunks(size).zip(reference.predicted.chunks(size)).zip(labels.chunks(size));
    let values: Vec<f64> =
        chunks.filter_map(|((scores, predicted), labels)| realised(metric, Answers { scores, predicted }, labels)).collect();
    (!values.is_empty()).then(|| (numpy::mean(&values), numpy::deviation(&values)))
}
