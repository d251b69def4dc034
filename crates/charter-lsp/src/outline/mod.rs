//! The keys of a document and what stands under them, as far as indentation and brackets tell.
//!
//! The reader knows better and stops at the first broken line; while somebody types, most lines before it and all lines behind it still say where a place is.
//! What keys mean does not belong here.

mod scan;

use std::ops::Range;

/// Most bytes that are looked at; a larger document is none that the reader takes.
const SIZE_MAX: usize = charter_spec::limits::SIZE_MAX;

/// A key, an item of a list, or a bare value, with what stands under it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) parent: Option<usize>,
    pub(crate) kind: Kind,
    /// The key, the dash, or the whole bare value.
    pub(crate) head: Range<usize>,
    /// From the head to the end of the last thing under it.
    pub(crate) end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Key(String),
    Item,
    Value(String),
}

/// A document as keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outline {
    pub(crate) nodes: Vec<Node>,
}

/// One step from the top of the document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Key(String),
    Item,
}

/// What stands, or could stand, at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A key of the mapping under the path.
    Key,
    /// The value under the path.
    Value,
    /// Either: a word on a line of its own may become a key.
    Open,
}

/// Where a place is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spot {
    pub(crate) path: Vec<Step>,
    pub(crate) role: Role,
    /// The word that the place is in or at the end of; empty where nothing is written yet.
    pub(crate) word: Range<usize>,
    /// The keys that the same mapping has besides.
    pub(crate) siblings: Vec<String>,
}

impl Outline {
    pub(crate) fn of(text: &str) -> Self {
        scan::scan(text, None).0
    }

    /// What is at an offset; `None` inside a comment or a long text.
    pub(crate) fn spot(text: &str, offset: usize) -> Option<Spot> {
        if text.len() > SIZE_MAX {
            return None;
        }
        let (outline, probe) = scan::scan(text, Some(offset));
        let probe = probe?;
        let own = |node: &Node| node.head == probe.word && matches!(node.kind, Kind::Key(_));
        let siblings = outline.nodes.iter().filter(|node| node.parent == probe.parent && !own(node)).filter_map(Node::key);
        Some(Spot { path: outline.path(probe.parent), role: probe.role, siblings: siblings.map(str::to_owned).collect(), word: probe.word })
    }

    /// Whether a value stands under one of these keys, itself or in a list.
    pub(crate) fn is_under(&self, node: &Node, keys: &[&str]) -> bool {
        let above = |node: &Node| node.parent.and_then(|at| self.nodes.get(at));
        let parent = above(node);
        let holder = parent.filter(|parent| parent.kind == Kind::Item).map_or(parent, above);
        holder.and_then(Node::key).is_some_and(|key| keys.contains(&key))
    }

    /// The steps to a node, itself included.
    pub(crate) fn path(&self, mut at: Option<usize>) -> Vec<Step> {
        let mut path = Vec::new();
        while let Some(node) = at.and_then(|at| self.nodes.get(at)) {
            match &node.kind {
                Kind::Key(key) => path.push(Step::Key(key.clone())),
                Kind::Item => path.push(Step::Item),
                Kind::Value(_) => {}
            }
            at = node.parent;
        }
        path.reverse();
        path
    }
}

impl Node {
    pub(crate) fn key(&self) -> Option<&str> {
        match &self.kind {
            Kind::Key(key) => Some(key),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
