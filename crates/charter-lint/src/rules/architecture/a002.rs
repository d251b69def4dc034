//! A pattern that seems to be free.

use crate::catalogue::PatternEntry;
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::{Pattern, PatternKind};
use charter_spec::names::Entry;

pub(super) const RULE: Rule = Rule {
    code: "A002",
    severity: Severity::Warning,
    title: "pattern without its trade-off",
    page: include_str!("../../../tests/rules/A002.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for pattern in lint.resolved.spec.patterns.iter().filter(|pattern| pattern.trade_off.is_none()) {
        findings.push(
            RULE.finding(format!("nothing says what is given up for the pattern `{}`", pattern.id.value))
                .at(pattern.id.span, "no `trade_off`")
                .help(format!("state it and how it is borne; usually: {}", usual(kind(pattern))))
                .proven(),
        );
    }
}

/// Which pattern is meant: as stated, else as its id says.
pub(super) fn kind(pattern: &Entry<Pattern>) -> PatternKind {
    let stated = pattern.kind.as_ref().map(|kind| kind.value);
    let named = || PatternKind::ALL.iter().copied().find(|kind| kind.word() == pattern.id.value.as_str());
    stated.or_else(named).unwrap_or(PatternKind::Other)
}

/// What the pattern usually costs.
fn usual(kind: PatternKind) -> &'static str {
    PatternEntry::of(kind).map_or("complexity, latency, money or lock-in", |entry| entry.costs)
}
