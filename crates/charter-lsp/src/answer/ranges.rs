//! What of a document can be folded, and what is selected when a selection grows. Both stand also while the document cannot be read.

use crate::outline::{Kind, Outline};
use crate::text::{Document, Place};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Most ranges of a document.
const FOLDINGS_MAX: usize = 10_000;
/// Most places of one question.
const SELECTIONS_MAX: usize = 1_000;
/// Most steps that a selection grows by: each is nested in the one before, and readers of JSON have their limits.
const STEPS_MAX: usize = 50;

/// Sections, elements and whatever else runs over several lines; the widest one where several start on a line.
pub(crate) fn foldings(document: &Document) -> Value {
    let outline = Outline::of(&document.text);
    let mut starts = BTreeSet::new();
    let mut ranges = Vec::new();
    for node in outline.nodes.iter().filter(|node| !matches!(node.kind, Kind::Value(_))) {
        let stretch = document.lines.stretch(&document.text, node.head.start, node.end);
        if stretch.end.line > stretch.start.line && starts.insert(stretch.start.line) && ranges.len() < FOLDINGS_MAX {
            ranges.push(json!({ "startLine": stretch.start.line, "endLine": stretch.end.line }));
        }
    }
    Value::Array(ranges)
}

/// For each place: the word, the value, the key with its value, and so on up to the whole document.
pub(crate) fn selections(document: &Document, places: &[Place]) -> Value {
    let outline = Outline::of(&document.text);
    places.iter().take(SELECTIONS_MAX).map(|place| selection(document, &outline, document.offset(*place))).collect()
}

fn selection(document: &Document, outline: &Outline, offset: usize) -> Value {
    let mut ranges: Vec<(usize, usize)> = vec![(0, document.text.len())];
    for node in outline.nodes.iter().filter(|node| node.head.start <= offset && offset <= node.end) {
        ranges.push((node.head.start, node.end));
        if offset <= node.head.end {
            ranges.push((node.head.start, node.head.end));
        }
    }
    // From the widest to the narrowest, each within the one before.
    ranges.sort_by_key(|(start, end)| (*start, std::cmp::Reverse(*end)));
    ranges.dedup();
    let mut nested: Vec<(usize, usize)> = Vec::new();
    for range in ranges {
        if nested.last().is_none_or(|last| last.0 <= range.0 && range.1 <= last.1) {
            nested.push(range);
        }
    }
    let mut grown = Value::Null;
    for (start, end) in nested.split_off(nested.len().saturating_sub(STEPS_MAX)) {
        let range = document.lines.stretch(&document.text, start, end).to_json();
        grown = if grown.is_null() { json!({ "range": range }) } else { json!({ "range": range, "parent": grown }) };
    }
    grown
}
