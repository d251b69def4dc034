//! Statements as they are written, for an export.

use super::super::model::{Home, Text};
use super::super::tree::Statement;
use super::Reader;
use crate::foreign::short;

/// Most texts of one workspace.
const TEXTS_MAX: usize = 4_000;

impl Reader<'_, '_> {
    /// Keeps a statement as it is written.
    pub(super) fn text(&mut self, statement: &Statement, home: Home) {
        if self.model.texts.len() >= TEXTS_MAX || self.is_usual {
            return;
        }
        let what: Vec<&str> = statement.tokens.iter().take(3).map(|token| token.text.as_str()).collect();
        let mut words = Vec::new();
        collect(statement, &mut words);
        let text = Text { home, what: short(&what.join(" ")), text: self.written(statement), words, span: statement.span };
        self.model.texts.push(text);
    }

    /// A statement as it is written, its lines as far to the left as its first one.
    pub(super) fn written(&self, statement: &Statement) -> String {
        let span = statement.whole();
        let text = String::from_utf8_lossy(self.files.bytes(span.file));
        let (start, end) = (span.start as usize, span.end as usize);
        let written = text.get(start..end).unwrap_or_default();
        let line = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let indent = start.saturating_sub(line);
        let left = |line: &str| {
            let space = line.len() - line.trim_start_matches([' ', '\t']).len();
            line.get(space.min(indent)..).unwrap_or_default().trim_end().to_owned()
        };
        let mut lines = written.lines();
        let first = lines.next().unwrap_or_default().trim_end().to_owned();
        std::iter::once(first).chain(lines.map(left)).collect::<Vec<_>>().join("\n")
    }
}

/// The words of a statement that may name an element.
fn collect(statement: &Statement, words: &mut Vec<String>) {
    words.extend(statement.tokens.iter().filter(|token| !token.quoted).map(|token| token.text.to_ascii_lowercase()));
    statement.inner.iter().for_each(|inner| collect(inner, words));
}
