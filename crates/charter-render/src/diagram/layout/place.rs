//! The place of each item in its row: as straight under its neighbours as the row's order and the room that each takes allow.

use super::items::{ItemKind, Items};

/// Sweeps downwards and upwards in turn.
const SWEEPS: usize = 16;

pub(super) fn place(items: &mut Items) {
    for row in 0..items.rows.len() {
        let wanted: Vec<f64> = vec![0.0; items.rows[row].len()];
        set(items, row, &wanted);
    }
    for sweep in 0..SWEEPS {
        let rows = items.rows.len();
        for step in 0..rows {
            let (row, down) = if sweep % 2 == 0 { (step, true) } else { (rows - 1 - step, false) };
            let wanted: Vec<f64> = items.rows[row].iter().map(|item| wish(items, *item, down)).collect();
            set(items, row, &wanted);
        }
    }
}

/// The mean of the neighbours on one side; on the other, where there is none.
fn wish(items: &Items, at: usize, down: bool) -> f64 {
    let item = &items.list[at];
    let (first, second) = if down { (&item.up, &item.down) } else { (&item.down, &item.up) };
    let neighbours = if first.is_empty() { second } else { first };
    if neighbours.is_empty() {
        return item.x;
    }
    neighbours.iter().map(|neighbour| items.list[*neighbour].x).sum::<f64>() / neighbours.len() as f64
}

/// The places closest to the wishes, in the row's order and with room for each: isotonic regression by pooling neighbours that want to pass one another.
fn set(items: &mut Items, row: usize, wanted: &[f64]) {
    let order = items.rows[row].clone();
    let mut offsets = Vec::with_capacity(order.len());
    let mut offset = 0.0;
    for (at, item) in order.iter().enumerate() {
        if at > 0 {
            offset += items.apart(order[at - 1], *item);
        }
        offsets.push(offset);
    }
    // A pool: sum of weighted wishes, weight, members.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (at, item) in order.iter().enumerate() {
        let weight = match items.list[*item].kind {
            ItemKind::Line => 4.0,
            ItemKind::Label => 2.0,
            ItemKind::Node => 1.0,
        };
        pools.push(((wanted[at] - offsets[at]) * weight, weight, 1));
        while let [.., left, right] = pools.as_slice() {
            if left.0 / left.1 <= right.0 / right.1 {
                break;
            }
            let joined = (left.0 + right.0, left.1 + right.1, left.2 + right.2);
            pools.truncate(pools.len() - 2);
            pools.push(joined);
        }
    }
    let mut at = 0;
    for (sum, weight, members) in pools {
        for _ in 0..members {
            items.list[order[at]].x = sum / weight + offsets[at];
            at += 1;
        }
    }
}
