//! Quantiles of positive numbers in constant space.
//!
//! Eight cells an octave, as in HDR histograms: a quantile is right to within an eighth, mostly much closer, because ranks are interpolated in the cell.

const SHIFT: u32 = 3;
const SUB: u64 = 1 << SHIFT;
const OCTAVES: u64 = 42;
const CELLS: usize = (OCTAVES * SUB) as usize;

/// Counts of numbers up to 2⁴⁴; larger ones count as the largest.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    counts: [u32; CELLS],
    total: u32,
}

impl Histogram {
    pub(crate) const fn new() -> Self {
        Self { counts: [0; CELLS], total: 0 }
    }

    pub(crate) fn total(&self) -> u32 {
        self.total
    }

    pub(crate) fn add(&mut self, value: u64) {
        if let Some(count) = self.counts.get_mut(cell(value)) {
            *count = count.saturating_add(1);
            self.total = self.total.saturating_add(1);
        }
    }

    pub(crate) fn subtract(&mut self, other: &Self) {
        for (count, less) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_sub(*less);
        }
        self.total = self.total.saturating_sub(other.total);
    }

    /// The value below which a share of the numbers lies; `None` when empty.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        if self.total == 0 {
            return None;
        }
        let rank = share.clamp(0.0, 1.0) * f64::from(self.total);
        let mut below = 0.0;
        for (index, &count) in self.counts.iter().enumerate() {
            let count = f64::from(count);
            if count > 0.0 && below + count >= rank {
                let low = lower(index) as f64;
                let high = lower(index + 1) as f64;
                return Some(low + (high - low) * ((rank - below) / count).clamp(0.0, 1.0));
            }
            below += count;
        }
        None
    }
}

fn cell(value: u64) -> usize {
    if value < SUB {
        return value as usize;
    }
    let octave = u64::from(63 - value.leading_zeros() - SHIFT);
    let index = (octave + 1) * SUB + ((value >> octave) & (SUB - 1));
    (index as usize).min(CELLS - 1)
}

/// The smallest number of a cell.
fn lower(index: usize) -> u64 {
    let index = index as u64;
    if index < SUB {
        return index;
    }
    let octave = index / SUB - 1;
    (SUB + index % SUB) << octave
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_lies_in_its_cell(value in 0_u64..1 << 43) {
            let index = cell(value);
            prop_assert!(lower(index) <= value && value < lower(index + 1), "{value} in {index}");
        }

        #[test]
        fn a_quantile_is_right_to_within_a_cell(mut values in prop::collection::vec(1_u64..1 << 40, 1..300), share in 0.05_f64..0.95) {
            let mut histogram = Histogram::new();
            values.iter().for_each(|&value| histogram.add(value));
            values.sort_unstable();
            let rank = ((share * values.len() as f64).ceil() as usize).clamp(1, values.len());
            let exact = values[rank - 1] as f64;
            let estimate = histogram.quantile(share).expect("not empty");
            prop_assert!(estimate >= exact * 0.87 - 1.0 && estimate <= exact * 1.13 + 1.0, "{estimate} for {exact}");
        }
    }
}
