//! YAML and JSON of others as trees with places: several documents, anchors and aliases, whatever keys.
//!
//! The charter's own reader is strict on purpose; contracts are read by `charter_plan::contract`, which looks for what a route needs. This one is for
//! documents that are turned into a charter, where every key must be seen so that none is lost.

use super::{Code, Notes, text_of};
use crate::document::is_plain;
use charter_spec::{FileId, FileSet, Span};
use saphyr_parser::{Event, Parser, ScalarStyle};
use std::collections::HashMap;

/// Deepest nesting.
const DEPTH_MAX: usize = 64;
/// Most values of a file, what aliases repeat included.
const NODES_MAX: usize = 200_000;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Text { text: String, plain: bool },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key with its place.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// Whether every reader takes it for text without quotes.
pub(super) fn is_surely_text(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && is_plain(text, false) && text.parse::<f64>().is_err()
}

/// Whether two trees say the same in the same order, wherever they stand.
pub(crate) fn same(one: &Node, other: &Node) -> bool {
    match (&one.kind, &other.kind) {
        (Kind::Text { text, plain }, Kind::Text { text: others, plain: is_plain }) => {
            text == others && (plain == is_plain || text.contains('\n') || is_surely_text(text))
        }
        (Kind::List(items), Kind::List(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(one, other)| same(one, other))
        }
        (Kind::Map(pairs), Kind::Map(others)) => {
            let alike = |((key, one), (its, other)): (&(Key, Node), &(Key, Node))| key.text == its.text && same(one, other);
            pairs.len() == others.len() && pairs.iter().zip(others).all(alike)
        }
        _ => false,
    }
}

impl Node {
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Map(pairs) => pairs.iter().find(|(name, _)| name.text == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// Text that is not `null` and not empty.
    pub(crate) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text { text, plain } => {
                let is_null = *plain && matches!(text.as_str(), "~" | "null" | "Null" | "NULL");
                Some(text.trim()).filter(|text| !is_null && !text.is_empty())
            }
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        self.word()?.replace('_', "").parse().ok().filter(|number: &f64| number.is_finite())
    }

    pub(crate) fn truth(&self) -> Option<bool> {
        match self.word()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn pairs(&self) -> &[(Key, Self)] {
        match &self.kind {
            Kind::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// Text as it stands there without quotes: a word, a number.
    pub(crate) fn plain(text: impl Into<String>, span: Span) -> Self {
        Self { span, kind: Kind::Text { text: text.into(), plain: true } }
    }

    /// Text that is no number or truth value, whatever it looks like.
    pub(crate) fn quoted(text: impl Into<String>, span: Span) -> Self {
        Self { span, kind: Kind::Text { text: text.into(), plain: false } }
    }

    /// A mapping of these pairs.
    pub(crate) fn map(pairs: impl IntoIterator<Item = (&'static str, Self)>, span: Span) -> Self {
        let pairs = pairs.into_iter().map(|(key, node)| (Key { text: key.to_owned(), span }, node)).collect();
        Self { span, kind: Kind::Map(pairs) }
    }

    /// A list of these items.
    pub(crate) fn list(items: Vec<Self>, span: Span) -> Self {
        Self { span, kind: Kind::List(items) }
    }

    /// The value under a key, to be changed.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match &mut self.kind {
            Kind::Map(pairs) => pairs.iter_mut().find(|(name, _)| name.text == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// Puts a value under a key, in place of the one that is there; nothing else than a mapping has keys.
    pub(crate) fn set(&mut self, key: &str, node: Self) {
        let span = self.span;
        if let Kind::Map(pairs) = &mut self.kind {
            match pairs.iter_mut().find(|(name, _)| name.text == key) {
                Some((_, known)) => *known = node,
                None => pairs.push((Key { text: key.to_owned(), span }, node)),
            }
        }
    }

    /// Takes a pair out, with its place among the others.
    pub(crate) fn remove(&mut self, key: &str) -> Option<(usize, Self)> {
        let Kind::Map(pairs) = &mut self.kind else { return None };
        let at = pairs.iter().position(|(name, _)| name.text == key)?;
        Some((at, pairs.remove(at).1))
    }

    /// Puts a pair before the one at a place.
    pub(crate) fn insert(&mut self, at: usize, key: &str, node: Self) {
        let span = self.span;
        if let Kind::Map(pairs) = &mut self.kind {
            pairs.insert(at.min(pairs.len()), (Key { text: key.to_owned(), span }, node));
        }
    }

    /// The items of a list, to be changed.
    pub(crate) fn items_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match &self.kind {
            Kind::Text { .. } => self.word().is_none(),
            Kind::List(items) => items.is_empty(),
            Kind::Map(pairs) => pairs.is_empty(),
        }
    }

    /// The value on one line, as a fact tells it: `a, b`, `key: value; key: value`.
    pub(crate) fn flat(&self) -> String {
        match &self.kind {
            Kind::Text { text, .. } => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Kind::List(items) => items.iter().map(Self::flat).filter(|item| !item.is_empty()).collect::<Vec<_>>().join(", "),
            Kind::Map(pairs) => {
                let pairs = pairs.iter().filter(|(_, node)| !node.is_empty()).map(|(key, node)| format!("{}: {}", key.text, node.flat()));
                pairs.collect::<Vec<_>>().join("; ")
            }
        }
    }
}

enum Open {
    List { start: Span, items: Vec<Node>, anchor: usize },
    Map { start: Span, pairs: Vec<(Key, Node)>, waiting: Option<Key>, anchor: usize },
}

/// The documents of a file; what stands behind a syntax error is left out, which is noted.
pub(crate) fn documents(files: &FileSet, file: FileId, notes: &mut Notes) -> Vec<Node> {
    let Some((text, base)) = text_of(files, file, notes) else { return Vec::new() };
    trees(text, file, base, notes)
}

/// The documents of a text that starts at an offset of its file.
pub(crate) fn trees(text: &str, file: FileId, base: usize, notes: &mut Notes) -> Vec<Node> {
    let starts: Vec<usize> = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect() };
    let byte = |character: usize| {
        base + if starts.is_empty() { character.min(text.len()) } else { starts.get(character).copied().unwrap_or(text.len()) }
    };
    let mut builder = Builder { open: Vec::new(), anchors: HashMap::new(), done: Vec::new(), left: NODES_MAX };
    for event in Parser::new_from_str(text) {
        let (event, mark) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = byte(error.marker().index());
                let message = format!("this is no YAML: {}; what stands behind it is not imported", error.info().to_lowercase());
                notes.push(Code::Unreadable, Span::new(file, at, at + 1), message);
                break;
            }
        };
        let span = Span::new(file, byte(mark.start.index()), byte(mark.end.index()));
        if let Err(message) = builder.event(event, span) {
            notes.push(Code::Limit, span, message);
            break;
        }
    }
    builder.finish()
}

struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    done: Vec<Node>,
    left: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.spend(1)?;
                // What a tag calls text is text, however it looks.
                let plain = style == ScalarStyle::Plain && tag.is_none_or(|tag| tag.suffix != "str");
                let node = Node { span, kind: Kind::Text { text: text.into_owned(), plain } };
                self.add(node, anchor, 1);
            }
            Event::Alias(anchor) => {
                let (mut node, size) = match self.anchors.get(&anchor) {
                    Some((node, size)) => (node.clone(), *size),
                    None => (Node { span, kind: Kind::Text { text: String::new(), plain: true } }, 1),
                };
                self.spend(size)?;
                node.span = span;
                self.add(node, 0, size);
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if self.open.len() >= DEPTH_MAX => {
                return Err(format!("nesting is deeper than {DEPTH_MAX} levels; what stands behind it is not imported"));
            }
            Event::SequenceStart(anchor, _) => {
                self.spend(1)?;
                self.open.push(Open::List { start: span, items: Vec::new(), anchor });
            }
            Event::MappingStart(anchor, _) => {
                self.spend(1)?;
                self.open.push(Open::Map { start: span, pairs: Vec::new(), waiting: None, anchor });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(Some(span)),
            _ => {}
        }
        Ok(())
    }

    fn spend(&mut self, nodes: usize) -> Result<(), String> {
        match self.left.checked_sub(nodes) {
            Some(left) => self.left = left,
            None => return Err(format!("there are more than {NODES_MAX} values; what stands behind this is not imported")),
        }
        Ok(())
    }

    fn close(&mut self, end: Option<Span>) {
        let to = |start: Span, end: Option<Span>| end.map_or(start, |end| start.to(end));
        let (node, anchor) = match self.open.pop() {
            Some(Open::List { start, items, anchor }) => (Node { span: to(start, end), kind: Kind::List(items) }, anchor),
            Some(Open::Map { start, pairs, anchor, .. }) => (Node { span: to(start, end), kind: Kind::Map(pairs) }, anchor),
            None => return,
        };
        // Counting what an anchor holds walks it once for each anchor only.
        let size = if anchor == 0 { 1 } else { count(&node) };
        self.add(node, anchor, size);
    }

    fn add(&mut self, node: Node, anchor: usize, size: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        match self.open.last_mut() {
            None => self.done.push(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { pairs, waiting, .. }) => match waiting.take() {
                Some(key) => merge(pairs, key, node),
                None => {
                    let text = match node.kind {
                        Kind::Text { text, .. } => text,
                        _ => node.flat(),
                    };
                    *waiting = Some(Key { span: node.span, text });
                }
            },
        }
    }

    fn finish(mut self) -> Vec<Node> {
        while !self.open.is_empty() {
            self.close(None);
        }
        self.done
    }
}

/// Adds a pair; `<<` brings the pairs of another mapping that are not written here.
fn merge(pairs: &mut Vec<(Key, Node)>, key: Key, node: Node) {
    if key.text != "<<" {
        pairs.push((key, node));
        return;
    }
    let sources = match node.kind {
        Kind::List(items) => items,
        _ => vec![node],
    };
    for source in sources {
        let Kind::Map(more) = source.kind else { continue };
        for (key, node) in more {
            if !pairs.iter().any(|(known, _)| known.text == key.text) {
                pairs.push((key, node));
            }
        }
    }
}

fn count(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::Text { .. } => 0,
        Kind::List(items) => items.iter().map(count).sum(),
        Kind::Map(pairs) => pairs.iter().map(|(_, node)| count(node)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Node>, usize) {
        let mut notes = Notes::default();
        let files = FileSet::single("a.yaml", text.as_bytes().to_vec());
        let file = files.find("a.yaml").unwrap_or_default();
        let nodes = documents(&files, file, &mut notes);
        (nodes, notes.finish().len())
    }

    #[test]
    fn documents_anchors_and_merge_keys_are_read() {
        let (nodes, notes) = read("\u{feff}a: &x { b: 1 }\r\nc: *x\r\n---\nd: { <<: { e: 2 }, f: 3 }\n");
        assert_eq!(notes, 0);
        assert_eq!(nodes.len(), 2);
        assert_eq!(nodes[0].get("c").and_then(|c| c.get("b")).and_then(Node::number), Some(1.0));
        assert_eq!(nodes[1].get("d").map(Node::flat), Some("e: 2; f: 3".to_owned()));
    }

    #[test]
    fn repeated_aliases_end_at_the_limit() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", ")));
        }
        let (_, notes) = read(&text);
        assert_eq!(notes, 1);
    }

    #[test]
    fn what_stands_before_an_error_is_kept() {
        let (nodes, notes) = read("a: 1\nb: [2, 3\nc: }\n");
        assert_eq!(notes, 1);
        assert_eq!(nodes[0].get("a").and_then(Node::number), Some(1.0));
    }
}
