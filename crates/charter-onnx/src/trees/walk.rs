//! Walks packed trees. Several walks go in lockstep so that their loads overlap: many rows for one tree, many trees for one row.
//!
//! This is the hot loop of the crate, so indices that the packing has proved are not checked again.

use crate::trees::forest::{Forest, Tree};
use crate::trees::packed::{Packed, Real};

/// Walks that go in lockstep.
pub(crate) const LANES: usize = 8;

impl<N: Packed> Forest<N> {
    /// The nodes at which `LANES` rows end in one tree of this forest. Value `f` of row `i` lies at `columns[f * LANES + i]`.
    #[inline(always)]
    pub(super) fn walk_rows<const MISSING: bool>(&self, tree: Tree, columns: &[N::Value]) -> [usize; LANES] {
        assert!(columns.len() >= self.features * LANES);
        self.lockstep::<MISSING>([tree.start; LANES], tree, |feature, lane| {
            // SAFETY: packing keeps every node's feature below `features`; with `lane < LANES` the assertion above covers it.
            unsafe { *columns.get_unchecked(feature * LANES + lane) }
        })
    }

    /// The nodes at which one row ends in up to `LANES` trees of this forest; lanes beyond the group repeat its last tree.
    #[inline(always)]
    pub(super) fn walk_trees<const MISSING: bool>(&self, group: &[Tree], row: &[N::Value]) -> [usize; LANES] {
        assert!(row.len() >= self.features && !group.is_empty());
        let last = group.len() - 1;
        let starts = std::array::from_fn(|lane| group[lane.min(last)].start);
        let mut deepest = group[0];
        for tree in group {
            deepest.depth = deepest.depth.max(tree.depth);
            deepest.depth_min = deepest.depth_min.max(tree.depth_min);
        }
        self.lockstep::<MISSING>(starts, deepest, |feature, _| {
            // SAFETY: packing keeps every node's feature below `features`, which the assertion above holds the row to.
            unsafe { *row.get_unchecked(feature) }
        })
    }

    /// `starts` are roots of this forest, none deeper than `deepest.depth`; `value` may be asked for features below `features`.
    #[inline(always)]
    fn lockstep<const MISSING: bool>(
        &self,
        starts: [usize; LANES],
        deepest: Tree,
        value: impl Fn(usize, usize) -> N::Value,
    ) -> [usize; LANES] {
        let mut places = starts;
        for _ in 0..deepest.depth_min {
            self.step::<MISSING>(&mut places, starts, &value);
        }
        for _ in deepest.depth_min..deepest.depth {
            let before = places;
            self.step::<MISSING>(&mut places, starts, &value);
            // Uneven trees would have all lanes wait for the deepest leaf; leaves stay where they are.
            if deepest.depth - deepest.depth_min > UNEVEN && places == before {
                break;
            }
        }
        places
    }

    #[inline(always)]
    fn step<const MISSING: bool>(&self, places: &mut [usize; LANES], starts: [usize; LANES], value: impl Fn(usize, usize) -> N::Value) {
        for lane in 0..LANES {
            // SAFETY: `places` starts at roots and moves only to `start + left` and `start + left + 1`, which packing
            // placed within `nodes`. A leaf's left is itself, and no value is above its infinite threshold.
            let node = unsafe { *self.nodes.get_unchecked(places[lane]) };
            let value = value(node.feature(), lane);
            let right = if MISSING && value.missing() {
                self.missing_right.get(places[lane]).copied().unwrap_or(false)
            } else {
                value > node.threshold()
            };
            places[lane] = starts[lane] + node.left() + usize::from(right);
        }
    }
}

/// With leaves further apart than this many levels, a walk looks whether it is done after each step.
const UNEVEN: usize = 4;
