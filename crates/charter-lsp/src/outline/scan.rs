//! One pass over the text: blocks by their indentation, brackets by their kind. Whatever comes, the pass ends and never fails.

mod flow;

use super::{Kind, Node, Outline, Role, SIZE_MAX};
use std::cell::Cell;
use std::ops::Range;

/// What was found at the place that is asked for.
pub(super) struct Probe {
    pub(super) parent: Option<usize>,
    pub(super) role: Role,
    pub(super) word: Range<usize>,
}

/// A block that is open: its column, whose value it is, and whether it is a list.
#[derive(Clone, Copy)]
struct Frame {
    column: usize,
    owner: Option<usize>,
    is_list: bool,
}

struct Scan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    outline: Outline,
    frames: Vec<Frame>,
    /// The last key or dash: what is indented further stands under it.
    last: Option<usize>,
    last_column: usize,
    wanted: Option<usize>,
    probe: Option<Probe>,
    /// The line that was looked at last, from a place on it to its end: a long one is not read again for each of its words.
    line: Cell<(usize, usize)>,
}

pub(super) fn scan(text: &str, wanted: Option<usize>) -> (Outline, Option<Probe>) {
    let text = if text.len() > SIZE_MAX { "" } else { text };
    let mut scan = Scan {
        text,
        bytes: text.as_bytes(),
        outline: Outline::default(),
        frames: vec![Frame { column: 0, owner: None, is_list: false }],
        last: None,
        last_column: 0,
        wanted: wanted.map(|wanted| wanted.min(text.len())),
        probe: None,
        line: Cell::new((0, 0)),
    };
    let mut at = 0;
    while at < text.len() {
        at = scan.line(at).max(at + 1);
    }
    // Behind the last line nothing is written yet.
    if scan.probe.is_none() && scan.wanted == Some(text.len()) && (text.is_empty() || text.ends_with('\n')) {
        scan.blank(text.len(), 0);
    }
    scan.reach_upwards();
    (scan.outline, scan.probe)
}

impl Scan<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    /// The end of the line that a place is on, without what ends it.
    fn line_end(&self, at: usize) -> usize {
        let (from, end) = self.line.get();
        if from < at && at <= end {
            return end;
        }
        let rest = self.bytes.get(at..).unwrap_or(&[]);
        let end = at + rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        self.line.set((at, end));
        end
    }

    fn next_line(&self, at: usize) -> usize {
        let end = self.line_end(at);
        let rest = self.bytes.get(end..).unwrap_or(&[]);
        end + if rest.starts_with(b"\r\n") { 2 } else { usize::from(!rest.is_empty()) }
    }

    fn skip_spaces(&self, mut at: usize) -> usize {
        while self.byte(at) == b' ' || self.byte(at) == b'\t' {
            at += 1;
        }
        at
    }

    fn is_wanted(&self, range: &Range<usize>) -> bool {
        self.probe.is_none() && self.wanted.is_some_and(|wanted| range.start <= wanted && wanted <= range.end)
    }

    fn found(&mut self, parent: Option<usize>, role: Role, word: Range<usize>) {
        if self.is_wanted(&word) {
            self.probe = Some(Probe { parent, role, word });
        }
    }

    /// A place between words, where a word could be.
    fn gap(&mut self, parent: Option<usize>, role: Role, gap: Range<usize>) {
        if let Some(wanted) = self.wanted.filter(|_| self.is_wanted(&gap)) {
            self.probe = Some(Probe { parent, role, word: wanted..wanted });
        }
    }

    fn add(&mut self, parent: Option<usize>, kind: Kind, head: Range<usize>) -> usize {
        let end = head.end;
        self.outline.nodes.push(Node { parent, kind, head, end });
        self.outline.nodes.len() - 1
    }

    /// A node goes on to a place.
    fn reach(&mut self, node: Option<usize>, end: usize) {
        if let Some(found) = node.and_then(|at| self.outline.nodes.get_mut(at)) {
            found.end = found.end.max(end);
        }
    }

    /// What stands under a node belongs to all above it. Each node stands behind the one that it is under, so one pass from the end does it.
    fn reach_upwards(&mut self) {
        for at in (0..self.outline.nodes.len()).rev() {
            if let Some(Node { parent: Some(parent), end, .. }) = self.outline.nodes.get(at) {
                self.reach(Some(*parent), *end);
            }
        }
    }

    /// Takes a line, or several when a value runs over them; gives back where the next one starts.
    fn line(&mut self, start: usize) -> usize {
        let at = self.skip_spaces(start);
        let end = self.line_end(at);
        if at >= end {
            let column = self.wanted.map_or(0, |wanted| wanted.saturating_sub(start));
            if self.wanted.is_some_and(|wanted| (start..=end).contains(&wanted)) {
                self.blank(start + column, column);
            }
            return self.next_line(at);
        }
        if self.byte(at) == b'#' {
            return self.next_line(at);
        }
        let column = at - start;
        if column == 0 && (self.text.get(at..end).is_some_and(|line| line == "---" || line == "...")) {
            return self.next_line(at);
        }
        self.close_frames(column, self.byte(at) == b'-' && matches!(self.byte(at + 1), b' ' | b'\n' | b'\r'));
        self.content(at, column)
    }

    /// Closes blocks that end before a column. A list may stand at the column of its key.
    fn close_frames(&mut self, column: usize, dash: bool) {
        while let Some(frame) = self.frames.last().copied() {
            let ends = frame.column > column || (frame.is_list && frame.column == column && !dash);
            if !ends || self.frames.len() == 1 {
                break;
            }
            self.frames.pop();
            self.last = frame.owner;
            self.last_column = self.frames.last().map_or(0, |frame| frame.column);
        }
    }

    /// The owner of a block that starts, or goes on, at a column.
    fn owner(&mut self, column: usize, is_list: bool) -> Option<usize> {
        let top = self.frames.last().copied().unwrap_or(Frame { column: 0, owner: None, is_list: false });
        let same = top.column == column && top.is_list == is_list;
        if same && (self.outline.nodes.is_empty() || self.frames.len() > 1 || !is_list) {
            return top.owner;
        }
        let owner = if column > top.column || is_list { self.last.filter(|_| column > self.last_column || is_list) } else { top.owner };
        let owner = owner.or(top.owner);
        self.frames.push(Frame { column, owner, is_list });
        owner
    }

    /// A dash, a key or a bare value at a column of a block.
    fn content(&mut self, mut at: usize, mut column: usize) -> usize {
        while self.byte(at) == b'-' && matches!(self.byte(at + 1), b' ' | b'\n' | b'\r') {
            let owner = self.owner(column, true);
            let item = self.add(owner, Kind::Item, at..at + 1);
            (self.last, self.last_column) = (Some(item), column);
            let next = self.skip_spaces(at + 1);
            if next >= self.line_end(at) {
                self.gap(Some(item), Role::Open, at + 2..next);
                return self.next_line(at);
            }
            column += next - at;
            at = next;
        }
        match self.key(at, false) {
            Some((key, head, after)) => {
                let owner = self.owner(column, false);
                self.found(owner, Role::Key, head.clone());
                let node = self.add(owner, Kind::Key(key), head);
                (self.last, self.last_column) = (Some(node), column);
                self.value(node, after, column)
            }
            None => {
                // A word on a line of its own: the value of the key above it, or a key that is being written.
                let owner = if column > self.last_column { self.last } else { self.frames.last().and_then(|frame| frame.owner) };
                let role = if column > self.last_column && !self.is_item(self.last) { Role::Open } else { Role::Key };
                let role = if self.is_item(owner) { Role::Open } else { role };
                self.scalar(owner, role, at, column)
            }
        }
    }

    fn is_item(&self, node: Option<usize>) -> bool {
        node.and_then(|at| self.outline.nodes.get(at)).is_some_and(|node| node.kind == Kind::Item)
    }

    /// An empty line: whose key could be written at its column.
    fn blank(&mut self, at: usize, column: usize) {
        let saved = self.frames.len();
        let (last, last_column) = (self.last, self.last_column);
        self.close_frames(column, false);
        let top = self.frames.last().copied();
        let under = self.last.filter(|_| column > self.last_column);
        let (parent, role) = match (under, top) {
            (Some(under), _) => (Some(under), Role::Open),
            (None, Some(frame)) => (frame.owner, Role::Key),
            (None, None) => (None, Role::Key),
        };
        self.gap(parent, role, at..at);
        // Looking does not change what the next line belongs to.
        if self.frames.len() != saved {
            (self.last, self.last_column) = (last, last_column);
        }
    }

    /// A key at a place: its text, its range, and what stands behind its colon.
    fn key(&self, at: usize, flow: bool) -> Option<(String, Range<usize>, usize)> {
        let end = self.line_end(at);
        let (head_end, text) = match self.byte(at) {
            quote @ (b'"' | b'\'') => {
                let close = self.closing_quote(at, quote, end)?;
                (close + 1, self.text.get(at + 1..close)?.to_owned())
            }
            _ => {
                let mut colon = at;
                loop {
                    match self.byte(colon) {
                        b':' if matches!(self.byte(colon + 1), b' ' | b'\n' | b'\r' | b'\t')
                            || (flow && matches!(self.byte(colon + 1), b',' | b'}')) =>
                        {
                            break;
                        }
                        b'#' if colon > at && self.byte(colon - 1) == b' ' => return None,
                        b'{' | b'[' if colon == at => return None,
                        b',' | b'{' | b'}' | b'[' | b']' if flow => return None,
                        _ if colon >= end => return None,
                        _ => colon += 1,
                    }
                }
                let written = self.text.get(at..colon)?.trim_end();
                (at + written.len(), written.to_owned())
            }
        };
        let colon = self.skip_spaces(head_end);
        (self.byte(colon) == b':').then_some((text, at..head_end, colon + 1))
    }

    fn closing_quote(&self, open: usize, quote: u8, end: usize) -> Option<usize> {
        let mut at = open + 1;
        while at < end {
            match self.byte(at) {
                b'\\' if quote == b'"' => at += 1,
                byte if byte == quote && quote == b'\'' && self.byte(at + 1) == quote => at += 1,
                byte if byte == quote => return Some(at),
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// What stands behind the colon of a key in a block.
    fn value(&mut self, node: usize, after: usize, column: usize) -> usize {
        let at = self.skip_spaces(after);
        let end = self.line_end(at);
        if at >= end || self.byte(at) == b'#' {
            self.gap(Some(node), Role::Value, after + usize::from(at > after)..at.min(end));
            return self.next_line(at);
        }
        if matches!(self.byte(at), b'|' | b'>') {
            return self.long_text(node, at, column);
        }
        self.scalar(Some(node), Role::Value, at, column)
    }

    /// A text in a block: every line that is indented further, whatever it holds.
    fn long_text(&mut self, node: usize, at: usize, column: usize) -> usize {
        let mut next = self.next_line(at);
        let mut end = self.line_end(at);
        while next < self.text.len() {
            let content = self.skip_spaces(next);
            if content < self.line_end(content) {
                if content - next <= column {
                    break;
                }
                end = self.line_end(content);
            }
            next = self.next_line(content);
        }
        self.reach(Some(node), end);
        if self.wanted.is_some_and(|wanted| at <= wanted && wanted < next) {
            self.wanted = None;
        }
        next
    }

    /// A plain or quoted value, or one in brackets.
    fn scalar(&mut self, parent: Option<usize>, role: Role, at: usize, column: usize) -> usize {
        if matches!(self.byte(at), b'{' | b'[') {
            let end = self.brackets(parent, at, column);
            // Behind the closing bracket nothing more of this line is read.
            return self.next_line(end);
        }
        let end = self.scalar_end(at, false);
        self.bare(parent, role, at..end);
        self.next_line(at)
    }

    /// A value; blanks behind it are still its place, where something may be added to it.
    fn bare(&mut self, parent: Option<usize>, role: Role, range: Range<usize>) {
        let blanks = self.wanted.filter(|wanted| *wanted > range.end && self.skip_spaces(range.end) >= *wanted);
        self.found(parent, role, range.start..blanks.unwrap_or(range.end));
        let text = self.text.get(range.clone()).unwrap_or("").to_owned();
        self.add(parent, Kind::Value(text), range);
    }

    fn scalar_end(&self, at: usize, flow: bool) -> usize {
        let end = self.line_end(at);
        if matches!(self.byte(at), b'"' | b'\'') {
            return self.closing_quote(at, self.byte(at), end).map_or(end, |close| close + 1);
        }
        let mut stop = at;
        while stop < end {
            match self.byte(stop) {
                b'#' if stop > at && self.byte(stop - 1) == b' ' => break,
                b',' | b'{' | b'}' | b'[' | b']' if flow => break,
                b':' if flow && matches!(self.byte(stop + 1), b' ' | b'\n' | b'\r') => break,
                _ => stop += 1,
            }
        }
        at + self.text.get(at..stop).unwrap_or("").trim_end().len()
    }
}
