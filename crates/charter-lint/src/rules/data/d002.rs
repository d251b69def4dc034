//! Data that are wanted fresher than they are made.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::wording::in_seconds;
use charter_plan::resolved::Element;
use charter_spec::quantity::Duration;
use charter_spec::{SectionName, Severity, Span, Spanned};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    code: "D002",
    severity: Severity::Error,
    title: "required freshness below upstream refresh interval",
    page: include_str!("../../../tests/rules/D002.md"),
    check,
};

/// The slowest refresh behind something.
struct Slowest<'a> {
    element: Element,
    every: &'a Spanned<Duration>,
}

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let of_dependencies = spec.dependencies.iter().map(|entry| (SectionName::Dependencies, &entry.id, entry.freshness.as_ref()));
    let of_features = spec.features.iter().map(|entry| (SectionName::Features, &entry.id, entry.freshness.as_ref()));
    let slowest = slowest(lint);
    for (section, id, freshness) in of_dependencies.chain(of_features) {
        let Some(freshness) = freshness else { continue };
        let wanted = Element::new(section, &id.value);
        let Some(slowest) = slowest.get(&wanted).filter(|slowest| slowest.every.nanos() > freshness.nanos()) else { continue };
        report(&wanted, freshness, slowest, id.span, findings);
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

/// The slowest refresh behind everything that something refreshed stands behind.
///
/// From the slowest down, each refresh is handed on to whatever is fed from it, directly or not, and has none yet: every element is reached once, so a circle ends
/// and time is linear in the references.
fn slowest<'a>(lint: &Lint<'a>) -> HashMap<Element, Slowest<'a>> {
    let spec = &lint.resolved.spec;
    let dependencies =
        spec.dependencies.iter().map(|entry| (Element::new(SectionName::Dependencies, &entry.id.value), entry.every.as_ref()));
    let features = spec.features.iter().map(|entry| (Element::new(SectionName::Features, &entry.id.value), entry.every.as_ref()));
    let mut sources: Vec<Slowest<'a>> =
        dependencies.chain(features).filter_map(|(element, every)| Some(Slowest { element, every: every? })).collect();
    sources.sort_by(|left, right| right.every.nanos().total_cmp(&left.every.nanos()));
    let mut found: HashMap<Element, Slowest<'a>> = HashMap::new();
    for source in sources {
        // What is as slow itself needs no other source to be named.
        if found.get(&source.element).is_some_and(|known| known.every.nanos() == source.every.nanos()) {
            found.insert(source.element.clone(), source);
            continue;
        }
        let mut waiting = vec![source.element.clone()];
        while let Some(element) = waiting.pop() {
            if found.contains_key(&element) {
                continue;
            }
            let fed = lint.resolved.references.to(&element).filter(|reference| matches!(reference.role, "feeds_from" | "from"));
            waiting.extend(fed.map(|reference| reference.from.clone()).filter(|fed| !found.contains_key(fed)));
            found.insert(element, Slowest { element: source.element.clone(), every: source.every });
        }
    }
    found
}
