//! The same estimate of a stream, from bounded state: sums for every metric, 1,024 cells of scores for the area, per class or slice.

use super::assumption::{Assumption, Standing};
use super::cbpe::{Cbpe, Estimated};
use super::metric::{Confusion, Metric};
use crate::drift::{Cells, Misfit};
use crate::statistics::draw::mixed;
use crate::statistics::isotonic::Isotonic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Equally probable cells of the reference's scores.
pub const SCORE_CELLS: usize = 1_024;
/// Slices that are kept apart; rows of further ones count in the whole only.
pub const SLICES_MAX: usize = 64;

/// An estimator and where scores fall: the artefact that windows are counted with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimator {
    cbpe: Cbpe,
    cells: Cells,
    /// Tells windows of this estimator from those of others: by its cells and its map.
    identity: u64,
}

/// What is counted over a window of time: 16 kB for the whole and for each slice, up to twice that where scores repeat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EstimateWindow {
    whole: Tally,
    slices: BTreeMap<String, Tally>,
    /// Rows of slices beyond the 64.
    unsliced: u64,
    /// Rows whose score is NaN.
    missing: u64,
    identity: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Tally {
    confusion: Confusion,
    rows: u64,
    /// `(sum of probabilities, rows)` of each cell of scores.
    cells: Vec<(f64, u64)>,
}

/// Estimates of a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowEstimate {
    pub rows: u64,
    /// What labels have said of the assumption; an `Invalid` estimate is not to be acted on.
    pub standing: Standing,
    pub whole: Vec<Estimated>,
    /// By slice. The thresholds are those of the whole.
    pub slices: BTreeMap<String, Vec<Estimated>>,
    /// Rows whose slice was not kept apart, and rows without a score.
    pub unsliced: u64,
    pub missing: u64,
}

impl Estimator {
    /// From an estimator and the scores of its reference; `None` without a finite score.
    pub fn new(cbpe: Cbpe, reference_scores: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = reference_scores.iter().copied().filter(|score| score.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Some(Self::with(cbpe, Cells::with(&sorted, SCORE_CELLS)?))
    }

    fn with(cbpe: Cbpe, cells: Cells) -> Self {
        let probe = |hash: u64, upper: &f64| mixed(hash ^ upper.to_bits() ^ cbpe.calibration().at(*upper).to_bits().rotate_left(32));
        let identity = cells.uppers().iter().fold(0, probe);
        Self { cbpe, cells, identity }
    }

    /// The same with another map from score to probability, as one from the newest labels. Thresholds stay; windows begin anew.
    pub fn recalibrated(self, curve: Isotonic) -> Self {
        Self::with(self.cbpe.recalibrated(curve), self.cells)
    }

    /// The probability that the estimate uses for a score: what the assumption is tested with.
    pub fn probability(&self, score: f64) -> f64 {
        self.cbpe.calibration().at(score)
    }

    /// An empty window.
    pub fn window(&self) -> EstimateWindow {
        EstimateWindow { whole: Tally::new(&self.cells), slices: BTreeMap::new(), unsliced: 0, missing: 0, identity: self.identity }
    }

    /// One more row, with the slice it belongs to if any.
    pub fn add(&self, window: &mut EstimateWindow, score: f64, predicted: bool, slice: Option<&str>) {
        if score.is_nan() {
            window.missing += 1;
            return;
        }
        let (probability, cell) = (self.cbpe.calibration().at(score), self.cells.locate(score));
        window.whole.add(predicted, probability, cell);
        let Some(name) = slice else { return };
        if let Some(tally) = window.slices.get_mut(name) {
            tally.add(predicted, probability, cell);
        } else if window.slices.len() < SLICES_MAX {
            window.slices.entry(name.to_owned()).or_insert_with(|| Tally::new(&self.cells)).add(predicted, probability, cell);
        } else {
            window.unsliced += 1;
        }
    }

    /// What a window says, as far as the assumption holds. The area differs from that of the rows by what lies within single cells: below 1/1,024.
    pub fn estimate(&self, window: &EstimateWindow, assumption: &Assumption) -> Result<WindowEstimate, Misfit> {
        if window.identity != self.identity {
            return Err(Misfit);
        }
        let slices = window.slices.iter().map(|(name, tally)| (name.clone(), self.of_tally(tally))).collect();
        let whole = self.of_tally(&window.whole);
        let (standing, unsliced, missing) = (assumption.standing(), window.unsliced, window.missing);
        Ok(WindowEstimate { rows: window.whole.rows, standing, whole, slices, unsliced, missing })
    }

    fn of_tally(&self, tally: &Tally) -> Vec<Estimated> {
        let value = |metric: Metric| tally.confusion.metric(metric).unwrap_or_else(|| tally.area());
        self.cbpe.expected().iter().map(|expected| expected.estimated(value(expected.metric), tally.rows)).collect()
    }

    /// The estimator itself.
    pub fn cbpe(&self) -> &Cbpe {
        &self.cbpe
    }
}

impl EstimateWindow {
    /// Adds another window's rows; slices beyond the 64 count as unsliced.
    pub fn merge(&mut self, other: &Self) -> Result<(), Misfit> {
        if self.identity != other.identity {
            return Err(Misfit);
        }
        self.whole.merge(&other.whole);
        for (name, tally) in &other.slices {
            if let Some(own) = self.slices.get_mut(name) {
                own.merge(tally);
            } else if self.slices.len() < SLICES_MAX {
                self.slices.insert(name.clone(), tally.clone());
            } else {
                self.unsliced += tally.rows;
            }
        }
        self.unsliced += other.unsliced;
        self.missing += other.missing;
        Ok(())
    }
}

impl Tally {
    fn new(cells: &Cells) -> Self {
        Self { confusion: Confusion::default(), rows: 0, cells: vec![(0.0, 0); cells.len()] }
    }

    fn add(&mut self, predicted: bool, probability: f64, cell: usize) {
        self.confusion.add(predicted, probability);
        self.rows += 1;
        if let Some(cell) = self.cells.get_mut(cell) {
            cell.0 += probability;
            cell.1 += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        let (own, more) = (&mut self.confusion, &other.confusion);
        own.true_positive += more.true_positive;
        own.false_positive += more.false_positive;
        own.false_negative += more.false_negative;
        own.true_negative += more.true_negative;
        self.rows += other.rows;
        self.cells.iter_mut().zip(&other.cells).for_each(|(own, more)| *own = (own.0 + more.0, own.1 + more.1));
    }

    /// Trapezoids over the cells, from the highest scores down.
    fn area(&self) -> f64 {
        let (mut positive, mut negative, mut area) = (0.0, 0.0, 0.0);
        for &(probability, rows) in self.cells.iter().rev() {
            let (up, right) = (probability, rows as f64 - probability);
            area += right * (positive + up / 2.0);
            positive += up;
            negative += right;
        }
        area / (positive * negative)
    }
}
