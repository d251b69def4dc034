//! The order in each row: few crossings.

use super::items::Items;

/// Sweeps over all rows; more change little.
const SWEEPS: usize = 24;

/// Moves each item to the mean position of its neighbours, downwards and upwards in turn, and keeps the best order seen.
pub(super) fn order(items: &mut Items) {
    let mut best = items.rows.clone();
    let mut fewest = crossings(items);
    for sweep in 0..SWEEPS {
        if fewest == 0 {
            break;
        }
        let rows = items.rows.len();
        for step in 0..rows {
            let (row, down) = if sweep % 2 == 0 { (step, true) } else { (rows - 1 - step, false) };
            sort(items, row, down);
        }
        let now = crossings(items);
        if now < fewest {
            fewest = now;
            best.clone_from(&items.rows);
        }
    }
    items.rows = best;
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

fn sort(items: &mut Items, row: usize, down: bool) {
    let positions = positions(items);
    let mut keyed: Vec<(f64, usize)> = items.rows[row]
        .iter()
        .map(|item| {
            let neighbours = if down { &items.list[*item].up } else { &items.list[*item].down };
            let sum: usize = neighbours.iter().map(|neighbour| positions[*neighbour]).sum();
            let key = if neighbours.is_empty() { positions[*item] as f64 } else { sum as f64 / neighbours.len() as f64 };
            (key, *item)
        })
        .collect();
    // Stable: equal ones keep their order.
    keyed.sort_by(|left, right| left.0.total_cmp(&right.0));
    items.rows[row] = keyed.into_iter().map(|(_, item)| item).collect();
}

/// Pairs of arrows that cross, over all neighbouring rows.
fn crossings(items: &Items) -> usize {
    let positions = positions(items);
    let mut crossings = 0;
    for row in &items.rows {
        let mut ends: Vec<(usize, usize)> = Vec::new();
        for item in row {
            ends.extend(items.list[*item].down.iter().map(|below| (positions[*item], positions[*below])));
        }
        ends.sort_unstable();
        for (at, (from, to)) in ends.iter().enumerate() {
            crossings += ends[..at].iter().filter(|(before, end)| before < from && end > to).count();
        }
    }
    crossings
}
