//! Challenges of AI systems that nobody answered.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::Challenge;
use charter_spec::names::Entry;
use charter_spec::{Severity, Spec};

pub(super) const RULE: Rule = Rule {
    code: "T005",
    severity: Severity::Hint,
    title: "challenge without response",
    page: include_str!("../../../tests/rules/T005.md"),
    check,
};

const STANDARD: &[(&str, &[&str])] = &[
    ("offline accuracy is not online accuracy", &["offline", "online", "shift"]),
    ("upstream changes", &["upstream", "data-dependenc", "schema"]),
    ("feedback loops", &["feedback"]),
    ("machine-learning debt", &["debt"]),
    ("reproducibility", &["reproduc", "lineage"]),
    ("silos", &["silo"]),
];

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    for challenge in spec.challenges.iter().filter(|challenge| challenge.response.is_none() && challenge.by.is_empty()) {
        findings.push(
            RULE.finding(format!("nobody answered the challenge `{}`", challenge.id.value))
                .at(challenge.id.span, "neither `response` nor `by`")
                .help("say what is done about it, and what in this charter does it")
                .proven(),
        );
    }
    missing(spec, findings);
}

fn missing(spec: &Spec, findings: &mut Findings) {
    let Some(model) = spec.models.iter().next() else { return };
    let missing: Vec<&str> = STANDARD
        .iter()
        .filter(|(_, words)| !spec.challenges.iter().any(|challenge| speaks_of(challenge, words)))
        .map(|(name, _)| *name)
        .collect();
    if missing.is_empty() {
        return;
    }
    let place = spec.challenges.iter().next().map_or(model.id.span, |challenge| challenge.id.span);
    findings.push(
        RULE.finding(format!("no answer to: {}", missing.join(", ")))
            .at(place, if spec.challenges.is_empty() { "models, and no `challenges`" } else { "the challenges start here" })
            .help("add each under `challenges` with its response, for example `silos: { response: self-service, by: [roadmap] }`")
            .proven(),
    );
}

fn speaks_of(challenge: &Entry<Challenge>, words: &[&str]) -> bool {
    let about = challenge.about.as_ref().map_or("", |about| about.value.as_str());
    let text = format!("{} {about}", challenge.id.value).to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}
