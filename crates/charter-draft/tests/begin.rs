//! What a charter keeps of the answers that it begins with: each of them, also when it is the only one.

#![allow(clippy::panic, reason = "a test says what is wrong by panicking")]

use charter_draft::begin::{Answers, Kind, QUESTIONS, begin, waive};
use charter_spec::quantity::Date;
use charter_spec::{FileSet, read};
use std::collections::BTreeSet;

fn text(kind: Kind, given: &[(&str, &str)], routes: bool) -> String {
    let mut answers = Answers::default();
    for (name, answer) in given {
        answers.give(name, answer).unwrap_or_else(|problem| panic!("{name}: {problem}"));
    }
    let begun = begin(kind, &answers, routes);
    let text = begun.text();
    let mut files = FileSet::single("charter.yaml", text.clone().into_bytes());
    for (path, bytes) in &begun.files {
        files.insert(path.clone(), bytes.clone());
    }
    let reading = read(&files, "charter.yaml");
    assert!(reading.diagnostics.is_empty(), "{:?}\n{text}", reading.diagnostics);
    text
}

/// What stands in the charter for the answer that a question gives as its example.
fn trace<'q>(name: &str, example: &'q str) -> &'q str {
    match name {
        "wrong" => "measure: accuracy >= 95%",
        "team" => "ml-engineer: 2",
        "people" => "decides_about_people: true",
        _ => example,
    }
}

#[test]
fn every_answer_alone_leaves_a_trace() {
    for &kind in Kind::ALL {
        for routes in [false, true] {
            let empty = text(kind, &[], routes);
            let before: BTreeSet<&str> = empty.lines().collect();
            for question in QUESTIONS.iter().filter(|question| question.is_for(kind)) {
                // The owner of the example is who stands there by default.
                let example = if question.name == "owner" { "risk-team" } else { question.example };
                let after = text(kind, &[(question.name, example)], routes);
                let trace = trace(question.name, example);
                let is_there = after.lines().any(|line| !before.contains(line) && line.contains(trace));
                assert!(is_there, "{kind:?}: `{}={example}` is lost\n{after}", question.name);
            }
        }
    }
}

#[test]
fn a_share_of_wrong_answers_is_a_scenario_before_its_groups_are_known() {
    let text = text(Kind::Online, &[("wrong", "5%")], false);
    assert!(text.contains("measure: accuracy >= 95%") && !text.contains("in every group"), "{text}");
    assert!(text.contains("# open: for which groups must that hold one by one?"), "{text}");
}

#[test]
fn whoever_asks_is_a_stakeholder_also_while_nothing_is_promised_to_them() {
    let text = text(Kind::Events, &[("users", "shopper")], false);
    let named = text.lines().any(|line| line.trim_start().starts_with("shopper: { role: end users"));
    assert!(named, "{text}");
}

#[test]
fn a_role_may_be_called_by_a_number() {
    let mut answers = Answers::default();
    for (name, answer) in [("owner", "0"), ("users", "1e5"), ("peak", "500 rps"), ("latency", "200ms")] {
        answers.give(name, answer).unwrap_or_else(|problem| panic!("{name}: {problem}"));
    }
    let mut begun = begin(Kind::Online, &answers, true);
    waive(&mut begun, &[("M001".to_owned(), "no cost ceiling".to_owned())], "0", Date { year: 2026, month: 12, day: 23 });
    let text = begun.text();
    let reading = read(&FileSet::single("charter.yaml", text.clone().into_bytes()), "charter.yaml");
    assert!(reading.diagnostics.is_empty(), "{:?}\n{text}", reading.diagnostics);
    for part in ["\n  \"0\": {", "\n  \"1e5\": {", "owner: \"0\"", "source: \"1e5\""] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}
