//! In which row each node stands.

use super::simplex::{Bound, solve};
use crate::diagram::graph::{Graph, Tier};
use std::collections::HashMap;

/// Rows of nodes, and which way each edge is taken.
pub(super) struct Ranked {
    /// The row of each node, from 0 at the top; no edge stays in a row.
    pub(super) rows: Vec<usize>,
    pub(super) count: usize,
    /// Boxes of the fullest level, before it is broken into rows.
    pub(super) widest: usize,
    /// Edges that run upwards.
    pub(super) reversed: Vec<bool>,
}

/// Rows that make arrows short, with at most `row_max` boxes in each.
pub(super) fn rank(graph: &Graph, row_max: usize) -> Ranked {
    let reversed = orient(graph);
    let drawn = graph.edges.iter().zip(&reversed).filter(|(edge, _)| edge.from != edge.to);
    let ends: Vec<(usize, usize)> = drawn.map(|(edge, back)| if *back { (edge.to, edge.from) } else { (edge.from, edge.to) }).collect();
    let levels = levels(graph, &ends);
    let degree = degrees(graph);
    let mut rows = vec![0; graph.nodes.len()];
    let mut next = 0;
    for tier in Tier::ALL {
        let members: Vec<usize> = (0..graph.nodes.len()).filter(|at| graph.nodes[*at].tier == tier).collect();
        next = fill(&members, &levels, &degree, tier, row_max, next, &mut rows);
    }
    let mut fullest: HashMap<(Tier, i64), usize> = HashMap::new();
    for (node, level) in graph.nodes.iter().zip(&levels) {
        *fullest.entry((node.tier, *level)).or_default() += 1;
    }
    let widest = fullest.into_values().max().unwrap_or(0);
    Ranked { rows, count: next, widest, reversed }
}

fn degrees(graph: &Graph) -> Vec<usize> {
    let mut degree = vec![0; graph.nodes.len()];
    for edge in &graph.edges {
        degree[edge.from] += 1;
        degree[edge.to] += 1;
    }
    degree
}

/// The level of each node: every edge runs downwards, tiers lie one below the other, and all edges together are as short as can be.
fn levels(graph: &Graph, ends: &[(usize, usize)]) -> Vec<i64> {
    let count = graph.nodes.len();
    let mut bounds: Vec<Bound> = ends.iter().map(|(from, to)| Bound { from: *from, to: *to, least: 1, weight: 1 }).collect();
    // What is above ends before the first border, what is below begins at the second.
    let borders = [count, count + 1];
    for (at, node) in graph.nodes.iter().enumerate() {
        match node.tier {
            Tier::Above => bounds.push(Bound { from: at, to: borders[0], least: 1, weight: 0 }),
            Tier::Inside => {
                bounds.push(Bound { from: borders[0], to: at, least: 0, weight: 0 });
                bounds.push(Bound { from: at, to: borders[1], least: 1, weight: 0 });
            }
            Tier::Below => bounds.push(Bound { from: borders[1], to: at, least: 0, weight: 0 }),
        }
    }
    bounds.push(Bound { from: borders[0], to: borders[1], least: 0, weight: 0 });
    let mut levels = solve(count + 2, &bounds).places;
    levels.truncate(count);
    levels
}

/// Which edges are turned round, so that the others run downwards: from a lower tier to a higher one, or closing a circle.
fn orient(graph: &Graph) -> Vec<bool> {
    let tier = |at: usize| graph.nodes[at].tier;
    let mut reversed: Vec<bool> = graph.edges.iter().map(|edge| tier(edge.from) > tier(edge.to)).collect();
    let mut outgoing = vec![Vec::new(); graph.nodes.len()];
    let mut incoming = vec![0_usize; graph.nodes.len()];
    for (at, edge) in graph.edges.iter().enumerate() {
        if edge.from != edge.to && tier(edge.from) == tier(edge.to) {
            outgoing[edge.from].push((at, edge.to));
            incoming[edge.to] += 1;
        }
    }
    // Who asks most and is asked least comes first, so that few edges of a circle run upwards.
    let mut starts: Vec<usize> = (0..graph.nodes.len()).collect();
    starts.sort_by_key(|at| (incoming[*at] > 0, std::cmp::Reverse(outgoing[*at].len().saturating_sub(incoming[*at]))));
    // Depth first without recursion; an edge back to a node on the path closes a circle.
    let mut state = vec![0_u8; graph.nodes.len()];
    for start in starts {
        if state[start] != 0 {
            continue;
        }
        let mut path = vec![(start, 0)];
        state[start] = 1;
        while let Some((node, step)) = path.pop() {
            let Some((edge, to)) = outgoing[node].get(step).copied() else {
                state[node] = 2;
                continue;
            };
            path.push((node, step + 1));
            match state[to] {
                0 => {
                    state[to] = 1;
                    path.push((to, 0));
                }
                1 => reversed[edge] = true,
                _ => {}
            }
        }
    }
    reversed
}

/// Gives each level as many rows as it needs; the first free row behind them is the result. Boxes with many arrows stand next to the inside.
fn fill(members: &[usize], levels: &[i64], degree: &[usize], tier: Tier, row_max: usize, first: usize, rows: &mut [usize]) -> usize {
    let mut sorted = members.to_vec();
    sorted.sort_by_key(|member| {
        let many = i64::try_from(degree[*member]).unwrap_or(i64::MAX);
        (levels[*member], if tier == Tier::Above { many } else { -many }, *member)
    });
    let mut next = first;
    for level in sorted.chunk_by(|left, right| levels[*left] == levels[*right]) {
        let count = level.len().div_ceil(row_max.max(1));
        let each = level.len().div_ceil(count).max(1);
        for (at, member) in level.iter().enumerate() {
            rows[*member] = next + at / each;
        }
        next += level.len().div_ceil(each);
    }
    next
}
