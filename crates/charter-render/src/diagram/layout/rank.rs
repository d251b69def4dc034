//! In which row each node stands.

use crate::diagram::graph::{Graph, Tier};

/// Rows of nodes, and which way each edge is taken.
pub(super) struct Ranked {
    /// The row of each node, from 0 at the top; no edge stays in a row.
    pub(super) rows: Vec<usize>,
    pub(super) count: usize,
    /// Edges that run upwards.
    pub(super) reversed: Vec<bool>,
}

/// Most boxes in a row: wider pictures are not read.
const ROW_MAX: usize = 5;

pub(super) fn rank(graph: &Graph) -> Ranked {
    let reversed = orient(graph);
    let drawn = graph.edges.iter().zip(&reversed).filter(|(edge, _)| edge.from != edge.to);
    let ends: Vec<(usize, usize)> = drawn.map(|(edge, back)| if *back { (edge.to, edge.from) } else { (edge.from, edge.to) }).collect();
    let mut rows = vec![0; graph.nodes.len()];
    let mut next = 0;
    for tier in Tier::ALL {
        let members: Vec<usize> = (0..graph.nodes.len()).filter(|at| graph.nodes[*at].tier == tier).collect();
        if members.is_empty() {
            continue;
        }
        let depths = depths(&members, &ends, graph.nodes.len());
        next = fill(&members, &depths, next, &mut rows);
    }
    Ranked { rows, count: next, reversed }
}

/// Which edges are turned round, so that the others run downwards: from a lower tier to a higher one, or closing a circle.
fn orient(graph: &Graph) -> Vec<bool> {
    let tier = |at: usize| graph.nodes[at].tier;
    let mut reversed: Vec<bool> = graph.edges.iter().map(|edge| tier(edge.from) > tier(edge.to)).collect();
    let mut outgoing = vec![Vec::new(); graph.nodes.len()];
    for (at, edge) in graph.edges.iter().enumerate() {
        if edge.from != edge.to && tier(edge.from) == tier(edge.to) {
            outgoing[edge.from].push((at, edge.to));
        }
    }
    // Depth first without recursion; an edge back to a node on the path closes a circle.
    let mut state = vec![0_u8; graph.nodes.len()];
    for start in 0..graph.nodes.len() {
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

/// The longest way to each member from the members above it.
fn depths(members: &[usize], ends: &[(usize, usize)], nodes: usize) -> Vec<usize> {
    let mut is_member = vec![false; nodes];
    members.iter().for_each(|member| is_member[*member] = true);
    let inner: Vec<(usize, usize)> = ends.iter().copied().filter(|(from, to)| is_member[*from] && is_member[*to]).collect();
    let mut waiting = vec![0_usize; nodes];
    let mut below = vec![Vec::new(); nodes];
    for (from, to) in inner {
        waiting[to] += 1;
        below[from].push(to);
    }
    let mut depths = vec![0; nodes];
    let mut free: Vec<usize> = members.iter().copied().filter(|member| waiting[*member] == 0).collect();
    while let Some(node) = free.pop() {
        for to in &below[node] {
            depths[*to] = depths[*to].max(depths[node] + 1);
            waiting[*to] -= 1;
            if waiting[*to] == 0 {
                free.push(*to);
            }
        }
    }
    depths
}

/// Gives each depth as many rows as it needs; the first free row behind them is the result.
fn fill(members: &[usize], depths: &[usize], first: usize, rows: &mut [usize]) -> usize {
    let deepest = members.iter().map(|member| depths[*member]).max().unwrap_or(0);
    let mut next = first;
    for depth in 0..=deepest {
        let here: Vec<usize> = members.iter().copied().filter(|member| depths[*member] == depth).collect();
        let count = here.len().div_ceil(ROW_MAX).max(1);
        let each = here.len().div_ceil(count).max(1);
        for (at, member) in here.iter().enumerate() {
            rows[*member] = next + at / each;
        }
        next += count;
    }
    next
}
