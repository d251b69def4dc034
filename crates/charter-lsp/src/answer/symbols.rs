//! The keys of a document as a tree: sections, elements, and one level below, also while the document cannot be read; and the elements of a charter by name.

use crate::outline::{Kind, Node, Outline, Step};
use crate::server::Snapshot;
use crate::text::Document;
use charter_spec::SectionName;
use serde_json::{Value, json};

/// Deepest level that is told.
const LEVELS_MAX: usize = 3;
/// Most symbols of a document.
const SYMBOLS_MAX: usize = 10_000;

/// The protocol's kinds, as near as they come: sections, elements, keys.
const KINDS: [u8; LEVELS_MAX] = [2, 5, 7];

pub(crate) fn symbols(document: &Document) -> Value {
    let outline = Outline::of(&document.text);
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); outline.nodes.len()];
    let mut top = Vec::new();
    for (at, node) in outline.nodes.iter().enumerate().filter(|(_, node)| matches!(node.kind, Kind::Key(_))) {
        match node.parent {
            None => top.push(at),
            Some(parent) => {
                if let Some(list) = children.get_mut(parent) {
                    list.push(at);
                }
            }
        }
    }
    let mut left = SYMBOLS_MAX;
    Value::Array(told(document, &outline, &children, &top, 0, &mut left))
}

/// Most elements of one answer; the client asks again when more is typed.
const ELEMENTS_MAX: usize = 500;

/// Elements whose id, or section and id, has the letters of a query in its order. Pushes onto `found` until that is full.
pub(crate) fn elements(snapshot: &Snapshot, query: &str, found: &mut Vec<Value>) {
    let Some(resolved) = &snapshot.checked.resolved else { return };
    let letters: Vec<char> = query.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase).collect();
    for section in SectionName::ALL {
        for (id, span) in resolved.spec.declared(*section) {
            if found.len() >= ELEMENTS_MAX {
                return;
            }
            if fits(&letters, &format!("{}.{id}", section.key())) {
                let location = json!({ "uri": snapshot.uri_of(span.file), "range": snapshot.stretch(span).to_json() });
                let kind = KINDS.get(1).copied().unwrap_or_default();
                found.push(json!({ "name": id.as_str(), "kind": kind, "containerName": section.key(), "location": location }));
            }
        }
    }
}

/// Whether letters stand in a name in their order, with others between them.
fn fits(letters: &[char], name: &str) -> bool {
    let mut rest = name.chars().flat_map(char::to_lowercase);
    letters.iter().all(|letter| rest.any(|other| other == *letter))
}

fn told(document: &Document, outline: &Outline, children: &[Vec<usize>], nodes: &[usize], level: usize, left: &mut usize) -> Vec<Value> {
    let mut symbols = Vec::new();
    let Some(kind) = KINDS.get(level) else { return symbols };
    for at in nodes {
        let Some(node) = outline.nodes.get(*at) else { continue };
        let Some(key) = node.key().filter(|key| !key.is_empty()) else { continue };
        if *left == 0 {
            break;
        }
        *left -= 1;
        let inner = children.get(*at).map_or(&[] as &[usize], Vec::as_slice);
        symbols.push(json!({
            "name": key,
            "kind": kind,
            "detail": detail(document, outline, *at, node),
            "range": document.lines.stretch(&document.text, node.head.start, node.end).to_json(),
            "selectionRange": document.lines.stretch(&document.text, node.head.start, node.head.end).to_json(),
            "children": told(document, outline, children, inner, level + 1, left),
        }));
    }
    symbols
}

/// The value of a key that holds only one.
fn detail(document: &Document, outline: &Outline, at: usize, node: &Node) -> String {
    let value = outline.nodes.get(at + 1).filter(|next| next.parent == Some(at) && next.end == node.end);
    let value = value.filter(|value| matches!(value.kind, Kind::Value(_)) && outline.path(Some(at)).last() != Some(&Step::Item));
    let text = value.and_then(|value| document.text.get(value.head.clone())).unwrap_or("");
    text.chars().take(60).collect()
}
