//! Adds up what the leaves give, row by row and in file order of the trees, so that rounding matches ONNX Runtime's.
//! What becomes of the sums belongs to `score`.

use crate::trees::forest::{Forest, Leaves};
use crate::trees::packed::{Packed, Real};
use crate::trees::walk::LANES;

/// How leaf values of one target are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Sum,
    Average,
    Min,
    Max,
}

/// Up to this many rows, trees go in lockstep instead of rows.
const ROWS_APART: usize = 4;

/// A block of rows of features, at least as wide as the forest reads.
pub(crate) struct Table<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) columns: usize,
    /// Whether any value is missing (not a number).
    pub(crate) missing: bool,
    /// The same in groups of [`LANES`] rows, each column by column; empty for few rows.
    lanes: &'a [T],
}

impl<'a, T: Real> Table<'a, T> {
    /// Prepares a block; `lanes` is a buffer.
    pub(crate) fn new(values: &'a [T], columns: usize, lanes: &'a mut Vec<T>) -> Table<'a, T> {
        lanes.clear();
        let rows = values.len() / columns.max(1);
        if rows > ROWS_APART {
            for group in values.chunks(columns * LANES) {
                let last = group.len() / columns - 1;
                for column in 0..columns {
                    lanes.extend((0..LANES).map(|lane| group[lane.min(last) * columns + column]));
                }
            }
        }
        Table { values, columns, missing: values.iter().any(|value| value.missing()), lanes }
    }
}

/// Sums for a block of rows, `targets` wide.
pub(crate) struct Sums<'a, T> {
    pub(crate) values: &'a mut [T],
    /// Whether any leaf gave this sum a value.
    pub(crate) touched: &'a mut [bool],
    pub(crate) targets: usize,
}

impl<N: Packed> Forest<N> {
    /// Fills `sums` for all rows of `table`, which holds `sums.values.len() / sums.targets` rows.
    pub(crate) fn accumulate(&self, aggregate: Aggregate, table: &Table<'_, N::Value>, sums: &mut Sums<'_, N::Value>) {
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
    fn sum_one_target(&self, values: &[N::Value], table: &Table<'_, N::Value>, rows: usize, sums: &mut [N::Value]) {
        if table.lanes.is_empty() {
            for (row, out) in sums.iter_mut().enumerate().take(rows) {
                let mut sum = N::Value::ZERO;
                self.for_each_tree(table, row, |_, end| sum = sum + values[end]);
                *out = sum;
            }
            return;
        }
        self.for_each_end(table, rows, |_, end, row| sums[row] = sums[row] + values[end]);
    }

    /// Calls `give(tree, end, row)` for every tree and row; for one row, trees come in file order.
    #[inline(always)]
    fn for_each_end(&self, table: &Table<'_, N::Value>, rows: usize, mut give: impl FnMut(usize, usize, usize)) {
        if table.lanes.is_empty() {
            for row in 0..rows {
                self.for_each_tree(table, row, |tree, end| give(tree, end, row));
            }
            return;
        }
        for (index, tree) in self.trees.iter().enumerate() {
            for (group, columns) in table.lanes.chunks_exact(table.columns * LANES).enumerate() {
                let ends = if table.missing { self.walk_rows::<true>(*tree, columns) } else { self.walk_rows::<false>(*tree, columns) };
                let first = group * LANES;
                // Lanes past the last row repeat it; their ends are not used.
                if first + LANES <= rows {
                    ends.iter().enumerate().for_each(|(lane, &end)| give(index, end, first + lane));
                } else {
                    ends.iter().take(rows - first).enumerate().for_each(|(lane, &end)| give(index, end, first + lane));
                }
            }
        }
    }

    /// Calls `give(tree, end)` for every tree in file order.
    #[inline(always)]
    fn for_each_tree(&self, table: &Table<'_, N::Value>, row: usize, mut give: impl FnMut(usize, usize)) {
        let values = &table.values[row * table.columns..(row + 1) * table.columns];
        for (index, group) in self.trees.chunks(LANES).enumerate() {
            let ends = if table.missing { self.walk_trees::<true>(group, values) } else { self.walk_trees::<false>(group, values) };
            ends.iter().take(group.len()).enumerate().for_each(|(lane, &end)| give(index * LANES + lane, end));
        }
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
