//! From the bytes of one file to a tree: limits, encoding, and the event loop.
//!
//! Putting nodes together belongs to `build`.

use saphyr_parser::{Parser, ScanError};

use super::build::{Builder, too_deep};
use super::node::Node;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, FileSet, Span};

/// Most bytes over all files of a charter. A charter of 2,000 elements has about 300 kB.
pub const SIZE_MAX: usize = 2 * 1024 * 1024;
/// Deepest nesting. The deepest section needs about 12 levels.
pub const DEPTH_MAX: usize = 64;
/// Most values over all files of a charter. A charter of 2,000 elements has about 25,000.
pub const NODES_MAX: usize = 200_000;
/// Most elements over all sections, inner ones included. An element takes up to some kilobytes, however little of it is written.
pub const ELEMENTS_MAX: usize = 20_000;

/// What is left of the limits while the files of one charter are read.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: usize,
    nodes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: SIZE_MAX, nodes: NODES_MAX }
    }
}

/// A file as a tree.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The tree, as far as it was read.
    pub(crate) root: Option<Node>,
    /// Whether reading stopped before the end, so that what is missing may only be unread.
    pub(crate) truncated: bool,
}

/// Byte offsets of characters: the parser counts characters, spans count bytes.
pub(crate) struct Offsets {
    /// Empty for ASCII, where both are the same.
    starts: Vec<u32>,
    base: usize,
    length: usize,
}

impl Offsets {
    fn of(text: &str, base: usize) -> Self {
        let starts = if text.is_ascii() { Vec::new() } else { text.char_indices().filter_map(|(at, _)| u32::try_from(at).ok()).collect() };
        Self { starts, base, length: text.len() }
    }

    pub(crate) fn byte(&self, character: usize) -> usize {
        let at = if self.starts.is_empty() {
            character.min(self.length)
        } else {
            self.starts.get(character).map_or(self.length, |start| *start as usize)
        };
        self.base + at
    }
}

/// Reads a file as a tree. Problems go to `diagnostics`; the tree holds what was read before the first one that stops reading.
pub(crate) fn load(files: &FileSet, file: FileId, budget: &mut Budget, diagnostics: &mut Vec<Diagnostic>) -> Loaded {
    let stopped = Loaded { root: None, truncated: true };
    let bytes = files.bytes(file);
    if bytes.len() > budget.bytes {
        let message = format!("`{}` has {} bytes, and a charter at most {SIZE_MAX} over all its files", files.path(file), bytes.len());
        diagnostics.push(
            Diagnostic::reading(Code::Limit, Span::new(file, 0, 0), message)
                .help("move tables, samples and generated parts to files of their own"),
        );
        return stopped;
    }
    budget.bytes -= bytes.len();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            let byte = bytes.get(at).copied().unwrap_or(0);
            diagnostics.push(
                Diagnostic::reading(Code::Utf8, Span::new(file, at, at + 1), format!("byte 0x{byte:02X} is no UTF-8"))
                    .help("save the file as UTF-8"),
            );
            return stopped;
        }
    };
    // A byte-order mark says nothing in UTF-8, but some editors write it.
    let (text, base) = text.strip_prefix('\u{feff}').map_or((text, 0), |rest| (rest, 3));
    let offsets = Offsets::of(text, base);
    let mut builder = Builder::new(file, &offsets, &mut budget.nodes, diagnostics);
    let mut parser = Parser::new_from_str(text);
    let mut failure = None;
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => {
                if !builder.event(event, span) {
                    break;
                }
            }
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    let open = builder.open_bracket();
    let (root, stopped_by_limit) = builder.finish();
    let truncated = stopped_by_limit || failure.is_some();
    if let Some(error) = failure {
        diagnostics.push(syntax_error(files, file, &offsets, open, &error));
    }
    Loaded { root, truncated }
}

fn syntax_error(files: &FileSet, file: FileId, offsets: &Offsets, open: Option<Span>, error: &ScanError) -> Diagnostic {
    let at = offsets.byte(error.marker().index());
    let at_end = at >= files.bytes(file).len();
    // At the end the last character that is there is a better place than an empty line.
    let last = files.bytes(file).iter().rposition(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let span = if at_end { Span::new(file, last, last + 1) } else { Span::new(file, at, at + 1) };
    let line = files.line(file, files.position(file, span.start).line).unwrap_or_default();
    let indent = line.get(..line.len() - line.trim_start().len()).unwrap_or("");
    let info: String = error.info().chars().take(200).collect();
    // The parser counts brackets by itself and may meet its limit before the tree meets ours.
    if info.contains("recursion limit") {
        return too_deep(span);
    }
    let mut diagnostic = Diagnostic::reading(Code::Syntax, span, format!("this is no YAML: {}", info.to_lowercase()));
    if let Some(open) = open {
        diagnostic = diagnostic.at(open, "this is still open");
    }
    if indent.contains('\t') {
        return diagnostic.help("YAML is indented with spaces, never with tabs");
    }
    if at_end {
        return diagnostic.help("the end of the file came too early: close the bracket, brace or quote");
    }
    diagnostic.help("what was read before this place is checked; put text that holds `: `, ` #`, `{`, `[`, `*`, `&` or `@` in quotes")
}
