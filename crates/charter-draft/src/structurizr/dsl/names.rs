//! What a name stands for.

use super::super::tree::Token;
use super::Reader;
use crate::foreign::{Code, short};

/// Most names for which the nearest one is looked for: each is compared with every element.
const SUGGESTIONS_MAX: usize = 50;

impl Reader<'_, '_> {
    /// The element of a name: as a whole path, inside the scope and what it is part of, or the only one of this name.
    pub(super) fn find(&self, name: &str, scope: Option<usize>) -> Option<usize> {
        let name = name.to_ascii_lowercase();
        let mut at = scope;
        for _ in 0..8 {
            let Some(element) = at.and_then(|at| self.model.elements.get(at)) else { break };
            if let Some(found) = self.by_path.get(&format!("{}.{name}", element.path)) {
                return Some(*found);
            }
            at = element.parent;
        }
        if let Some(found) = self.by_path.get(&name) {
            return Some(*found);
        }
        self.by_name.get(&name).copied().flatten()
    }

    pub(super) fn dangling(&mut self, token: &Token) {
        let message = format!("`{}` is no element of this workspace; the relation is kept in the document only", short(&token.text));
        self.dangling += 1;
        if self.dangling > SUGGESTIONS_MAX {
            return self.notes.push(Code::Dangling, token.span, message);
        }
        // In one order, whatever that of the map is.
        let mut known: Vec<&str> = self.by_name.keys().map(String::as_str).collect();
        known.sort_unstable();
        match charter_spec::names::nearest(&token.text.to_ascii_lowercase(), known) {
            Some(near) => self.notes.help(Code::Dangling, token.span, message, format!("did you mean `{near}`?")),
            None => self.notes.push(Code::Dangling, token.span, message),
        }
    }
}
