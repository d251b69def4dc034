//! Adds up what the leaves give, row by row and in file order of the trees, so that rounding matches ONNX Runtime's.
//! What becomes of the sums belongs to `score`.

use crate::trees::forest::{Forest, Leaves, Tree};
use crate::trees::packed::{Packed, Real};
use crate::trees::walk::{LANES, Table};

/// How leaf values of one target are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Sum,
    Average,
    Min,
    Max,
}

/// Below this many rows, trees go in lockstep instead of rows.
const ROWS_IN_LOCKSTEP: usize = 4;

/// Sums for a block of rows, `targets` wide.
pub(crate) struct Sums<'a, T> {
    pub(crate) values: &'a mut [T],
    /// Whether any leaf gave this sum a value.
    pub(crate) touched: &'a mut [bool],
    pub(crate) targets: usize,
}

impl<N: Packed> Forest<N> {
    /// Fills `sums` for all rows of `table`, which holds `sums.values.len() / sums.targets` rows.
    pub(crate) fn accumulate(&self, aggregate: Aggregate, table: Table<'_, N::Value>, sums: &mut Sums<'_, N::Value>) {
        sums.values.fill(N::Value::ZERO);
        let rows = sums.values.len() / sums.targets.max(1);
        match (&self.leaves, aggregate) {
            (Leaves::Single { values, .. }, Aggregate::Sum | Aggregate::Average) if sums.targets == 1 => {
                sums.touched.fill(true);
                self.sum_one_target(values, table, rows, sums.values);
            }
            (Leaves::Single { values, targets }, _) => {
                sums.touched.fill(false);
                self.for_each_end(table, rows, |tree, end, row| {
                    let slot = row * sums.targets + targets[tree] as usize;
                    combine(aggregate, &mut sums.values[slot], &mut sums.touched[slot], values[end]);
                });
            }
            (Leaves::Many { ranges, weights }, _) => {
                sums.touched.fill(false);
                self.for_each_end(table, rows, |_, end, row| {
                    let (start, end) = ranges[end];
                    for &(target, value) in &weights[start as usize..end as usize] {
                        let slot = row * sums.targets + target as usize;
                        combine(aggregate, &mut sums.values[slot], &mut sums.touched[slot], value);
                    }
                });
            }
        }
    }

    /// The usual case of gradient boosting, with the sum of a lone row kept in a register.
    fn sum_one_target(&self, values: &[N::Value], table: Table<'_, N::Value>, rows: usize, sums: &mut [N::Value]) {
        if rows > ROWS_IN_LOCKSTEP {
            self.for_each_end(table, rows, |_, end, row| sums[row] = sums[row] + values[end]);
            return;
        }
        for (row, out) in sums.iter_mut().enumerate() {
            let mut sum = N::Value::ZERO;
            for group in self.trees.chunks(LANES) {
                let ends = self.walk_group(group, row * table.columns, table);
                for &end in &ends[..group.len()] {
                    sum = sum + values[end];
                }
            }
            *out = sum;
        }
    }

    /// Calls `give(tree, end, row)` for every tree and row; for one row, trees come in file order.
    #[inline(always)]
    fn for_each_end(&self, table: Table<'_, N::Value>, rows: usize, mut give: impl FnMut(usize, usize, usize)) {
        if rows > ROWS_IN_LOCKSTEP {
            for (index, tree) in self.trees.iter().enumerate() {
                let mut first = 0;
                while first < rows {
                    // Lanes past the last row walk it again; their ends are not used.
                    let offsets = std::array::from_fn(|lane| (first + lane).min(rows - 1) * table.columns);
                    let ends = self.walk([tree.start; LANES], offsets, *tree, table);
                    for (lane, &end) in ends.iter().take(rows - first).enumerate() {
                        give(index, end, first + lane);
                    }
                    first += LANES;
                }
            }
            return;
        }
        for row in 0..rows {
            for (group_index, group) in self.trees.chunks(LANES).enumerate() {
                let ends = self.walk_group(group, row * table.columns, table);
                for (lane, &end) in ends[..group.len()].iter().enumerate() {
                    give(group_index * LANES + lane, end, row);
                }
            }
        }
    }

    /// Walks up to `LANES` trees for the row that starts at `offset`.
    #[inline(always)]
    fn walk_group(&self, group: &[Tree], offset: usize, table: Table<'_, N::Value>) -> [usize; LANES] {
        let last = group.len().saturating_sub(1);
        let starts = std::array::from_fn(|lane| group[lane.min(last)].start);
        let mut deepest = group[0];
        for tree in group {
            deepest.depth = deepest.depth.max(tree.depth);
            deepest.depth_min = deepest.depth_min.max(tree.depth_min);
        }
        self.walk(starts, [offset; LANES], deepest, table)
    }
}

#[inline(always)]
fn combine<T: Real>(aggregate: Aggregate, sum: &mut T, touched: &mut bool, value: T) {
    let replace = match aggregate {
        Aggregate::Sum | Aggregate::Average => {
            *sum = *sum + value;
            *touched = true;
            return;
        }
        Aggregate::Min => !*touched || value < *sum,
        Aggregate::Max => !*touched || value > *sum,
    };
    if replace {
        *sum = value;
    }
    *touched = true;
}
