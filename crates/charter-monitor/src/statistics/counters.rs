//! Counts of many cells in little space: two bytes a cell, and six more for each cell that has passed 65,535.
//!
//! Exact up to 2⁴⁸ a cell, added up by addition. What a cell stands for does not belong here.

use serde::{Deserialize, Serialize};

const CARRY: u64 = 1 << 16;

/// A fixed number of counts, all of them 0 at first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// The lower 16 bits of each count.
    low: Vec<u16>,
    /// The upper bits of those that have some, by cell.
    high: Vec<(u16, u32)>,
}

impl Counters {
    /// As many counts as `cells`, at most 65,536.
    pub fn new(cells: usize) -> Self {
        Self { low: vec![0; cells.min(usize::from(u16::MAX) + 1)], high: Vec::new() }
    }

    /// How many counts there are.
    pub fn len(&self) -> usize {
        self.low.len()
    }

    /// Whether there is no cell at all.
    pub fn is_empty(&self) -> bool {
        self.low.is_empty()
    }

    /// One more in a cell; a cell that does not exist counts nothing.
    #[inline]
    pub fn add(&mut self, cell: usize) {
        if let Some(low) = self.low.get_mut(cell) {
            *low = low.wrapping_add(1);
            if *low == 0 {
                self.carry(cell, 1);
            }
        }
    }

    fn carry(&mut self, cell: usize, by: u32) {
        let cell = cell as u16;
        match self.high.binary_search_by_key(&cell, |&(at, _)| at) {
            Ok(at) => self.high[at].1 = self.high[at].1.saturating_add(by),
            Err(at) => self.high.insert(at, (cell, by)),
        }
    }

    /// The count of one cell.
    pub fn count(&self, cell: usize) -> u64 {
        let low = self.low.get(cell).copied().unwrap_or(0);
        let high = self.high.binary_search_by_key(&cell, |&(at, _)| usize::from(at)).map_or(0, |at| self.high[at].1);
        u64::from(high) * CARRY + u64::from(low)
    }

    /// All counts, in the order of the cells.
    pub fn counts(&self) -> Vec<u64> {
        let mut counts: Vec<u64> = self.low.iter().map(|&low| u64::from(low)).collect();
        for &(cell, high) in &self.high {
            if let Some(count) = counts.get_mut(usize::from(cell)) {
                *count += u64::from(high) * CARRY;
            }
        }
        counts
    }

    /// The counts of both; cells that only the other has are left out.
    pub fn merge(&mut self, other: &Self) {
        for cell in 0..self.low.len().min(other.low.len()) {
            let (sum, over) = self.low[cell].overflowing_add(other.low[cell]);
            self.low[cell] = sum;
            if over {
                self.carry(cell, 1);
            }
        }
        for &(cell, high) in &other.high {
            if usize::from(cell) < self.low.len() {
                self.carry(usize::from(cell), high);
            }
        }
    }

    /// Bytes held, the structure itself included.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.low.capacity() * size_of::<u16>() + self.high.capacity() * size_of::<(u16, u32)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts_pass_sixty_five_thousand_exactly() {
        let mut counters = Counters::new(3);
        (0..200_000).for_each(|_| counters.add(1));
        (0..65_535).for_each(|_| counters.add(2));
        counters.add(9);
        assert_eq!(counters.counts(), [0, 200_000, 65_535]);
        let mut twice = counters.clone();
        twice.merge(&counters);
        assert_eq!(twice.counts(), [0, 400_000, 131_070]);
        assert_eq!((twice.count(1), twice.count(2), twice.count(7)), (400_000, 131_070, 0));
    }

    proptest! {
        #[test]
        fn merging_is_addition(first in prop::collection::vec(0_usize..5, 0..50), second in prop::collection::vec(0_usize..5, 0..50), rounds in 1_usize..12) {
            let (mut left, mut right, mut plain) = (Counters::new(5), Counters::new(5), vec![0_u64; 5]);
            for _ in 0..rounds {
                first.iter().for_each(|&cell| { left.add(cell); plain[cell] += 1; });
                second.iter().for_each(|&cell| { right.add(cell); plain[cell] += 1; });
                // Doubling makes carries frequent.
                let again = left.clone();
                left.merge(&again);
                left.merge(&right);
                let before = again.counts();
                (0..5).for_each(|cell| plain[cell] = 2 * before[cell] + right.count(cell));
                prop_assert_eq!(left.counts(), plain.clone());
            }
            let restored: Counters = serde_json::from_str(&serde_json::to_string(&left).unwrap()).unwrap();
            prop_assert_eq!(restored, left);
        }
    }
}
