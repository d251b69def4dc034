//! Where boxes and arrows go: rows by who asks whom (after Sugiyama, Tagawa and Toda, 1981), few crossings, straight lines.
//!
//! INVARIANT: every row has its own band, an arrow that passes a band has a place of its own in that band's order, and arrows bend only between
//! bands. So no arrow runs through a box or a label, and no label lies on anything.

mod items;
mod order;
mod place;
mod rank;
mod route;

use super::graph::{Graph, Label, Lines};

/// A graph with its places.
#[derive(Clone, Debug)]
pub struct Layout {
    pub width: f64,
    pub height: f64,
    /// In the order of the graph's nodes.
    pub nodes: Vec<Placed>,
    /// In the order of the graph's edges; those of a node with itself are left out.
    pub edges: Vec<PlacedEdge>,
    /// The box around the inside.
    pub boundary: Option<Area>,
    /// Whether its name stands at its lower edge: where arrows only come from above, none runs through it there.
    pub name_below: bool,
}

/// A rectangle by its upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Area {
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Whether two areas share more than an edge.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    pub fn contains(&self, other: &Self) -> bool {
        self.x <= other.x && self.y <= other.y && other.right() <= self.right() && other.bottom() <= self.bottom()
    }
}

/// A box with its text.
#[derive(Clone, Debug)]
pub struct Placed {
    pub area: Area,
    pub lines: Lines,
}

/// An arrow: straight pieces inside bands, bends between them.
#[derive(Clone, Debug)]
pub struct PlacedEdge {
    /// Position in the graph's edges.
    pub edge: usize,
    /// From tail to head: points that alternate between the end of a straight piece and the end of a bend. With a label, two runs: before and behind it.
    pub runs: Vec<Vec<(f64, f64)>>,
    pub label: Label,
    pub label_area: Option<Area>,
}

/// Room around the whole.
pub(crate) const MARGIN: f64 = 16.0;
/// Between neighbours of a row.
pub(crate) const BESIDE: f64 = 28.0;
/// Room that a passing arrow takes.
pub(crate) const LINE: f64 = 10.0;
/// Between rows.
pub(crate) const BETWEEN: f64 = 30.0;
/// Between the boundary and what is in it.
pub(crate) const INSIDE: f64 = 20.0;
/// The boundary's name.
pub(crate) const TITLE: f64 = 26.0;

/// Lays a graph out. Time is bounded by rows × arrows; pictures have at most some hundred of both.
pub fn layout(graph: &Graph) -> Layout {
    let lines: Vec<Lines> = graph.nodes.iter().map(Lines::of).collect();
    let ranked = rank::rank(graph);
    let mut items = items::Items::new(graph, &ranked, &lines);
    order::order(&mut items);
    place::place(&mut items);
    route::route(graph, &items, lines)
}

#[cfg(test)]
mod tests;
