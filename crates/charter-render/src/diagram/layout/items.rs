//! What stands in the rows: nodes, labels, the boundary's name, and places where an arrow passes. Rows of nodes and rows of labels alternate; the
//! boundary's name has a row of its own above the first row inside, so that no arrow runs through it.

use super::rank::Ranked;
use super::{BESIDE, LINE, NAME_HEIGHT};
use crate::diagram::graph::{Graph, Label, Lines, NODE_WIDTH, Tier};
use crate::diagram::text::width;
use std::collections::HashMap;

/// Something with a place in a row.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    pub(super) row: usize,
    pub(super) lane: Lane,
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
    Name,
}

/// Where an item stands in its row: arrows that have nothing to do with the inside pass it on its left or its right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    Left,
    /// The boundary's name is first of what is inside.
    Name,
    Middle,
    Right,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    Nodes(Tier),
    Labels,
    Name,
}

/// One drawn arrow, or two that run between the same boxes in opposite directions.
#[derive(Clone)]
pub(super) struct Chain {
    /// Positions in the graph's edges.
    pub(super) edge: usize,
    pub(super) back: Option<usize>,
    /// Whether `edge` runs upwards.
    pub(super) upward: bool,
    /// From top to bottom, its ends among them.
    pub(super) items: Vec<usize>,
    pub(super) label: Label,
    /// Whether it passes the inside without an end there.
    pub(super) foreign: bool,
}

#[derive(Clone)]
pub(super) struct Items {
    pub(super) list: Vec<Item>,
    /// Items of each row from left to right.
    pub(super) rows: Vec<Vec<usize>>,
    pub(super) kinds: Vec<RowKind>,
    pub(super) chains: Vec<Chain>,
    /// The first and the last row of the boundary, its name's row among them.
    pub(super) inside: Option<(usize, usize)>,
}

impl Items {
    pub(super) fn new(graph: &Graph, ranked: &Ranked, lines: &[Lines]) -> Self {
        let (kinds, rows_of) = kinds(graph, ranked);
        let is_inside = |kind: &RowKind| matches!(kind, RowKind::Name | RowKind::Nodes(Tier::Inside));
        let bounded = graph.boundary.is_some();
        let inside = bounded.then(|| Some((kinds.iter().position(is_inside)?, kinds.iter().rposition(is_inside)?))).flatten();
        let mut items = Self { list: Vec::new(), rows: vec![Vec::new(); kinds.len()], kinds, chains: Vec::new(), inside };
        // Nodes come first, so that the item of a node has the node's position.
        for (at, lines) in lines.iter().enumerate() {
            items.add(ItemKind::Node, rows_of[at], NODE_WIDTH, lines.height());
        }
        items.level_heights();
        let mut degree = vec![0_usize; graph.nodes.len()];
        for edge in &graph.edges {
            degree[edge.from] += 1;
            degree[edge.to] += 1;
        }
        for mut chain in chains(graph, ranked) {
            let edge = &graph.edges[chain.edge];
            let (upper, lower) = if chain.upward { (edge.to, edge.from) } else { (edge.from, edge.to) };
            chain.foreign = [upper, lower].iter().all(|end| graph.nodes[*end].tier != Tier::Inside);
            items.fill(&mut chain, upper, lower, degree[upper] <= degree[lower]);
            items.chains.push(chain);
        }
        items.interleave();
        if let (Some((first, _)), Some(name)) = (inside, &graph.boundary) {
            let at = items.add(ItemKind::Name, first, width(name, 12.0) + 12.0, NAME_HEIGHT);
            items.list[at].lane = Lane::Name;
            // First of its row.
            items.rows[first].rotate_right(1);
        }
        items
    }

    /// Boxes of a row are as high as the highest of them.
    fn level_heights(&mut self) {
        for row in &self.rows {
            let most = row.iter().map(|at| self.list[*at].height).fold(0.0, f64::max);
            row.iter().for_each(|at| self.list[*at].height = most);
        }
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

    /// The items of one arrow. Its label stands next to the end with fewer arrows, where it is clear what it belongs to.
    fn fill(&mut self, chain: &mut Chain, upper: usize, lower: usize, label_above: bool) {
        let (top, bottom) = (self.list[upper].row, self.list[lower].row);
        let mut label_rows = (top + 1..bottom).filter(|row| self.kinds[*row] == RowKind::Labels);
        let labelled = match (chain.label.lines.is_empty(), label_above) {
            (true, _) => None,
            (false, true) => label_rows.next(),
            (false, false) => label_rows.next_back(),
        };
        chain.items.push(upper);
        for row in top + 1..bottom {
            let (kind, width, height) =
                if labelled == Some(row) { (ItemKind::Label, chain.label.width, chain.label.height) } else { (ItemKind::Line, LINE, 0.0) };
            chain.items.push(self.add(kind, row, width, height));
        }
        chain.items.push(lower);
        for pair in chain.items.windows(2) {
            if let [above, below] = pair {
                self.list[*above].down.push(*below);
                self.list[*below].up.push(*above);
            }
        }
    }

    fn add(&mut self, kind: ItemKind, row: usize, width: f64, height: f64) -> usize {
        let at = self.list.len();
        self.list.push(Item { kind, row, lane: Lane::Middle, width, height, x: 0.0, up: Vec::new(), down: Vec::new() });
        self.rows[row].push(at);
        at
    }

    /// Least distance between the middles of two neighbours.
    pub(super) fn apart(&self, left: usize, right: usize) -> f64 {
        let (left, right) = (&self.list[left], &self.list[right]);
        let air = match (left.kind, right.kind) {
            (ItemKind::Node, ItemKind::Node) => BESIDE,
            (ItemKind::Node, _) | (_, ItemKind::Node) => 14.0,
            (ItemKind::Label | ItemKind::Name, _) | (_, ItemKind::Label | ItemKind::Name) => 8.0,
            (ItemKind::Line, ItemKind::Line) => 6.0,
        };
        (left.width + right.width) / 2.0 + air
    }

    /// Whether a row lies between the upper and the lower edge of the boundary.
    pub(super) fn is_inside(&self, row: usize) -> bool {
        self.inside.is_some_and(|(first, last)| (first..=last).contains(&row))
    }
}

/// What is in each row, and the row of each node.
fn kinds(graph: &Graph, ranked: &Ranked) -> (Vec<RowKind>, Vec<usize>) {
    let mut tiers = vec![Tier::Below; ranked.count];
    for (node, row) in graph.nodes.iter().zip(&ranked.rows) {
        tiers[*row] = node.tier;
    }
    let mut kinds: Vec<RowKind> = Vec::new();
    let mut places = Vec::with_capacity(tiers.len());
    for (at, tier) in tiers.iter().enumerate() {
        if at > 0 {
            kinds.push(RowKind::Labels);
        }
        if *tier == Tier::Inside && graph.boundary.is_some() && !kinds.contains(&RowKind::Name) {
            kinds.push(RowKind::Name);
        }
        places.push(kinds.len());
        kinds.push(RowKind::Nodes(*tier));
    }
    let rows = ranked.rows.iter().map(|row| places[*row]).collect();
    (kinds, rows)
}

/// The arrows to draw: two that run to and fro between the same boxes are one with two heads.
fn chains(graph: &Graph, ranked: &Ranked) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    let mut known: HashMap<(usize, usize, bool), usize> = HashMap::new();
    for (at, edge) in graph.edges.iter().enumerate() {
        if edge.from == edge.to {
            continue;
        }
        let opposite = known.get(&(edge.to, edge.from, edge.dashed)).and_then(|chain| chains.get_mut(*chain));
        if let Some(chain) = opposite.filter(|chain| chain.back.is_none()) {
            chain.back = Some(at);
            // Ends of an arrow with two heads are those of its first edge.
            let there = graph.edges[chain.edge].label.as_str();
            let (down, up) = if chain.upward { (edge.label.as_str(), there) } else { (there, edge.label.as_str()) };
            chain.label = Label::of_both(down, up);
            continue;
        }
        known.insert((edge.from, edge.to, edge.dashed), chains.len());
        chains.push(Chain {
            edge: at,
            back: None,
            upward: ranked.reversed[at],
            items: Vec::new(),
            label: Label::of(&edge.label),
            foreign: false,
        });
    }
    chains
}
