//! What stands in the rows: nodes, labels, and places where an arrow passes. Rows of nodes and rows of labels alternate.

use super::rank::Ranked;
use super::{BESIDE, LINE};
use crate::diagram::graph::{Graph, Label, Lines, NODE_WIDTH, Tier};

/// Something with a place in a row.
pub(super) struct Item {
    pub(super) kind: ItemKind,
    pub(super) row: usize,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Its middle.
    pub(super) x: f64,
    /// Neighbours in the row above and in the row below.
    pub(super) up: Vec<usize>,
    pub(super) down: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ItemKind {
    Node,
    Label,
    Line,
}

pub(super) struct Items {
    pub(super) list: Vec<Item>,
    /// Items of each row from left to right.
    pub(super) rows: Vec<Vec<usize>>,
    /// The tier of each row of nodes.
    pub(super) tiers: Vec<Option<Tier>>,
    /// The items of each edge from top to bottom, its ends among them; empty for one that is not drawn.
    pub(super) chains: Vec<Vec<usize>>,
    pub(super) labels: Vec<Label>,
    pub(super) reversed: Vec<bool>,
}

impl Items {
    pub(super) fn new(graph: &Graph, ranked: &Ranked, lines: &[Lines]) -> Self {
        let count = ranked.count * 2;
        let mut items = Self {
            list: Vec::new(),
            rows: vec![Vec::new(); count],
            tiers: vec![None; count],
            chains: Vec::new(),
            labels: graph.edges.iter().map(|edge| Label::of(&edge.label)).collect(),
            reversed: ranked.reversed.clone(),
        };
        // Nodes come first, so that the item of a node has the node's position.
        for (at, node) in graph.nodes.iter().enumerate() {
            let row = ranked.rows[at] * 2;
            items.tiers[row] = Some(node.tier);
            items.add(ItemKind::Node, row, NODE_WIDTH, lines[at].height());
        }
        let mut degree = vec![0_usize; graph.nodes.len()];
        for edge in &graph.edges {
            degree[edge.from] += 1;
            degree[edge.to] += 1;
        }
        for (at, edge) in graph.edges.iter().enumerate() {
            let (upper, lower) = if ranked.reversed[at] { (edge.to, edge.from) } else { (edge.from, edge.to) };
            let chain = if upper == lower { Vec::new() } else { items.chain(at, upper, lower, degree[upper] <= degree[lower]) };
            items.chains.push(chain);
        }
        items.interleave();
        items
    }

    /// Spreads what passes a row between the row's boxes, so that a fan over several rows stays as narrow as its rows.
    fn interleave(&mut self) {
        for row in &mut self.rows {
            let nodes = row.iter().filter(|at| self.list[**at].kind == ItemKind::Node).count();
            let (mut node, mut line) = (0.0, 0.0);
            let mut keyed: Vec<(f64, usize)> = Vec::with_capacity(row.len());
            for at in row.iter().copied() {
                let (next, count) = if self.list[at].kind == ItemKind::Node { (&mut node, nodes) } else { (&mut line, row.len() - nodes) };
                keyed.push(((*next + 0.5) / count as f64, at));
                *next += 1.0;
            }
            keyed.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
            *row = keyed.into_iter().map(|(_, at)| at).collect();
        }
    }

    /// The items of one edge. Its label stands next to the end with fewer arrows, where it is clear what it belongs to.
    fn chain(&mut self, edge: usize, upper: usize, lower: usize, label_above: bool) -> Vec<usize> {
        let (top, bottom) = (self.list[upper].row, self.list[lower].row);
        let labelled = if self.labels[edge].lines.is_empty() {
            None
        } else if label_above {
            Some(top + 1)
        } else {
            Some(bottom - 1)
        };
        let mut chain = vec![upper];
        for row in top + 1..bottom {
            let label = &self.labels[edge];
            let (kind, width, height) =
                if labelled == Some(row) { (ItemKind::Label, label.width, label.height) } else { (ItemKind::Line, LINE, 0.0) };
            chain.push(self.add(kind, row, width, height));
        }
        chain.push(lower);
        for pair in chain.windows(2) {
            if let [above, below] = pair {
                self.list[*above].down.push(*below);
                self.list[*below].up.push(*above);
            }
        }
        chain
    }

    fn add(&mut self, kind: ItemKind, row: usize, width: f64, height: f64) -> usize {
        let at = self.list.len();
        self.list.push(Item { kind, row, width, height, x: 0.0, up: Vec::new(), down: Vec::new() });
        self.rows[row].push(at);
        at
    }

    /// Least distance between the middles of two neighbours.
    pub(super) fn apart(&self, left: usize, right: usize) -> f64 {
        let (left, right) = (&self.list[left], &self.list[right]);
        let air = match (left.kind, right.kind) {
            (ItemKind::Node, ItemKind::Node) => BESIDE,
            (ItemKind::Node, _) | (_, ItemKind::Node) => 14.0,
            (ItemKind::Label, ItemKind::Label) => 8.0,
            _ => 6.0,
        };
        (left.width + right.width) / 2.0 + air
    }
}
