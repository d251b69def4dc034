//! Markdown as far as decision records use it: headings, paragraphs, items, tables, and fenced code that is left alone.
//!
//! What a heading means belongs to `words`.

use charter_spec::{FileId, Span};

/// A heading with what stands below it, up to the next heading of any level. The part before the first heading has level 0.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) level: usize,
    pub(super) title: String,
    pub(super) span: Span,
    pub(super) body: Vec<Block>,
}

/// A piece of text with its place.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) kind: BlockKind,
    pub(super) text: String,
    pub(super) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    Paragraph,
    /// An item of a list; the number is how far it is indented.
    Item(usize),
    /// A row of a table, as written.
    Row,
    /// Fenced code, as written.
    Code,
}

/// A line with its place.
#[derive(Clone, Copy)]
struct Line<'t> {
    text: &'t str,
    start: usize,
}

/// Splits a text into sections. `base` is where it starts in its file.
pub(super) fn sections(text: &str, file: FileId, base: usize) -> Vec<Section> {
    let text = without_comments(text);
    let lines: Vec<Line<'_>> = lines(&text, base).collect();
    let mut sections = vec![Section { level: 0, title: String::new(), span: Span::new(file, base, base), body: Vec::new() }];
    let mut body = Body { file, blocks: Vec::new(), open: false, fence: None };
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if body.fence.is_none() {
            let below = lines.get(at).map(|next| next.text.trim_end());
            let found = heading(line.text).or_else(|| underlined(line.text, below).map(|level| (level, line.text.trim())));
            if let Some((level, title)) = found {
                // The line of `===` belongs to the heading.
                at += usize::from(heading(line.text).is_none());
                close(&mut sections, &mut body);
                let span = Span::new(file, line.start, line.start + line.text.len());
                sections.push(Section { level, title: title.to_owned(), span, body: Vec::new() });
                continue;
            }
        }
        body.line(*line);
    }
    close(&mut sections, &mut body);
    sections
}

fn close(sections: &mut [Section], body: &mut Body) {
    body.open = false;
    body.fence = None;
    if let Some(section) = sections.last_mut() {
        section.body = std::mem::take(&mut body.blocks);
    }
}

fn lines(text: &str, base: usize) -> impl Iterator<Item = Line<'_>> {
    let mut at = base;
    text.split('\n').map(move |line| {
        let start = at;
        at += line.len() + 1;
        Line { text: line.trim_end_matches('\r'), start }
    })
}

/// `## Title ##` as level and title.
fn heading(line: &str) -> Option<(usize, &str)> {
    let text = line.trim_start_matches(' ');
    if line.len() - text.len() > 3 {
        return None;
    }
    let level = text.len() - text.trim_start_matches('#').len();
    let rest = text.get(level..)?;
    if !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    Some((level, rest.trim().trim_end_matches('#').trim_end()))
}

/// The level of a line that the next one underlines.
fn underlined(line: &str, below: Option<&str>) -> Option<usize> {
    let below = below?;
    let is_text = !line.trim().is_empty() && !line.starts_with(['|', '>', ' ', '\t', '`', '-', '=', '*', '+', '#']);
    if !is_text || below.len() < 3 {
        return None;
    }
    if below.bytes().all(|byte| byte == b'=') {
        return Some(1);
    }
    below.bytes().all(|byte| byte == b'-').then_some(2)
}

struct Body {
    file: FileId,
    blocks: Vec<Block>,
    /// Whether the last block goes on with the next line.
    open: bool,
    fence: Option<&'static str>,
}

impl Body {
    fn line(&mut self, line: Line<'_>) {
        let trimmed = line.text.trim();
        if let Some(fence) = self.fence {
            self.extend(line, line.text, "\n");
            if trimmed.starts_with(fence) {
                self.fence = None;
                self.open = false;
            }
            return;
        }
        if let Some(fence) = ["```", "~~~"].into_iter().find(|fence| trimmed.starts_with(fence)) {
            self.push(BlockKind::Code, line, line.text);
            self.fence = Some(fence);
            return;
        }
        if trimmed.is_empty() || is_rule(trimmed) || is_address(line.text) {
            self.open = false;
            return;
        }
        if trimmed.starts_with('|') {
            self.push(BlockKind::Row, line, trimmed);
            self.open = false;
            return;
        }
        let indent = line.text.len() - line.text.trim_start().len();
        if let Some(text) = item(trimmed) {
            self.push(BlockKind::Item(indent), line, text);
            return;
        }
        let quoted = trimmed.trim_start_matches(['>', ' ']);
        if quoted.is_empty() {
            self.open = false;
        } else if self.open && !starts_field(quoted) {
            // Two spaces at the end of a line break it: fields are often written so.
            self.extend(line, quoted, " ");
        } else {
            self.push(BlockKind::Paragraph, line, quoted);
        }
        if line.text.ends_with("  ") || line.text.ends_with('\\') {
            self.open = false;
        }
    }

    fn push(&mut self, kind: BlockKind, line: Line<'_>, text: &str) {
        let span = Span::new(self.file, line.start, line.start + line.text.len());
        self.blocks.push(Block { kind, text: text.to_owned(), span });
        self.open = true;
    }

    fn extend(&mut self, line: Line<'_>, text: &str, between: &str) {
        if let Some(last) = self.blocks.last_mut() {
            last.text.push_str(between);
            last.text.push_str(text);
            last.span = last.span.to(Span::new(self.file, line.start, line.start + line.text.len()));
        }
    }
}

/// Whether a line is a field of a header, `**Status:** accepted`, which stands for itself though no empty line is above it.
fn starts_field(line: &str) -> bool {
    let Some((key, _)) = line.split_once(':') else { return false };
    let key = key.trim_matches(['*', '_', ' ']);
    let is_bold = line.starts_with("**") && (line.contains(":**") || line.contains("**:"));
    key.chars().count() <= 40 && (is_bold || super::words::role(key).is_some())
}

/// Whether a line says what a reference stands for, `[name]: https://…`, and nothing to a reader.
fn is_address(line: &str) -> bool {
    let Some((name, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]:")) else { return false };
    let target = target.trim();
    !name.is_empty()
        && !name.contains(['[', ']'])
        && !target.is_empty()
        && !target.split_whitespace().next().unwrap_or_default().ends_with(':')
        && (target.contains("://") || target.starts_with(['<', '.', '/', '#']) || (!target.contains(' ') && target.contains('.')))
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3 && ["-", "*", "_"].iter().any(|sign| line.replace(' ', "").replace(sign, "").is_empty())
}

/// The text of an item: behind `*`, `-`, `+`, `•` or `1.`.
fn item(line: &str) -> Option<&str> {
    for sign in ['*', '-', '+', '•'] {
        if let Some(rest) = line.strip_prefix(sign) {
            return rest.starts_with([' ', '\t']).then(|| rest.trim());
        }
    }
    let digits = line.len() - line.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    if digits == 0 || digits > 3 {
        return None;
    }
    let rest = line.get(digits..)?.strip_prefix(['.', ')'])?;
    rest.starts_with(' ').then(|| rest.trim())
}

/// The text with comments blanked, so that places stay. One that says `id:` is left: our own export writes it.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut fenced = false;
    // Where no comment ends behind a place, none ends behind a later one.
    let last_end = text.rfind("-->").map_or(0, |at| at + 3);
    while let Some(at) = rest.find("<!--") {
        let offset = text.len() - rest.len();
        let (before, from) = rest.split_at(at);
        fenced ^= before.matches("```").count() % 2 == 1;
        let end = if offset + at < last_end { from.find("-->").map(|end| end + 3) } else { None };
        let Some(end) = end else { break };
        let (comment, behind) = from.split_at(end);
        out.push_str(before);
        if fenced || before.ends_with('`') || comment_id(comment).is_some() {
            out.push_str(comment);
            fenced ^= comment.matches("```").count() % 2 == 1;
        } else {
            out.extend(comment.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The id that a comment carries: `<!-- id: kserve-skills -->`.
fn comment_id(comment: &str) -> Option<&str> {
    let id = comment.strip_prefix("<!--")?.strip_suffix("-->")?.trim().strip_prefix("id:")?.trim();
    charter_spec::Id::new(id).is_ok().then_some(id)
}

/// A text without the id that a comment in it carries, and the id.
pub(super) fn with_id(text: &str) -> (String, Option<String>) {
    let Some(at) = text.find("<!--") else { return (text.to_owned(), None) };
    let (before, from) = text.split_at(at);
    let Some(end) = from.find("-->") else { return (text.to_owned(), None) };
    let (comment, behind) = from.split_at(end + 3);
    match comment_id(comment) {
        Some(id) => (format!("{}{behind}", before.trim_end()).trim().to_owned(), Some(id.to_owned())),
        None => (text.to_owned(), None),
    }
}

/// Text without emphasis, code marks and links, and where its first link leads.
pub(super) fn plain(text: &str) -> (String, Option<String>) {
    let mut out = String::with_capacity(text.len());
    let mut target = None;
    let mut rest = text;
    while let Some(at) = rest.find(['[', '*', '_', '`', '\\']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(escaped) = from.strip_prefix('\\') {
            // A backslash takes its meaning from the sign behind it.
            let sign = escaped.chars().next().filter(char::is_ascii_punctuation);
            out.push(sign.unwrap_or('\\'));
            rest = escaped.get(sign.map_or(0, char::len_utf8)..).unwrap_or_default();
            continue;
        }
        if from.starts_with('`') {
            rest = code(&mut out, from);
            continue;
        }
        if from.starts_with('[') {
            if out.ends_with('!') && from.contains("](") {
                out.pop();
            }
            if let Some((label, link, behind)) = link(from) {
                out.push_str(&plain(label).0);
                target = target.or_else(|| link.map(str::to_owned));
                rest = behind;
                continue;
            }
            out.push('[');
            rest = from.get(1..).unwrap_or_default();
            continue;
        }
        let sign = from.get(..1).unwrap_or_default();
        let run = from.len() - from.trim_start_matches(sign).len();
        let behind = from.get(run..).unwrap_or_default();
        // An underscore inside a word, or a star with space around it, is itself.
        let in_word = sign == "_" && out.ends_with(char::is_alphanumeric) && behind.starts_with(char::is_alphanumeric);
        let alone = out.chars().next_back().is_none_or(char::is_whitespace) && behind.starts_with([' ', '\t']);
        if in_word || alone {
            out.push_str(from.get(..run).unwrap_or_default());
        }
        rest = behind;
    }
    out.push_str(rest);
    if out.contains('\n') || !out.contains("  ") {
        return (out.trim().to_owned(), target);
    }
    (out.split_whitespace().collect::<Vec<_>>().join(" "), target)
}

/// Copies inline code as it stands, without its marks; gives back what follows.
fn code<'t>(out: &mut String, from: &'t str) -> &'t str {
    let run = from.len() - from.trim_start_matches('`').len();
    let (marks, behind) = from.split_at(run);
    let Some(end) = behind.find(marks) else {
        out.push_str(marks);
        return behind;
    };
    out.push_str(behind.get(..end).unwrap_or_default().trim());
    behind.get(end + run..).unwrap_or_default()
}

/// `[label](target)`, `[label][reference]` or `[label]`: label, target, and what follows.
fn link(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let end = text.get(..text.len().min(1_000)).unwrap_or(text).find(']')?;
    let label = text.get(1..end)?;
    let behind = text.get(end + 1..)?;
    if let Some(inner) = behind.strip_prefix('(') {
        let close = inner.find(')')?;
        let target = inner.get(..close)?.split_whitespace().next();
        return Some((label, target, inner.get(close + 1..)?));
    }
    // `[label][reference]`: the reference is a name for an address.
    let reference = behind.strip_prefix('[').and_then(|inner| inner.split_once(']')).filter(|(name, _)| !name.contains(['[', '\n']));
    Some((label, None, reference.map_or(behind, |(_, behind)| behind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_items_tables_and_code_are_told_apart() {
        let text = "Title\n=====\n\n* Status: a\n* Date: b\n\n## Context\r\nOne\ntwo.\n\n```\n# no heading\n```\n| a | b |\n- item\n  goes on\n    - inner\n<!-- gone\n## gone -->\n### Sub ###\n";
        let sections = sections(text, FileId::default(), 0);
        let titles: Vec<(usize, &str)> = sections.iter().map(|section| (section.level, section.title.as_str())).collect();
        assert_eq!(titles, [(0, ""), (1, "Title"), (2, "Context"), (3, "Sub")]);
        let blocks: Vec<(BlockKind, &str)> = sections[2].body.iter().map(|block| (block.kind, block.text.as_str())).collect();
        assert_eq!(
            blocks,
            [
                (BlockKind::Paragraph, "One two."),
                (BlockKind::Code, "```\n# no heading\n```"),
                (BlockKind::Row, "| a | b |"),
                (BlockKind::Item(0), "item goes on"),
                (BlockKind::Item(4), "inner"),
            ]
        );
    }

    #[test]
    fn emphasis_and_links_are_taken_off() {
        assert_eq!(
            plain("**Status:** [ADR-5](0005-x.md \"t\") and `a_b` 2 * 3"),
            ("Status: ADR-5 and a_b 2 * 3".to_owned(), Some("0005-x.md".to_owned()))
        );
        assert_eq!(plain("[open").0, "[open");
        assert_eq!(plain("[Data services][observable] win").0, "Data services win");
        let found = sections(
            "## Context\nOne.\n\n[observable]: https://example.org\n[ADR-1]: ./0001-x.md\n[note]: this stays\n",
            FileId::default(),
            0,
        );
        let blocks: Vec<&str> = found[1].body.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(blocks, ["One.", "[note]: this stays"]);
    }
}
