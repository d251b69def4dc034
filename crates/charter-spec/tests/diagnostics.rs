//! Every code of the family Y has a page in `tests/diagnostics/` with texts that fail and texts that pass.
//!
//! A block `yaml` is a charter, to which the head is added; with `raw` it stands alone, with a file name it is another file. A block
//! `text` after it is what people see; without one the charter must read without problems. `CHARTER_BLESS=1` writes the blocks anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking")]

use std::fmt::Write;
use std::path::{Path, PathBuf};

use charter_spec::diagnostic::{CODES, Style, render};
use charter_spec::{FileSet, read};

const HEAD: &str = "charter: 1\nsystem: shop\n";

#[derive(Debug, Default)]
struct Case {
    charter: String,
    raw: bool,
    parts: Vec<(String, String)>,
}

impl Case {
    fn rendered(&self) -> (String, Vec<&'static str>) {
        let mut files = FileSet::new();
        let text = if self.raw { self.charter.clone() } else { format!("{HEAD}{}", self.charter) };
        files.insert("charter.yaml", text.into_bytes());
        for (name, part) in &self.parts {
            files.insert(name.as_str(), part.clone().into_bytes());
        }
        let reading = read(&files, "charter.yaml");
        let mut out = String::new();
        for diagnostic in &reading.diagnostics {
            let _ = writeln!(out, "{}", render(&files, diagnostic, Style::Plain));
        }
        (out.trim_end().to_owned(), reading.diagnostics.iter().map(|diagnostic| diagnostic.code).collect())
    }
}

/// A piece of a page.
enum Piece {
    Prose(String),
    Block { info: String, body: String },
}

fn pieces(page: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let body: String = lines.by_ref().take_while(|inner| *inner != "```").map(|inner| format!("{inner}\n")).collect();
            pieces.push(Piece::Block { info: info.to_owned(), body });
        } else if !line.trim().is_empty() {
            pieces.push(Piece::Prose(format!("{line}\n")));
        }
    }
    pieces
}

/// Runs a page and gives it back as it should be.
fn run(page: &str, code: &str, problems: &mut Vec<String>) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut seen_code = false;
    let pieces = pieces(page);
    let mut rest = pieces.iter().peekable();
    while let Some(piece) = rest.next() {
        let (info, body) = match piece {
            Piece::Prose(line) => {
                out.push(line.clone());
                continue;
            }
            Piece::Block { info, .. } if info == "text" => continue,
            Piece::Block { info, body } => (info, body),
        };
        out.push(format!("```{info}\n{body}```\n"));
        // A byte-order mark is not seen in a page, so it is spelled.
        let mut case = Case { charter: body.replace("<BOM>", "\u{feff}"), raw: info == "yaml raw", parts: Vec::new() };
        let mut expected = String::new();
        while let Some(Piece::Block { info, body }) = rest.peek() {
            if let Some(name) = info.strip_prefix("yaml ").filter(|name| name.ends_with(".yaml")) {
                case.parts.push((name.to_owned(), body.clone()));
                out.push(format!("```{info}\n{body}```\n"));
            } else if info == "text" {
                expected = body.trim_end().to_owned();
            } else {
                break;
            }
            rest.next();
        }
        let (actual, codes) = case.rendered();
        seen_code |= codes.contains(&code);
        if expected != actual {
            problems.push(format!("{code}: expected\n{expected}\ngot\n{actual}\nfor\n{}", case.charter));
        }
        if !actual.is_empty() {
            out.push(format!("```text\n{actual}\n```\n"));
        }
    }
    if !seen_code {
        problems.push(format!("{code}: no text on its page fails with it"));
    }
    out.join("\n")
}

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

/// Codes whose texts are too large or no text; `hardening.rs` covers them.
const ELSEWHERE: &[&str] = &["Y002", "Y003", "Y026"];

#[test]
fn every_code_has_a_page_and_every_page_holds() {
    let mut problems = Vec::new();
    for code in CODES {
        assert!(!code.page().is_empty() && !code.title().is_empty());
        if ELSEWHERE.contains(&code.name()) {
            continue;
        }
        let path = pages().join(format!("{}.md", code.name()));
        let page = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let fresh = run(&page, code.name(), &mut problems);
        if std::env::var_os("CHARTER_BLESS").is_some() {
            std::fs::write(&path, fresh).unwrap();
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

#[test]
fn no_page_is_left_over() {
    for entry in std::fs::read_dir(pages()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(CODES.iter().any(|code| name == format!("{}.md", code.name())), "{name} is the page of no code");
    }
}
