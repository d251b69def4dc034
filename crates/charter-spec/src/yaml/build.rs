//! From events to the tree: nesting, keys, and what the language leaves out of YAML.

use std::collections::HashMap;

use saphyr_parser::{Event, ScalarStyle, Span as Mark};

use super::load::{DEPTH_MAX, NODES_MAX, Offsets};
use super::node::{Key, Node, NodeKind, Scalar};
use super::traps::{bool_word, is_null, looks_numeric, trap};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};

/// Most problems that one file may have on the level of YAML.
const PROBLEMS_MAX: usize = 200;
/// From how many keys on a mapping finds duplicates by a table instead of by looking.
const TABLE_FROM: usize = 16;

/// A container that is not closed yet.
struct Open {
    start: Span,
    kind: OpenKind,
}

enum OpenKind {
    Sequence(Vec<Node>),
    Mapping { pairs: Vec<(Key, Node)>, table: HashMap<Box<str>, Span>, key: Waiting },
}

/// What a mapping waits for.
enum Waiting {
    Key,
    Value(Key),
    /// The key was reported; its value is read and dropped.
    Dropped,
}

pub(super) struct Builder<'a> {
    file: FileId,
    offsets: &'a Offsets,
    nodes: &'a mut usize,
    diagnostics: &'a mut Vec<Diagnostic>,
    problems: usize,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    stopped: bool,
}

impl<'a> Builder<'a> {
    pub(super) fn new(file: FileId, offsets: &'a Offsets, nodes: &'a mut usize, diagnostics: &'a mut Vec<Diagnostic>) -> Self {
        Self { file, offsets, nodes, diagnostics, problems: 0, open: Vec::new(), root: None, documents: 0, stopped: false }
    }

    /// Takes the next event; `false` when reading has to stop.
    pub(super) fn event(&mut self, event: Event<'_>, mark: Mark) -> bool {
        let span = Span::new(self.file, self.offsets.byte(mark.start.index()), self.offsets.byte(mark.end.index()));
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.report(
                        Diagnostic::reading(Code::Document, span, "a second document starts here")
                            .help("a charter is one document; other parts are brought in by `include:`"),
                    );
                    self.stopped = true;
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.check_properties(anchor, tag.is_some(), span);
                self.scalar(&text, style, span);
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_properties(anchor, tag.is_some(), span);
                self.open_container(span, OpenKind::Sequence(Vec::new()));
            }
            Event::MappingStart(anchor, tag) => {
                self.check_properties(anchor, tag.is_some(), span);
                self.open_container(span, OpenKind::Mapping { pairs: Vec::new(), table: HashMap::new(), key: Waiting::Key });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close_container(span),
            Event::Alias(_) => {
                self.report(
                    Diagnostic::reading(Code::Anchor, span, "an alias stands here").help("write the value again, or refer to it by its id"),
                );
                self.add(Node { span, kind: NodeKind::Broken });
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        !self.stopped
    }

    /// The innermost bracket or brace that is still open.
    pub(super) fn open_bracket(&self) -> Option<Span> {
        // Blocks are open until something else starts; only brackets have a width.
        let start = self.open.last().map(|open| open.start).filter(|span| span.end > span.start)?;
        Some(Span { end: start.start + 1, ..start })
    }

    /// The tree with every container closed where reading ended, and whether a limit stopped it.
    pub(super) fn finish(mut self) -> (Option<Node>, bool) {
        while let Some(open) = self.open.last() {
            let end = self.last_end(open);
            self.close_container(end);
        }
        (self.root.take(), self.stopped)
    }

    fn last_end(&self, open: &Open) -> Span {
        let last = match &open.kind {
            OpenKind::Sequence(items) => items.last().map(|node| node.span),
            OpenKind::Mapping { pairs, .. } => pairs.last().map(|(_, node)| node.span),
        };
        last.unwrap_or(open.start)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.problems += 1;
        if self.problems <= PROBLEMS_MAX {
            self.diagnostics.push(diagnostic);
        } else {
            self.stopped = true;
        }
    }

    fn check_properties(&mut self, anchor: usize, tagged: bool, span: Span) {
        if anchor != 0 {
            self.report(
                Diagnostic::reading(Code::Anchor, span, "this value has an anchor")
                    .help("remove `&name`; write the value where it is needed"),
            );
        }
        if tagged {
            self.report(
                Diagnostic::reading(Code::Anchor, span, "this value has a tag")
                    .help("remove `!tag`, or put text that starts with `!` in quotes"),
            );
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) {
        if let Some(Open { kind: OpenKind::Mapping { key: Waiting::Key, .. }, .. }) = self.open.last() {
            self.key(text, style == ScalarStyle::Plain, span);
            return;
        }
        // An empty value has no place of its own; the parser marks where the next token starts.
        let span = match self.open.last() {
            Some(Open { kind: OpenKind::Mapping { key: Waiting::Value(key), .. }, .. })
                if text.is_empty() && style == ScalarStyle::Plain =>
            {
                key.span
            }
            _ => span,
        };
        self.add(Node { span, kind: NodeKind::Scalar(Scalar { text: text.into(), style }) });
    }

    fn key(&mut self, text: &str, plain: bool, span: Span) {
        let mut waiting = Waiting::Dropped;
        if plain && text == "<<" {
            self.report(Diagnostic::reading(Code::Anchor, span, "merge keys are not read").help("write the keys again"));
        } else if let Some(problem) = plain.then(|| key_problem(text)).flatten() {
            // Quotes would help the key, but not the places that name it: each of them would need quotes too.
            let help = if text.starts_with(|first: char| first.is_ascii_alphabetic()) {
                "choose another name: in quotes it would need quotes wherever it is referred to"
            } else {
                "put the key in quotes, or start it with a letter"
            };
            self.report(Diagnostic::reading(Code::Key, span, format!("`{text}` is {problem}, not text")).help(help));
        } else {
            waiting = Waiting::Value(Key { text: text.into(), span });
        }
        if let Some(Open { kind: OpenKind::Mapping { key, .. }, .. }) = self.open.last_mut() {
            *key = waiting;
        }
    }

    fn open_container(&mut self, start: Span, kind: OpenKind) {
        if self.open.len() >= DEPTH_MAX {
            self.report(too_deep(start));
            self.stopped = true;
            return;
        }
        self.open.push(Open { start, kind });
    }

    fn close_container(&mut self, end: Span) {
        let Some(open) = self.open.pop() else { return };
        // A block ends where the next thing starts, which is not its own; only a closing bracket has a width.
        let end = if end.end > end.start { end } else { self.last_end(&open) };
        let span = open.start.to(end);
        let kind = match open.kind {
            OpenKind::Sequence(items) => NodeKind::Sequence(items),
            OpenKind::Mapping { pairs, .. } => NodeKind::Mapping(pairs),
        };
        self.add(Node { span, kind });
    }

    fn add(&mut self, node: Node) {
        if *self.nodes == 0 {
            self.report(
                Diagnostic::reading(Code::Limit, node.span, format!("a charter has at most {NODES_MAX} values"))
                    .help("move tables and generated parts to files of their own"),
            );
            self.stopped = true;
            return;
        }
        *self.nodes -= 1;
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        let duplicate = match &mut open.kind {
            OpenKind::Sequence(items) => {
                items.push(node);
                return;
            }
            OpenKind::Mapping { pairs, table, key } => match std::mem::replace(key, Waiting::Key) {
                Waiting::Key => {
                    *key = Waiting::Dropped;
                    Err(node.span)
                }
                Waiting::Dropped => return,
                Waiting::Value(found) => match first_place(pairs, table, &found) {
                    Some(first) => Ok((found, first)),
                    None => {
                        pairs.push((found, node));
                        return;
                    }
                },
            },
        };
        self.report(match duplicate {
            Ok((key, first)) => Diagnostic::reading(Code::Duplicate, key.span, format!("`{}` is written twice", key.text))
                .at(first, "it is first written here")
                .help("remove one of them, or give it another name"),
            Err(span) => Diagnostic::reading(Code::Key, span, "a list or mapping cannot be a key").help("give it a plain word as its key"),
        });
    }
}

/// Nesting beyond the limit, whether the tree or the parser finds it.
pub(super) fn too_deep(place: Span) -> Diagnostic {
    Diagnostic::reading(Code::Limit, place, format!("nesting is deeper than {DEPTH_MAX} levels"))
        .help("no section needs more than about a dozen levels: move inner parts to sections of their own")
}

/// Where a key is first written in a mapping; remembers it when it is new.
fn first_place(pairs: &[(Key, Node)], table: &mut HashMap<Box<str>, Span>, key: &Key) -> Option<Span> {
    if pairs.len() < TABLE_FROM {
        return pairs.iter().find(|(known, _)| known.text == key.text).map(|(known, _)| known.span);
    }
    if table.is_empty() {
        table.extend(pairs.iter().map(|(known, _)| (known.text.clone(), known.span)));
    }
    if let Some(first) = table.get(&key.text) {
        return Some(*first);
    }
    table.insert(key.text.clone(), key.span);
    None
}

/// What a plain key is to YAML when it is not text.
fn key_problem(text: &str) -> Option<&'static str> {
    if is_null(text) {
        return Some("nothing to YAML");
    }
    if bool_word(text).is_some() {
        return Some("a truth value to YAML");
    }
    if looks_numeric(text) {
        return Some("a number to YAML");
    }
    match trap(text) {
        Some(super::traps::Trap::Truth(_)) => Some("a truth value to YAML 1.1"),
        Some(_) => Some("a number to YAML 1.1"),
        None => None,
    }
}
