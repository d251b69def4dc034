//! The DSL as a tree of statements: words, quoted text, and what stands between braces.
//!
//! Source: the language reference of Structurizr. Statements end with their line, a backslash at the end joins lines, `//`, `#` and `/* */` are comments,
//! `"""` holds text of several lines. What the words mean belongs to `model`.

use crate::foreign::{Code, Notes};
use charter_spec::{FileId, Span};

/// Deepest nesting of braces.
const DEPTH_MAX: usize = 64;
/// Most statements of one workspace, files that it includes counted.
pub(super) const STATEMENTS_MAX: usize = 100_000;

/// A word or text with its place.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) quoted: bool,
    pub(super) span: Span,
}

/// A statement with what stands in its braces.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) tokens: Vec<Token>,
    pub(super) inner: Vec<Statement>,
    pub(super) span: Span,
    /// The brace that closes it.
    pub(super) close: Option<Span>,
}

impl Statement {
    /// The word at a place, lowercase; empty beyond the end.
    pub(super) fn word(&self, at: usize) -> String {
        self.tokens.get(at).filter(|token| !token.quoted).map(|token| token.text.to_ascii_lowercase()).unwrap_or_default()
    }

    /// The text at a place; `None` beyond the end and for an empty one.
    pub(super) fn text(&self, at: usize) -> Option<&str> {
        self.tokens.get(at).map(|token| token.text.trim()).filter(|text| !text.is_empty())
    }

    /// The place of the whole, from its first word to the end of what stands in its braces.
    pub(super) fn whole(&self) -> Span {
        let inner = self.inner.iter().fold(self.span, |span, inner| span.to(inner.whole()));
        self.close.filter(|close| close.file == inner.file).map_or(inner, |close| inner.to(close))
    }
}

enum Lexeme {
    Token(Token),
    Open,
    Close(Span),
    End,
}

/// Reads a text as statements.
pub(super) fn statements(text: &str, file: FileId, base: usize, notes: &mut Notes) -> Vec<Statement> {
    let mut lexer = Lexer { text, at: 0, file, base, line_start: true };
    let mut stack: Vec<Statement> = Vec::new();
    let mut root: Vec<Statement> = Vec::new();
    let mut tokens: Vec<Token> = Vec::new();
    let mut count = 0;
    while let Some(lexeme) = lexer.next(notes) {
        match lexeme {
            Lexeme::Token(token) => tokens.push(token),
            Lexeme::End => flush(&mut tokens, &mut stack, &mut root),
            Lexeme::Open => {
                if stack.len() >= DEPTH_MAX {
                    let span = tokens.first().map_or_else(|| lexer.here(), |token| token.span);
                    notes.push(
                        Code::Limit,
                        span,
                        format!("braces nest deeper than {DEPTH_MAX} levels; what stands behind this is not imported"),
                    );
                    break;
                }
                let statement = statement(std::mem::take(&mut tokens), lexer.here());
                stack.push(statement);
            }
            Lexeme::Close(span) => {
                flush(&mut tokens, &mut stack, &mut root);
                match stack.pop() {
                    Some(done) => place(Statement { close: Some(span), ..done }, &mut stack, &mut root),
                    None => notes.push(Code::Unreadable, span, "this brace closes nothing"),
                }
            }
        }
        count += 1;
        if count > STATEMENTS_MAX * 16 {
            notes.push(Code::Limit, lexer.here(), "the workspace is beyond the limit; what stands behind this is not imported");
            break;
        }
    }
    flush(&mut tokens, &mut stack, &mut root);
    while let Some(open) = stack.pop() {
        notes.push(Code::Unreadable, open.span, "the braces that open here are never closed");
        place(open, &mut stack, &mut root);
    }
    root
}

fn statement(tokens: Vec<Token>, here: Span) -> Statement {
    let span = match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => here,
    };
    Statement { tokens, inner: Vec::new(), span, close: None }
}

fn flush(tokens: &mut Vec<Token>, stack: &mut [Statement], root: &mut Vec<Statement>) {
    if tokens.is_empty() {
        return;
    }
    let done = statement(std::mem::take(tokens), Span::default());
    place(done, stack, root);
}

fn place(done: Statement, stack: &mut [Statement], root: &mut Vec<Statement>) {
    match stack.last_mut() {
        Some(parent) => parent.inner.push(done),
        None => root.push(done),
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    file: FileId,
    base: usize,
    /// Whether nothing but space stands before this on its line.
    line_start: bool,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn here(&self) -> Span {
        Span::new(self.file, self.base + self.at, self.base + self.at + 1)
    }

    fn next(&mut self, notes: &mut Notes) -> Option<Lexeme> {
        loop {
            let rest = self.rest();
            let first = rest.chars().next()?;
            if first == '\n' {
                self.at += 1;
                self.line_start = true;
                return Some(Lexeme::End);
            }
            if first == '\\' && rest.get(1..).is_some_and(|rest| rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n')) {
                // The next line goes on with this one.
                self.at += rest.find('\n').map_or(1, |end| end + 1);
                continue;
            }
            if first.is_whitespace() || first == '\u{feff}' {
                self.at += first.len_utf8();
                continue;
            }
            if rest.starts_with("/*") {
                let end = rest.find("*/");
                if end.is_none() {
                    notes.push(Code::Unreadable, self.here(), "the comment that starts here never ends");
                }
                self.at += end.map_or(rest.len(), |end| end + 2);
                continue;
            }
            if rest.starts_with("//") || (first == '#' && self.line_start) {
                self.at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            self.line_start = false;
            return Some(self.token(first, notes));
        }
    }

    fn token(&mut self, first: char, notes: &mut Notes) -> Lexeme {
        let span = self.here();
        let rest = self.rest();
        match first {
            '{' => {
                self.at += 1;
                Lexeme::Open
            }
            '}' => {
                self.at += 1;
                Lexeme::Close(span)
            }
            '"' => self.quoted(notes),
            _ => {
                let mut end = 0;
                let mut inside = 0usize;
                for (at, character) in rest.char_indices() {
                    // `${NAME}` is one word.
                    let opens = character == '{' && rest.get(..at).is_some_and(|before| before.ends_with('$'));
                    inside += usize::from(opens);
                    let closes = character == '}' && inside > 0;
                    if character.is_whitespace() || character == '"' || (matches!(character, '{' | '}') && !opens && !closes) {
                        break;
                    }
                    inside -= usize::from(closes);
                    end = at + character.len_utf8();
                }
                let end = end.max(first.len_utf8());
                let text = rest.get(..end).unwrap_or_default().to_owned();
                self.at += end;
                Lexeme::Token(Token { span: Span::new(self.file, self.base + self.at - end, self.base + self.at), text, quoted: false })
            }
        }
    }

    /// Text in quotes; it ends with its line when the quote is never closed.
    fn quoted(&mut self, notes: &mut Notes) -> Lexeme {
        let start = self.at;
        let rest = self.rest();
        if let Some(inner) = rest.strip_prefix("\"\"\"") {
            let end = inner.find("\"\"\"");
            let text = inner.get(..end.unwrap_or(inner.len())).unwrap_or_default();
            let text = text.lines().map(str::trim).collect::<Vec<_>>().join("\n").trim().to_owned();
            let length = 3 + end.map_or(inner.len(), |end| end + 3);
            if end.is_none() {
                notes.push(Code::Unreadable, self.here(), "the text that starts here never ends");
            }
            self.at += length;
            return Lexeme::Token(Token { text, quoted: true, span: Span::new(self.file, self.base + start, self.base + start + 3) });
        }
        let mut text = String::new();
        let mut length = rest.len();
        let mut closed = false;
        let mut characters = rest.char_indices().skip(1).peekable();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    length = at + 1;
                    closed = true;
                    break;
                }
                '\\' if rest.get(at + 1..).is_some_and(|rest| rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n')) => {
                    // The text goes on in the next line.
                    while characters.next_if(|(_, next)| next.is_whitespace()).is_some() {}
                }
                '\n' => {
                    length = at;
                    break;
                }
                '\\' if characters.peek().is_some_and(|(_, next)| *next == '"') => {
                    text.push('"');
                    characters.next();
                }
                '\\' if characters.peek().is_some_and(|(_, next)| *next == 'n') => {
                    text.push('\n');
                    characters.next();
                }
                '\r' => {}
                character => text.push(character),
            }
        }
        self.at += length;
        let span = Span::new(self.file, self.base + start, self.base + self.at);
        if !closed {
            notes.push(Code::Unreadable, span, "the quote that starts here is not closed on its line");
        }
        Lexeme::Token(Token { text, quoted: true, span })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(statements: &[Statement]) -> String {
        statements
            .iter()
            .map(|statement| {
                let words: Vec<&str> = statement.tokens.iter().map(|token| token.text.as_str()).collect();
                if statement.inner.is_empty() {
                    format!("({})", words.join("|"))
                } else {
                    format!("({} {})", words.join("|"), shown(&statement.inner))
                }
            })
            .collect()
    }

    #[test]
    fn comments_continuations_and_text_blocks_are_read() {
        let text = "/* a\n b */ workspace \"x \\\"y\\\"\" {\n  # no\n a = person \\\n   \"n\" // c\n url https://x/${A}\n d \"\"\"\n one\n two\n\"\"\"\n}\n";
        let mut notes = Notes::default();
        let read = statements(text, FileId::default(), 0, &mut notes);
        assert_eq!(shown(&read), "(workspace|x \"y\" (a|=|person|n)(url|https://x/${A})(d|one\ntwo))");
        assert!(notes.finish().is_empty());
    }
}
