//! A pattern that seems to be free.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::PatternKind;

pub(super) const RULE: Rule = Rule {
    code: "A002",
    severity: Severity::Warning,
    title: "pattern without its trade-off",
    page: include_str!("../../../tests/rules/A002.md"),
    check,
};

const KINDS: [PatternKind; 8] = [
    PatternKind::ModelServices,
    PatternKind::EventDriven,
    PatternKind::Lambda,
    PatternKind::FeaturePlatform,
    PatternKind::Gateway,
    PatternKind::Sidecar,
    PatternKind::Rag,
    PatternKind::Other,
];

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for pattern in lint.resolved.spec.patterns.iter().filter(|pattern| pattern.trade_off.is_none()) {
        let stated = pattern.kind.as_ref().map(|kind| kind.value);
        let kind = stated.or_else(|| KINDS.into_iter().find(|kind| kind.word() == pattern.id.value.as_str())).unwrap_or(PatternKind::Other);
        findings.push(
            RULE.finding(format!("nothing says what is given up for the pattern `{}`", pattern.id.value))
                .at(pattern.id.span, "no `trade_off`")
                .help(format!("state it and how it is borne; usually: {}", usual(kind)))
                .proven(),
        );
    }
}

/// What the pattern usually costs.
const fn usual(kind: PatternKind) -> &'static str {
    match kind {
        PatternKind::ModelServices => "a network hop and one more service to run for each model",
        PatternKind::EventDriven => "answers come later, and order and duplicates must be handled",
        PatternKind::Lambda => "the same logic twice, in batch and in stream, which drift apart",
        PatternKind::FeaturePlatform => "a platform to run, and everyone depends on it",
        PatternKind::Gateway => "one more hop, and a part that everything passes",
        PatternKind::Sidecar => "a copy of the model with each application, and slower updates",
        PatternKind::Rag => "answers are as good as what is retrieved, and take longer",
        PatternKind::Other => "complexity, latency, money or lock-in",
    }
}
