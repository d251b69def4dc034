//! Counts of the last while, cell by cell.

use serde::{Deserialize, Serialize};

use super::rate::Tally;

/// As many cells as it was made with, each of the same span of time, aligned to the epoch: so rings of several workers line up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ring {
    cell_ms: u64,
    /// The number of the newest cell since the epoch; `None` while nothing came.
    newest: Option<u64>,
    /// INVARIANT: the cell of number n is at n modulo the length, for the numbers above newest − length; the rest is empty.
    cells: Vec<Tally>,
}

impl Ring {
    pub(super) fn new(cell_ms: u64, cells: u64) -> Self {
        Self { cell_ms: cell_ms.max(1), newest: None, cells: vec![Tally::default(); cells.max(1) as usize] }
    }

    /// Adds to the cell of a time. What is older than the ring is left out, in whatever order it comes.
    pub(super) fn add(&mut self, at_ms: u64, tally: Tally) {
        self.add_to(at_ms / self.cell_ms.max(1), tally);
    }

    fn add_to(&mut self, number: u64, tally: Tally) {
        self.turn_to(number);
        if self.holds(number) {
            let place = self.place(number);
            if let Some(cell) = self.cells.get_mut(place) {
                cell.add(tally);
            }
        }
    }

    /// Makes room up to a cell.
    fn turn_to(&mut self, number: u64) {
        let length = self.cells.len() as u64;
        match self.newest {
            Some(newest) if number <= newest => return,
            Some(newest) if number - newest < length => {
                for passed in newest + 1..=number {
                    let place = self.place(passed);
                    if let Some(cell) = self.cells.get_mut(place) {
                        *cell = Tally::default();
                    }
                }
            }
            _ => self.cells.fill(Tally::default()),
        }
        self.newest = Some(number);
    }

    fn holds(&self, number: u64) -> bool {
        self.newest.is_some_and(|newest| number <= newest && newest - number < self.cells.len() as u64)
    }

    fn place(&self, number: u64) -> usize {
        (number % (self.cells.len() as u64).max(1)) as usize
    }

    /// What happened in the window of `window_ms` that ends at `now_ms`, the cell of now included: exact to one cell.
    pub(super) fn window(&self, now_ms: u64, window_ms: u64) -> Tally {
        let cell_ms = self.cell_ms.max(1);
        let last = now_ms / cell_ms;
        let wanted = (window_ms / cell_ms).clamp(1, self.cells.len() as u64);
        let mut sum = Tally::default();
        for number in last.saturating_sub(wanted - 1)..=last {
            if self.holds(number)
                && let Some(&cell) = self.cells.get(self.place(number))
            {
                sum.add(cell);
            }
        }
        sum
    }

    /// Whether another ring has the same cells.
    pub(super) fn fits(&self, other: &Self) -> bool {
        self.cell_ms == other.cell_ms && self.cells.len() == other.cells.len()
    }

    /// Whether it was made for windows of this shape.
    pub(super) fn is_of(&self, cell_ms: u64, cells: u64) -> bool {
        self.cell_ms == cell_ms && self.cells.len() as u64 == cells
    }

    /// Adds another ring of the same cells.
    pub(super) fn merge(&mut self, other: &Self) {
        let Some(newest) = other.newest else { return };
        self.turn_to(newest);
        let length = other.cells.len() as u64;
        for number in newest.saturating_sub(length - 1)..=newest {
            if let Some(&cell) = other.cells.get(other.place(number)) {
                self.add_to(number, cell);
            }
        }
    }

    /// Bytes of the cells.
    pub(super) fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<Tally>()
    }
}
