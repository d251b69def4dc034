//! From items with places to boxes, arrows and labels in px.

use super::items::{Chain, ItemKind, Items, RowKind};
use super::place::Placing;
use super::{Area, BETWEEN, INSIDE, Layout, MARGIN, Placed, PlacedEdge};
use crate::diagram::graph::{Lines, Tier};

/// The band of a row.
#[derive(Clone, Copy, Default)]
struct Band {
    top: f64,
    height: f64,
}

pub(super) fn route(items: &Items, placing: &Placing, lines: Vec<Lines>) -> Layout {
    let bands = bands(items);
    let boundary = boundary(items, &bands, placing);
    let (left, right) = extent(items, boundary.as_ref());
    let shift = MARGIN - left;
    let area = |at: usize| {
        let item = &items.list[at];
        let band = bands[item.row];
        let y = band.top + (band.height - item.height) / 2.0;
        Area { x: item.x - item.width / 2.0 + shift, y, width: item.width, height: item.height }
    };
    let nodes: Vec<Placed> = lines.into_iter().enumerate().map(|(at, lines)| Placed { area: area(at), lines }).collect();
    let mut edges = Vec::new();
    for (chain, ports) in items.chains.iter().zip(&placing.ports) {
        let label = chain.items.iter().copied().find(|at| items.list[*at].kind == ItemKind::Label);
        let mut runs = runs(items, &bands, chain, *ports, shift);
        if chain.upward {
            runs.reverse();
            runs.iter_mut().for_each(|run| run.reverse());
        }
        edges.push(PlacedEdge { edge: chain.edge, back: chain.back, runs, label: chain.label.clone(), label_area: label.map(area) });
    }
    let bottom = bands.iter().rev().find(|band| band.height > 0.0).map_or(0.0, |band| band.top + band.height);
    let boundary = boundary.map(|area| Area { x: area.x + shift, ..area });
    let bottom = boundary.map_or(bottom, |area| area.bottom().max(bottom));
    let name = items.list.iter().position(|item| item.kind == ItemKind::Name);
    Layout { width: right - left + 2.0 * MARGIN, height: bottom + MARGIN, nodes, edges, boundary, name: name.map(area) }
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
fn bands(items: &Items) -> Vec<Band> {
    let heights: Vec<f64> = items.rows.iter().map(|row| row.iter().map(|item| items.list[*item].height).fold(0.0, f64::max)).collect();
    let sideways = sideways(items, &heights);
    let mut bands = Vec::with_capacity(heights.len());
    let mut y = MARGIN;
    for (row, height) in heights.iter().enumerate() {
        // The boundary's own edges lie between the rows.
        match items.inside {
            Some((first, _)) if row == first => y += ABOVE_NAME,
            Some((_, last)) if row == last + 1 => y += INSIDE,
            _ => {}
        }
        bands.push(Band { top: y, height: *height });
        if *height > 0.0 {
            // Arrows that go far to the side get room to bend.
            let least = if items.kinds[row] == RowKind::Name { BELOW_NAME } else { BETWEEN };
            y += height + least + (sideways[row] * 0.06).min(34.0);
        }
    }
    bands
}

/// Between the boundary's upper edge and its name.
const ABOVE_NAME: f64 = 9.0;
/// Between the boundary's name and the first row inside.
const BELOW_NAME: f64 = 22.0;

/// How far an arrow that leaves each row goes to the side at most, until the next row with a height.
fn sideways(items: &Items, heights: &[f64]) -> Vec<f64> {
    let mut sideways = vec![0.0_f64; heights.len()];
    for chain in &items.chains {
        let tall: Vec<usize> = chain.items.iter().copied().filter(|at| heights[items.list[*at].row] > 0.0).collect();
        for pair in tall.windows(2) {
            let (upper, lower) = (&items.list[pair[0]], &items.list[pair[1]]);
            sideways[upper.row] = sideways[upper.row].max((upper.x - lower.x).abs());
        }
    }
    sideways
}

fn boundary(items: &Items, bands: &[Band], placing: &Placing) -> Option<Area> {
    let (first, last) = items.inside?;
    let (left, right) = placing.boundary?;
    let top = bands.get(first)?.top - ABOVE_NAME;
    let end = bands.get(last)?;
    debug_assert_eq!(items.kinds.get(last), Some(&RowKind::Nodes(Tier::Inside)));
    Some(Area { x: left, y: top, width: right - left, height: end.top + end.height + INSIDE - top })
}

/// The runs of an arrow from top to bottom; a label ends one and begins the next.
fn runs(items: &Items, bands: &[Band], chain: &Chain, ports: (f64, f64), shift: f64) -> Vec<Vec<(f64, f64)>> {
    let mut runs = Vec::new();
    let mut run = Vec::new();
    for (step, at) in chain.items.iter().enumerate() {
        let item = &items.list[*at];
        let band = bands[item.row];
        let (top, bottom) = (band.top, band.top + band.height);
        let own_top = top + (band.height - item.height) / 2.0;
        let own_bottom = own_top + item.height;
        let last = step + 1 == chain.items.len();
        let port = if step == 0 {
            ports.0
        } else if last {
            ports.1
        } else {
            0.0
        };
        let x = item.x + port + shift;
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
