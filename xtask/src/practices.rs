//! The map of practices: what an architect is asked to do, what in Charter does it, and which check of CI shows it.
//!
//! The source is `xtask/practices.txt`. Every rule, section, command, page, file, test and example that it names is looked for, so that the map cannot rot;
//! what is not built yet says so there.

use crate::shell::root;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

const SOURCE: &str = include_str!("../practices.txt");

/// Where the map is written.
pub(crate) const PAGE: &str = "docs/practices.md";

/// Something that a row names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named<'a> {
    Section(&'a str),
    Rule(&'a str),
    Command(&'a str),
    Page(&'a str),
    File(&'a str),
    Example(&'a str),
    /// A file of tests below `crates/`, and a function in it; `*` stands for all of them.
    Test(&'a str, &'a str),
}

/// How far a practice is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Built<'a> {
    Whole,
    Partly(&'a str),
    NotYet(&'a str),
}

#[derive(Debug)]
struct Row<'a> {
    practice: &'a str,
    by: Vec<Named<'a>>,
    checked: Vec<Named<'a>>,
    built: Built<'a>,
}

#[derive(Debug)]
enum Line<'a> {
    Title(&'a str),
    Subject(&'a str),
    Row(Row<'a>),
}

/// Reads the source; each problem names its line.
fn lines(source: &str) -> Result<Vec<Line<'_>>, Vec<String>> {
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for (at, text) in source.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let line = match (text.strip_prefix("## "), text.strip_prefix("# ")) {
            (Some(subject), _) => Ok(Line::Subject(subject)),
            (None, Some(title)) => Ok(Line::Title(title)),
            (None, None) => row(text).map(Line::Row),
        };
        match line {
            Ok(line) => found.push(line),
            Err(problem) => problems.push(format!("practices.txt:{}: {problem}", at + 1)),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn row(text: &str) -> Result<Row<'_>, String> {
    let parts: Vec<&str> = text.split(" | ").map(str::trim).collect();
    let (practice, by, checked, built) = match parts.as_slice() {
        [practice, by, checked] => (*practice, *by, *checked, Built::Whole),
        [practice, by, checked, state] => {
            let built = match (state.strip_prefix("partly: "), state.strip_prefix("not yet: ")) {
                (Some(what), _) => Built::Partly(what),
                (None, Some(what)) => Built::NotYet(what),
                (None, None) => return Err(format!("`{state}` is neither `partly: …` nor `not yet: …`")),
            };
            (*practice, *by, *checked, built)
        }
        _ => return Err("a row is `practice | what does it | what checks it`, with a fourth part for what is missing".to_owned()),
    };
    let by = by.split(", ").map(named).collect::<Result<_, _>>()?;
    let checked = checked.split(", ").map(named).collect::<Result<_, _>>()?;
    Ok(Row { practice, by, checked, built })
}

fn named(text: &str) -> Result<Named<'_>, String> {
    let (kind, name) = text.split_once(' ').ok_or_else(|| format!("`{text}` has no kind"))?;
    Ok(match kind {
        "section" => Named::Section(name),
        "rule" => Named::Rule(name),
        "command" => Named::Command(name),
        "page" => Named::Page(name),
        "file" => Named::File(name),
        "example" => Named::Example(name),
        "test" => {
            let (file, function) = name.split_once("::").ok_or_else(|| format!("`{name}` names no function"))?;
            Named::Test(file, function)
        }
        _ => return Err(format!("`{kind}` is no kind of thing that a row names")),
    })
}

/// Why what is named is not there; `None` when it is.
fn absent(root: &Path, named: Named<'_>) -> Option<String> {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap_or_default();
    let is_file = |path: &str| root.join(path).is_file();
    let found = match named {
        Named::Section(key) => read("crates/charter-spec/src/names/section.rs").contains(&format!("= \"{key}\",")),
        Named::Rule(code) => is_file(&format!("crates/charter-lint/tests/rules/{code}.md")) && is_a_rule(root, code),
        Named::Command(word) => {
            let of_its_own =
                is_file(&format!("crates/charter/src/commands/{word}.rs")) || root.join("crates/charter/src/commands").join(word).is_dir();
            of_its_own || read("docs/reference/commands.md").lines().any(|line| line == format!("## charter {word}"))
        }
        Named::Page(path) | Named::File(path) => is_file(path),
        Named::Example(name) => is_file(&format!("examples/{name}/charter.yaml")),
        Named::Test(file, function) => {
            let text = read(&format!("crates/{file}"));
            if function == "*" {
                text.contains("#[test]") || text.contains("#[tokio::test")
            } else {
                text.contains(&format!("fn {function}("))
            }
        }
    };
    (!found).then(|| format!("{named:?} is not there"))
}

/// One file a rule: it lies in the folder of its family.
fn is_a_rule(root: &Path, code: &str) -> bool {
    let file = format!("{}.rs", code.to_ascii_lowercase());
    let families = std::fs::read_dir(root.join("crates/charter-lint/src/rules"));
    families.is_ok_and(|families| families.flatten().any(|family| family.path().join(&file).is_file()))
}

/// Everything that the map names and that is gone.
fn problems(root: &Path, lines: &[Line<'_>]) -> Vec<String> {
    let mut found = BTreeSet::new();
    let rows = lines.iter().filter_map(|line| if let Line::Row(row) = line { Some(row) } else { None });
    for row in rows {
        // What is not built yet may name what will do it.
        if matches!(row.built, Built::NotYet(_)) {
            continue;
        }
        for named in row.by.iter().chain(&row.checked) {
            found.extend(absent(root, *named).map(|problem| format!("{}: {problem}", row.practice)));
        }
    }
    found.into_iter().collect()
}

/// The map as a page.
///
/// # Errors
/// A row that cannot be read, or that names what is gone.
pub(crate) fn page() -> Result<String, String> {
    let root = root();
    let told = |problems: Vec<String>| format!("the map of practices is wrong:\n  {}", problems.join("\n  "));
    let lines = lines(SOURCE).map_err(told)?;
    let problems = problems(&root, &lines);
    if problems.is_empty() { Ok(render(&lines)) } else { Err(told(problems)) }
}

fn render(lines: &[Line<'_>]) -> String {
    let count = |is: &dyn Fn(Built<'_>) -> bool| lines.iter().filter(|line| matches!(line, Line::Row(row) if is(row.built))).count();
    let (whole, partly, not_yet) = (
        count(&|built| built == Built::Whole),
        count(&|built| matches!(built, Built::Partly(_))),
        count(&|built| matches!(built, Built::NotYet(_))),
    );
    let mut text = format!(
        "<!-- Made by `cargo xtask docs` from `xtask/practices.txt`; not to be edited. -->\n\n# The map of practices\n\n\
         What an architect of systems with models is asked to do, what in Charter does it, and which check of `cargo xtask test` shows that. A rule's page is its test. \
         Whatever a row names is looked for when this page is made and when it is checked.\n\n\
         {} practices: {whole} built, {partly} in part, {not_yet} not yet.\n",
        whole + partly + not_yet
    );
    let mut open = false;
    for line in lines {
        match line {
            Line::Title(title) => {
                let _ = write!(text, "\n## {title}\n");
                open = false;
            }
            Line::Subject(subject) => {
                let _ = write!(text, "\n### {subject}\n");
                open = false;
            }
            Line::Row(row) => {
                if !open {
                    text.push_str("\n| practice | done by | checked by |\n|---|---|---|\n");
                    open = true;
                }
                let list = |named: &[Named<'_>]| named.iter().map(|named| link(*named)).collect::<Vec<_>>().join(", ");
                let (by, checked) = match row.built {
                    Built::Whole => (list(&row.by), list(&row.checked)),
                    Built::Partly(what) => (format!("{}. **In part:** {what}", list(&row.by)), list(&row.checked)),
                    Built::NotYet(what) => (format!("**Not yet:** {what}"), String::new()),
                };
                let _ = writeln!(text, "| {} | {by} | {checked} |", row.practice);
            }
        }
    }
    text
}

/// What is named, as a link from the page.
fn link(named: Named<'_>) -> String {
    match named {
        Named::Section(key) => format!("`{key}:`"),
        Named::Rule(code) => format!("[{code}](../crates/charter-lint/tests/rules/{code}.md)"),
        Named::Command(word) => format!("[`charter {word}`](reference/commands.md)"),
        Named::Page(path) => format!("[{0}]({0})", path.strip_prefix("docs/").unwrap_or(path)),
        Named::File(path) => format!("[{}](../{path})", path.rsplit('/').next().unwrap_or(path)),
        Named::Example(name) => format!("[example {name}](../examples/{name}/charter.yaml)"),
        Named::Test(file, "*") => format!("[{}](../crates/{file})", file.rsplit('/').next().unwrap_or(file)),
        Named::Test(file, function) => format!("[{}](../crates/{file})", function.replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Built, Line, Row, lines, page, problems, render, root};

    #[test]
    fn every_row_names_what_is_there() {
        let text = page().unwrap_or_else(|problem| panic!("{problem}"));
        assert!(text.lines().filter(|line| line.starts_with("| ")).count() > 150);
    }

    #[test]
    fn what_is_gone_is_told() {
        let gone = "# Requirements\nwishes | section wishes, rule Q999, command wish | test charter-lint/tests/rules.rs::no_such_test, example castle\nlater | command wish | test nowhere.rs::nothing | not yet: wish";
        let lines = lines(gone).expect("it can be read");
        let told = problems(&root(), &lines);
        assert_eq!(told.len(), 5, "{told:#?}");
        assert!(told.iter().all(|problem| problem.starts_with("wishes: ")));
        assert!(render(&lines).contains("2 practices: 1 built, 0 in part, 1 not yet"));
    }

    #[test]
    fn a_row_that_cannot_be_read_is_told_with_its_line() {
        let problems =
            lines("# T\none | two\na | rule Q001 | rule Q001 | perhaps: later\nb | wand x | rule Q001").expect_err("three problems");
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].starts_with("practices.txt:2: ") && problems[2].contains("`wand`"));
        let Ok(read) = lines("a | rule Q001 | rule Q001 | partly: half").map(|mut lines| lines.remove(0)) else { panic!() };
        assert!(matches!(read, Line::Row(Row { built: Built::Partly("half"), .. })));
    }
}
