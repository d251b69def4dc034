//! The order in each row: few crossings. Barycentres over all rows, downwards and upwards in turn (Sugiyama, Tagawa and Toda, 1981), and after each
//! sweep neighbours change places where that leaves fewer crossings (Gansner et al., 1993, "transpose").

use super::items::{Items, Lane};

/// Sweeps over all rows; more change little.
const SWEEPS: usize = 20;
/// Sweeps without a better order before it is given up.
const PATIENCE: usize = 6;
/// Rounds of changing neighbours.
const ROUNDS: usize = 8;

/// The order that a search begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seed {
    AsDeclared,
    DepthFirst,
}

/// Leaves the best order that was seen from this beginning in the items, and gives its crossings.
pub(super) fn order(items: &mut Items, seed: Seed) -> usize {
    if seed == Seed::DepthFirst {
        depth_first(items);
    }
    let fewest = sweeps(items);
    // What only passes the inside keeps to that side of it where most of it is.
    if items.inside.is_some() && items.chains.iter().any(|chain| chain.foreign) {
        lanes(items);
        return sweeps(items);
    }
    fewest
}

fn sweeps(items: &mut Items) -> usize {
    sort_lanes(items);
    let mut positions = positions(items);
    exchange(items, &mut positions);
    let mut best = (crossings(items, &positions), items.rows.clone());
    let mut idle = 0;
    for sweep in 0..SWEEPS {
        if best.0 == 0 || idle >= PATIENCE {
            break;
        }
        let rows = items.rows.len();
        for step in 0..rows {
            let (row, down) = if sweep % 2 == 0 { (step, true) } else { (rows - 1 - step, false) };
            sort(items, &mut positions, row, down, sweep % 4 >= 2);
        }
        exchange(items, &mut positions);
        let now = crossings(items, &positions);
        idle += 1;
        if now < best.0 {
            best = (now, items.rows.clone());
            idle = 0;
        }
    }
    items.rows = best.1;
    best.0
}

/// What passes the inside goes round it on the side where its other items are.
fn lanes(items: &mut Items) {
    let Some((first, last)) = items.inside else { return };
    let positions = positions(items);
    let mut sides = Vec::new();
    for chain in items.chains.iter().filter(|chain| chain.foreign) {
        let (mut sum, mut count) = (0.0, 0.0);
        for at in &chain.items {
            let row = &items.rows[items.list[*at].row];
            sum += (positions[*at] as f64 + 0.5) / row.len() as f64;
            count += 1.0;
        }
        let lane = if sum / count < 0.5 { Lane::Left } else { Lane::Right };
        let passing = chain.items.iter().copied().filter(|at| (first..=last).contains(&items.list[*at].row));
        sides.extend(passing.map(|at| (at, lane)));
    }
    for (at, lane) in sides {
        items.list[at].lane = lane;
    }
}

/// Stable: within a lane the order stays.
fn sort_lanes(items: &mut Items) {
    let list = &items.list;
    for row in &mut items.rows {
        row.sort_by_key(|at| list[*at].lane);
    }
}

/// Each row in the order in which a walk from the first row meets its items: trees have no crossings then.
fn depth_first(items: &mut Items) {
    let mut seen = vec![false; items.list.len()];
    let mut rows = vec![Vec::new(); items.rows.len()];
    for start in items.rows.concat() {
        let mut waiting = vec![start];
        while let Some(at) = waiting.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            let item = &items.list[at];
            rows[item.row].push(at);
            waiting.extend(item.up.iter().rev().chain(item.down.iter().rev()).filter(|next| !seen[**next]));
        }
    }
    items.rows = rows;
}

fn positions(items: &Items) -> Vec<usize> {
    let mut positions = vec![0; items.list.len()];
    for row in &items.rows {
        for (at, item) in row.iter().enumerate() {
            positions[*item] = at;
        }
    }
    positions
}

/// Sorts a row by the mean position of its neighbours on one side; what has none there stays where it is.
fn sort(items: &mut Items, positions: &mut [usize], row: usize, down: bool, ties_turned: bool) {
    let mut keyed: Vec<(Lane, f64, usize, usize)> = Vec::new();
    let mut free = Vec::new();
    for (at, item) in items.rows[row].iter().enumerate() {
        let neighbours = if down { &items.list[*item].up } else { &items.list[*item].down };
        if neighbours.is_empty() {
            continue;
        }
        let sum: usize = neighbours.iter().map(|neighbour| positions[*neighbour]).sum();
        let tie = if ties_turned { usize::MAX - at } else { at };
        keyed.push((items.list[*item].lane, sum as f64 / neighbours.len() as f64, tie, *item));
        free.push(at);
    }
    keyed.sort_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)).then(left.2.cmp(&right.2)));
    for (at, (.., item)) in free.into_iter().zip(keyed) {
        items.rows[row][at] = item;
    }
    let list = &items.list;
    items.rows[row].sort_by_key(|at| list[*at].lane);
    for (at, item) in items.rows[row].iter().enumerate() {
        positions[*item] = at;
    }
}

/// Neighbours change places as long as that leaves fewer crossings.
fn exchange(items: &mut Items, positions: &mut [usize]) {
    for _ in 0..ROUNDS {
        let mut better = false;
        for row in 0..items.rows.len() {
            for at in 1..items.rows[row].len() {
                let (left, right) = (items.rows[row][at - 1], items.rows[row][at]);
                if items.list[left].lane != items.list[right].lane {
                    continue;
                }
                if pair(items, positions, left, right) > pair(items, positions, right, left) {
                    items.rows[row].swap(at - 1, at);
                    positions.swap(left, right);
                    better = true;
                }
            }
        }
        if !better {
            return;
        }
    }
}

/// Crossings of the arrows of two neighbours, when `left` stands on the left.
fn pair(items: &Items, positions: &[usize], left: usize, right: usize) -> usize {
    let (left, right) = (&items.list[left], &items.list[right]);
    let mut count = 0;
    for (mine, theirs) in [(&left.up, &right.up), (&left.down, &right.down)] {
        for one in mine {
            count += theirs.iter().filter(|other| positions[**other] < positions[*one]).count();
        }
    }
    count
}

/// Pairs of arrows that cross, over all neighbouring rows. Counted from left to right with a tree of sums (Barth, Jünger and Mutzel, 2002).
pub(super) fn crossings(items: &Items, positions: &[usize]) -> usize {
    let mut crossings = 0;
    for (row, below) in items.rows.iter().zip(items.rows.iter().skip(1)) {
        let mut sums = vec![0_usize; below.len() + 1];
        let mut total = 0;
        for item in row {
            let mut ends: Vec<usize> = items.list[*item].down.iter().map(|below| positions[*below]).collect();
            ends.sort_unstable();
            for end in &ends {
                // How many so far end at or before here; the others are crossed.
                let (mut at, mut before) = (end + 1, 0);
                while at > 0 {
                    before += sums[at];
                    at &= at - 1;
                }
                crossings += total - before;
            }
            for end in ends {
                total += 1;
                let mut at = end + 1;
                while at < sums.len() {
                    sums[at] += 1;
                    at += at & at.wrapping_neg();
                }
            }
        }
    }
    crossings
}
