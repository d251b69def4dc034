//! Values in brackets: mappings and lists on one line or several.

use super::super::{Kind, Role};
use super::Scan;
use std::ops::Range;

/// An open bracket: whose contents are read, whether they are a mapping, and the key that waits for its value.
type Open = (Option<usize>, bool, Option<usize>);

impl Scan<'_> {
    /// A value in brackets, over as many lines as it takes; one that is never closed ends where the next key of its block starts. Gives back its end.
    pub(super) fn brackets(&mut self, parent: Option<usize>, open: usize, column: usize) -> usize {
        let mut stack: Vec<Open> = Vec::new();
        let mut owner = parent;
        let mut at = open;
        let mut gap = at;
        while at < self.text.len() {
            let byte = self.byte(at);
            match byte {
                b'\n' | b'\r' => {
                    let next = self.next_line(at);
                    let content = self.skip_spaces(next);
                    let written = content < self.line_end(content);
                    if written && content - next <= column && !matches!(self.byte(content), b'}' | b']') {
                        self.flow_gap(&stack, gap..at);
                        self.reach(parent, at);
                        return at;
                    }
                    at = next;
                }
                b' ' | b'\t' => at += 1,
                b'#' => at = self.line_end(at),
                b'{' | b'[' => {
                    self.flow_gap(&stack, gap..at);
                    if let Some((list, is_mapping, waiting)) = stack.last().copied() {
                        owner = match waiting {
                            Some(key) => Some(key),
                            None if is_mapping => list,
                            None => Some(self.add(list, Kind::Item, at..at + 1)),
                        };
                    }
                    stack.push((owner, byte == b'{', None));
                    at += 1;
                    gap = at;
                }
                b'}' | b']' => {
                    self.flow_gap(&stack, gap..at);
                    stack.pop();
                    at += 1;
                    gap = at;
                    self.reach(parent, at);
                    if stack.is_empty() {
                        return at;
                    }
                }
                b',' => {
                    self.flow_gap(&stack, gap..at);
                    if let Some((_, _, waiting)) = stack.last_mut() {
                        *waiting = None;
                    }
                    at += 1;
                    gap = at;
                }
                _ => {
                    at = self.flow_word(&mut stack, at);
                    gap = self.text.len() + 1;
                    if let Some((_, true, Some(_))) = stack.last()
                        && self.byte(at.saturating_sub(1)) == b':'
                    {
                        gap = at;
                    }
                }
            }
        }
        self.flow_gap(&stack, gap..self.text.len());
        self.reach(parent, self.text.len());
        self.text.len()
    }

    fn flow_gap(&mut self, stack: &[Open], gap: Range<usize>) {
        let Some((owner, is_mapping, waiting)) = stack.last().copied() else { return };
        match waiting {
            Some(key) => self.gap(Some(key), Role::Value, gap),
            None if is_mapping => self.gap(owner, Role::Key, gap),
            None => self.gap(owner, Role::Value, gap),
        }
    }

    /// A key with its colon, or a value, in brackets; gives back where it ends.
    fn flow_word(&mut self, stack: &mut [Open], at: usize) -> usize {
        let Some((owner, is_mapping, waiting)) = stack.last_mut() else { return at + 1 };
        let owner = *owner;
        if *is_mapping && waiting.is_none() {
            if let Some((key, head, after)) = self.key(at, true) {
                self.found(owner, Role::Key, head.clone());
                *waiting = Some(self.add(owner, Kind::Key(key), head));
                return after;
            }
            let end = self.scalar_end(at, true).max(at + 1);
            self.found(owner, Role::Key, at..end);
            return end;
        }
        let parent = waiting.or(owner);
        let end = self.scalar_end(at, true).max(at + 1);
        self.bare(parent, Role::Value, at..end);
        end
    }
}
