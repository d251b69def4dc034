//! Patterns and choices: a bare name is never enough, and the examples show each of them with its price paid.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use charter_lint::catalogue::{CHOICES, PATTERNS, page};
use charter_lint::rule::run;
use charter_lint::{Lint, Report};
use charter_plan::resolved::resolve;
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, FileSet, Spec};
use std::collections::BTreeSet;
use std::path::Path;

const EXAMPLES: [&str; 3] = ["hospital-assistant", "bank-fraud", "edge-vision"];

fn findings(yaml: &str) -> Vec<Diagnostic> {
    let text = format!("charter: 1\nsystem: bare\n{yaml}");
    let files = FileSet::single("charter.yaml", text.into_bytes());
    let reading = charter_spec::read(&files, "charter.yaml");
    assert!(reading.diagnostics.is_empty(), "{yaml}: {:?}", reading.diagnostics);
    let resolved = resolve(reading.spec.expect("a charter"), &files);
    let today = Date::parse("2026-11-23").expect("a date");
    run(&Lint { resolved: &resolved, evidence: &[], plan: None, today })
}

fn example(name: &str) -> Spec {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name).join("charter.yaml");
    let files = FileSet::single("charter.yaml", std::fs::read(path).expect("a charter"));
    charter_spec::read(&files, "charter.yaml").spec.expect("a charter")
}

#[test]
fn a_bare_pattern_shows_nothing() {
    for pattern in PATTERNS {
        let kind = pattern.kind.word();
        let found = findings(&format!("patterns: {{ p: {{ kind: {kind}, trade_off: something }} }}"));
        let finding = found.iter().find(|finding| finding.code == "A004");
        let told = finding.map(|finding| finding.arithmetic.len()).unwrap_or_default();
        assert!(told >= 1, "{kind}: {found:?}");
        assert!(finding.is_some_and(|finding| finding.message.contains(pattern.costs)), "{kind}");
    }
}

#[test]
fn a_bare_choice_bears_nothing_out_unless_it_costs_nothing_to_show() {
    let vacuous = ["single", "stateless"];
    for choice in CHOICES {
        for alternative in choice.alternatives {
            let (kind, word) = (choice.kind.word(), alternative.word);
            let found = findings(&format!(
                "decisions: {{ d: {{ kind: {kind}, status: accepted, options: {{ {word}-way: {{ chosen: true }} }} }} }}"
            ));
            assert_eq!(found.iter().any(|finding| finding.code == "A005"), !vacuous.contains(&word), "{kind}: {word}");
        }
    }
}

#[test]
fn every_pattern_and_every_choice_is_in_an_example() {
    let specs: Vec<Spec> = EXAMPLES.iter().map(|name| example(name)).collect();
    let in_use: BTreeSet<&str> = specs
        .iter()
        .flat_map(|spec| spec.patterns.iter())
        .map(|pattern| pattern.kind.as_ref().map_or(pattern.id.value.as_str(), |kind| kind.value.word()))
        .collect();
    for pattern in PATTERNS {
        assert!(in_use.contains(pattern.kind.word()), "{} is in no example", pattern.kind);
    }
    for spec in &specs {
        let made: BTreeSet<_> = spec.decisions.iter().filter_map(|decision| decision.kind.as_ref()).map(|kind| kind.value).collect();
        assert_eq!(made.len(), CHOICES.len(), "every example makes all seven choices");
    }
}

#[test]
fn the_page_names_every_word() {
    let page = page();
    for pattern in PATTERNS {
        assert!(page.contains(&format!("### {}\n", pattern.kind)) && page.contains(pattern.costs));
    }
    for choice in CHOICES {
        assert!(
            choice.alternatives.iter().all(|alternative| page.contains(&format!("| `{}` | {} |", alternative.word, alternative.gives)))
        );
    }
}

/// A report is what people see: it holds what the rules find.
#[test]
fn what_a_pattern_lacks_can_be_waived_like_anything_else() {
    let yaml = "charter: 1\nsystem: s\nstakeholders: { a: { role: architects } }\npatterns: { rag: { trade_off: slower } }\n\
                waivers: { w: { rule: A004, why: a sketch, owner: a, until: 2027-12-31 } }\n";
    let files = FileSet::single("charter.yaml", yaml.as_bytes().to_vec());
    let resolved = resolve(charter_spec::read(&files, "charter.yaml").spec.expect("a charter"), &files);
    let today = Date::parse("2026-11-23").expect("a date");
    let report = Report::new(Vec::new(), &[], Some(&Lint { resolved: &resolved, evidence: &[], plan: None, today }));
    assert!(report.waived.iter().any(|waived| waived.finding.code == "A004"));
    assert!(!report.findings.iter().any(|finding| finding.code == "A004"));
}
