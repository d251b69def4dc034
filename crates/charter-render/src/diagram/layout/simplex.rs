//! The network simplex: places on a line that keep least distances and make weighted distances as short as they can be.
//!
//! After Gansner, Koutsofios, North and Vo, "A technique for drawing directed graphs" (1993), sections 2.3 and 4.2: the same method finds the row of
//! every box and the place of everything in its row. Every step keeps all least distances, so stopping early is safe: the result is only less short.

use std::collections::VecDeque;

/// `to` stands at least `least` behind `from`, and what is between them costs `weight` for each unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) least: i64,
    pub(super) weight: i64,
}

/// Places, and how many exchanges led to them.
pub(super) struct Solved {
    pub(super) places: Vec<i64>,
    pub(super) exchanges: usize,
}

/// Exchanges times parts of the problem: about a tenth of a second at most.
const WORK_MAX: usize = 24_000_000;
/// Edges with a gain that are compared before the best of them is taken.
const COMPARED: usize = 24;
const NONE: usize = usize::MAX;

/// Places for `count` variables. Bounds must not form a circle; those of a circle are not all kept.
pub(super) fn solve(count: usize, bounds: &[Bound]) -> Solved {
    if count == 0 {
        return Solved { places: Vec::new(), exchanges: 0 };
    }
    let mut tree = Tree::new(count, bounds.to_vec());
    let most = WORK_MAX / (count + bounds.len() + 1);
    let mut exchanges = 0;
    while exchanges < most {
        let Some(leaving) = tree.leaving() else { break };
        let Some(entering) = tree.entering(leaving) else { break };
        tree.exchange(leaving, entering);
        exchanges += 1;
    }
    Solved { places: tree.places, exchanges }
}

/// A spanning tree of bounds without slack.
struct Tree {
    bounds: Vec<Bound>,
    places: Vec<i64>,
    /// Bounds at each variable.
    around: Vec<Vec<usize>>,
    in_tree: Vec<bool>,
    /// What moving the two sides of a tree bound apart costs; below zero, it gains.
    cut: Vec<i64>,
    /// The bound to the parent, and the number in postorder with the least of the subtree.
    parent: Vec<usize>,
    low: Vec<usize>,
    number: Vec<usize>,
    /// Variables by number.
    by_number: Vec<usize>,
    /// Where the search for a bound that leaves goes on.
    next: usize,
}

impl Tree {
    fn new(count: usize, bounds: Vec<Bound>) -> Self {
        let places = farthest(count, &bounds);
        let mut tree = Self {
            around: vec![Vec::new(); count],
            in_tree: vec![false; bounds.len()],
            cut: vec![0; bounds.len()],
            parent: vec![NONE; count],
            low: vec![0; count],
            number: vec![0; count],
            by_number: vec![0; count],
            next: 0,
            bounds,
            places,
        };
        for (at, bound) in tree.bounds.iter().enumerate() {
            tree.around[bound.from].push(at);
            tree.around[bound.to].push(at);
        }
        tree.span();
        tree.count_from(0, NONE, 0);
        tree.cuts();
        tree
    }

    fn slack(&self, at: usize) -> i64 {
        let bound = &self.bounds[at];
        self.places[bound.to] - self.places[bound.from] - bound.least
    }

    /// Grows a tree of tight bounds; where none leads on, the tree moves until one does.
    fn span(&mut self) {
        let count = self.places.len();
        let mut within = vec![false; count];
        let mut members = vec![0];
        within[0] = true;
        let mut seen = 0;
        loop {
            while let Some(member) = members.get(seen).copied() {
                seen += 1;
                for at in self.around[member].clone() {
                    let bound = self.bounds[at];
                    let other = if bound.from == member { bound.to } else { bound.from };
                    if !within[other] && self.slack(at) == 0 {
                        within[other] = true;
                        self.in_tree[at] = true;
                        members.push(other);
                    }
                }
            }
            if members.len() == count {
                return;
            }
            let crossing = |at: &usize| within[self.bounds[*at].from] != within[self.bounds[*at].to];
            match (0..self.bounds.len()).filter(crossing).min_by_key(|at| self.slack(*at)) {
                Some(nearest) => {
                    let bound = self.bounds[nearest];
                    let (by, other) = if within[bound.from] { (self.slack(nearest), bound.to) } else { (-self.slack(nearest), bound.from) };
                    members.iter().for_each(|member| self.places[*member] += by);
                    within[other] = true;
                    self.in_tree[nearest] = true;
                    members.push(other);
                }
                // Nothing ties the rest to it: a bound without a price does.
                None => {
                    let Some((other, at)) = self.tie(&within) else { return };
                    within[other] = true;
                    self.in_tree[at] = true;
                    members.push(other);
                }
            }
        }
    }

    /// The first variable that is not in the tree, with a bound that holds it where it is.
    fn tie(&mut self, within: &[bool]) -> Option<(usize, usize)> {
        let to = within.iter().position(|within| !within)?;
        let least = self.places[to] - self.places[0];
        let at = self.bounds.len();
        self.bounds.push(Bound { from: 0, to, least, weight: 0 });
        self.in_tree.push(false);
        self.cut.push(0);
        self.around[0].push(at);
        self.around[to].push(at);
        Some((to, at))
    }

    /// Numbers the subtree of `root` in postorder from `first`.
    fn count_from(&mut self, root: usize, parent: usize, first: usize) {
        let mut next = first;
        self.parent[root] = parent;
        self.low[root] = next;
        let mut path = vec![(root, 0)];
        while let Some((at, step)) = path.pop() {
            match self.around[at].get(step).copied() {
                Some(bound) => {
                    path.push((at, step + 1));
                    if self.in_tree[bound] && bound != self.parent[at] {
                        let child = self.other(bound, at);
                        self.parent[child] = bound;
                        self.low[child] = next;
                        path.push((child, 0));
                    }
                }
                None => {
                    self.number[at] = next;
                    self.by_number[next] = at;
                    next += 1;
                }
            }
        }
    }

    fn other(&self, bound: usize, at: usize) -> usize {
        let bound = &self.bounds[bound];
        if bound.from == at { bound.to } else { bound.from }
    }

    /// The end of a tree bound that is farther from the root.
    fn child(&self, bound: usize) -> usize {
        let bound = &self.bounds[bound];
        if self.number[bound.from] < self.number[bound.to] { bound.from } else { bound.to }
    }

    /// What leaves each subtree less what comes in: within it everything cancels out.
    fn cuts(&mut self) {
        let mut net = vec![0_i64; self.places.len()];
        for bound in &self.bounds {
            net[bound.from] += bound.weight;
            net[bound.to] -= bound.weight;
        }
        for number in 0..self.by_number.len() {
            let at = self.by_number[number];
            let up = self.parent[at];
            if up == NONE {
                continue;
            }
            self.cut[up] = if self.bounds[up].from == at { net[at] } else { -net[at] };
            let above = self.other(up, at);
            net[above] += net[at];
        }
    }

    /// A tree bound that gains by getting longer: the best of the next few.
    fn leaving(&mut self) -> Option<usize> {
        let count = self.bounds.len();
        let mut best: Option<usize> = None;
        let mut compared = 0;
        for step in 0..count {
            let at = (self.next + step) % count;
            if self.in_tree[at] && self.cut[at] < 0 {
                if best.is_none_or(|best| self.cut[at] < self.cut[best]) {
                    best = Some(at);
                }
                compared += 1;
                if compared == COMPARED {
                    self.next = (at + 1) % count;
                    return best;
                }
            }
        }
        self.next = 0;
        best
    }

    /// The bound with the least slack that runs against the leaving one, between its two sides.
    fn entering(&self, leaving: usize) -> Option<usize> {
        let child = self.child(leaving);
        let (low, high) = (self.low[child], self.number[child]);
        let inside = |at: usize| (low..=high).contains(&self.number[at]);
        let child_is_from = self.bounds[leaving].from == child;
        let mut best: Option<(i64, usize)> = None;
        for number in low..=high {
            let at = self.by_number[number];
            for bound in &self.around[at] {
                let found = &self.bounds[*bound];
                let against = if child_is_from { found.to == at && !inside(found.from) } else { found.from == at && !inside(found.to) };
                if against && !self.in_tree[*bound] {
                    let slack = self.slack(*bound);
                    if best.is_none_or(|(least, _)| slack < least) {
                        best = Some((slack, *bound));
                    }
                }
            }
        }
        best.map(|(_, bound)| bound)
    }

    fn exchange(&mut self, leaving: usize, entering: usize) {
        let child = self.child(leaving);
        let by = if self.bounds[leaving].from == child { -self.slack(entering) } else { self.slack(entering) };
        for number in self.low[child]..=self.number[child] {
            self.places[self.by_number[number]] += by;
        }
        let cut = self.cut[leaving];
        let Bound { from, to, .. } = self.bounds[entering];
        let meeting = self.shift_cuts(from, to, cut, true);
        self.shift_cuts(to, from, cut, false);
        self.cut[entering] = -cut;
        self.cut[leaving] = 0;
        self.in_tree[leaving] = false;
        self.in_tree[entering] = true;
        let (parent, low) = (self.parent[meeting], self.low[meeting]);
        self.count_from(meeting, parent, low);
    }

    /// From `at` up to where the way to `other` goes down again.
    fn shift_cuts(&mut self, mut at: usize, other: usize, cut: i64, forward: bool) -> usize {
        while !(self.low[at]..=self.number[at]).contains(&self.number[other]) {
            let up = self.parent[at];
            if up == NONE {
                break;
            }
            let along = (self.bounds[up].from == at) == forward;
            self.cut[up] += if along { cut } else { -cut };
            at = self.other(up, at);
        }
        at
    }
}

/// Each variable as near to the beginning as its bounds allow.
fn farthest(count: usize, bounds: &[Bound]) -> Vec<i64> {
    let mut waiting = vec![0_usize; count];
    let mut behind = vec![Vec::new(); count];
    for bound in bounds {
        waiting[bound.to] += 1;
        behind[bound.from].push((bound.to, bound.least));
    }
    let mut places = vec![0_i64; count];
    let mut free: VecDeque<usize> = (0..count).filter(|at| waiting[*at] == 0).collect();
    while let Some(at) = free.pop_front() {
        for (to, least) in &behind[at] {
            places[*to] = places[*to].max(places[at] + least);
            waiting[*to] -= 1;
            if waiting[*to] == 0 {
                free.push_back(*to);
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn price(places: &[i64], bounds: &[Bound]) -> i64 {
        bounds.iter().map(|bound| bound.weight * (places[bound.to] - places[bound.from])).sum()
    }

    fn holds(places: &[i64], bounds: &[Bound]) -> bool {
        bounds.iter().all(|bound| places[bound.to] - places[bound.from] >= bound.least)
    }

    /// Every way to place few variables on few places.
    fn cheapest(count: usize, bounds: &[Bound], most: i64) -> i64 {
        let mut best = i64::MAX;
        let total = usize::try_from(most + 1).unwrap().pow(u32::try_from(count).unwrap());
        for way in 0..total {
            let mut rest = way;
            let places: Vec<i64> = (0..count)
                .map(|_| {
                    let digit = i64::try_from(rest % usize::try_from(most + 1).unwrap()).unwrap();
                    rest /= usize::try_from(most + 1).unwrap();
                    digit
                })
                .collect();
            if holds(&places, bounds) {
                best = best.min(price(&places, bounds));
            }
        }
        best
    }

    #[test]
    fn a_box_stands_next_to_what_it_asks_and_not_at_the_top() {
        // 0 → 1 → 2, 3 → 2: 3 belongs beside 1.
        let bound = |from, to| Bound { from, to, least: 1, weight: 1 };
        let solved = solve(4, &[bound(0, 1), bound(1, 2), bound(3, 2)]);
        assert_eq!(solved.places[3], solved.places[1]);
    }

    proptest! {
        #[test]
        fn places_are_allowed_and_the_cheapest(
            edges in proptest::collection::vec((0_usize..5, 0_usize..5, 0_i64..3, 0_i64..4), 0..9),
        ) {
            let bounds: Vec<Bound> = edges
                .into_iter()
                .filter(|(from, to, ..)| from < to)
                .map(|(from, to, least, weight)| Bound { from, to, least, weight })
                .collect();
            let solved = solve(5, &bounds);
            prop_assert!(holds(&solved.places, &bounds), "{:?}", solved.places);
            // Longest chain: 4 bounds of at most 2.
            prop_assert_eq!(price(&solved.places, &bounds), cheapest(5, &bounds, 8));
        }
    }
}
