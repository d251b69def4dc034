//! Data that are wanted fresher than they are made.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::wording::in_seconds;
use charter_plan::resolved::Element;
use charter_spec::quantity::Duration;
use charter_spec::{SectionName, Severity, Span, Spanned, Spec};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    code: "D002",
    severity: Severity::Error,
    title: "required freshness below upstream refresh interval",
    page: include_str!("../../../tests/rules/D002.md"),
    check,
};

/// How many sources behind one requirement are followed.
const SOURCES_MAX: usize = 256;

/// The slowest refresh behind something.
struct Slowest<'a> {
    element: Element,
    every: &'a Spanned<Duration>,
}

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let of_dependencies = spec.dependencies.iter().map(|entry| (SectionName::Dependencies, &entry.id, entry.freshness.as_ref()));
    let of_features = spec.features.iter().map(|entry| (SectionName::Features, &entry.id, entry.freshness.as_ref()));
    for (section, id, freshness) in of_dependencies.chain(of_features) {
        let Some(freshness) = freshness else { continue };
        let wanted = Element::new(section, &id.value);
        let Some(slowest) = slowest(lint, &wanted).filter(|slowest| slowest.every.nanos() > freshness.nanos()) else { continue };
        report(&wanted, freshness, &slowest, id.span, findings);
    }
}

fn report(wanted: &Element, freshness: &Spanned<Duration>, slowest: &Slowest<'_>, declared: Span, findings: &mut Findings) {
    let source = &slowest.element;
    let by = if source == wanted { "it".to_owned() } else { format!("`{source}` behind it") };
    findings.push(
        RULE.finding(format!("`{}` must be {} fresh, but {by} is refreshed every {}", wanted.id, freshness.value, slowest.every.value))
            .at(freshness.span, format!("at most {} old", freshness.value))
            .at(slowest.every.span, format!("up to {} old just before a refresh", slowest.every.value))
            .at(declared, "the promise is made here")
            .sum(format!("age just before a refresh: {} > {} allowed", in_seconds(slowest.every), in_seconds(freshness)))
            .help(format!("refresh `{source}` at least every {}, or feed `{}` from a stream", freshness.value, wanted.id))
            .proven(),
    );
}

/// Follows sources; each counts once, so a circle ends.
fn slowest<'a>(lint: &Lint<'a>, start: &Element) -> Option<Slowest<'a>> {
    let spec = &lint.resolved.spec;
    let mut seen = HashSet::from([start.clone()]);
    let mut waiting = vec![start.clone()];
    let mut slowest: Option<Slowest<'a>> = None;
    while let Some(element) = waiting.pop() {
        if let Some(every) = refresh(spec, &element)
            && slowest.as_ref().is_none_or(|slowest| every.nanos() > slowest.every.nanos())
        {
            slowest = Some(Slowest { element: element.clone(), every });
        }
        for reference in lint.resolved.references.from(&element) {
            let feeds = matches!(reference.role, "feeds_from" | "from");
            if feeds && seen.len() < SOURCES_MAX && seen.insert(reference.to.clone()) {
                waiting.push(reference.to.clone());
            }
        }
    }
    slowest
}

fn refresh<'a>(spec: &'a Spec, element: &Element) -> Option<&'a Spanned<Duration>> {
    match element.section {
        SectionName::Dependencies => spec.dependencies.get(&element.id)?.every.as_ref(),
        SectionName::Features => spec.features.get(&element.id)?.every.as_ref(),
        _ => None,
    }
}
