//! From items with places to boxes, arrows and labels in px.

use super::items::{ItemKind, Items};
use super::{Area, BETWEEN, INSIDE, Layout, MARGIN, Placed, PlacedEdge, TITLE};
use crate::diagram::graph::{Graph, Lines, Tier};
use crate::diagram::text::width;

/// The band of a row.
#[derive(Clone, Copy, Default)]
struct Band {
    top: f64,
    height: f64,
}

pub(super) fn route(graph: &Graph, items: &Items, lines: Vec<Lines>) -> Layout {
    let above = |tier: Tier| items.tiers.contains(&Some(tier));
    let name_below = above(Tier::Above) && !above(Tier::Below);
    let title = if name_below { 0.0 } else { TITLE };
    let bands = bands(graph, items, title);
    let boundary = graph.boundary.as_ref().and_then(|name| boundary(items, &bands, name, title));
    let (left, right) = extent(items, boundary.as_ref());
    let shift = MARGIN - left;
    let area = |at: usize| {
        let item = &items.list[at];
        let band = bands[item.row];
        let y = band.top + (band.height - item.height) / 2.0;
        Area { x: item.x - item.width / 2.0 + shift, y, width: item.width, height: item.height }
    };
    let nodes: Vec<Placed> = lines.into_iter().enumerate().map(|(at, lines)| Placed { area: area(at), lines }).collect();
    let ports = Ports::new(items);
    let mut edges = Vec::new();
    for (edge, chain) in items.chains.iter().enumerate() {
        if chain.is_empty() {
            continue;
        }
        let label = chain.iter().copied().find(|at| items.list[*at].kind == ItemKind::Label);
        let mut runs = runs(items, &bands, &ports, edge, shift);
        if items.reversed[edge] {
            runs.reverse();
            runs.iter_mut().for_each(|run| run.reverse());
        }
        edges.push(PlacedEdge { edge, runs, label: items.labels[edge].clone(), label_area: label.map(area) });
    }
    let bottom = bands.iter().rev().find(|band| band.height > 0.0).map_or(0.0, |band| band.top + band.height);
    let boundary = boundary.map(|area| Area { x: area.x + shift, ..area });
    let bottom = boundary.map_or(bottom, |area| area.bottom().max(bottom));
    Layout { width: right - left + 2.0 * MARGIN, height: bottom + MARGIN, nodes, edges, boundary, name_below }
}

fn extent(items: &Items, boundary: Option<&Area>) -> (f64, f64) {
    let mut left = boundary.map_or(f64::INFINITY, |area| area.x);
    let mut right = boundary.map_or(f64::NEG_INFINITY, Area::right);
    for item in &items.list {
        left = left.min(item.x - item.width / 2.0);
        right = right.max(item.x + item.width / 2.0);
    }
    if left.is_finite() { (left, right) } else { (0.0, 0.0) }
}

/// A row without height takes no room of its own: a row of labels in which there is none.
fn bands(graph: &Graph, items: &Items, title: f64) -> Vec<Band> {
    let heights: Vec<f64> = items.rows.iter().map(|row| row.iter().map(|item| items.list[*item].height).fold(0.0, f64::max)).collect();
    let sideways = sideways(items, &heights);
    let mut bands = Vec::with_capacity(heights.len());
    let mut y = MARGIN;
    let mut last_tier: Option<Tier> = None;
    for (row, height) in heights.iter().enumerate() {
        if let Some(tier) = items.tiers[row] {
            // The boundary's own edge and name lie between the rows.
            if graph.boundary.is_some() && last_tier != Some(tier) {
                let above = if tier == Tier::Inside { INSIDE + title } else { 0.0 };
                let below = if last_tier == Some(Tier::Inside) && bands_are_apart(items, row) { 0.0 } else { INSIDE };
                y += if last_tier == Some(Tier::Inside) { below } else { above };
            }
            last_tier = Some(tier);
        }
        // Behind the inside the labels stay out of the boundary.
        if graph.boundary.is_some() && items.tiers[row].is_none() && last_tier == Some(Tier::Inside) && leaves(items, row) {
            y += INSIDE;
        }
        bands.push(Band { top: y, height: *height });
        if *height > 0.0 {
            // Arrows that go far to the side get room to bend.
            y += height + BETWEEN + (sideways[row] * 0.06).min(34.0);
        }
    }
    bands
}

/// How far an arrow that leaves each row goes to the side at most, until the next row with a height.
fn sideways(items: &Items, heights: &[f64]) -> Vec<f64> {
    let mut sideways = vec![0.0_f64; heights.len()];
    for chain in &items.chains {
        let tall: Vec<usize> = chain.iter().copied().filter(|at| heights[items.list[*at].row] > 0.0).collect();
        for pair in tall.windows(2) {
            let (upper, lower) = (&items.list[pair[0]], &items.list[pair[1]]);
            sideways[upper.row] = sideways[upper.row].max((upper.x - lower.x).abs());
        }
    }
    sideways
}

/// Whether the row of labels `row` lies between the inside and what is below it.
fn leaves(items: &Items, row: usize) -> bool {
    items.tiers.iter().skip(row).flatten().next() == Some(&Tier::Below) && items.rows[row].iter().any(|item| items.list[*item].height > 0.0)
}

/// Whether the row of labels before `row` has made room for the boundary already.
fn bands_are_apart(items: &Items, row: usize) -> bool {
    row > 0 && leaves(items, row - 1)
}

fn boundary(items: &Items, bands: &[Band], name: &str, title: f64) -> Option<Area> {
    let mut found: Option<(f64, f64, f64, f64)> = None;
    let is_inside = |tier: &Option<Tier>| *tier == Some(Tier::Inside);
    let first = items.tiers.iter().position(is_inside)?;
    let last = items.tiers.iter().rposition(is_inside)?;
    // Labels between inner rows are within it, so that its edge runs through none.
    for (row, band) in items.rows.iter().zip(bands).take(last + 1).skip(first) {
        for item in row.iter().map(|item| &items.list[*item]).filter(|item| item.kind != ItemKind::Line) {
            let (left, right) = (item.x - item.width / 2.0, item.x + item.width / 2.0);
            let (top, bottom) = (band.top, band.top + band.height);
            found = Some(
                found.map_or((left, top, right, bottom), |old| (old.0.min(left), old.1.min(top), old.2.max(right), old.3.max(bottom))),
            );
        }
    }
    let (left, top, right, bottom) = found?;
    let least = width(name, 12.0) + 2.0 * INSIDE;
    let (left, right) = (left - INSIDE, (right + INSIDE).max(left - INSIDE + least));
    Some(Area { x: left, y: top - INSIDE - title, width: right - left, height: bottom + INSIDE + TITLE - top + INSIDE })
}

/// Where arrows leave and reach a node: spread over its edge in the order of what they lead to.
struct Ports {
    /// By edge: x at the upper end, x at the lower end.
    ends: Vec<(f64, f64)>,
}

impl Ports {
    fn new(items: &Items) -> Self {
        let mut ends = vec![(0.0, 0.0); items.chains.len()];
        let mut leaving: Vec<Vec<(f64, usize)>> = vec![Vec::new(); items.list.len()];
        let mut reaching = leaving.clone();
        for (edge, chain) in items.chains.iter().enumerate() {
            if let ([upper, next, ..], [.., before, lower]) = (chain.as_slice(), chain.as_slice()) {
                leaving[*upper].push((items.list[*next].x, edge));
                reaching[*lower].push((items.list[*before].x, edge));
            }
        }
        for (at, item) in items.list.iter().enumerate() {
            for (list, is_upper) in [(&mut leaving[at], true), (&mut reaching[at], false)] {
                list.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
                let step = if list.len() > 1 { ((item.width - 48.0) / (list.len() - 1) as f64).min(22.0) } else { 0.0 };
                for (position, (_, edge)) in list.iter().enumerate() {
                    let x = item.x + step * (position as f64 - (list.len() as f64 - 1.0) / 2.0);
                    if is_upper {
                        ends[*edge].0 = x;
                    } else {
                        ends[*edge].1 = x;
                    }
                }
            }
        }
        Self { ends }
    }
}

/// The runs of an edge from top to bottom; a label ends one and begins the next.
fn runs(items: &Items, bands: &[Band], ports: &Ports, edge: usize, shift: f64) -> Vec<Vec<(f64, f64)>> {
    let chain = &items.chains[edge];
    let mut runs = Vec::new();
    let mut run = Vec::new();
    for (step, at) in chain.iter().enumerate() {
        let item = &items.list[*at];
        let band = bands[item.row];
        let (top, bottom) = (band.top, band.top + band.height);
        let own_top = top + (band.height - item.height) / 2.0;
        let own_bottom = own_top + item.height;
        let last = step + 1 == chain.len();
        let x = shift
            + if step == 0 {
                ports.ends[edge].0
            } else if last {
                ports.ends[edge].1
            } else {
                item.x
            };
        if step == 0 {
            run.extend([(x, own_bottom), (x, bottom)]);
        } else if last {
            run.extend([(x, top), (x, own_top)]);
        } else if item.kind == ItemKind::Label {
            run.extend([(x, top), (x, own_top)]);
            runs.push(std::mem::take(&mut run));
            run.extend([(x, own_bottom), (x, bottom)]);
        } else if band.height > 0.0 {
            run.extend([(x, top), (x, bottom)]);
        }
    }
    runs.push(run);
    runs
}
