//! Where a number falls: 256 equally probable cells of the reference, values of their own weight beside them.

use serde::{Deserialize, Serialize};

/// Cells of equal probability, if no value is frequent.
pub const CELLS: usize = 256;

/// Cells of the line: one below the reference's least value, those within, one above its greatest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cells {
    /// The upper end of each cell but the last, the end itself included; rising.
    uppers: Vec<f64>,
}

impl Cells {
    /// Cells from finite values in rising order. A value with more than 1/256 of the mass is an atom: a cell of its own, from the number just below it
    /// to itself, so that what lies between atoms is seen as such. Towards both ends cells halve down to one value, since there they are long and
    /// little is in them. At most 515 cells and some 20 at each end, however the values lie; `None` without values.
    pub fn of_sorted(sorted: &[f64]) -> Option<Self> {
        Self::with(sorted, CELLS)
    }

    /// The same with another number of equally probable cells.
    pub fn with(sorted: &[f64], cells: usize) -> Option<Self> {
        let (&least, &greatest) = (sorted.first()?, sorted.last()?);
        let share = sorted.len() as f64 / cells.max(1) as f64;
        let mut uppers = vec![below(least)];
        let (mut at, mut pending) = (0, 0);
        while let Some(&value) = sorted.get(at) {
            let count = run(&sorted[at..], value);
            at += count;
            if count > 1 && count as f64 > share {
                push(&mut uppers, below(value));
                push(&mut uppers, value);
                pending = 0;
            } else {
                pending += count;
                let (before, after) = ((at - pending) as f64, (sorted.len() - at) as f64);
                if pending as f64 >= share.min(before).min(after) {
                    push(&mut uppers, value);
                    pending = 0;
                }
            }
        }
        push(&mut uppers, greatest);
        Some(Self { uppers })
    }

    /// The cell of a finite number.
    #[inline]
    pub fn locate(&self, value: f64) -> usize {
        self.uppers.partition_point(|&upper| upper < value)
    }

    /// How many cells there are, the two outer ones included.
    pub fn len(&self) -> usize {
        self.uppers.len() + 1
    }

    /// Never: there are always the two outer cells.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The upper end of each cell but the last.
    pub fn uppers(&self) -> &[f64] {
        &self.uppers
    }

    /// Whether the ends rise, as those made by [`Cells::of_sorted`] do; what was restored from elsewhere may not.
    pub fn is_sound(&self) -> bool {
        !self.uppers.is_empty() && self.uppers.iter().all(|upper| upper.is_finite()) && self.uppers.windows(2).all(|pair| pair[0] < pair[1])
    }
}

/// Values equal to the first one; a gallop, since runs may be most of the column.
fn run(sorted: &[f64], value: f64) -> usize {
    let mut step = 1;
    while sorted.get(step).is_some_and(|&next| next == value) {
        step *= 2;
    }
    let known = step / 2;
    known + sorted[known..sorted.len().min(step)].partition_point(|&next| next == value)
}

fn below(value: f64) -> f64 {
    value.next_down().max(f64::MIN)
}

fn push(uppers: &mut Vec<f64>, upper: f64) {
    if uppers.last().is_none_or(|&last| last < upper) {
        uppers.push(upper);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(cells: &Cells, values: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; cells.len()];
        values.iter().for_each(|&value| counts[cells.locate(value)] += 1);
        counts
    }

    #[test]
    fn a_smooth_column_gets_equal_cells_and_an_atom_its_own() {
        let mut values: Vec<f64> = (0..25_600).map(f64::from).collect();
        let cells = Cells::of_sorted(&values).unwrap();
        let counts = counted(&cells, &values);
        assert!((258..280).contains(&cells.len()) && counts.iter().filter(|&&count| count == 100).count() > 250, "{counts:?}");
        assert!(counts.iter().all(|&count| count <= 100) && counts[0] == 0 && counts[1] == 1 && counts[cells.len() - 2] == 1);
        values.extend(std::iter::repeat_n(700.5, 10_000));
        values.sort_by(f64::total_cmp);
        let cells = Cells::of_sorted(&values).unwrap();
        assert_eq!(counted(&cells, &values)[cells.locate(700.5)], 10_000);
        assert_eq!(cells.locate(-1.0), 0);
        assert_eq!(cells.locate(1e9), cells.len() - 1);
    }

    #[test]
    fn what_lies_between_atoms_is_seen() {
        let mut values: Vec<f64> = (0..1_000).map(|at| f64::from(at % 10)).collect();
        values.sort_by(f64::total_cmp);
        let cells = Cells::of_sorted(&values).unwrap();
        assert_eq!(counted(&cells, &values)[cells.locate(4.5)], 0);
        assert_ne!(cells.locate(4.5), cells.locate(5.0));
        assert_eq!(cells.locate(-0.0), cells.locate(0.0));
        assert_eq!(Cells::of_sorted(&[]), None);
    }

    proptest! {
        #[test]
        fn cells_are_sound_few_and_never_heavy_without_an_atom(mut values in prop::collection::vec(prop_oneof![-1e3f64..1e3, (0_u8..6).prop_map(f64::from), Just(f64::MAX), Just(f64::MIN)], 1..2_000)) {
            values.sort_by(f64::total_cmp);
            let cells = Cells::of_sorted(&values).unwrap();
            prop_assert!(cells.is_sound() && cells.len() <= 2 * CELLS + 3 + 16, "{}", cells.len());
            let counts = counted(&cells, &values);
            prop_assert!(counts[cells.len() - 1] == 0);
            for (cell, &count) in counts.iter().enumerate() {
                let within: Vec<f64> = values.iter().copied().filter(|&value| cells.locate(value) == cell).collect();
                let alike = within.windows(2).all(|pair| pair[0] == pair[1]);
                prop_assert!(alike || (count as f64) <= 2.0 * (values.len() as f64 / CELLS as f64).max(1.0), "{count}");
            }
        }
    }
}
