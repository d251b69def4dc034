//! Decisions, inputs and outputs are logged, redacted: nobody sees to it, or what is kept is not redacted, or decisions about people are left out.

use super::principle::{self, Asked};
use crate::rule::{Findings, Lint, Rule};
use crate::rules::quality::measure::routes_by_model;
use charter_spec::ast::{Audit, DataClass, Principle};
use charter_spec::{Severity, Span, Spanned, Spec};

pub(super) const RULE: Rule = Rule {
    code: "S007",
    severity: Severity::Warning,
    title: "decisions not logged and redacted",
    page: include_str!("../../../tests/rules/S007.md"),
    check,
};

const ASKED: Asked = Asked {
    principle: Principle::Logging,
    words: &["decision-log", "log-redacted", "audit"],
    missing: "logs decisions with inputs and outputs, redacted",
    help: "say what is written down about calls: `audit: { retain: 180d, redact: [personal] }`, or what does: `decision-log: { principle: logging, enforce: log-redacted }`",
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    principle::check(&RULE, &ASKED, lint, spec.audit.is_some(), findings);
    if let Some(audit) = &spec.audit {
        unredacted(spec, audit, findings);
        left_out(spec, &audit.value, findings);
    }
}

/// Inputs and outputs that are kept as they are, of data about people.
fn unredacted(spec: &Spec, audit: &Spanned<Audit>, findings: &mut Findings) {
    let Some(bodies) = audit.bodies.as_ref().filter(|bodies| bodies.value) else { return };
    if !audit.redact.is_empty() || !audit.fields.is_empty() {
        return;
    }
    let Some((place, class)) = about_people(spec) else { return };
    findings.push(
        RULE.finding("inputs and outputs are kept as they are, and there are data about people among them")
            .at(bodies.span, "kept whole: neither `redact` nor `fields`")
            .at(place, format!("{} data", class.word()))
            .help(format!("black them out: `redact: [{}]`, or the columns under `fields`", class.word()))
            .proven()
            .asks("`audit.redact`"),
    );
}

fn about_people(spec: &Spec) -> Option<(Span, DataClass)> {
    let dependencies = spec.dependencies.iter().map(|entry| &entry.data);
    let features = spec.features.iter().map(|entry| &entry.data);
    let data = spec.data.iter().map(|entry| &entry.class);
    let people = |class: &Spanned<DataClass>| matches!(class.value, DataClass::Personal | DataClass::Sensitive);
    let found = dependencies.chain(features).chain(data).filter_map(Option::as_ref).find(|class| people(class))?;
    Some((found.span, found.value))
}

/// A route that is not written down, though what it answers decides about people.
fn left_out(spec: &Spec, audit: &Audit, findings: &mut Findings) {
    let Some(list) = audit.routes.span() else { return };
    let routes = routes_by_model(spec);
    for model in &spec.models {
        let Some(decides) = model.decides_about_people.as_ref().filter(|decides| decides.value) else { continue };
        for route in routes.get(&model.id.value).into_iter().flatten() {
            if audit.routes.iter().any(|written| written.value.id == **route) {
                continue;
            }
            findings.push(
                RULE.finding(format!("`{route}` decides about people, and its decisions are not written down"))
                    .at(list, format!("`{route}` is not among them"))
                    .at(decides.span, "decides about people")
                    .help(format!("add it: `routes: [..., {route}]`, or leave `routes` out for all of them"))
                    .proven(),
            );
        }
    }
}
