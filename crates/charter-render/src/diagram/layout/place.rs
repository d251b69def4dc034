//! The place of each item in its row: arrows as straight as the order and the room that each item takes allow (Gansner et al., 1993, section 4), then
//! boxes in the middle of what is equally good.

use super::items::{ItemKind, Items, Lane};
use super::simplex::{Bound, solve};
use super::{INSIDE, PASSING};

/// Units of the solver in a px.
const UNIT: f64 = 10.0;
/// Passes over all boxes that move each to the middle of equally good places.
const PASSES: usize = 6;
/// A bend in an arrow between two passing places is worse than one at a box.
const LINE_WEIGHT: i64 = 64;
const LABEL_WEIGHT: i64 = 24;
/// Between a label and the box that it belongs to, and at any other end.
const OWN_WEIGHT: i64 = 30;
const END_WEIGHT: i64 = 10;
/// What a picture gets wider by is paid for once for all rows, and so is the boundary.
const BOUNDARY_WEIGHT: i64 = 24;

/// What a picture is pulled towards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pull {
    /// Straight arrows.
    Straight,
    /// Little width, at the price of bends.
    Narrow,
}

impl Pull {
    fn width_weight(self) -> i64 {
        match self {
            Self::Straight => 36,
            Self::Narrow => 240,
        }
    }
}
/// What stands side by side keeps together, at a price that bends no arrow.
const BESIDE_WEIGHT: i64 = 1;

/// Where arrows leave and reach a box, as distances from its middle, and the edges of the boundary.
pub(super) struct Placing {
    /// By chain: at its upper end, at its lower end.
    pub(super) ports: Vec<(f64, f64)>,
    /// Left and right edge of the boundary.
    pub(super) boundary: Option<(f64, f64)>,
    /// Steps that the solver took.
    #[cfg_attr(not(test), allow(dead_code, reason = "what it costs is held by tests"))]
    pub(super) exchanges: usize,
}

pub(super) fn place(items: &mut Items, pull: Pull) -> Placing {
    let ports = ports(items);
    let springs = springs(items, &ports);
    let count = items.list.len();
    let mut bounds = Vec::new();
    for row in &items.rows {
        for pair in row.windows(2) {
            let (left, right) = (pair[0], pair[1]);
            bounds.push(Bound { from: left, to: right, least: units(items.apart(left, right)), weight: BESIDE_WEIGHT });
        }
    }
    let (left, right) = (count, count + 1);
    boundary(items, left, right, &mut bounds);
    let (begin, end) = (count + 2, count + 3);
    for (first, last) in items.rows.iter().filter_map(|row| Some((row.first()?, row.last()?))) {
        bounds.push(Bound { from: begin, to: *first, least: units(items.list[*first].width / 2.0), weight: 0 });
        bounds.push(Bound { from: *last, to: end, least: units(items.list[*last].width / 2.0), weight: 0 });
    }
    bounds.push(Bound { from: begin, to: end, least: 0, weight: pull.width_weight() });
    let mut next = count + 4;
    for spring in &springs {
        // A variable left of both ends: what it costs to be away from them is how far they are apart.
        bounds.push(Bound { from: next, to: spring.upper, least: units(spring.shift.max(0.0)), weight: spring.weight });
        bounds.push(Bound { from: next, to: spring.lower, least: units((-spring.shift).max(0.0)), weight: spring.weight });
        next += 1;
    }
    let solved = solve(next, &bounds);
    let place = |at: usize| solved.places.get(at).map_or(0.0, |place| *place as f64 / UNIT);
    for at in 0..count {
        items.list[at].x = place(at);
    }
    let edges = items.inside.map(|_| (place(left), place(right)));
    middle(items, &springs, edges);
    lonely_rows(items, edges);
    Placing { ports, boundary: edges, exchanges: solved.exchanges }
}

fn units(px: f64) -> i64 {
    // Pictures are some thousand px wide.
    #[allow(clippy::cast_possible_truncation)]
    let units = (px * UNIT).round() as i64;
    units
}

/// Two items of neighbouring rows that an arrow joins: straight where `upper.x + shift of its port = lower.x + shift of its port`.
struct Spring {
    upper: usize,
    lower: usize,
    /// Port of the lower end less port of the upper one.
    shift: f64,
    weight: i64,
}

fn springs(items: &Items, ports: &[(f64, f64)]) -> Vec<Spring> {
    let mut springs = Vec::new();
    let arrows = |at: &usize| items.list.get(*at).map_or(0, |item| item.up.len() + item.down.len());
    for (chain, (upper_port, lower_port)) in items.chains.iter().zip(ports) {
        let upper_is_own = chain.items.first().map(arrows) <= chain.items.last().map(arrows);
        let last = chain.items.len().saturating_sub(2);
        for (step, pair) in chain.items.windows(2).enumerate() {
            let (upper, lower) = (pair[0], pair[1]);
            let kind = |at: usize| items.list[at].kind;
            let weight = match (kind(upper), kind(lower)) {
                (ItemKind::Line, ItemKind::Line) => LINE_WEIGHT,
                (ItemKind::Node, ItemKind::Label) if upper_is_own => OWN_WEIGHT,
                (ItemKind::Label, ItemKind::Node) if !upper_is_own => OWN_WEIGHT,
                (ItemKind::Node, _) | (_, ItemKind::Node) => END_WEIGHT,
                _ => LABEL_WEIGHT,
            };
            let above = if step == 0 { *upper_port } else { 0.0 };
            let below = if step == last { *lower_port } else { 0.0 };
            springs.push(Spring { upper, lower, shift: below - above, weight });
        }
    }
    springs
}

/// Ports are spread over a box's edge in the order of what the arrows lead to.
fn ports(items: &Items) -> Vec<(f64, f64)> {
    let mut positions = vec![0_usize; items.list.len()];
    for row in &items.rows {
        for (at, item) in row.iter().enumerate() {
            positions[*item] = at;
        }
    }
    let mut ports = vec![(0.0, 0.0); items.chains.len()];
    let mut leaving: Vec<Vec<(usize, usize)>> = vec![Vec::new(); items.list.len()];
    let mut reaching = leaving.clone();
    for (at, chain) in items.chains.iter().enumerate() {
        if let ([upper, next, ..], [.., before, lower]) = (chain.items.as_slice(), chain.items.as_slice()) {
            leaving[*upper].push((positions[*next], at));
            reaching[*lower].push((positions[*before], at));
        }
    }
    for (at, item) in items.list.iter().enumerate() {
        for (list, is_upper) in [(&mut leaving[at], true), (&mut reaching[at], false)] {
            list.sort_unstable();
            let step = if list.len() > 1 { ((item.width - 36.0) / (list.len() - 1) as f64).min(24.0) } else { 0.0 };
            for (position, (_, chain)) in list.iter().enumerate() {
                let x = step * (position as f64 - (list.len() as f64 - 1.0) / 2.0);
                if is_upper {
                    ports[*chain].0 = x;
                } else {
                    ports[*chain].1 = x;
                }
            }
        }
    }
    ports
}

/// The boundary holds what is inside and leaves out what passes by.
fn boundary(items: &Items, left: usize, right: usize, bounds: &mut Vec<Bound>) {
    bounds.push(Bound { from: left, to: right, least: 0, weight: if items.inside.is_some() { BOUNDARY_WEIGHT } else { 0 } });
    let Some((first, last)) = items.inside else { return };
    for at in items.rows.iter().take(last + 1).skip(first).flatten() {
        let item = &items.list[*at];
        let half = item.width / 2.0;
        let air = if item.kind == ItemKind::Line { PASSING } else { INSIDE };
        match item.lane {
            Lane::Name => {
                bounds.push(Bound { from: left, to: *at, least: units(half + 8.0), weight: LABEL_WEIGHT });
                bounds.push(Bound { from: *at, to: right, least: units(half + INSIDE), weight: 0 });
            }
            Lane::Middle => {
                bounds.push(Bound { from: left, to: *at, least: units(half + air), weight: 0 });
                bounds.push(Bound { from: *at, to: right, least: units(half + air), weight: 0 });
            }
            Lane::Left => bounds.push(Bound { from: *at, to: left, least: units(half + PASSING), weight: 0 }),
            Lane::Right => bounds.push(Bound { from: right, to: *at, least: units(half + PASSING), weight: 0 }),
        }
    }
}

/// Between which places an item may move while everything else stays.
fn room(items: &Items, row: usize, at: usize, edges: Option<(f64, f64)>) -> (f64, f64) {
    let order = &items.rows[row];
    let item = order[at];
    let before = at.checked_sub(1).map(|before| order[before]);
    let mut low = before.map_or(f64::NEG_INFINITY, |before| items.list[before].x + items.apart(before, item));
    let mut high = order.get(at + 1).map_or(f64::INFINITY, |next| items.list[*next].x - items.apart(item, *next));
    if let Some((left, right)) = edges.filter(|_| items.is_inside(row)) {
        let half = items.list[item].width / 2.0 + INSIDE;
        low = low.max(left + half);
        high = high.min(right - half);
    }
    (low, high)
}

/// Moves each box to the middle of the places at which its arrows are equally short.
fn middle(items: &mut Items, springs: &[Spring], edges: Option<(f64, f64)>) {
    let mut ends: Vec<Vec<(usize, f64)>> = vec![Vec::new(); items.list.len()];
    for spring in springs {
        ends[spring.upper].push((spring.lower, spring.shift));
        ends[spring.lower].push((spring.upper, -spring.shift));
    }
    for pass in 0..PASSES {
        let mut moved = false;
        for step in 0..items.rows.len() {
            let row = if pass % 2 == 0 { step } else { items.rows.len() - 1 - step };
            for at in 0..items.rows[row].len() {
                let item = items.rows[row][at];
                if items.list[item].kind != ItemKind::Node || ends[item].is_empty() {
                    continue;
                }
                let mut wishes: Vec<f64> = ends[item].iter().map(|(other, shift)| items.list[*other].x + shift).collect();
                wishes.sort_by(f64::total_cmp);
                let (below, above) = (wishes[(wishes.len() - 1) / 2], wishes[wishes.len() / 2]);
                let (low, high) = room(items, row, at, edges);
                let now = items.list[item].x;
                // Where it stands is best already, or as near to it as its neighbours allow.
                if low <= high && (below - 0.2..=above + 0.2).contains(&now) {
                    let wished = ((below + above) / 2.0).clamp(low, high);
                    moved |= (wished - now).abs() > 0.5;
                    items.list[item].x = wished;
                }
            }
        }
        if !moved {
            return;
        }
    }
}

/// Rows in which no box has an arrow stand in the middle of the others, or of the boundary.
fn lonely_rows(items: &mut Items, edges: Option<(f64, f64)>) {
    let is_lonely = |row: &Vec<usize>| {
        !row.is_empty()
            && row.iter().all(|at| {
                let item = &items.list[*at];
                item.kind == ItemKind::Node && item.up.is_empty() && item.down.is_empty()
            })
    };
    let lonely: Vec<usize> = (0..items.rows.len()).filter(|row| is_lonely(&items.rows[*row])).collect();
    let extent = |rows: &mut dyn Iterator<Item = usize>| {
        rows.flat_map(|row| items.rows[row].iter()).map(|at| &items.list[*at]).fold(None, |found: Option<(f64, f64)>, item| {
            let (low, high) = (item.x - item.width / 2.0, item.x + item.width / 2.0);
            Some(found.map_or((low, high), |found| (found.0.min(low), found.1.max(high))))
        })
    };
    let others = extent(&mut (0..items.rows.len()).filter(|row| !lonely.contains(row)));
    let widest = lonely
        .iter()
        .filter_map(|row| extent(&mut std::iter::once(*row)))
        .max_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0)));
    let mut shifts = Vec::new();
    for row in lonely {
        let Some(own) = extent(&mut std::iter::once(row)) else { continue };
        let Some(within) = edges.filter(|_| items.is_inside(row)).or(others).or(widest) else { continue };
        shifts.push((row, (within.0 + within.1 - own.0 - own.1) / 2.0));
    }
    for (row, shift) in shifts {
        for at in items.rows[row].clone() {
            items.list[at].x += shift;
        }
    }
}
