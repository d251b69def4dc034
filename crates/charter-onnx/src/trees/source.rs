//! Tree ensembles as the model file writes them, checked and linked into one tree of nodes each.
//! Packing for speed belongs to `forest`.
//!
//! Source: `TreeEnsembleClassifier`/`TreeEnsembleRegressor` of ai.onnx.ml 1, 3; where the text is vague, ONNX Runtime's behaviour.

use std::collections::HashMap;

use crate::error::Refusal;
use crate::node::Node;
use crate::tensor::Element;

/// The most nodes of one ensemble.
const NODES_MAX: usize = 1 << 26;
/// Features beyond this are refused: no table may be that wide.
const FEATURES_MAX: i64 = 1 << 24;

/// How a branch compares a feature with its threshold; `true` takes the true branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    AtMost,
    Below,
    AtLeast,
    Above,
    Equal,
    Unequal,
}

/// One node, children as indices into the ensemble's nodes.
#[derive(Debug, Clone)]
pub(crate) enum SourceNode<T> {
    Branch {
        feature: u32,
        threshold: T,
        comparison: Comparison,
        missing_goes_true: bool,
        yes: usize,
        no: usize,
    },
    /// The range of `Source::weights` that this leaf adds.
    Leaf {
        weights: std::ops::Range<usize>,
    },
}

/// A checked ensemble.
#[derive(Debug)]
pub(crate) struct Source<T> {
    pub(crate) nodes: Vec<SourceNode<T>>,
    /// One index into `nodes` a tree, in file order: the order in which scores are added.
    pub(crate) roots: Vec<usize>,
    /// Target or class, and what is added to it.
    pub(crate) weights: Vec<(u32, T)>,
}

/// Reads the `nodes_*` attributes and the leaf weights whose attributes start with `prefix` (`class` or `target`).
pub(crate) fn read<T: Element + Copy + From<f32>>(node: &Node<'_>, prefix: &str, targets: usize) -> Result<Source<T>, Refusal> {
    let missing = |name: &str| Refusal::Malformed(format!("attribute `{name}` is missing"));
    let ints = |name: &str| node.ints(name).ok_or_else(|| missing(name));
    let trees = ints("nodes_treeids")?;
    let ids = ints("nodes_nodeids")?;
    let features = ints("nodes_featureids")?;
    let yes = ints("nodes_truenodeids")?;
    let no = ints("nodes_falsenodeids")?;
    let modes = node.texts("nodes_modes")?.ok_or_else(|| missing("nodes_modes"))?;
    let thresholds: Vec<T> = values(node, "nodes_values")?;
    let tracks = node.ints("nodes_missing_value_tracks_true").unwrap_or_default();
    let count = trees.len();
    if count == 0 || count > NODES_MAX {
        return Err(Refusal::Malformed(format!("{count} tree nodes are not between 1 and {NODES_MAX}")));
    }
    let lengths = [ids.len(), features.len(), yes.len(), no.len(), modes.len(), thresholds.len()];
    if lengths.iter().any(|&length| length != count) || (!tracks.is_empty() && tracks.len() != count) {
        return Err(Refusal::Malformed(format!("the `nodes_*` attributes differ in length: {count} tree ids, then {lengths:?}")));
    }

    let mut index_of = HashMap::with_capacity(count);
    let mut roots = Vec::new();
    for (index, key) in trees.iter().copied().zip(ids.iter().copied()).enumerate() {
        if index_of.insert(key, index).is_some() {
            return Err(Refusal::Malformed(format!("node {} of tree {} occurs twice", key.1, key.0)));
        }
        if index == 0 || trees.get(index - 1) != Some(&key.0) {
            roots.push(index);
        }
    }
    let weights = Weights::read(node, prefix, targets, &index_of)?;
    let mut nodes = Vec::with_capacity(count);
    for index in 0..count {
        let find = |child: i64| {
            index_of.get(&(trees[index], child)).copied().ok_or_else(|| {
                Refusal::Malformed(format!("tree {} has no node {child} that its node {} leads to", trees[index], ids[index]))
            })
        };
        let comparison = match modes[index].as_str() {
            "LEAF" => None,
            "BRANCH_LEQ" => Some(Comparison::AtMost),
            "BRANCH_LT" => Some(Comparison::Below),
            "BRANCH_GTE" => Some(Comparison::AtLeast),
            "BRANCH_GT" => Some(Comparison::Above),
            "BRANCH_EQ" => Some(Comparison::Equal),
            "BRANCH_NEQ" => Some(Comparison::Unequal),
            other => return Err(Refusal::Malformed(format!("node mode `{other}` is unknown"))),
        };
        nodes.push(match comparison {
            None => SourceNode::Leaf { weights: weights.range_of(index) },
            Some(comparison) => SourceNode::Branch {
                feature: Some(features[index])
                    .filter(|&feature| (0..FEATURES_MAX).contains(&feature))
                    .map(|feature| feature as u32)
                    .ok_or_else(|| Refusal::Malformed(format!("feature {} is not between 0 and {FEATURES_MAX}", features[index])))?,
                threshold: thresholds[index],
                comparison,
                missing_goes_true: tracks.get(index).is_some_and(|&track| track == 1),
                yes: find(yes[index])?,
                no: find(no[index])?,
            },
        });
    }
    check_trees(&nodes, &roots)?;
    Ok(Source { nodes, roots, weights: weights.list })
}

/// Every node has at most one way to it, so walks end and packing stays as large as the file.
fn check_trees<T>(nodes: &[SourceNode<T>], roots: &[usize]) -> Result<(), Refusal> {
    let mut reached = vec![false; nodes.len()];
    let mut open: Vec<usize> = roots.to_vec();
    while let Some(index) = open.pop() {
        match reached.get_mut(index) {
            Some(seen) if !*seen => *seen = true,
            _ => {
                return Err(Refusal::Malformed(
                    "a tree node is reached in two ways: trees must not share nodes or hold cycles".to_string(),
                ));
            }
        }
        if let Some(SourceNode::Branch { yes, no, .. }) = nodes.get(index) {
            open.extend([*yes, *no]);
        }
    }
    Ok(())
}

/// Float attributes, or the same as a tensor attribute with the suffix `_as_tensor`.
pub(crate) fn values<T: Element + From<f32>>(node: &Node<'_>, name: &str) -> Result<Vec<T>, Refusal> {
    if let Some(tensor) = node.tensor(&format!("{name}_as_tensor"))? {
        let view = tensor.view();
        if let Some(values) = T::borrow(view.elements()) {
            return Ok(values.to_vec());
        }
        return match view.as_f32() {
            Some(values) => Ok(values.iter().map(|&value| T::from(value)).collect()),
            None => Err(Refusal::Malformed(format!("`{name}_as_tensor` holds {} elements", view.element_type().name()))),
        };
    }
    Ok(node.floats(name).unwrap_or_default().iter().map(|&value| T::from(value)).collect())
}

struct Weights<T> {
    list: Vec<(u32, T)>,
    ranges: HashMap<usize, std::ops::Range<usize>>,
}

impl<T: Element + Copy + From<f32>> Weights<T> {
    fn read(node: &Node<'_>, prefix: &str, targets: usize, index_of: &HashMap<(i64, i64), usize>) -> Result<Weights<T>, Refusal> {
        let ints = |name: &str| node.ints(&format!("{prefix}_{name}")).unwrap_or_default();
        let (trees, nodes, ids) = (ints("treeids"), ints("nodeids"), ints("ids"));
        let added: Vec<T> = values(node, &format!("{prefix}_weights"))?;
        if trees.len() != added.len() || nodes.len() != added.len() || ids.len() != added.len() {
            return Err(Refusal::Malformed(format!("the `{prefix}_*` attributes differ in length")));
        }
        let mut placed = Vec::with_capacity(added.len());
        for (((&tree, &leaf), &target), &weight) in trees.iter().zip(nodes).zip(ids).zip(&added) {
            let index = *index_of
                .get(&(tree, leaf))
                .ok_or_else(|| Refusal::Malformed(format!("a weight belongs to node {leaf} of tree {tree}, which does not exist")))?;
            let target = u32::try_from(target)
                .ok()
                .filter(|&target| (target as usize) < targets)
                .ok_or_else(|| Refusal::Malformed(format!("weight target {target} is not one of {targets}")))?;
            placed.push((index, target, weight));
        }
        // A stable sort keeps the file's order of weights within a leaf.
        placed.sort_by_key(|&(index, ..)| index);
        let mut weights = Weights { list: Vec::with_capacity(placed.len()), ranges: HashMap::new() };
        for (position, (index, target, weight)) in placed.into_iter().enumerate() {
            weights.list.push((target, weight));
            weights.ranges.entry(index).or_insert(position..position).end = position + 1;
        }
        Ok(weights)
    }

    fn range_of(&self, index: usize) -> std::ops::Range<usize> {
        self.ranges.get(&index).cloned().unwrap_or(0..0)
    }
}
