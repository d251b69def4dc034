//! Figures of a score against a yes or no.

use charter_plan::plan::Operator;

use super::metric::{Direction, Metric};
use crate::statistics::area_under_curve;

/// `recall at fpr <= 5%`: the metric under a condition on another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    /// The metric that is bounded: precision, recall or false positive rate.
    pub metric: Metric,
    /// How.
    pub operator: Operator,
    /// By what.
    pub limit: f64,
}

/// Counts at one threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Confusion {
    pub(super) true_positives: u64,
    pub(super) false_positives: u64,
    pub(super) positives: u64,
    pub(super) negatives: u64,
}

impl Confusion {
    /// The metric as a count out of a count; none for metrics that are no such ratio.
    pub(super) fn ratio(&self, metric: Metric) -> Option<(u64, u64)> {
        let called = self.true_positives + self.false_positives;
        let true_negatives = self.negatives - self.false_positives.min(self.negatives);
        match metric {
            Metric::Precision => Some((self.true_positives, called)),
            Metric::Recall => Some((self.true_positives, self.positives)),
            Metric::FalsePositiveRate => Some((self.false_positives, self.negatives)),
            Metric::Accuracy => Some((self.true_positives + true_negatives, self.positives + self.negatives)),
            _ => None,
        }
    }

    /// The metric; 0 where its denominator is 0.
    pub(super) fn figure(&self, metric: Metric) -> Option<f64> {
        if metric == Metric::F1 {
            let (called, positives) = (self.true_positives + self.false_positives, self.positives);
            return Some(divide(2 * self.true_positives, called + positives));
        }
        self.ratio(metric).map(|(above, below)| divide(above, below))
    }
}

fn divide(above: u64, below: u64) -> f64 {
    if below == 0 { 0.0 } else { above as f64 / below as f64 }
}

/// Positives and scores of the rows, in falling order of the score.
fn ordered(positive: &[bool], score: &[f64], rows: &[usize]) -> Vec<(f64, bool)> {
    let mut pairs: Vec<(f64, bool)> = rows.iter().filter_map(|row| Some((*score.get(*row)?, *positive.get(*row)?))).collect();
    pairs.sort_by(|one, other| other.0.total_cmp(&one.0));
    pairs
}

/// The counts with everything above `threshold` called positive.
pub(super) fn confusion_above(positive: &[bool], score: &[f64], rows: &[usize], threshold: f64) -> Confusion {
    let mut counts = Confusion::default();
    for (score, positive) in ordered(positive, score, rows) {
        *(if positive { &mut counts.positives } else { &mut counts.negatives }) += 1;
        if score > threshold {
            *(if positive { &mut counts.true_positives } else { &mut counts.false_positives }) += 1;
        }
    }
    counts
}

/// The counts at every distinct threshold, from "nothing is positive" on.
fn sweep(positive: &[bool], score: &[f64], rows: &[usize]) -> Vec<Confusion> {
    let pairs = ordered(positive, score, rows);
    let positives = pairs.iter().filter(|(_, positive)| *positive).count() as u64;
    let mut counts = Confusion { positives, negatives: pairs.len() as u64 - positives, ..Confusion::default() };
    let mut steps = vec![counts];
    for (at, (score, positive)) in pairs.iter().enumerate() {
        *(if *positive { &mut counts.true_positives } else { &mut counts.false_positives }) += 1;
        if pairs.get(at + 1).is_none_or(|(next, _)| next != score) {
            steps.push(counts);
        }
    }
    steps
}

/// The counts at the threshold that is best for `metric` among those that meet the condition; the threshold comes from
/// the same rows. None when no threshold meets it.
pub(super) fn confusion_at(positive: &[bool], score: &[f64], rows: &[usize], metric: Metric, condition: Condition) -> Option<Confusion> {
    let better = |figure: f64, best: f64| match metric.direction() {
        Direction::Up => figure > best,
        Direction::Down => figure < best,
    };
    let mut best: Option<(f64, Confusion)> = None;
    for counts in sweep(positive, score, rows) {
        let meets = counts.figure(condition.metric).is_some_and(|figure| condition.operator.holds(figure, condition.limit));
        let Some(figure) = counts.figure(metric).filter(|_| meets) else { continue };
        if best.is_none_or(|(so_far, _)| better(figure, so_far)) {
            best = Some((figure, counts));
        }
    }
    best.map(|(_, counts)| counts)
}

/// Scores of the rows of one class.
pub(super) fn scores_of(class: bool, positive: &[bool], score: &[f64], rows: &[usize]) -> Vec<f64> {
    rows.iter().filter(|row| positive.get(**row) == Some(&class)).filter_map(|row| score.get(*row).copied()).collect()
}

/// Area under the ROC curve; none with one class only.
pub(super) fn area(positive: &[bool], score: &[f64], rows: &[usize]) -> Option<f64> {
    area_under_curve(&scores_of(true, positive, score, rows), &scores_of(false, positive, score, rows))
}

/// Average precision, as scikit-learn's `average_precision_score`; none without a positive.
pub(super) fn average_precision(positive: &[bool], score: &[f64], rows: &[usize]) -> Option<f64> {
    let steps = sweep(positive, score, rows);
    let positives = steps.first()?.positives;
    let (mut sum, mut found) = (0.0, 0);
    for counts in &steps {
        sum += (counts.true_positives - found) as f64 * counts.figure(Metric::Precision)?;
        found = counts.true_positives;
    }
    (positives > 0).then(|| sum / positives as f64)
}
