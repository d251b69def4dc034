//! The keys of a foreign mapping: which were understood, and which are left.

use super::{Key, Kind, Node};

/// A mapping, and which of its keys were asked for.
pub(crate) struct Fields<'n> {
    pairs: &'n [(Key, Node)],
    seen: Vec<bool>,
}

impl<'n> Fields<'n> {
    /// The pairs of a mapping; none of another node.
    pub(crate) fn of(node: &'n Node) -> Self {
        let pairs = match &node.kind {
            Kind::Map(pairs) => pairs.as_slice(),
            _ => &[],
        };
        Self { pairs, seen: vec![false; pairs.len()] }
    }

    /// The value under a key, which counts as understood from now on.
    pub(crate) fn take(&mut self, key: &str) -> Option<&'n Node> {
        let at = self.pairs.iter().position(|(known, _)| known.text == key)?;
        if let Some(seen) = self.seen.get_mut(at) {
            *seen = true;
        }
        self.pairs.get(at).map(|(_, node)| node)
    }

    /// The text under a key; a key with something else stays to be understood.
    pub(crate) fn text(&mut self, key: &str) -> Option<&'n str> {
        let text = self.pairs.iter().find(|(known, _)| known.text == key)?.1.word()?;
        self.take(key);
        Some(text)
    }

    /// The number under a key.
    pub(crate) fn number(&mut self, key: &str) -> Option<f64> {
        let number = self.pairs.iter().find(|(known, _)| known.text == key)?.1.number()?;
        self.take(key);
        Some(number)
    }

    /// What nobody asked for, and says something.
    pub(crate) fn rest(&self) -> impl Iterator<Item = (&'n Key, &'n Node)> {
        self.pairs.iter().zip(&self.seen).filter(|((_, node), seen)| !**seen && !node.is_empty()).map(|((key, node), _)| (key, node))
    }
}
