//! Runs every `tests/rules/<CODE>.md`: prose with charters that a rule must find fault with, and charters that it must leave alone.
//!
//! Under a heading that starts with `Fails`, a `yaml` fence must give findings of the file's code on exactly the lines that carry `# <- CODE`, at least one; each line of a `text` fence
//! after it must stand in what is printed. Under a heading that starts with `Passes`, a `yaml` fence must give none. A fence without `charter:` gets a head.
//! A line `# today: 2026-11-23` sets the date. A fence with a path after its language (`yaml contracts/events.odcs.yaml`) is a file of the charter that follows;
//! a `json evidence` fence is a list of evidence for it, of which fields that do not matter may be left out.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use charter_lint::rule::run;
use charter_lint::{Lint, rules};
use charter_plan::Evidence;
use charter_plan::compile::known_to_arithmetic;
use charter_plan::resolved::resolve;
use charter_spec::measure::{METRICS, Proof, parse_measure};
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, FileId, FileSet, Span};
use std::collections::BTreeSet;
use std::path::Path;

const HEAD: &str = "charter: 1\nsystem: example\ntitle: Example\nowner: architect\ncurrency: USD\n";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expectation {
    Fails,
    Passes,
}

/// A charter in a page, with what is expected of it.
struct Case {
    line: usize,
    expectation: Expectation,
    yaml: String,
    /// Files that the charter names, by path.
    files: Vec<(String, String)>,
    evidence: Vec<Evidence>,
    printed: Vec<String>,
}

fn cases(page: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut expectation = None;
    let mut fence: Option<(usize, String, String)> = None;
    let mut files = Vec::new();
    let mut evidence = Vec::new();
    for (index, line) in page.lines().enumerate() {
        if let Some((start, language, mut body)) = fence.take() {
            if line.trim_end() != "```" {
                body.push_str(line);
                body.push('\n');
                fence = Some((start, language, body));
            } else if let ("yaml", Some(expectation)) = (language.as_str(), expectation) {
                let (files, evidence) = (std::mem::take(&mut files), std::mem::take(&mut evidence));
                cases.push(Case { line: start, expectation, yaml: body, files, evidence, printed: Vec::new() });
            } else if let ("text", Some(case)) = (language.as_str(), cases.last_mut()) {
                case.printed.extend(body.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()));
            } else if language == "json evidence" {
                evidence = evidence_of(&body);
            } else if let Some((_, path)) = language.split_once(' ') {
                files.push((path.trim().to_owned(), body));
            }
        } else if let Some(language) = line.strip_prefix("```") {
            fence = Some((index + 1, language.trim().to_owned(), String::new()));
        } else if let Some(heading) = line.strip_prefix("## ") {
            expectation = match heading {
                heading if heading.starts_with("Fails") => Some(Expectation::Fails),
                heading if heading.starts_with("Passes") => Some(Expectation::Passes),
                _ => None,
            };
        }
    }
    cases
}

/// Evidence from an abbreviated list: what is left out is empty.
fn evidence_of(text: &str) -> Vec<Evidence> {
    let whole = serde_json::json!({
        "requirement": "", "proof": "load", "verdict": "proved", "figure": null, "interval": null, "unit": "", "text": "", "limit": "", "parts": [], "notes": [],
        "plan": "", "requirement_fingerprint": "", "measured_at": "2026-11-01T00:00:00Z", "command": "", "seed": 0, "report": null,
        "host": { "os": "", "kernel": "", "cpu": "", "cores": 2, "memory_bytes": 0 },
    });
    let items: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(text).expect("a list of evidence");
    let fill = |item: serde_json::Map<String, serde_json::Value>| {
        let mut filled = whole.clone();
        filled.as_object_mut().expect("an object").extend(item);
        serde_json::from_value(filled).expect("evidence")
    };
    items.into_iter().map(fill).collect()
}

fn findings(case: &Case, code: &str) -> (FileSet, Vec<Diagnostic>, Vec<String>) {
    let yaml = case.yaml.as_str();
    let text = if yaml.contains("charter:") { yaml.to_owned() } else { format!("{HEAD}{yaml}") };
    let mut files = FileSet::single("charter.yaml", text.into_bytes());
    for (path, text) in &case.files {
        files.insert(path.as_str(), text.clone().into_bytes());
    }
    let reading = charter_spec::read(&files, "charter.yaml");
    let unread: Vec<String> =
        reading.diagnostics.iter().filter(|problem| problem.is_error()).map(|problem| problem.message.clone()).collect();
    let today = yaml
        .lines()
        .find_map(|line| Date::parse(line.trim().strip_prefix("# today:")?.trim()))
        .or_else(|| Date::parse("2026-11-23"))
        .expect("a date");
    let spec = reading.spec.expect("a charter");
    let resolved = resolve(spec, &files);
    let found = run(&Lint { resolved: &resolved, evidence: &case.evidence, plan: None, today });
    (files, found.into_iter().filter(|finding| finding.code == code).collect(), unread)
}

fn problem(case: &Case, code: &str) -> Option<String> {
    let (files, found, unread) = findings(case, code);
    if !unread.is_empty() {
        return Some(format!("the charter cannot be read: {}", unread.join("; ")));
    }
    if case.expectation == Expectation::Passes {
        return (!found.is_empty())
            .then(|| format!("finds fault: {}", found.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>().join("; ")));
    }
    let marker = format!("# <- {code}");
    let printed: String = found.iter().map(|finding| charter_spec::diagnostic::render(&files, finding, Default::default())).collect();
    if found.is_empty() {
        return Some("finds nothing".to_owned());
    }
    let at = |finding: &Diagnostic| (finding.span().file, files.position(finding.span().file, finding.span().start).line);
    let found_at: BTreeSet<_> = found.iter().map(at).collect();
    let marked: BTreeSet<_> = marked(&files, case, &marker);
    if marked.is_empty() {
        return Some(format!("no line carries `{marker}`:\n{printed}"));
    }
    if let Some((_, line)) = marked.difference(&found_at).next() {
        return Some(format!("no finding on line {line} with `{marker}`:\n{printed}"));
    }
    if let Some((file, line)) = found_at.difference(&marked).next() {
        return Some(format!("a finding on {}:{line}, which lacks `{marker}`:\n{printed}", files.path(*file)));
    }
    let missing = case.printed.iter().find(|line| !printed.contains(line.as_str()))?;
    Some(format!("does not print `{missing}`:\n{printed}"))
}

/// The lines with the marker, in the charter and in the files that it names.
fn marked(files: &FileSet, case: &Case, marker: &str) -> BTreeSet<(FileId, usize)> {
    let paths = std::iter::once("charter.yaml").chain(case.files.iter().map(|(path, _)| path.as_str()));
    let mut lines = BTreeSet::new();
    for file in paths.filter_map(|path| files.find(path)) {
        let text = String::from_utf8_lossy(files.bytes(file)).into_owned();
        lines.extend(text.lines().enumerate().filter(|(_, line)| line.contains(marker)).map(|(index, _)| (file, index + 1)));
    }
    lines
}

#[test]
fn every_rule_finds_what_its_page_shows_and_nothing_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let mut problems = Vec::new();
    let mut count = 0;
    for rule in rules::all() {
        let file = folder.join(format!("{}.md", rule.code));
        let Ok(page) = std::fs::read_to_string(&file) else {
            problems.push(format!("{} has no page {}", rule.code, file.display()));
            continue;
        };
        let cases = cases(&page);
        for wanted in [Expectation::Fails, Expectation::Passes] {
            if !cases.iter().any(|case| case.expectation == wanted) {
                problems.push(format!(
                    "{}.md lacks a charter that {}",
                    rule.code,
                    if wanted == Expectation::Fails { "fails" } else { "passes" }
                ));
            }
        }
        for case in cases {
            count += 1;
            if let Some(problem) = problem(&case, rule.code) {
                problems.push(format!("{}.md:{}: {problem}", rule.code, case.line));
            }
        }
    }
    assert!(problems.is_empty(), "{} problems in {count} charters\n\n{}", problems.len(), problems.join("\n\n"));
}

#[test]
fn every_rule_says_in_a_line_why_it_matters() {
    for rule in rules::all() {
        let why = rule.why();
        assert!((20..=130).contains(&why.chars().count()), "{}: `{why}`", rule.code);
        assert!(why.starts_with(|first: char| !first.is_uppercase()) && !why.ends_with('.'), "{}: `{why}`", rule.code);
    }
}

#[test]
fn codes_are_unique_and_sorted_within_their_family() {
    let codes: Vec<&str> = rules::all().map(|rule| rule.code).collect();
    let mut seen = std::collections::BTreeSet::new();
    for code in codes {
        assert!(seen.insert(code), "{code} is there twice");
    }
}

#[test]
fn a_figure_of_the_charter_is_known_to_arithmetic_or_told_by_r002() {
    let fixed = METRICS.iter().filter(|metric| metric.proof == Proof::Static);
    let mut known = Vec::new();
    for name in fixed.map(|metric| metric.name) {
        let value = if name == "region" { "in EU" } else { "<= 1" };
        for term in [name.to_owned(), format!("{name}(poc)"), format!("{name}(critical)"), format!("all({name})")] {
            let written = format!("{term} {value}");
            let gate = format!("roadmap:\n  poc: {{ box: 4w, gate: {{ go: \"{written}\", stop: else }} }}\n");
            let case =
                Case { line: 0, expectation: Expectation::Fails, yaml: gate, files: Vec::new(), evidence: Vec::new(), printed: Vec::new() };
            let told = !findings(&case, "R002").1.is_empty();
            let measure = parse_measure(&written, &|start, end| Span::new(FileId::default(), start, end)).expect("a measure");
            assert_eq!(known_to_arithmetic(&measure).is_err(), told, "`{written}`");
            if !told {
                known.push(term);
            }
        }
    }
    assert_eq!(
        known,
        ["cost.total", "roadmap.end(poc)", "roadmap.end(critical)", "roadmap.effort", "risks.open", "risks.open(critical)", "all(region)"]
    );
}
