//! Words that mean something else to everyone.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::{Field, Severity};

pub(super) const RULE: Rule = Rule {
    code: "Q004",
    severity: Severity::Warning,
    title: "vague word in stimulus or response",
    page: include_str!("../../../tests/rules/Q004.md"),
    check,
};

const VAGUE: &[&str] = &[
    "fast",
    "quick",
    "quickly",
    "rapid",
    "rapidly",
    "robust",
    "robustly",
    "scalable",
    "scalably",
    "user-friendly",
    "user friendly",
    "as needed",
    "as required",
    "as appropriate",
    "if necessary",
    "where possible",
    "as soon as possible",
    "efficient",
    "efficiently",
    "seamless",
    "seamlessly",
    "flexible",
    "flexibly",
    "intuitive",
    "easy to use",
    "smoothly",
    "gracefully",
    "reasonable",
    "reasonably",
    "acceptable",
    "adequate",
    "sufficient",
    "timely",
    "promptly",
    "state-of-the-art",
    "high-performance",
    "best-effort",
];

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for scenario in &lint.resolved.spec.quality {
        look(&scenario.stimulus, "stimulus", &scenario.id.value, findings);
        look(&scenario.response, "response", &scenario.id.value, findings);
    }
}

fn look(field: &Field<String>, key: &str, id: &str, findings: &mut Findings) {
    let Some(text) = field else { return };
    let lower = text.value.to_lowercase();
    let words: Vec<String> = VAGUE.iter().filter(|word| contains_word(&lower, word)).map(|word| format!("`{word}`")).collect();
    if words.is_empty() {
        return;
    }
    let verb = if words.len() == 1 { "says" } else { "say" };
    let finding = RULE.finding(format!("the {key} of `{id}` is vague: {}", words.join(", ")));
    findings.push(
        finding
            .at(text.span, format!("what {} {verb} differs from reader to reader", words.join(" and ")))
            .help("write what can be observed, and leave how much of it to `measure`")
            .proven(),
    );
}

/// Whether a lowercase text holds a word or phrase that is no part of a longer word.
fn contains_word(text: &str, word: &str) -> bool {
    let part_of_word = |character: char| character.is_alphanumeric() || character == '-';
    text.match_indices(word).any(|(start, found)| {
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let after = text.get(start + found.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    })
}
