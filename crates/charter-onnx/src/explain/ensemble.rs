//! The trees of a model file with the number of known rows at each node, and the attributions that follow.

use std::fmt;

use super::origin;
use super::path::{Step, extend, unwind, unwound_sum};
use super::tables::{Condition, Question, TreeTable, Way};
use crate::classes::Classes;
use crate::error::{LoadError, Refusal, Unsupported};
use crate::graph;
use crate::node::{Node, normal_domain, title};
use crate::trees::source::{self, Source, SourceNode};

/// The deepest tree that is explained; time grows with its square, memory too.
pub const DEPTH_MAX: usize = 128;

/// The most numbers of all tables together: 64 MB.
const TABLES_MAX: usize = 8 << 20;

/// Why a row was not explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainError {
    /// The row, or the room for its attributions, is not as wide as the trees read.
    Width {
        /// How many columns the trees read.
        wanted: usize,
        /// How many there were.
        given: usize,
    },
    /// No known row was counted: without any there is nothing to compare with.
    NothingKnown,
    /// The target is not one of the model's.
    Target,
}

impl fmt::Display for ExplainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExplainError::Width { wanted, given } => write!(f, "the trees read {wanted} columns, {given} were given"),
            ExplainError::NothingKnown => f.write_str("no known row was counted; count the training rows first"),
            ExplainError::Target => f.write_str("the model has no such target"),
        }
    }
}

impl std::error::Error for ExplainError {}

/// Attributes scores of one tree ensemble to its features: TreeSHAP, exact, path-dependent (Lundberg and others, Nature Machine Intelligence 2, 2020).
/// A feature that is unknown follows the rows that were counted at each node: [`TreeExplainer::count`] the training rows, and it is what the `shap` package
/// says of the same trees. Attributions are of the sum of the leaves, before any transform: they add up with [`TreeExplainer::expected`] to
/// [`TreeExplainer::margin`].
#[derive(Debug, Clone)]
pub struct TreeExplainer {
    nodes: Vec<SourceNode<f64>>,
    roots: Vec<usize>,
    weights: Vec<(u32, f64)>,
    /// Known rows at each node.
    counts: Vec<u64>,
    base_values: Vec<f64>,
    /// 1, or 1/trees where the model averages.
    scale: f64,
    targets: usize,
    features: usize,
    depth: usize,
    columns: Option<Vec<(String, usize)>>,
    /// Of a target each tree's table, where it has one.
    tables: Vec<(usize, Vec<Option<TreeTable>>)>,
}

impl TreeExplainer {
    /// Reads the trees of a model file.
    ///
    /// # Errors
    /// [`LoadError::Unsupported`] when the file has not exactly one tree ensemble, when it takes the least or the greatest of its trees, or when a tree is deeper
    /// than [`DEPTH_MAX`]; [`LoadError::Malformed`] names the first broken rule.
    pub fn load(bytes: &[u8]) -> Result<TreeExplainer, LoadError> {
        let decoded = graph::decode(bytes)?;
        let opsets = graph::opsets(&decoded);
        let Some(graph) = &decoded.graph else {
            return Err(LoadError::Malformed { place: "the file".to_string(), rule: "it has no graph".to_string() });
        };
        let mut ensembles = graph.node.iter().filter(|node| node.op_type.starts_with("TreeEnsemble"));
        let (Some(proto), None) = (ensembles.next(), ensembles.next()) else {
            return Err(unsupported("", "", "the graph", "attributions need exactly one tree ensemble"));
        };
        let domain = normal_domain(&proto.domain);
        let node = Node { proto, opset: opsets.get(domain).copied().unwrap_or(1) };
        let mut explainer = Self::read(&node).map_err(|refusal| match refusal {
            Refusal::Malformed(rule) => LoadError::Malformed { place: format!("node `{}`", title(proto)), rule },
            Refusal::Unsupported(reason) => unsupported(&proto.op_type, domain, &title(proto), &reason),
        })?;
        explainer.columns = proto.input.first().and_then(|name| origin::columns(graph, name));
        Ok(explainer)
    }

    fn read(node: &Node<'_>) -> Result<TreeExplainer, Refusal> {
        let (prefix, targets) = match node.proto.op_type.as_str() {
            "TreeEnsembleClassifier" => ("class", Classes::read(node, "classlabels_int64s", "classlabels_strings")?.len()),
            "TreeEnsembleRegressor" => ("target", usize::try_from(node.int("n_targets", 1)).unwrap_or(0)),
            other => return Err(Refusal::Unsupported(format!("attributions of `{other}`"))),
        };
        if targets == 0 || targets > 1 << 16 {
            return Err(Refusal::Malformed(format!("{targets} targets or classes are not between 1 and 65536")));
        }
        let Source { nodes, roots, weights } = source::read::<f64>(node, prefix, targets)?;
        let scale = match node.text("aggregate_function", "SUM")? {
            "SUM" => 1.0,
            "AVERAGE" => 1.0 / roots.len() as f64,
            other => return Err(Refusal::Unsupported(format!("attributions of the aggregate function `{other}`"))),
        };
        let depth = depth(&nodes, &roots);
        if depth > DEPTH_MAX {
            return Err(Refusal::Unsupported(format!("attributions of a tree {depth} deep; the limit is {DEPTH_MAX}")));
        }
        let feature = |node: &SourceNode<f64>| if let SourceNode::Branch { feature, .. } = node { *feature as usize + 1 } else { 0 };
        let features = nodes.iter().map(feature).max().unwrap_or(0);
        let base_values = source::values::<f64>(node, "base_values")?;
        let counts = vec![0; nodes.len()];
        Ok(TreeExplainer { nodes, roots, weights, counts, base_values, scale, targets, features, depth, columns: None, tables: Vec::new() })
    }

    /// One more than the highest column that a branch reads.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Targets or classes.
    pub fn targets(&self) -> usize {
        self.targets
    }

    /// For each column of the trees the model input it comes from and its column there; `None` where the graph mixes columns before the trees.
    pub fn columns(&self) -> Option<&[(String, usize)]> {
        self.columns.as_deref()
    }

    /// Counts a known row, as of the training data, at the nodes it passes. What was prepared is forgotten.
    ///
    /// # Errors
    /// [`ExplainError::Width`] for a row narrower than the trees read.
    pub fn count(&mut self, row: &[f64]) -> Result<(), ExplainError> {
        self.check(row.len())?;
        self.tables.clear();
        for root in 0..self.roots.len() {
            let mut at = self.roots[root];
            self.counts[at] += 1;
            while let Some((hot, _)) = self.ways(at, row) {
                at = hot;
                self.counts[at] += 1;
            }
        }
        Ok(())
    }

    /// The sum of the leaves for a row, base value included, before any transform.
    ///
    /// # Errors
    /// [`ExplainError::Width`] and [`ExplainError::Target`].
    pub fn margin(&self, row: &[f64], target: usize) -> Result<f64, ExplainError> {
        self.check(row.len())?;
        let base = self.base(target)?;
        let mut sum = 0.0;
        for &root in &self.roots {
            let mut at = root;
            while let Some((hot, _)) = self.ways(at, row) {
                at = hot;
            }
            sum += self.leaf(at, target);
        }
        Ok(base + self.scale * sum)
    }

    /// The margin that is expected when only some features of a row are known: at a branch on another one, both ways count by their known rows. The worth of
    /// a set of features, of which [`TreeExplainer::attribute`] gives the Shapley values.
    ///
    /// # Errors
    /// [`ExplainError::Width`], [`ExplainError::NothingKnown`] and [`ExplainError::Target`].
    pub fn margin_knowing(&self, row: &[f64], target: usize, is_known: impl Fn(usize) -> bool) -> Result<f64, ExplainError> {
        self.check(row.len())?;
        let base = self.base(target)?;
        self.known()?;
        let mut open: Vec<(usize, f64)> = self.roots.iter().map(|&root| (root, 1.0)).collect();
        let mut sum = 0.0;
        while let Some((at, share)) = open.pop() {
            match (self.ways(at, row), &self.nodes[at]) {
                (Some((hot, _)), SourceNode::Branch { feature, .. }) if is_known(*feature as usize) => open.push((hot, share)),
                (Some((hot, cold)), _) => open.extend([hot, cold].map(|child| (child, share * self.share(child, at)))),
                (None, _) => sum += share * self.leaf(at, target),
            }
        }
        Ok(base + self.scale * sum)
    }

    /// The share of a node's known rows that go on to a child; half where there are none.
    fn share(&self, child: usize, at: usize) -> f64 {
        if self.counts[at] > 0 { self.counts[child] as f64 / self.counts[at] as f64 } else { 0.5 }
    }

    /// The mean margin of the known rows: where attributions begin.
    ///
    /// # Errors
    /// [`ExplainError::NothingKnown`] and [`ExplainError::Target`].
    pub fn expected(&self, target: usize) -> Result<f64, ExplainError> {
        let base = self.base(target)?;
        let known = self.known()? as f64;
        let sum: f64 = (0..self.nodes.len()).map(|at| self.counts[at] as f64 / known * self.leaf(at, target)).sum();
        Ok(base + self.scale * sum)
    }

    /// What each feature added to the expected margin, to make the row's own. A branch that no known row reached splits unknown features evenly.
    ///
    /// # Errors
    /// [`ExplainError::Width`], [`ExplainError::NothingKnown`] and [`ExplainError::Target`].
    pub fn attribute(&self, row: &[f64], target: usize) -> Result<Vec<f64>, ExplainError> {
        self.check(row.len())?;
        self.base(target)?;
        self.known()?;
        let mut found = vec![0.0; row.len()];
        let tables = self.tables.iter().find(|(prepared, _)| *prepared == target).map(|(_, tables)| tables);
        // Every level has its own copy of the path, one step longer than the last; needed only for trees without a table.
        let mut paths: Vec<Step> = Vec::new();
        for (tree, &root) in self.roots.iter().enumerate() {
            if let Some(table) = tables.and_then(|tables| tables.get(tree)?.as_ref()) {
                table.add(row, &mut found);
                continue;
            }
            paths.resize((self.depth + 2) * (self.depth + 3) / 2, Step::default());
            let mut call = Call { explainer: self, row, target, found: &mut found };
            call.visit(root, &mut paths, 0, (u32::MAX, 1.0, 1.0));
        }
        found.iter_mut().for_each(|value| *value *= self.scale);
        Ok(found)
    }

    /// Works attributions to a target out beforehand, so that [`TreeExplainer::attribute`] looks them up: some ten times as fast. Trees with more than 64 branches, or
    /// more than ten features on one way, stay as they are, and all do beyond 64 MB of tables for each target.
    ///
    /// # Errors
    /// [`ExplainError::NothingKnown`] and [`ExplainError::Target`].
    pub fn prepare(&mut self, target: usize) -> Result<(), ExplainError> {
        self.base(target)?;
        self.known()?;
        let mut room = TABLES_MAX;
        let mut tables = Vec::with_capacity(self.roots.len());
        for &root in &self.roots {
            let table = self.table(root, target, room);
            room -= table.as_ref().map_or(0, TreeTable::numbers).min(room);
            tables.push(table);
        }
        self.tables.retain(|(other, _)| *other != target);
        self.tables.push((target, tables));
        Ok(())
    }

    fn table(&self, root: usize, target: usize, room: usize) -> Option<TreeTable> {
        let (mut questions, mut ways) = (Vec::new(), Vec::new());
        let mut open: Vec<(usize, Vec<Condition>)> = vec![(root, Vec::new())];
        while let Some((at, conditions)) = open.pop() {
            let SourceNode::Branch { yes, no, .. } = &self.nodes[at] else {
                let value = self.leaf(at, target);
                // A leaf that adds nothing to this target shares nothing out.
                ways.extend((value != 0.0 && !conditions.is_empty()).then_some(Way { conditions, value }));
                continue;
            };
            let question = self.question(at)?;
            let bit = 1_u64.checked_shl(u32::try_from(questions.len()).ok()?)?;
            questions.push(question);
            for (child, wanted) in [(*yes, bit), (*no, 0)] {
                let (mut conditions, share) = (conditions.clone(), self.share(child, at));
                match conditions.iter_mut().find(|condition| condition.feature == question.feature) {
                    Some(condition) => {
                        condition.asked |= bit;
                        condition.wanted |= wanted;
                        condition.unknown *= share;
                    }
                    None => conditions.push(Condition { feature: question.feature, asked: bit, wanted, unknown: share }),
                }
                open.push((child, conditions));
            }
        }
        TreeTable::new(questions, &ways, room)
    }

    fn question(&self, at: usize) -> Option<Question> {
        let SourceNode::Branch { feature, threshold, comparison, missing_goes_true, .. } = &self.nodes[at] else { return None };
        Some(Question { feature: *feature, threshold: *threshold, comparison: *comparison, missing_goes_true: *missing_goes_true })
    }

    fn check(&self, given: usize) -> Result<(), ExplainError> {
        if given < self.features { Err(ExplainError::Width { wanted: self.features, given }) } else { Ok(()) }
    }

    fn base(&self, target: usize) -> Result<f64, ExplainError> {
        if target >= self.targets { Err(ExplainError::Target) } else { Ok(self.base_values.get(target).copied().unwrap_or(0.0)) }
    }

    fn known(&self) -> Result<u64, ExplainError> {
        self.roots.first().map(|&root| self.counts[root]).filter(|&count| count > 0).ok_or(ExplainError::NothingKnown)
    }

    /// What a leaf adds to a target; 0 for a branch.
    fn leaf(&self, at: usize, target: usize) -> f64 {
        match &self.nodes[at] {
            SourceNode::Leaf { weights } => {
                self.weights[weights.clone()].iter().filter(|weight| weight.0 as usize == target).map(|weight| weight.1).sum()
            }
            SourceNode::Branch { .. } => 0.0,
        }
    }

    /// The child that a row goes to and the other one; `None` at a leaf.
    fn ways(&self, at: usize, row: &[f64]) -> Option<(usize, usize)> {
        let (SourceNode::Branch { yes, no, .. }, Some(question)) = (&self.nodes[at], self.question(at)) else { return None };
        Some(if question.holds(row[question.feature as usize]) { (*yes, *no) } else { (*no, *yes) })
    }
}

/// One row's walk through all ways of one tree.
struct Call<'a> {
    explainer: &'a TreeExplainer,
    row: &'a [f64],
    target: usize,
    found: &'a mut [f64],
}

impl Call<'_> {
    /// Visits a node whose way from the root has `last` steps, and `step` (feature, unknown, known) as the next. `paths` begins with that way.
    fn visit(&mut self, at: usize, paths: &mut [Step], last: usize, step: (u32, f64, f64)) {
        extend(paths, last, step.0, step.1, step.2);
        let explainer = self.explainer;
        let (Some((hot, cold)), SourceNode::Branch { feature, .. }) = (explainer.ways(at, self.row), &explainer.nodes[at]) else {
            let value = explainer.leaf(at, self.target);
            for place in 1..=last {
                let Step { feature, unknown, known, .. } = paths[place];
                self.found[feature as usize] += unwound_sum(paths, last, place) * (known - unknown) * value;
            }
            return;
        };
        // A feature that was asked for before is one step, not two.
        let (mut last, mut earlier) = (last, (1.0, 1.0));
        if let Some(place) = (1..=last).find(|&place| paths[place].feature == *feature) {
            earlier = (paths[place].unknown, paths[place].known);
            unwind(paths, last, place);
            last -= 1;
        }
        for (child, known) in [(hot, earlier.1), (cold, 0.0)] {
            let unknown = explainer.share(child, at) * earlier.0;
            // A way that is taken neither with the feature nor without adds nothing.
            if unknown > 0.0 || known > 0.0 {
                let (own, rest) = paths.split_at_mut(last + 1);
                rest[..=last].copy_from_slice(own);
                self.visit(child, rest, last + 1, (*feature, unknown, known));
            }
        }
    }
}

/// Steps from a root to the deepest leaf.
fn depth(nodes: &[SourceNode<f64>], roots: &[usize]) -> usize {
    let (mut open, mut deepest): (Vec<(usize, usize)>, usize) = (roots.iter().map(|&root| (root, 0)).collect(), 0);
    while let Some((at, depth)) = open.pop() {
        deepest = deepest.max(depth);
        if let Some(SourceNode::Branch { yes, no, .. }) = nodes.get(at) {
            open.extend([(*yes, depth + 1), (*no, depth + 1)]);
        }
    }
    deepest
}

fn unsupported(operator: &str, domain: &str, node: &str, reason: &str) -> LoadError {
    let text = str::to_string;
    LoadError::Unsupported {
        places: vec![Unsupported { operator: text(operator), domain: text(domain), node: text(node), reason: text(reason) }],
    }
}
