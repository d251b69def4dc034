//! How long a version takes to answer, counted without a lock.
//!
//! Eight cells an octave, as in HDR histograms: a quantile is at most an eighth too high, never too low. What is slow does not belong here.

use std::sync::atomic::{AtomicU32, Ordering};

const SHIFT: u32 = 3;
const SUB: usize = 1 << SHIFT;
/// Cells up to 2³² µs.
const CELLS: usize = (32 - SHIFT as usize + 1) * SUB;

/// Counts of microseconds.
#[derive(Debug)]
pub struct Latencies {
    cells: Box<[AtomicU32]>,
}

impl Default for Latencies {
    fn default() -> Self {
        Self { cells: (0..CELLS).map(|_| AtomicU32::new(0)).collect() }
    }
}

impl Latencies {
    pub fn add(&self, micros: u32) {
        if let Some(cell) = self.cells.get(cell(micros)) {
            cell.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn total(&self) -> u64 {
        self.cells.iter().map(|cell| u64::from(cell.load(Ordering::Relaxed))).sum()
    }

    /// The upper end of the cell in which a share of the answers is reached, in microseconds; `None` without any.
    pub fn quantile(&self, share: f64) -> Option<u32> {
        let total = self.total();
        let rank = (share.clamp(0.0, 1.0) * total as f64).ceil().max(1.0);
        let mut below = 0_u64;
        for (index, cell) in self.cells.iter().enumerate() {
            below += u64::from(cell.load(Ordering::Relaxed));
            if below as f64 >= rank {
                return Some(upper(index));
            }
        }
        None
    }

    /// Halves every count, so that what is long ago counts for less.
    pub fn fade(&self) {
        for cell in &self.cells {
            // Calls that are counted in between are subtracted from nothing.
            let half = cell.load(Ordering::Relaxed).div_ceil(2);
            let less = cell.load(Ordering::Relaxed).saturating_sub(half);
            cell.fetch_sub(less, Ordering::Relaxed);
        }
    }
}

fn cell(micros: u32) -> usize {
    if (micros as usize) < SUB {
        return micros as usize;
    }
    let octave = 31 - micros.leading_zeros() - SHIFT;
    (octave as usize + 1) * SUB + ((micros >> octave) as usize & (SUB - 1))
}

/// The largest number of a cell.
fn upper(index: usize) -> u32 {
    if index < SUB {
        return index as u32;
    }
    let octave = index / SUB - 1;
    let next = ((SUB + index % SUB + 1) as u64) << octave;
    u32::try_from(next - 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_lies_in_its_cell(micros in any::<u32>()) {
            let index = cell(micros);
            prop_assert!(index < CELLS && upper(index) >= micros && (index == 0 || upper(index - 1) < micros));
        }

        #[test]
        fn a_quantile_is_at_most_an_eighth_too_high(mut values in prop::collection::vec(1_u32..10_000_000, 1..300), share in 0.01_f64..1.0) {
            let latencies = Latencies::default();
            values.iter().for_each(|&value| latencies.add(value));
            values.sort_unstable();
            let rank = ((share * values.len() as f64).ceil() as usize).clamp(1, values.len());
            let exact = values[rank - 1];
            let estimate = latencies.quantile(share).expect("not empty");
            prop_assert!(estimate >= exact && f64::from(estimate) <= f64::from(exact) * 1.125 + 1.0, "{estimate} for {exact}");
        }
    }

    #[test]
    fn fading_keeps_the_shape() {
        let latencies = Latencies::default();
        assert_eq!(latencies.quantile(0.99), None);
        for _ in 0..1_000 {
            latencies.add(100);
        }
        latencies.fade();
        assert_eq!((latencies.total(), latencies.quantile(0.5)), (500, Some(103)));
    }
}
