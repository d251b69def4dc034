//! The streaming state of a column over a window of time: counts in the reference's cells, a few sums.
//!
//! One binary search a value; windows of workers, minutes and hours add up. When a window ends is said in `span`.

use super::column::Column;
use super::reference::{LevelReference, NumberReference, Reference};
use crate::statistics::counters::Counters;
use serde::{Deserialize, Serialize};

/// Farthest that a value counts in the sums, in deviations of the reference: so that one absurd value neither hides all others nor ends as no number.
const FARTHEST: f64 = 1e9;

/// The state of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Of numbers.
    Number(NumberWindow),
    /// Of texts.
    Level(LevelWindow),
}

/// Two windows, or a window and a reference, that do not belong together: they were counted in different cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit;

impl std::fmt::Display for Misfit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the window was counted against another reference; begin a new window")
    }
}

impl std::error::Error for Misfit {}

/// The state of a column of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NumberWindow {
    /// Finite values in the reference's cells.
    pub(super) counts: Counters,
    /// Values that are NaN.
    pub(super) missing: u64,
    /// Values that are infinite.
    pub(super) infinite: u64,
    pub(super) least: Option<f64>,
    pub(super) greatest: Option<f64>,
    /// Sums of the deviation from the reference's mean and of its square, in the reference's deviations.
    sum: f64,
    squares: f64,
    /// How far values lie below the reference's least and above its greatest, added up, in the reference's deviations.
    pub(super) under: f64,
    pub(super) over: f64,
    identity: u64,
}

impl NumberWindow {
    /// An empty window.
    pub fn of(reference: &NumberReference) -> Self {
        Self::empty(reference.cells.len(), reference.identity)
    }

    pub(super) fn empty(cells: usize, identity: u64) -> Self {
        let counts = Counters::new(cells);
        Self { counts, missing: 0, infinite: 0, least: None, greatest: None, sum: 0.0, squares: 0.0, under: 0.0, over: 0.0, identity }
    }

    /// One more value.
    #[inline]
    pub fn add(&mut self, value: f64, reference: &NumberReference) {
        if !value.is_finite() {
            if value.is_nan() {
                self.missing += 1;
            } else {
                self.infinite += 1;
            }
            return;
        }
        self.counts.add(reference.cells.locate(value));
        let away = ((value - reference.mean) / reference.scale).clamp(-FARTHEST, FARTHEST);
        self.sum += away;
        self.squares += away * away;
        if value < reference.least {
            self.under += ((reference.least - value) / reference.scale).min(FARTHEST);
        } else if value > reference.greatest {
            self.over += ((value - reference.greatest) / reference.scale).min(FARTHEST);
        }
        self.least = Some(self.least.map_or(value, |least| least.min(value)));
        self.greatest = Some(self.greatest.map_or(value, |greatest| greatest.max(value)));
    }

    /// Adds another window's rows. Counts add up exactly, sums to rounding.
    pub fn merge(&mut self, other: &Self) -> Result<(), Misfit> {
        if self.identity != other.identity || self.counts.len() != other.counts.len() {
            return Err(Misfit);
        }
        self.counts.merge(&other.counts);
        self.missing += other.missing;
        self.infinite += other.infinite;
        self.least = self.least.into_iter().chain(other.least).reduce(f64::min);
        self.greatest = self.greatest.into_iter().chain(other.greatest).reduce(f64::max);
        self.sum += other.sum;
        self.squares += other.squares;
        self.under += other.under;
        self.over += other.over;
        Ok(())
    }

    /// Rows with a finite value.
    pub fn finite(&self) -> u64 {
        self.counts.counts().iter().sum()
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.finite() + self.missing + self.infinite
    }

    /// The mean of the finite values; `None` without any. Values more than 1e9 of the reference's deviations away count as that far.
    pub fn mean(&self, reference: &NumberReference) -> Option<f64> {
        let count = self.finite();
        (count > 0).then(|| reference.mean + reference.scale * self.sum / count as f64)
    }

    /// The variance of the finite values over the population; 0 without any.
    pub fn variance(&self, reference: &NumberReference) -> f64 {
        let count = self.finite().max(1) as f64;
        (self.squares / count - (self.sum / count).powi(2)).max(0.0) * reference.scale.powi(2)
    }

    /// Whether it was counted against this reference.
    pub fn fits(&self, reference: &NumberReference) -> bool {
        self.identity == reference.identity && self.counts.len() == reference.cells.len()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() - size_of::<Counters>() + self.counts.bytes()
    }
}

/// The state of a column of texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelWindow {
    pub(super) counts: Counters,
    pub(super) missing: u64,
    identity: u64,
}

impl LevelWindow {
    /// An empty window.
    pub fn of(reference: &LevelReference) -> Self {
        Self::empty(reference.levels.len(), reference.identity)
    }

    pub(super) fn empty(cells: usize, identity: u64) -> Self {
        Self { counts: Counters::new(cells), missing: 0, identity }
    }

    /// One more value, or a missing one.
    #[inline]
    pub fn add(&mut self, value: Option<&str>, reference: &LevelReference) {
        match value {
            Some(text) => self.counts.add(reference.levels.locate(text, reference.is_whole())),
            None => self.missing += 1,
        }
    }

    pub(super) fn add_cell(&mut self, cell: Option<usize>) {
        match cell {
            Some(cell) => self.counts.add(cell),
            None => self.missing += 1,
        }
    }

    /// Adds another window's rows, exactly.
    pub fn merge(&mut self, other: &Self) -> Result<(), Misfit> {
        if self.identity != other.identity || self.counts.len() != other.counts.len() {
            return Err(Misfit);
        }
        self.counts.merge(&other.counts);
        self.missing += other.missing;
        Ok(())
    }

    /// Rows with a text.
    pub fn present(&self) -> u64 {
        self.counts.counts().iter().sum()
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.present() + self.missing
    }

    /// Whether it was counted against this reference.
    pub fn fits(&self, reference: &LevelReference) -> bool {
        self.identity == reference.identity && self.counts.len() == reference.levels.len()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() - size_of::<Counters>() + self.counts.bytes()
    }
}

impl Window {
    /// An empty window.
    pub fn of(reference: &Reference) -> Self {
        match reference {
            Reference::Number(number) => Self::Number(NumberWindow::of(number)),
            Reference::Level(level) => Self::Level(LevelWindow::of(level)),
        }
    }

    /// A window with the rows of a column; `Misfit` when the reference is of another kind.
    pub fn counted(column: &Column<'_>, reference: &Reference) -> Result<Self, Misfit> {
        let mut window = Self::of(reference);
        match (&mut window, reference, column) {
            (Self::Number(window), Reference::Number(reference), Column::Numbers(values)) => {
                values.iter().for_each(|&value| window.add(value, reference));
            }
            (Self::Level(window), Reference::Level(reference), Column::Texts(_) | Column::Codes { .. }) => {
                column.each_level(reference, |cell| window.add_cell(cell));
            }
            _ => return Err(Misfit),
        }
        Ok(window)
    }

    /// Adds another window's rows.
    pub fn merge(&mut self, other: &Self) -> Result<(), Misfit> {
        match (self, other) {
            (Self::Number(own), Self::Number(other)) => own.merge(other),
            (Self::Level(own), Self::Level(other)) => own.merge(other),
            _ => Err(Misfit),
        }
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        match self {
            Self::Number(window) => window.rows(),
            Self::Level(window) => window.rows(),
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Number(window) => window.bytes(),
            Self::Level(window) => window.bytes(),
        }
    }
}
