//! Statements as they are written, for an export.

use super::super::model::{Home, Text};
use super::super::tree::Statement;
use super::Reader;
use crate::foreign::{Code, short};

/// Most texts of one workspace.
const TEXTS_MAX: usize = 4_000;
/// How far the start of a line is looked for.
const INDENT_MAX: usize = 1_000;
/// Statements that lead to files beside the workspace.
const ELSEWHERE: [&str; 6] = ["!docs", "!adrs", "!decisions", "!script", "!plugin", "!include"];

impl Reader<'_, '_> {
    /// Keeps a statement as it is written; `false` where there is no room left.
    pub(super) fn text(&mut self, statement: &Statement, home: Home) -> bool {
        if self.is_usual {
            return true;
        }
        if self.model.texts.len() >= TEXTS_MAX {
            if !self.is_full {
                self.is_full = true;
                let message =
                    format!("an import keeps {TEXTS_MAX} statements for an export; this one and those behind it are not written back");
                self.notes.push(Code::Limit, statement.span, message);
            }
            return false;
        }
        let what: Vec<&str> = statement.tokens.iter().take(3).map(|token| token.text.as_str()).collect();
        let mut words = Vec::new();
        collect(statement, &mut words);
        let text = Text { home, what: short(&what.join(" ")), text: self.written(statement), words, span: statement.span };
        self.model.texts.push(text);
        true
    }

    /// Whether there is room for so many texts more.
    pub(super) fn has_room(&self, more: usize) -> bool {
        self.model.texts.len().saturating_add(more) <= TEXTS_MAX
    }

    /// A statement as it is written, its lines as far to the left as its first one. What leads to other files is a comment: a path leads from where the
    /// workspace was.
    pub(super) fn written(&self, statement: &Statement) -> String {
        let span = statement.whole();
        let bytes = self.files.bytes(span.file);
        let (start, end) = (span.start as usize, span.end as usize);
        let before = bytes.get(start.saturating_sub(INDENT_MAX)..start).unwrap_or_default();
        let indent = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        let slice = |from: usize, to: usize| bytes.get(from..to).and_then(|slice| std::str::from_utf8(slice).ok()).unwrap_or_default();
        let mut leading = Vec::new();
        elsewhere(statement, &mut leading);
        let mut written = String::new();
        let mut at = start;
        for (from, to) in leading {
            written.push_str(slice(at, from));
            if !written.rsplit('\n').next().unwrap_or_default().trim().is_empty() {
                written.push('\n');
            }
            for (number, line) in slice(from, to).lines().enumerate() {
                let (space, rest) = line.split_at(line.len() - line.trim_start_matches([' ', '\t']).len());
                let break_before = if number == 0 { "" } else { "\n" };
                written.extend([break_before, space, "// ", rest]);
            }
            // What follows on the same line stays.
            if !slice(to, end).lines().next().unwrap_or_default().trim().is_empty() {
                written.push('\n');
            }
            at = to;
        }
        written.push_str(slice(at, end));
        let left = |line: &str| {
            let space = line.len() - line.trim_start_matches([' ', '\t']).len();
            line.get(space.min(indent)..).unwrap_or_default().trim_end().to_owned()
        };
        let mut lines = written.lines();
        let first = lines.next().unwrap_or_default().trim_end().to_owned();
        std::iter::once(first).chain(lines.map(left)).collect::<Vec<_>>().join("\n")
    }
}

/// The places of statements that lead to files beside the workspace, as they follow each other.
fn elsewhere(statement: &Statement, found: &mut Vec<(usize, usize)>) {
    // Structurizr takes a word in quotes for the word.
    let word = statement.tokens.first().map(|token| token.text.trim().to_ascii_lowercase()).unwrap_or_default();
    if ELSEWHERE.contains(&word.as_str()) {
        let span = statement.whole();
        found.push((span.start as usize, span.end as usize));
        return;
    }
    statement.inner.iter().for_each(|inner| elsewhere(inner, found));
}

/// The words of a statement that may name an element.
fn collect(statement: &Statement, words: &mut Vec<String>) {
    words.extend(statement.tokens.iter().filter(|token| !token.quoted).map(|token| token.text.to_ascii_lowercase()));
    statement.inner.iter().for_each(|inner| collect(inner, words));
}
