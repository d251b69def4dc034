//! The hospital, the bank and the edge: nothing is found but what is waived, with a reason, an owner and an end a year ahead.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use charter_lint::{Lint, Report};
use charter_plan::resolved::{Resolved, resolve};
use charter_spec::FileSet;
use charter_spec::quantity::Date;
use std::path::Path;

/// The day on which the examples were written.
const TODAY: &str = "2026-11-23";

fn read(name: &str) -> (FileSet, Resolved) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    let mut files = FileSet::single("charter.yaml", std::fs::read(root.join("charter.yaml")).expect("a charter"));
    for folder in ["contracts", "decisions"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("a folder").flatten() {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            files.insert(path, std::fs::read(entry.path()).expect("a file"));
        }
    }
    let reading = charter_spec::read(&files, "charter.yaml");
    assert!(reading.diagnostics.is_empty(), "{name} can be read: {:?}", reading.diagnostics);
    let resolved = resolve(reading.spec.expect("a charter"), &files);
    (files, resolved)
}

/// Codes of what is waived; fails when anything else is found.
fn waived(name: &str) -> Vec<String> {
    let (files, resolved) = read(name);
    let today = Date::parse(TODAY).expect("a date");
    let report = Report::new(Vec::new(), &[], Some(&Lint { resolved: &resolved, evidence: &[], plan: None, today }));
    assert!(report.findings.is_empty(), "{name}:\n{}", report.to_text(&files, false));
    for waiver in &resolved.spec.waivers {
        let until = waiver.until.as_ref().expect("an end").value;
        assert!(until.days_since_epoch() - today.days_since_epoch() > 365, "{name}: `{}` ends within a year", waiver.id.value);
        assert!(waiver.why.is_some() && waiver.owner.is_some(), "{name}: `{}` has a reason and an owner", waiver.id.value);
    }
    let mut codes: Vec<String> = report.waived.iter().map(|waived| waived.finding.code.to_string()).collect();
    codes.dedup();
    codes
}

#[test]
fn the_hospital_is_clean_but_for_rungs_that_nobody_could_try() {
    assert_eq!(waived("hospital-assistant"), ["F007"]);
}

#[test]
fn the_bank_is_clean_but_for_rungs_that_nobody_could_try() {
    assert_eq!(waived("bank-fraud"), ["F007"]);
}

#[test]
fn the_edge_is_clean_but_for_rungs_that_nobody_could_try() {
    assert_eq!(waived("edge-vision"), ["F007"]);
}

/// Each of these mistakes, made in an example that is clean, is found again.
#[test]
fn an_example_with_a_mistake_is_no_longer_clean() {
    let mistakes = [
        ("hospital-assistant", "provider: south, model: small-4.1", "provider: north, model: large-2026-06", "F002"),
        ("hospital-assistant", "region: us-west-2\n    data: pseudonymous", "region: eu-central-1\n    data: pseudonymous", "D003"),
        ("hospital-assistant", "tokens: { input: 5_200, output: 450 }", "tokens: { input: 15_200, output: 450 }", "M002"),
        ("hospital-assistant", "    measure: groundedness >= 97%", "    measure: coverage(sources) >= 97%", "A004"),
        ("bank-fraud", "queue.depth(scoring) > 1_000", "queue.depth(scoring) > 100", "C010"),
        ("bank-fraud", "    ai_act: high-risk ", "    # ", "S011"),
        ("bank-fraud", "agreement(batch, speed) >= 99.5%", "coverage(batch) >= 99.5%", "A004"),
        ("edge-vision", "size: 24MB", "size: 64MB", "C009"),
        ("edge-vision", "    memory: 2GB  ", "    memory: 1GB  ", "C002"),
        ("edge-vision", "      inference:      { budget: 45ms", "      inference:      { budget: 95ms", "L001"),
    ];
    for (name, from, to, code) in mistakes {
        let (mut files, _) = read(name);
        let text = String::from_utf8(files.get("charter.yaml").expect("the charter").to_vec()).expect("text");
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{name}: `{from}` is there");
        files.insert("charter.yaml", changed.into_bytes());
        let resolved = resolve(charter_spec::read(&files, "charter.yaml").spec.expect("a charter"), &files);
        let today = Date::parse(TODAY).expect("a date");
        let report = Report::new(Vec::new(), &[], Some(&Lint { resolved: &resolved, evidence: &[], plan: None, today }));
        assert!(
            report.findings.iter().any(|finding| finding.code == code),
            "{name} with `{to}`: {code} is found\n{}",
            report.to_text(&files, false)
        );
    }
}
