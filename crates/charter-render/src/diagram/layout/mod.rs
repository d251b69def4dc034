//! Where boxes and arrows go: rows by who asks whom (after Sugiyama, Tagawa and Toda, 1981), few crossings, straight lines (after Gansner,
//! Koutsofios, North and Vo, 1993).
//!
//! INVARIANT: every row has its own band, an arrow that passes a band has a place of its own in that band's order, and arrows bend only between
//! bands. So no arrow runs through a box or a label, and no label lies on anything. The boundary's name is such a label.

mod items;
mod order;
mod place;
mod rank;
mod route;
mod simplex;

use super::graph::{Graph, Label, Lines};
use order::Seed;
use place::Pull;
use rank::Ranked;

/// A graph with its places.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    pub width: f64,
    pub height: f64,
    /// In the order of the graph's nodes.
    pub nodes: Vec<Placed>,
    /// In the order of the graph's edges; those of a node with itself are left out, and two that run to and fro are one.
    pub edges: Vec<PlacedEdge>,
    /// The box around the inside.
    pub boundary: Option<Area>,
    /// The room of its name.
    pub name: Option<Area>,
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
    /// Position of the edge that runs the other way between the same two: then the arrow has two heads.
    pub back: Option<usize>,
    /// From tail to head: points that alternate between the end of a straight piece and the end of a bend. With a label, two runs: before and behind it.
    pub runs: Vec<Vec<(f64, f64)>>,
    pub label: Label,
    pub label_area: Option<Area>,
}

/// Room around the whole.
pub(crate) const MARGIN: f64 = 16.0;
/// Between neighbours of a row.
pub(crate) const BESIDE: f64 = 24.0;
/// Room that a passing arrow takes.
pub(crate) const LINE: f64 = 10.0;
/// Between rows.
pub(crate) const BETWEEN: f64 = 30.0;
/// Between the boundary and what is in it.
pub(crate) const INSIDE: f64 = 18.0;
/// Between the boundary and an arrow.
pub(crate) const PASSING: f64 = 9.0;
/// The boundary's name.
pub(crate) const NAME_HEIGHT: f64 = 16.0;

/// Most boxes in a row: wider pictures are not read.
const ROWS_MAX: [usize; 2] = [4, 5];
/// A width that fits a page beside its navigation.
const WIDTH_GOOD: f64 = 1_000.0;

/// Lays a graph out in several ways and takes the one that is easiest to read. Time is bounded by rows × arrows; pictures have at most some hundred of
/// both.
pub fn layout(graph: &Graph) -> Layout {
    let mut best: Option<(f64, Layout)> = None;
    for row_max in ROWS_MAX {
        let ranked = rank::rank(graph, row_max);
        for seed in [Seed::AsDeclared, Seed::DepthFirst] {
            for pull in [Pull::Straight, Pull::Narrow] {
                // What fits a page need not be narrower.
                if pull == Pull::Narrow && best.as_ref().is_some_and(|(_, found)| found.width <= WIDTH_GOOD) {
                    continue;
                }
                let (price, found) = attempt(graph, &ranked, seed, pull);
                if best.as_ref().is_none_or(|(least, _)| price < *least) {
                    best = Some((price, found));
                }
            }
        }
        if ranked.widest <= row_max {
            break;
        }
    }
    best.map(|(_, found)| found).unwrap_or_default()
}

/// A layout, and how hard it is to read: crossings, bends to the side, width beyond a page, height.
fn attempt(graph: &Graph, ranked: &Ranked, seed: Seed, pull: Pull) -> (f64, Layout) {
    let lines: Vec<Lines> = graph.nodes.iter().map(Lines::of).collect();
    let mut items = items::Items::new(graph, ranked, &lines);
    let crossings = order::order(&mut items, seed);
    let placing = place::place(&mut items, pull);
    let layout = route::route(&items, &placing, lines);
    let runs = layout.edges.iter().flat_map(|edge| &edge.runs);
    let aside: f64 = runs.flat_map(|run| run.windows(2)).map(|pair| (pair[0].0 - pair[1].0).abs()).sum();
    let price = crossings as f64 * 60.0 + aside * 0.07 + (layout.width - WIDTH_GOOD).max(0.0) + layout.height * 0.4;
    (price, layout)
}

#[cfg(test)]
mod tests;
