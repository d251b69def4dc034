//! What a column looked like when the model was made: the artefact that windows are counted and compared against.

use super::cells::Cells;
use super::column::Column;
use super::levels::{LEVELS_MAX, Levels};
use super::window::{LevelWindow, NumberWindow};
use crate::statistics::draw::{hashed, mixed};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Least rows that a reference or a window is compared with.
pub const ROWS_MIN: u64 = 200;

/// The reference of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// A column of numbers.
    Number(NumberReference),
    /// A column of texts.
    Level(LevelReference),
}

/// The reference of a column of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NumberReference {
    /// Where a value falls.
    pub(super) cells: Cells,
    /// The reference's own rows, counted as a window is.
    pub(super) own: NumberWindow,
    /// Least and greatest finite value.
    pub(super) least: f64,
    pub(super) greatest: f64,
    /// Of the finite values.
    pub(super) mean: f64,
    /// Deviation over the population, of the finite values; 1 where it is 0 or too large for a number, so that it can divide.
    pub(super) scale: f64,
    /// Tells windows of this reference from those of others.
    pub(super) identity: u64,
}

/// The reference of a column of texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelReference {
    pub(super) levels: Levels,
    pub(super) own: LevelWindow,
    /// Different texts, those beyond the thousand that are told apart included.
    pub(super) distinct: u64,
    pub(super) identity: u64,
}

impl Reference {
    /// The reference of a column; `None` when no value of it is there (or, of numbers, none is finite).
    pub fn of(column: &Column<'_>) -> Option<Self> {
        match column {
            Column::Numbers(values) => NumberReference::of(values).map(Self::Number),
            Column::Texts(_) | Column::Codes { .. } => LevelReference::of(column).map(Self::Level),
        }
    }

    /// Whether what was restored from elsewhere can be worked with.
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Number(number) => {
                number.cells.is_sound()
                    && number.own.counts.len() == number.cells.len()
                    && number.scale > 0.0
                    && [number.least, number.greatest, number.mean, number.scale].iter().all(|value| value.is_finite())
            }
            Self::Level(level) => level.own.counts.len() == level.levels.len(),
        }
    }
}

impl NumberReference {
    fn of(values: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let cells = Cells::of_sorted(&sorted)?;
        let (least, greatest) = (*sorted.first()?, *sorted.last()?);
        let count = sorted.len() as f64;
        // In parts of the count, so that the sum of huge values stays a number.
        let mean: f64 = sorted.iter().map(|value| value / count).sum();
        let variance: f64 = sorted.iter().map(|value| (value - mean).powi(2) / count).sum();
        drop(sorted);
        let scale = if variance > 0.0 && variance.is_finite() { variance.sqrt() } else { 1.0 };
        let identity = cells.uppers().iter().fold(mixed(count as u64), |hash, upper| mixed(hash ^ upper.to_bits()));
        let own = NumberWindow::empty(cells.len(), identity);
        let mut reference = Self { cells, own, least, greatest, mean, scale, identity };
        let mut own = NumberWindow::of(&reference);
        values.iter().for_each(|&value| own.add(value, &reference));
        reference.own = own;
        Some(reference)
    }

    /// The mean of the finite values.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Their variance over the population.
    pub fn variance(&self) -> f64 {
        self.own.variance(self)
    }

    /// The least and the greatest finite value.
    pub fn range(&self) -> (f64, f64) {
        (self.least, self.greatest)
    }

    /// The reference's own rows.
    pub fn own(&self) -> &NumberWindow {
        &self.own
    }

    /// The cells, for pictures.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }
}

impl LevelReference {
    fn of(column: &Column<'_>) -> Option<Self> {
        let mut counts: HashMap<&str, u64, BuildHasherDefault<super::levels::Folded>> = HashMap::default();
        match column {
            Column::Numbers(_) => return None,
            Column::Texts(texts) => texts.iter().flatten().for_each(|text| *counts.entry(text).or_default() += 1),
            Column::Codes { codes, levels } => {
                let mut coded = vec![0_u64; levels.len()];
                codes.iter().for_each(|&code| {
                    if let Some(count) = coded.get_mut(code as usize) {
                        *count += 1;
                    }
                });
                levels
                    .iter()
                    .zip(coded)
                    .filter(|(_, count)| *count > 0)
                    .for_each(|(&level, count)| *counts.entry(level).or_default() += count);
            }
        }
        if counts.is_empty() {
            return None;
        }
        let distinct = counts.len() as u64;
        let levels = Levels::of_counts(counts.iter().map(|(&level, &count)| (level, count)));
        let identity = levels.names().iter().fold(mixed(distinct), |hash, name| mixed(hash ^ hashed(name.as_bytes())));
        let own = LevelWindow::empty(levels.len(), identity);
        let mut reference = Self { levels, own, distinct, identity };
        let mut own = LevelWindow::of(&reference);
        column.each_level(&reference, |cell| own.add_cell(cell));
        reference.own = own;
        Some(reference)
    }

    /// Whether every level of the reference is told apart, so that a new one can be known as such.
    pub fn is_whole(&self) -> bool {
        self.distinct <= LEVELS_MAX as u64
    }

    /// The levels that are told apart, most frequent first.
    pub fn names(&self) -> &[String] {
        self.levels.names()
    }

    /// The reference's own rows.
    pub fn own(&self) -> &LevelWindow {
        &self.own
    }
}
