//! A YAML file as a tree with places, read leniently: a contract is somebody else's document.
//!
//! What keys mean belongs to `read`. The charter itself is read by `charter-spec`, which is strict.

use charter_spec::{FileId, Span};
use saphyr_parser::{Event, Parser, ScalarStyle};

/// Largest contract that is read, in bytes.
pub(super) const SIZE_MAX: usize = 1 << 20;
const DEPTH_MAX: usize = 64;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Text { text: String, plain: bool },
    List(Vec<Node>),
    Map(Vec<(String, Span, Node)>),
}

impl Node {
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Map(pairs) => pairs.iter().find(|(name, ..)| name == key).map(|(_, _, node)| node),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Text that is not `null`.
    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text { text, plain } if !(*plain && matches!(text.as_str(), "" | "~" | "null")) => Some(text),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        self.text()?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    pub(super) fn is_true(&self) -> bool {
        self.text() == Some("true")
    }

    pub(super) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }
}

enum Open {
    List(Span, Vec<Node>),
    Map(Span, Vec<(String, Span, Node)>, Option<(String, Span)>),
}

/// The first document of a file; a message and its place when the file is no YAML, or is beyond a limit.
pub(super) fn parse(file: FileId, bytes: &[u8]) -> Result<Option<Node>, (String, Span)> {
    let start = Span::new(file, 0, 0);
    if bytes.len() > SIZE_MAX {
        return Err((format!("it has {} bytes, and a contract at most {SIZE_MAX}", bytes.len()), start));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Err(("it is not UTF-8".to_owned(), Span::new(file, error.valid_up_to(), error.valid_up_to() + 1))),
    };
    let starts: Vec<usize> = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect() };
    let byte = |character: usize| {
        if text.is_ascii() { character.min(text.len()) } else { starts.get(character).copied().unwrap_or(text.len()) }
    };
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, mark) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = byte(error.marker().index());
                return Err((error.info().to_owned(), Span::new(file, at, at + 1)));
            }
        };
        let span = Span::new(file, byte(mark.start.index()), byte(mark.end.index()));
        let finished = match event {
            Event::Scalar(text, style, ..) => {
                let node = Node { span, kind: Kind::Text { text: text.into_owned(), plain: style == ScalarStyle::Plain } };
                add(&mut open, node)
            }
            // Whatever an alias stands for is left out: a contract of ours says what it means where it means it.
            Event::Alias(_) => add(&mut open, Node { span, kind: Kind::Text { text: String::new(), plain: true } }),
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= DEPTH_MAX => {
                return Err((format!("it nests deeper than {DEPTH_MAX} levels"), span));
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(span, Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(span, Vec::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(start, items)) => add(&mut open, Node { span: start.to(span), kind: Kind::List(items) }),
                Some(Open::Map(start, pairs, _)) => add(&mut open, Node { span: start.to(span), kind: Kind::Map(pairs) }),
                None => None,
            },
            _ => None,
        };
        if finished.is_some() {
            return Ok(finished);
        }
    }
    Ok(None)
}

/// Puts a node where it belongs; gives it back when it is the root.
fn add(open: &mut [Open], node: Node) -> Option<Node> {
    match open.last_mut() {
        None => return Some(node),
        Some(Open::List(_, items)) => items.push(node),
        Some(Open::Map(_, pairs, waiting)) => match waiting.take() {
            Some((key, span)) => pairs.push((key, span, node)),
            None => {
                let span = node.span;
                let key = match node.kind {
                    Kind::Text { text, .. } => text,
                    _ => String::new(),
                };
                *waiting = Some((key, span));
            }
        },
    }
    None
}
