//! The way from one element to everything that it is linked to, both ways, as a tree.
//!
//! A way passes each kind of node once (from a requirement over a decision to a risk, not on to the risk's other requirements); only mechanisms rest on
//! mechanisms. What was opened once is named again and not opened again.

use super::{LinkKind, Node, NodeKind, Trace};
use serde::Serialize;
use std::collections::HashSet;

/// Steps from the root at most.
const DEPTH_MAX: usize = 5;
/// Branches of one tree at most.
const BRANCHES_MAX: usize = 2_000;

/// A node with what it leads to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tree {
    #[serde(flatten)]
    pub node: Node,
    pub branches: Vec<Branch>,
}

/// A link from the node above.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Branch {
    /// `kept by`, `answered by`.
    pub link: &'static str,
    /// Why, where the charter does not say it in so many words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// Whether it is opened elsewhere in the tree.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub above: bool,
    #[serde(flatten)]
    pub tree: Tree,
}

impl Trace {
    /// The tree from a node; `None` for a position that is none.
    pub fn tree(&self, at: usize) -> Option<Tree> {
        let mut walk = Walk { trace: self, opened: HashSet::from([at]), near: HashSet::new(), left: BRANCHES_MAX };
        let node = self.node(at)?.clone();
        // The nearest place opens a node: what the root leads to is opened there, not somewhere below another branch.
        walk.opened.extend(self.around(at).map(|found| found.node));
        let branches = walk.branches(at, &mut vec![at], None);
        Some(Tree { node, branches })
    }
}

struct Walk<'a> {
    trace: &'a Trace,
    opened: HashSet<usize>,
    /// What the root leads to and was opened there.
    near: HashSet<usize>,
    left: usize,
}

impl Walk<'_> {
    fn branches(&mut self, at: usize, path: &mut Vec<usize>, by: Option<LinkKind>) -> Vec<Branch> {
        if path.len() > DEPTH_MAX {
            return Vec::new();
        }
        let is_root = path.len() == 1;
        let mut next: Vec<_> =
            self.trace.around(at).filter(|found| self.leads_on(found.node, found.link.kind, found.forth, path, by)).collect();
        next.sort_by_key(|found| rank(found.link.kind, found.forth));
        let mut branches = Vec::new();
        for found in next {
            let Some(node) = self.trace.node(found.node) else { continue };
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            let fresh = if is_root { self.near.insert(found.node) } else { self.opened.insert(found.node) };
            let inner = if fresh {
                path.push(found.node);
                let inner = self.branches(found.node, path, Some(found.link.kind));
                path.pop();
                inner
            } else {
                Vec::new()
            };
            let because = if found.link.kind == LinkKind::KeptBy { found.link.because.clone() } else { String::new() };
            let above = !fresh && self.trace.around(found.node).count() > 1;
            branches.push(Branch { link: found.word, because, above, tree: Tree { node: node.clone(), branches: inner } });
        }
        branches
    }

    /// Whether a way goes on to a node.
    fn leads_on(&self, to: usize, kind: LinkKind, forth: bool, path: &[usize], by: Option<LinkKind>) -> bool {
        if path.contains(&to) {
            return false;
        }
        let kind_of = |at: usize| self.trace.node(at).map(|node| node.kind);
        let (Some(next), Some(here)) = (kind_of(to), path.last().and_then(|at| kind_of(*at))) else { return false };
        if next == here {
            return match kind {
                // Downwards along what a mechanism needs; upwards only from the one that was asked for.
                LinkKind::RestsOn => forth || path.len() == 1,
                LinkKind::Governs => path.len() == 1,
                _ => path.len() == 1,
            };
        }
        // What else a gate asks for is its own story.
        if here == NodeKind::Gate && path.len() > 1 {
            return false;
        }
        // What a mechanism rests on is shown for the sake of the mechanism: its own decisions and risks are its own story.
        if by == Some(LinkKind::RestsOn) && path.len() > 2 {
            return false;
        }
        // Who wants it and who asks for it is told of the root alone.
        let of_root = matches!(next, NodeKind::Stakeholder | NodeKind::Gate);
        (path.len() == 1 || !of_root) && !path.iter().any(|at| kind_of(*at) == Some(next))
    }
}

/// The order in which links are told: who wants it, what keeps it, what shows it, what was decided, what threatens it, who asks.
const fn rank(kind: LinkKind, forth: bool) -> u8 {
    match kind {
        LinkKind::CaresAbout => 0,
        LinkKind::KeptBy => 1,
        LinkKind::HoldsWith => 2,
        LinkKind::RestsOn => {
            if forth {
                3
            } else {
                4
            }
        }
        LinkKind::Governs => 5,
        LinkKind::ProvedBy => 6,
        LinkKind::Finds => 7,
        LinkKind::Answers => 8,
        LinkKind::Shapes => 9,
        LinkKind::Accepts => 10,
        LinkKind::WatchedBy => 11,
        LinkKind::MitigatedBy => 12,
        LinkKind::Replaces => 13,
        LinkKind::AsksFor => 14,
        LinkKind::Signs => 15,
    }
}
