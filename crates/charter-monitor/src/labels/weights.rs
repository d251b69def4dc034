//! Estimates before a cohort is mature: a label that came counts for those that its like will still bring.

use super::delay::{DelayCurve, Observation};
use serde::{Deserialize, Serialize};

/// Labels that a decile of scores needs for a curve of its own; below, that of all is used.
pub const LABELS_MIN: u64 = 30;
/// An age by which labels of some decile are there with a smaller chance than this is too young for an estimate: a weight above 20 is mostly noise.
pub const PROBABILITY_MIN: f64 = 0.05;
/// Classes of equally many scores.
const DECILES: usize = 10;

/// A prediction of a cohort.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub score: f64,
    /// From the prediction to now, whether it has a label or not.
    pub age_ms: u64,
    /// The metric's value where the label is there.
    pub value: Option<f64>,
}

/// The chance that a label is there by an age, by decile of the score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// The upper end of each decile but the last; rising.
    uppers: Vec<f64>,
    /// `None` where a decile has too few labels.
    curves: Vec<Option<DelayCurve>>,
    whole: DelayCurve,
}

/// A mean of a cohort that is not mature, and how much of it is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// `None` without a label that counts.
    pub value: Option<f64>,
    /// Rows old enough to be estimated, and those of them with a label.
    pub rows: u64,
    pub labelled: u64,
    /// Rows that are left out because labels of their age are rare, with the labels that they have.
    pub too_young: u64,
    /// Labels of equal weight that would say as much: (Σw)²/Σw² (Kish, Survey Sampling, 1965).
    pub effective: f64,
}

impl Weights {
    /// From scores and what is known of their labels; scores that are not finite count in the whole only. `None` without observations.
    pub fn fit(observed: &[(f64, Observation)]) -> Option<Self> {
        let whole = DelayCurve::fit(observed.iter().map(|(_, one)| *one))?;
        let mut sorted: Vec<f64> = observed.iter().map(|(score, _)| *score).filter(|score| score.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut uppers: Vec<f64> =
            (1..DECILES).filter_map(|at| sorted.get((at * sorted.len() / DECILES).saturating_sub(1)).copied()).collect();
        uppers.dedup();
        let mut split = vec![Vec::new(); uppers.len() + 1];
        for (score, one) in observed.iter().filter(|(score, _)| score.is_finite()) {
            if let Some(decile) = split.get_mut(decile(&uppers, *score)) {
                decile.push(*one);
            }
        }
        let enough = |curve: &DelayCurve| curve.counts().1 >= LABELS_MIN;
        let curves = split.into_iter().map(|decile| DelayCurve::fit(decile).filter(enough)).collect();
        Some(Self { uppers, curves, whole })
    }

    /// The chance that a prediction of this score and age has its label.
    pub fn probability(&self, score: f64, age_ms: u64) -> f64 {
        let own = if score.is_finite() { self.curves.get(decile(&self.uppers, score)).and_then(Option::as_ref) } else { None };
        own.unwrap_or(&self.whole).share_by(age_ms)
    }

    /// The least chance of any decile that a label is there by an age. Rows are left out by their age alone: leaving out only those of slow deciles would
    /// make the rest another population.
    fn rarest(&self, age_ms: u64) -> f64 {
        self.curves.iter().map(|curve| curve.as_ref().unwrap_or(&self.whole).share_by(age_ms)).fold(self.whole.share_by(age_ms), f64::min)
    }

    /// The mean over a cohort by inverse probability, Σ v w / Σ w with w = 1/P(label by age) over the rows that have one (Hájek 1971; Horvitz and
    /// Thompson, JASA 47, 1952). Right if, among rows of a decile, labels do not come sooner or more often for some values than for others: where
    /// positives are known at once and negatives after weeks, wait for maturity instead.
    pub fn estimate(&self, rows: &[Row]) -> Estimate {
        let (mut sum, mut weights, mut squares) = (0.0, 0.0, 0.0);
        let (mut old, mut labelled) = (0, 0);
        for row in rows {
            if self.rarest(row.age_ms) < PROBABILITY_MIN {
                continue;
            }
            old += 1;
            let Some(value) = row.value.filter(|value| value.is_finite()) else { continue };
            // INVARIANT: not below the rarest, so above 0.
            let weight = 1.0 / self.probability(row.score, row.age_ms);
            labelled += 1;
            sum += weight * value;
            weights += weight;
            squares += weight * weight;
        }
        let value = (labelled > 0).then(|| sum / weights);
        let effective = if labelled > 0 { weights * weights / squares } else { 0.0 };
        Estimate { value, rows: old, labelled, too_young: rows.len() as u64 - old, effective }
    }
}

impl Estimate {
    /// The labelled share of all rows that were given in, the young ones as well; 0 without rows.
    pub fn coverage(&self) -> f64 {
        let all = self.rows + self.too_young;
        if all == 0 { 0.0 } else { self.labelled as f64 / all as f64 }
    }
}

fn decile(uppers: &[f64], score: f64) -> usize {
    uppers.partition_point(|&upper| upper < score)
}
