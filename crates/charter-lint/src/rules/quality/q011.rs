//! Two scenarios that no system can satisfy together.

use super::measure::measure_of;
use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::Scenario;
use charter_spec::measure::{Argument, Measure, Operator, TermKind};
use charter_spec::names::Entry;
use charter_spec::{Dimension, Severity};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    code: "Q011",
    severity: Severity::Error,
    title: "two scenarios on one artifact and metric contradict",
    page: include_str!("../../../tests/rules/Q011.md"),
    check,
};

/// A bound on a quantile of a metric; metrics without quantiles have all their bounds at 0.
struct Bound<'a> {
    scenario: &'a Entry<Scenario>,
    measure: &'a Measure,
    quantile: f64,
    value: f64,
    inclusive: bool,
}

/// The tightest bounds so far of one artifact, metric and load.
#[derive(Default)]
struct Bounds<'a> {
    lowest: Vec<Bound<'a>>,
    highest: Vec<Bound<'a>>,
}

/// Bounds of one artifact and metric that are compared; nobody reads more promises on one figure.
const BOUNDS_MAX: usize = 32;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let mut groups: HashMap<String, Bounds<'_>> = HashMap::new();
    for scenario in &lint.resolved.spec.quality {
        let Some(measure) = measure_of(scenario) else { continue };
        let (Some(key), Some(quantity)) = (key(scenario, measure), measure.value.quantity()) else { continue };
        // A bare number may stand for a share, never for a time.
        let dimension = if quantity.dimension() == Dimension::Count { Dimension::Ratio } else { quantity.dimension() };
        let group = groups.entry(format!("{key} {dimension}")).or_default();
        let (lower, upper, inclusive) = match measure.operator.value {
            Operator::Less => (false, true, false),
            Operator::AtMost => (false, true, true),
            Operator::Greater => (true, false, false),
            Operator::AtLeast => (true, false, true),
            Operator::Equal => (true, true, true),
            Operator::NotEqual | Operator::In => continue,
        };
        let bound = || Bound { scenario, measure, quantile: quantile(measure).unwrap_or(0.0), value: quantity.base, inclusive };
        let clash = upper.then(|| group.lowest.iter().find(|low| contradict(low, &bound()))).flatten();
        let clash = clash.or_else(|| lower.then(|| group.highest.iter().find(|high| contradict(&bound(), high))).flatten());
        if let Some(other) = clash {
            report(&bound(), other, findings);
        }
        if lower && group.lowest.len() < BOUNDS_MAX {
            group.lowest.push(bound());
        }
        if upper && group.highest.len() < BOUNDS_MAX {
            group.highest.push(bound());
        }
    }
}

/// A quantile is never above a higher one, so a floor under the lower is a floor under the higher.
fn contradict(low: &Bound<'_>, high: &Bound<'_>) -> bool {
    low.quantile <= high.quantile && (low.value > high.value || low.value == high.value && !(low.inclusive && high.inclusive))
}

fn report(bound: &Bound<'_>, other: &Bound<'_>, findings: &mut Findings) {
    let text = |bound: &Bound<'_>| bound.scenario.measure.as_ref().map_or_else(String::new, |measure| measure.value.text.to_string());
    findings.push(
        RULE.finding(format!("`{}` and `{}` cannot both hold", bound.scenario.id.value, other.scenario.id.value))
            .at(bound.measure.span, "no figure satisfies this")
            .at(other.measure.span, "and this")
            .sum(format!("{}, and {}: no value is left", text(other), text(bound)))
            .help("decide which of the two is meant, or say under which different loads they hold")
            .proven(),
    );
}

/// What must be the same for two promises to be about one figure: artifact, metric with its operating point, classes, and load.
fn key(scenario: &Scenario, measure: &Measure) -> Option<String> {
    let artifact = scenario.artifact.as_ref()?.as_str();
    let metric = match &measure.term.kind {
        TermKind::Call { arguments, .. } if quantile(measure).is_some() => match arguments.as_slice() {
            [Argument::Term(term)] => term.metric_path()?.to_string(),
            _ => return None,
        },
        _ => {
            // The term stands at the start of the text.
            let length = (measure.term.span.end - measure.term.span.start) as usize;
            scenario.measure.as_ref()?.value.text.get(..length)?.split_whitespace().collect()
        }
    };
    let mut by: Vec<&str> = scenario.by.iter().chain(&measure.by).map(|name| name.value.as_str()).collect();
    by.sort_unstable();
    let load = scenario.under.as_ref().map_or_else(String::new, |under| {
        let level = under.level.as_ref().map_or("", |level| level.as_str());
        let parts = [under.users.as_ref().map(|users| users.value.base), under.think.as_ref().map(|think| think.nanos())];
        format!(
            "{level} {parts:?} {:?} {:?}",
            under.rate.as_ref().map(|rate| rate.per_second()),
            under.rows.as_ref().map(|rows| rows.value.base)
        )
    });
    Some(format!("{artifact} {metric} {by:?} {load}"))
}

/// Where the aggregate lies among all calls: `min` at 0, `p99` at 0.99, `max` at 1; `None` for what is no quantile.
fn quantile(measure: &Measure) -> Option<f64> {
    match measure.term.function().as_deref() {
        Some("min") => Some(0.0),
        Some("max") => Some(1.0),
        _ => measure.term.percentile().map(|percentile| percentile / 100.0),
    }
}
