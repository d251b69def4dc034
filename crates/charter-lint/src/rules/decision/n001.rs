//! Two decisions that disagree on which of them holds.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::{Decision, DecisionStatus};
use charter_spec::names::Entry;
use charter_spec::{Severity, Span};

pub(super) const RULE: Rule = Rule {
    code: "N001",
    severity: Severity::Error,
    title: "supersession not reciprocal",
    page: include_str!("../../../tests/rules/N001.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let decisions = &lint.resolved.spec.decisions;
    for decision in decisions {
        for old in &decision.supersedes {
            // A reference that leads nowhere is reported when reading.
            let Some(replaced) = decisions.get_entry(old.value.as_str()) else { continue };
            let back = replaced.superseded_by.as_ref().is_some_and(|by| by.value.id == decision.id.value);
            if !back {
                push(decision, replaced, (old.span, "replaces it"), &format!("superseded_by: {}", decision.id.value), findings);
            } else if let Some(status) = replaced.status.as_ref().filter(|status| status.value != DecisionStatus::Superseded) {
                push(decision, replaced, (status.span, "still in this state"), "status: superseded", findings);
            }
        }
        let Some(by) = &decision.superseded_by else { continue };
        let Some(newer) = decisions.get_entry(by.value.as_str()) else { continue };
        if !newer.supersedes.iter().any(|old| old.value.id == decision.id.value) {
            push(
                newer,
                decision,
                (by.span, "said here"),
                &format!("`{}` says `supersedes: [{}]`", newer.id.value, decision.id.value),
                findings,
            );
        }
    }
}

fn push(newer: &Entry<Decision>, older: &Entry<Decision>, (span, text): (Span, &str), help: &str, findings: &mut Findings) {
    let other = if older.value.span.contains(span) { newer.id.span } else { older.id.span };
    findings.push(
        RULE.finding(format!("`{}` and `{}` do not agree that one replaces the other", newer.id.value, older.id.value))
            .at(span, text)
            .at(other, "and here it is not so")
            .help(format!("let both say so: {help}"))
            .proven(),
    );
}
