//! Reference pages that come from code: written by the binary, checked in CI.

use crate::shell::{capture, cargo, root, step};
use std::path::Path;
use std::process::Command;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// A page and the command line that prints it.
const PAGES: [(&str, &[&str]); 5] = [
    ("docs/reference/charter.schema.json", &["schema"]),
    ("docs/reference/rules.md", &["explain", "--all", "rules"]),
    ("docs/reference/errors.md", &["explain", "--all", "errors"]),
    ("docs/reference/commands.md", &["explain", "--all", "commands"]),
    ("docs/reference/patterns.md", &["explain", "--all", "patterns"]),
];

pub(crate) fn run_with(charter: &Path, mode: Mode) -> Result<(), String> {
    let mut stale = Vec::new();
    for (page, arguments) in PAGES {
        let text = capture(Command::new(charter).current_dir(root()).args(arguments))?;
        keep(page, &text, mode, &mut stale)?;
    }
    keep(crate::practices::PAGE, &crate::practices::page()?, mode, &mut stale)?;
    if stale.is_empty() { Ok(()) } else { Err(format!("out of date: {}; run `cargo xtask docs`", stale.join(", "))) }
}

/// Writes a page that differs, or remembers it as stale.
fn keep(page: &'static str, text: &str, mode: Mode, stale: &mut Vec<&'static str>) -> Result<(), String> {
    let path = root().join(page);
    if std::fs::read_to_string(&path).is_ok_and(|had| had == text) {
        return Ok(());
    }
    if mode == Mode::Check {
        stale.push(page);
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|problem| format!("cannot make {}: {problem}", folder.display()))?;
    }
    std::fs::write(&path, text).map_err(|problem| format!("cannot write {page}: {problem}"))?;
    println!("   wrote {page}");
    Ok(())
}

pub(crate) fn run(mode: Mode) -> Result<(), String> {
    build()?;
    run_with(&root().join("target/debug/charter"), mode)
}

fn build() -> Result<(), String> {
    step("build Charter", cargo().args(["build", "--locked", "--package", "charter"]))
}
