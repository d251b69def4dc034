//! One row a unit: its arm, when it was exposed, its covariate and its sums.
//!
//! Bounded by sampling: when the table is full, every second unit is forgotten, chosen by a hash that knows nothing of the arm, and
//! from then on only such units are taken in. Figures stay unbiased; intervals are those of the units that are left.

use crate::statistics::draw::mixed;
use std::collections::HashMap;

/// Set in a row's arm when the unit was seen in another arm as well.
const CROSSED: u8 = 0x80;

/// Bytes of one unit as it is saved: id, arm, time, covariate, and 8 for each cell.
pub(super) const fn packed_bytes(stride: usize) -> usize {
    25 + 8 * stride
}

/// What became of a new unit.
pub(super) struct Inserted {
    pub(super) row: Option<usize>,
    /// Units were forgotten for it: whatever was summed over units must be summed anew.
    pub(super) halved: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Units {
    stride: usize,
    max: usize,
    /// Units are kept whose hash ends in this many zero bits.
    halvings: u32,
    index: HashMap<u64, u32>,
    ids: Vec<u64>,
    arms: Vec<u8>,
    exposed: Vec<u64>,
    /// NaN where none is known.
    covariates: Vec<f64>,
    cells: Vec<f64>,
}

impl Units {
    pub(super) fn new(stride: usize, max: usize) -> Self {
        Self {
            stride,
            max: max.max(2),
            halvings: 0,
            index: HashMap::new(),
            ids: Vec::new(),
            arms: Vec::new(),
            exposed: Vec::new(),
            covariates: Vec::new(),
            cells: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Share of all units that the table takes in.
    pub(super) fn sampled(&self) -> f64 {
        0.5_f64.powi(self.halvings as i32)
    }

    /// Most units that are kept.
    pub(super) fn max(&self) -> usize {
        self.max
    }

    pub(super) fn halvings(&self) -> u32 {
        self.halvings
    }

    /// Whether the sample takes this unit.
    pub(super) fn takes(&self, unit: u64) -> bool {
        // The lowest bits of the unit's own hash may have assigned it; mixing again leaves nothing of that.
        mixed(unit ^ 0x5bd1_e995_0000_0001).trailing_zeros() >= self.halvings
    }

    pub(super) fn find(&self, unit: u64) -> Option<usize> {
        self.index.get(&unit).map(|&row| row as usize)
    }

    /// Takes a new unit in, if the sample does.
    pub(super) fn insert(&mut self, unit: u64, arm: u8, exposed: u64) -> Inserted {
        let mut halved = false;
        while self.takes(unit) && self.len() >= self.max && self.halvings < 63 {
            self.halve();
            halved = true;
        }
        if !self.takes(unit) {
            return Inserted { row: None, halved };
        }
        self.push(unit, arm, exposed, f64::NAN, std::iter::repeat_n(0.0, self.stride));
        Inserted { row: Some(self.len() - 1), halved }
    }

    fn push(&mut self, unit: u64, arm: u8, exposed: u64, covariate: f64, cells: impl IntoIterator<Item = f64>) {
        self.index.insert(unit, self.ids.len() as u32);
        self.ids.push(unit);
        self.arms.push(arm);
        self.exposed.push(exposed);
        self.covariates.push(covariate);
        self.cells.extend(cells);
    }

    fn halve(&mut self) {
        self.halvings += 1;
        let old = std::mem::replace(self, Self { halvings: self.halvings, ..Self::new(self.stride, self.max) });
        for row in 0..old.len() {
            if self.takes(old.ids[row]) {
                self.push(old.ids[row], old.arms[row], old.exposed[row], old.covariates[row], old.cells(row).iter().copied());
            }
        }
    }

    pub(super) fn id(&self, row: usize) -> u64 {
        self.ids.get(row).copied().unwrap_or(0)
    }

    pub(super) fn arm(&self, row: usize) -> usize {
        self.arms.get(row).map_or(0, |arm| usize::from(arm & !CROSSED))
    }

    /// Marks a unit that was seen in another arm; true the first time.
    pub(super) fn cross(&mut self, row: usize) -> bool {
        let first = self.arms.get(row).is_some_and(|arm| arm & CROSSED == 0);
        if let Some(arm) = self.arms.get_mut(row) {
            *arm |= CROSSED;
        }
        first
    }

    pub(super) fn crossed(&self) -> u64 {
        self.arms.iter().filter(|arm| *arm & CROSSED != 0).count() as u64
    }

    pub(super) fn exposed(&self, row: usize) -> u64 {
        self.exposed.get(row).copied().unwrap_or(0)
    }

    pub(super) fn covariate(&self, row: usize) -> Option<f64> {
        self.covariates.get(row).copied().filter(|value| !value.is_nan())
    }

    pub(super) fn set_covariate(&mut self, row: usize, value: Option<f64>) {
        if let Some(covariate) = self.covariates.get_mut(row) {
            *covariate = value.unwrap_or(f64::NAN);
        }
    }

    pub(super) fn cells(&self, row: usize) -> &[f64] {
        self.cells.get(row * self.stride..(row + 1) * self.stride).unwrap_or_default()
    }

    pub(super) fn cells_mut(&mut self, row: usize) -> &mut [f64] {
        self.cells.get_mut(row * self.stride..(row + 1) * self.stride).unwrap_or_default()
    }

    /// All rows packed: id, arm, time, covariate, cells; little-endian.
    pub(super) fn packed(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.len() * packed_bytes(self.stride));
        for row in 0..self.len() {
            bytes.extend(self.ids[row].to_le_bytes());
            bytes.push(self.arms[row]);
            bytes.extend(self.exposed[row].to_le_bytes());
            bytes.extend(self.covariates[row].to_le_bytes());
            self.cells(row).iter().for_each(|cell| bytes.extend(cell.to_le_bytes()));
        }
        bytes
    }

    /// From [`Self::packed`]; `None` when the length is wrong or a unit stands twice.
    pub(super) fn unpacked(stride: usize, max: usize, halvings: u32, bytes: &[u8]) -> Option<Self> {
        let mut units = Self { halvings, ..Self::new(stride, max) };
        let rows = bytes.chunks_exact(packed_bytes(stride));
        if !rows.remainder().is_empty() {
            return None;
        }
        for row in rows {
            let word = |at: usize| Some(u64::from_le_bytes(row.get(at..at + 8)?.try_into().ok()?));
            let cells: Option<Vec<f64>> = (0..stride).map(|cell| Some(f64::from_bits(word(25 + 8 * cell)?))).collect();
            units.push(word(0)?, *row.get(8)?, word(9)?, f64::from_bits(word(17)?), cells?);
        }
        (units.index.len() == units.ids.len()).then_some(units)
    }
}
