//! Quantiles of whole numbers in bounded space: eight cells an octave, so a quantile is right to within an eighth.

use serde::{Deserialize, Serialize};

const SHIFT: u32 = 3;
const SUB: u64 = 1 << SHIFT;
/// Numbers of 32 bits fit.
const CELLS: usize = ((33 - SHIFT as usize) + 1) * SUB as usize;

/// Counts of numbers below 2³²; larger ones count as the largest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    pub fn add(&mut self, value: u64) {
        if self.counts.len() < CELLS {
            self.counts.resize(CELLS, 0);
        }
        if let Some(count) = self.counts.get_mut(cell(value)) {
            *count += 1;
            self.total += 1;
        }
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    /// The value below which a share of the numbers lies, ranks interpolated within the cell; `None` when empty.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let rank = share.clamp(0.0, 1.0) * self.total as f64;
        let mut below = 0.0;
        for (index, &count) in self.counts.iter().enumerate() {
            let count = count as f64;
            if count > 0.0 && below + count >= rank {
                let (low, high) = (lower(index) as f64, lower(index + 1) as f64);
                return Some(low + (high - low) * ((rank - below) / count).clamp(0.0, 1.0));
            }
            below += count;
        }
        None
    }
}

fn cell(value: u64) -> usize {
    let value = value.min((1 << 32) - 1);
    if value < SUB {
        return value as usize;
    }
    let octave = value.ilog2() - SHIFT;
    (u64::from(octave + 1) * SUB + ((value >> octave) - SUB)) as usize
}

/// The least number of a cell.
fn lower(cell: usize) -> u64 {
    let (octave, offset) = (cell as u64 / SUB, cell as u64 % SUB);
    if octave == 0 { offset } else { (SUB + offset) << (octave - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quantiles_are_right_to_within_an_eighth(mut values in prop::collection::vec(1_u64..u64::from(u32::MAX), 1..200), share in 0.01f64..1.0) {
            let mut histogram = Histogram::default();
            values.iter().for_each(|&value| histogram.add(value));
            values.sort_unstable();
            let exact = values[((share * values.len() as f64).ceil() as usize - 1).min(values.len() - 1)] as f64;
            let told = histogram.quantile(share).unwrap();
            prop_assert!((told - exact).abs() <= exact / 8.0 + 1.0, "{told} against {exact}");
        }

        #[test]
        fn every_number_lies_in_its_cell(value in 0_u64..u64::from(u32::MAX)) {
            prop_assert!(lower(cell(value)) <= value && value < lower(cell(value) + 1) && cell(value) < CELLS);
        }
    }
}
