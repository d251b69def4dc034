//! Trees packed for walking in lockstep: every comparison mode becomes "above the threshold goes right".
//! How scores are added and transformed belongs to `score`.

use crate::error::Refusal;
use crate::trees::packed::{Packed, Real};
use crate::trees::source::{Comparison, Source, SourceNode};

/// One tree's place in the forest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tree {
    /// Index of its root.
    pub(crate) start: usize,
    /// Steps from the root to the deepest leaf.
    pub(crate) depth: usize,
    /// Steps from the root to the shallowest leaf.
    pub(crate) depth_min: usize,
}

/// What leaves add.
#[derive(Debug)]
pub(crate) enum Leaves<T> {
    /// Every leaf of a tree adds one value to that tree's target: gradient boosting.
    Single { values: Vec<T>, targets: Vec<u32> },
    /// A leaf adds any number of values: random forests. Ranges are into `weights`, one a node.
    Many { ranges: Vec<(u32, u32)>, weights: Vec<(u32, T)> },
}

/// Packed trees. `missing_right[i]` says where a missing value goes at node `i`.
#[derive(Debug)]
pub(crate) struct Forest<N: Packed> {
    // INVARIANT: for every tree, root and children lie in `nodes`, and features are below `features`.
    pub(super) nodes: Vec<N>,
    pub(super) missing_right: Vec<bool>,
    pub(crate) trees: Vec<Tree>,
    pub(crate) leaves: Leaves<N::Value>,
    /// One more than the highest feature that a branch reads; at least 1.
    pub(crate) features: usize,
}

/// A branch that only asks "above the threshold?".
struct Split<T> {
    feature: u32,
    threshold: T,
    missing_right: bool,
    left: Place<T>,
    right: Place<T>,
}

/// Where a branch leads: to a node of the source, or to a second question about the same one.
enum Place<T> {
    Source(usize),
    Extra(Box<Split<T>>),
}

/// What is to be written at one packed index.
enum Pending<T> {
    Source(usize),
    Extra(Split<T>),
}

impl<N: Packed> Forest<N> {
    /// Packs the trees. `Ok(None)` when a number does not fit this layout, so that a wider one is to be taken.
    pub(crate) fn pack(source: &Source<N::Value>) -> Result<Option<Forest<N>>, Refusal> {
        let mut forest = Forest {
            nodes: Vec::with_capacity(source.nodes.len()),
            missing_right: Vec::with_capacity(source.nodes.len()),
            trees: Vec::with_capacity(source.roots.len()),
            leaves: leaves_for(source),
            features: 1,
        };
        for &root in &source.roots {
            if forest.pack_tree(source, root)?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(forest))
    }

    fn pack_tree(&mut self, source: &Source<N::Value>, root: usize) -> Result<Option<()>, Refusal> {
        let start = self.nodes.len();
        let mut tree = Tree { start, depth: 0, depth_min: usize::MAX };
        // Breadth first: nodes near the root, which every walk reads, share cache lines; children are adjacent.
        let mut level = vec![Pending::Source(root)];
        let mut depth = 0;
        while !level.is_empty() {
            let mut next = Vec::new();
            let level_end = self.nodes.len() - start + level.len();
            for pending in level {
                let own = self.nodes.len() - start;
                let split = match pending {
                    Pending::Extra(split) => Some(split),
                    Pending::Source(index) => match source.nodes.get(index) {
                        Some(SourceNode::Leaf { weights }) => {
                            self.add_leaf(source, weights.clone())?;
                            tree.depth = depth;
                            tree.depth_min = tree.depth_min.min(depth);
                            None
                        }
                        Some(branch) => split_of(branch),
                        None => return Err(Refusal::Malformed(format!("tree node {index} does not exist"))),
                    },
                };
                let (packed, missing_right) = match split {
                    None => (N::pack(0, N::Value::INFINITY, own), false),
                    Some(split) => {
                        self.features = self.features.max(split.feature as usize + 1);
                        let packed = N::pack(split.feature, split.threshold, level_end + next.len());
                        next.extend([split.left, split.right].map(|place| match place {
                            Place::Source(index) => Pending::Source(index),
                            Place::Extra(split) => Pending::Extra(*split),
                        }));
                        self.leaves.skip();
                        (packed, split.missing_right)
                    }
                };
                let Some(packed) = packed else { return Ok(None) };
                self.nodes.push(packed);
                self.missing_right.push(missing_right);
            }
            level = next;
            depth += 1;
        }
        self.trees.push(tree);
        Ok(Some(()))
    }

    fn add_leaf(&mut self, source: &Source<N::Value>, range: std::ops::Range<usize>) -> Result<(), Refusal> {
        match &mut self.leaves {
            Leaves::Single { values, .. } => values.push(source.weights.get(range.start).map_or(N::Value::ZERO, |&(_, value)| value)),
            Leaves::Many { ranges, .. } => match (u32::try_from(range.start), u32::try_from(range.end)) {
                (Ok(start), Ok(end)) => ranges.push((start, end)),
                _ => return Err(Refusal::Malformed("too many leaf weights".to_string())),
            },
        }
        Ok(())
    }
}

impl<T: Real> Leaves<T> {
    /// Keeps the lists in step with the nodes at a branch.
    fn skip(&mut self) {
        match self {
            Leaves::Single { values, .. } => values.push(T::ZERO),
            Leaves::Many { ranges, .. } => ranges.push((0, 0)),
        }
    }
}

/// Chooses how leaves are kept, by whether every leaf of a tree adds exactly one value to the same target.
fn leaves_for<T: Real>(source: &Source<T>) -> Leaves<T> {
    let mut targets = Vec::with_capacity(source.roots.len());
    for &root in &source.roots {
        let mut target = None;
        let mut open = vec![root];
        while let Some(index) = open.pop() {
            match source.nodes.get(index) {
                Some(SourceNode::Branch { yes, no, .. }) => open.extend([*yes, *no]),
                Some(SourceNode::Leaf { weights }) => {
                    let own = source.weights.get(weights.start).map(|&(target, _)| target);
                    if weights.len() != 1 || own.is_none() || (target.is_some() && target != own) {
                        return Leaves::Many { ranges: Vec::new(), weights: source.weights.clone() };
                    }
                    target = own;
                }
                None => {}
            }
        }
        targets.push(target.unwrap_or(0));
    }
    Leaves::Single { values: Vec::new(), targets }
}

/// Rewrites one branch so that only "above the threshold?" is asked; exact for every value, infinities and -0 included.
fn split_of<T: Real>(node: &SourceNode<T>) -> Option<Split<T>> {
    let SourceNode::Branch { feature, threshold, comparison, missing_goes_true, yes, no } = node else { return None };
    let (feature, threshold, yes, no) = (*feature, *threshold, *yes, *no);
    let plain = |threshold: T, below: usize, above: usize, missing: usize| Split {
        feature,
        threshold,
        missing_right: missing == above,
        left: Place::Source(below),
        right: Place::Source(above),
    };
    let missing = if *missing_goes_true || *comparison == Comparison::Unequal { yes } else { no };
    // No value lies strictly below minus infinity, and nothing compares with a threshold that is not a number:
    // such a branch always goes one way, unless the value is missing and tracked.
    let constant = |always: usize, missing: usize| {
        let other = if always == yes { no } else { yes };
        Split {
            feature,
            threshold: T::INFINITY,
            missing_right: missing != always,
            left: Place::Source(always),
            right: Place::Source(other),
        }
    };
    let lowest = threshold == -T::INFINITY;
    Some(match comparison {
        _ if threshold.missing() => constant(if *comparison == Comparison::Unequal { yes } else { no }, missing),
        Comparison::AtMost => plain(threshold, yes, no, missing),
        Comparison::Above => plain(threshold, no, yes, missing),
        Comparison::Below if lowest => constant(no, missing),
        Comparison::AtLeast if lowest => constant(yes, missing),
        Comparison::Below => plain(threshold.before(), yes, no, missing),
        Comparison::AtLeast => plain(threshold.before(), no, yes, missing),
        Comparison::Equal | Comparison::Unequal => {
            let (same, different) = if *comparison == Comparison::Equal { (yes, no) } else { (no, yes) };
            if lowest {
                plain(threshold, same, different, missing)
            } else {
                // Above the threshold is different; of the rest, what is above the value before it is the same.
                let rest = Split {
                    feature,
                    threshold: threshold.before(),
                    missing_right: missing == same,
                    left: Place::Source(different),
                    right: Place::Source(same),
                };
                let missing_right = missing == different;
                Split { feature, threshold, missing_right, left: Place::Extra(Box::new(rest)), right: Place::Source(different) }
            }
        }
    })
}
