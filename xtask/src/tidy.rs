//! Holds the tree to its own rules: file length, words that must not appear, links that must lead somewhere.

use crate::shell::{capture, program, root};
use std::path::Path;

const LINES_MAX: usize = 800;
const LINES_DISCUSSED: usize = 500;
/// Where documents of other projects' making are kept for importers to read: their links lead into folders of their own.
const FOREIGN: &str = "/tests/documents/";
/// Marks of unfinished work. Each is written in two halves so that this file passes its own check.
const UNFINISHED: [&str; 4] = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("FIX", "ME"), concat!("TO", "DO:")];

pub(crate) fn run() -> Result<(), String> {
    let root = root();
    let listing = capture(program("git").args(["ls-files"]))?;
    let mut problems = Vec::new();
    let mut discussed = Vec::new();
    for name in listing.lines() {
        let path = root.join(name);
        if name.ends_with(".rs") {
            check_rust(name, &path, &mut problems, &mut discussed);
        } else if name.ends_with(".md") && !name.contains(FOREIGN) {
            check_links(name, &path, &mut problems);
        }
    }
    if !discussed.is_empty() {
        println!("   over {LINES_DISCUSSED} lines, to be discussed: {}", discussed.join(", "));
    }
    if problems.is_empty() { Ok(()) } else { Err(format!("{} problems\n  {}", problems.len(), problems.join("\n  "))) }
}

fn check_rust(name: &str, path: &Path, problems: &mut Vec<String>, discussed: &mut Vec<String>) {
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let lines = text.lines().count();
    if lines > LINES_MAX {
        problems.push(format!("{name}: {lines} lines; the limit is {LINES_MAX}: split it by concept"));
    } else if lines > LINES_DISCUSSED {
        discussed.push(format!("{name} ({lines})"));
    }
    for mark in UNFINISHED {
        if let Some(line) = text.lines().position(|line| line.contains(mark)) {
            problems.push(format!("{name}:{}: `{mark}` marks unfinished work", line + 1));
        }
    }
}

/// Relative links in Markdown must lead to a file of the repository.
fn check_links(name: &str, path: &Path, problems: &mut Vec<String>) {
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let folder = path.parent().unwrap_or(path);
    for (index, line) in text.lines().enumerate() {
        for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or(target);
            let external = file.contains("://") || file.starts_with("mailto:") || file.is_empty() || file.contains(' ');
            if !external && !folder.join(file).exists() {
                problems.push(format!("{name}:{}: the link to `{file}` leads nowhere", index + 1));
            }
        }
    }
}
