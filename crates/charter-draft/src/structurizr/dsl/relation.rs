//! Relations: their ends, words and tags.

use super::super::model::RELATIONS_MAX;
use super::super::tree::Statement;
use super::{End, Pending, Place, Reader, WRITTEN_BACK};
use crate::foreign::{Code, short};

impl Reader<'_, '_> {
    pub(super) fn relation(&mut self, statement: &Statement, arrow: usize, place: &Place) {
        // `id = a -> b "words"`, `a -> b`, or `-> b` inside an element.
        let before = statement.tokens.get(..arrow).unwrap_or_default();
        let source = before.last().filter(|token| token.text != "=");
        let is_named = before.get(1).is_some_and(|token| token.text == "=");
        let identifier = before.first().filter(|_| is_named).map(|token| token.text.clone()).unwrap_or_default();
        let Some(target) = statement.tokens.get(arrow + 1) else {
            self.notes.push(Code::Unreadable, statement.span, "this relation leads nowhere");
            return;
        };
        let from = match (source, place.element) {
            (Some(token), Some(element)) if token.text.eq_ignore_ascii_case("this") => End::Known(element),
            (Some(token), _) => End::Named(token.clone()),
            (None, Some(element)) => End::Known(element),
            (None, None) => {
                self.notes.push(Code::Unreadable, statement.span, "this relation starts nowhere");
                return;
            }
        };
        let to = match place.element {
            Some(element) if target.text.eq_ignore_ascii_case("this") => End::Known(element),
            _ => End::Named(target.clone()),
        };
        if self.pending.len() >= RELATIONS_MAX {
            self.notes.push(Code::Limit, statement.span, format!("an import takes {RELATIONS_MAX} relations; this one is left out"));
            return;
        }
        let mut words: Vec<String> = statement.tokens.iter().skip(arrow + 2).map(|token| self.filled(token.text.trim())).collect();
        let mut tags: Vec<String> = words.split_off(words.len().min(2));
        let kind = statement
            .tokens
            .get(arrow)
            .map(|token| token.text.trim_start_matches('-').trim_end_matches("->").to_ascii_lowercase())
            .unwrap_or_default();
        let mut lines = Vec::new();
        let mut details = self.archetypes.get(&kind).map(|(_, inner)| inner.clone()).unwrap_or_default();
        details.extend(statement.inner.iter().cloned());
        for detail in &details {
            let text = detail.text(1).map(|text| self.filled(text));
            match (detail.word(0).as_str(), text) {
                ("description", Some(text)) => set(&mut words, 0, text),
                ("technology", Some(text)) => set(&mut words, 1, text),
                ("tags" | "tag", _) => tags.extend(detail.tokens.iter().skip(1).map(|token| token.text.clone())),
                (word, _) => {
                    lines.push(self.written(detail));
                    let message = format!("`{}` of a relation is kept in the document only", short(word));
                    self.notes.help(Code::Kept, detail.span, message, WRITTEN_BACK);
                }
            }
        }
        self.pending.push(Pending { from, to, identifier, words, tags, lines, span: statement.span, scope: place.element });
    }
}

fn set(words: &mut Vec<String>, at: usize, text: String) {
    while words.len() <= at {
        words.push(String::new());
    }
    if let Some(slot) = words.get_mut(at).filter(|slot| slot.is_empty()) {
        *slot = text;
    }
}
