//! Two decisions that disagree on which of them holds.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::{Decision, DecisionStatus};
use charter_spec::names::Entry;
use charter_spec::{Certainty, Change, Fix, Id, Severity, Span};

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
                let said = format!("superseded_by: {}", decision.id.value);
                push(decision, replaced, (old.span, "replaces it"), &said, points_back(replaced, &decision.id.value), findings);
            } else if let Some(status) = replaced.status.as_ref().filter(|status| status.value != DecisionStatus::Superseded) {
                let fix = Fix::replace(status.span, DecisionStatus::Superseded.word());
                push(decision, replaced, (status.span, "still in this state"), "status: superseded", Some(fix), findings);
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
                Some(points_forward(newer, &decision.id.value)),
                findings,
            );
        }
    }
}

/// The old decision names the one that replaces it. One that names another already is for a person to judge.
fn points_back(older: &Entry<Decision>, newer: &Id) -> Option<Fix> {
    let title = format!("let `{}` say `superseded_by: {newer}`", older.id.value);
    let change = Change::Add { mapping: older.value.span, key: "superseded_by".to_owned(), value: newer.to_string() };
    older.superseded_by.is_none().then(|| Fix { title, changes: vec![change], certainty: Certainty::Mechanical })
}

/// The new decision names the one that it replaces.
fn points_forward(newer: &Entry<Decision>, older: &Id) -> Fix {
    let change = match newer.supersedes.span() {
        Some(list) => Change::Append { list, item: older.to_string() },
        None => Change::Add { mapping: newer.value.span, key: "supersedes".to_owned(), value: format!("[{older}]") },
    };
    Fix {
        title: format!("let `{}` say that it supersedes `{older}`", newer.id.value),
        changes: vec![change],
        certainty: Certainty::Mechanical,
    }
}

fn push(
    newer: &Entry<Decision>,
    older: &Entry<Decision>,
    (span, text): (Span, &str),
    help: &str,
    fix: Option<Fix>,
    findings: &mut Findings,
) {
    let other = if older.value.span.contains(span) { newer.id.span } else { older.id.span };
    let mut finding = RULE
        .finding(format!("`{}` and `{}` do not agree that one replaces the other", newer.id.value, older.id.value))
        .at(span, text)
        .at(other, "and here it is not so")
        .help(format!("let both say so: {help}"))
        .proven();
    finding.fix = fix;
    findings.push(finding);
}
