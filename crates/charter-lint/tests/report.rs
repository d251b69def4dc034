//! What is said about findings as a whole: waivers, totals, and what machines are told.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use charter_lint::{Lint, Report};
use charter_plan::resolved::resolve;
use charter_spec::quantity::Date;
use charter_spec::{FileSet, Severity};
use std::fmt::Write;
use std::path::Path;

const HEAD: &str = "charter: 1\nsystem: example\ntitle: Example\nowner: architect\ncurrency: USD\n";

fn report(yaml: &str) -> (FileSet, Report) {
    let files = FileSet::single("charter.yaml", format!("{HEAD}{yaml}").into_bytes());
    let report = report_of(&files);
    (files, report)
}

fn report_of(files: &FileSet) -> Report {
    let reading = charter_spec::read(files, "charter.yaml");
    let resolved = resolve(reading.spec.expect("a charter"), files);
    let today = Date::parse("2026-11-23").expect("a date");
    let lint = Lint { resolved: &resolved, evidence: &[], plan: None, today };
    Report::new(reading.diagnostics, &reading.unreadable, Some(&lint))
}

/// Constraints that nothing can prove: one error of T001 each.
fn constraints(count: usize) -> String {
    (0..count).fold("constraints:\n".to_owned(), |mut text, number| {
        let _ = writeln!(text, "  c{number}: Must be easy to run");
        text
    })
}

fn messages(report: &Report, code: &str) -> Vec<(Severity, String)> {
    report.findings.iter().filter(|finding| finding.code == code).map(|finding| (finding.severity, finding.message.clone())).collect()
}

#[test]
fn the_summary_counts_what_is_not_shown_too() {
    let (files, report) = report(&constraints(1_000));
    assert_eq!(messages(&report, "T001").len(), 200);
    let others = report.findings.iter().filter(|finding| finding.code != "T001" && finding.is_error()).count();
    assert_eq!(report.count(Severity::Error), 1_000 + others);
    let text = report.to_text(&files, false);
    assert!(
        text.contains(&format!("1,{:03} errors ({} shown), ", others, 200 + others)),
        "{}",
        text.lines().rev().nth(1).unwrap_or_default()
    );
    assert_eq!(report.to_json(&files)["errors"], 1_000 + others);
}

#[test]
fn problems_that_the_reader_left_out_are_counted() {
    let (files, report) = report(&constraints(1_000).replace("Must be easy to run", "{ unknown: key }"));
    assert!(report.findings.iter().any(|finding| finding.code == "Y026"), "the reader stops showing");
    assert!(report.count(Severity::Error) >= 1_000, "{}", report.count(Severity::Error));
    assert!(report.to_text(&files, false).contains(" shown)"));
}

#[test]
fn what_a_waiver_covers_beyond_the_limit_is_waived_too() {
    let waiver =
        "stakeholders: { sponsor: { role: sponsor } }\nwaivers: { easy: { rule: T001, why: later, owner: sponsor, until: 2026-12-31 } }\n";
    let (files, report) = report(&format!("{}{waiver}", constraints(1_000)));
    assert!(report.to_text(&files, false).contains(", 1,000 waived"));
    assert!(messages(&report, "T001").is_empty());
    assert!(messages(&report, "T004").is_empty(), "it waives something");
}

#[test]
fn a_waiver_that_waives_nothing_is_a_hint() {
    let waiver =
        "stakeholders: { sponsor: { role: sponsor } }\nwaivers: { idle: { rule: T001, why: later, owner: sponsor, until: 2026-12-31 } }\n";
    let (_, report) = report(waiver);
    assert_eq!(messages(&report, "T004"), [(Severity::Hint, "waiver `idle` of `T001` waives nothing".to_owned())]);
}

#[test]
fn findings_of_an_unknown_rule_are_an_error_of_the_waiver() {
    let waiver =
        "stakeholders: { sponsor: { role: sponsor } }\nwaivers: { typo: { rule: Z999, why: later, owner: sponsor, until: 2026-12-31 } }\n";
    let (_, report) = report(waiver);
    assert_eq!(messages(&report, "T004"), [(Severity::Error, "waiver `typo` is of `Z999`, and there is no such rule".to_owned())]);
}

#[test]
fn sarif_tells_what_a_finding_rests_on_and_asks_for() {
    let (files, report) = report(
        "load: { peak: 100 rps }\ncapacity: { safety: 1.5 }\nroadmap:\n  discovery: { box: 2w }\n  mvp: { box: 6w }\nconstraints: { mvp-date: { text: MVP in 7 weeks, check: roadmap.end(mvp) <= 7w } }\n",
    );
    let sarif = report.to_sarif(&files);
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let late = results.iter().find(|result| result["ruleId"] == "R004").expect("the roadmap ends late");
    assert_eq!(late["properties"]["basis"]["kind"], "assumes");
    assert_eq!(late["properties"]["asks"], "from when the 7 weeks count");
    let text = late["message"]["text"].as_str().expect("text");
    assert!(text.contains("\nassumes the clock starts at `discovery`"), "{text}");
    assert!(text.contains("cut 1 week from the phases"), "{text}");
}

#[test]
fn the_shop_has_no_errors_but_those_that_it_waives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop");
    let mut files = FileSet::single("charter.yaml", std::fs::read(folder.join("charter.yaml")).expect("the shop"));
    for entry in std::fs::read_dir(folder.join("contracts")).expect("contracts").flatten() {
        let path = format!("contracts/{}", entry.file_name().to_string_lossy());
        files.insert(path, std::fs::read(entry.path()).expect("a contract"));
    }
    let report = report_of(&files);
    let errors: Vec<&str> = report.findings.iter().filter(|finding| finding.is_error()).map(|finding| finding.message.as_str()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(messages(&report, "T001"), []);
    // Evidence of its rungs stands beside it, and is no part of this; whether it is of this plan is asked where the binary is tested.
    let found: std::collections::BTreeSet<&str> = report.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["F007"], "{}", report.to_text(&files, false));
}
