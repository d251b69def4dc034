//! Walks packed trees. Several walks go in lockstep so that their loads overlap: many trees for one row, many rows for one tree.

use crate::trees::forest::{Forest, Tree};
use crate::trees::packed::{Packed, Real};

/// Walks that go in lockstep.
pub(crate) const LANES: usize = 8;

/// A table of features, `columns` wide, holding at least the forest's features.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) columns: usize,
    /// Whether any value is missing (not a number).
    pub(crate) missing: bool,
}

impl<N: Packed> Forest<N> {
    /// The nodes at which `LANES` walks end. Lane `i` walks the tree that starts at `starts[i]` for the row that starts
    /// at `offsets[i]`; no tree is deeper than `deepest.depth`.
    #[inline(always)]
    pub(crate) fn walk(
        &self,
        starts: [usize; LANES],
        offsets: [usize; LANES],
        deepest: Tree,
        table: Table<'_, N::Value>,
    ) -> [usize; LANES] {
        if table.missing {
            self.lockstep::<true>(starts, offsets, deepest, table)
        } else {
            self.lockstep::<false>(starts, offsets, deepest, table)
        }
    }

    #[inline(always)]
    fn lockstep<const MISSING: bool>(
        &self,
        starts: [usize; LANES],
        offsets: [usize; LANES],
        deepest: Tree,
        table: Table<'_, N::Value>,
    ) -> [usize; LANES] {
        let mut places = starts;
        for _ in 0..deepest.depth_min {
            self.step::<MISSING>(&mut places, starts, offsets, table);
        }
        for _ in deepest.depth_min..deepest.depth {
            let before = places;
            self.step::<MISSING>(&mut places, starts, offsets, table);
            if places == before {
                break;
            }
        }
        places
    }

    #[inline(always)]
    fn step<const MISSING: bool>(
        &self,
        places: &mut [usize; LANES],
        starts: [usize; LANES],
        offsets: [usize; LANES],
        table: Table<'_, N::Value>,
    ) {
        for lane in 0..LANES {
            let node = self.nodes[places[lane]];
            let value = table.values[offsets[lane] + node.feature()];
            let right = if MISSING && value.missing() { self.missing_right[places[lane]] } else { value > node.threshold() };
            places[lane] = starts[lane] + node.left() + usize::from(right);
        }
    }
}
