//! A latency promise without percentile, or without the load under which it holds.

use super::measure::{is_about_latency, measure_of};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::Scenario;
use charter_spec::measure::{Measure, TermKind};
use charter_spec::{Diagnostic, Severity};

pub(super) const RULE: Rule = Rule {
    code: "Q003",
    severity: Severity::Error,
    title: "latency measure without percentile or without load",
    page: include_str!("../../../tests/rules/Q003.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for scenario in &lint.resolved.spec.quality {
        let Some(measure) = measure_of(scenario).filter(|measure| is_about_latency(measure)) else { continue };
        let id = &scenario.id.value;
        if let Some(aggregate) = without_percentile(measure) {
            let finding = RULE.finding(format!("the latency of `{id}` is held by `{aggregate}`, not by a percentile"));
            findings.push(
                finding
                    .at(measure.term.span, "slow calls hide behind this")
                    .help("say which share of the calls must be that fast, for example `p99(latency) < 200ms`")
                    .proven(),
            );
        }
        if let Some(finding) = without_load(lint, scenario, id.as_str(), measure) {
            findings.push(finding);
        }
    }
}

/// The aggregate, when it says nothing about the slow calls. `max` says all of them, a ratio of fast calls is a percentile in other words.
fn without_percentile(measure: &Measure) -> Option<String> {
    let TermKind::Call { .. } = &measure.term.kind else { return None };
    let function = measure.term.function()?;
    let held = measure.term.percentile().is_some() || matches!(function.as_str(), "max" | "ratio" | "share");
    (!held).then_some(function)
}

fn without_load(lint: &Lint<'_>, scenario: &Scenario, id: &str, measure: &Measure) -> Option<Diagnostic> {
    let Some(under) = &scenario.under else {
        let finding = RULE.finding(format!("`{id}` promises a latency and does not say under which load"));
        return Some(
            finding
                .at(measure.span, "under which load?")
                .help("name the load, for example `under: load.peak` or `under: { rate: 1_000 rps }`")
                .proven(),
        );
    };
    if under.users.is_some() || under.rate.is_some() {
        return None;
    }
    let load = lint.resolved.spec.load.as_ref();
    let (missing, key) = match under.level.as_ref().map(|level| level.as_str()) {
        None => (true, "under.rate"),
        Some("load.peak") => (load.is_none_or(|load| load.peak.is_none() && load.users.is_none()), "load.peak"),
        Some("load.average") => (load.is_none_or(|load| load.average.is_none()), "load.average"),
        Some(_) => (false, ""),
    };
    missing.then(|| {
        RULE.finding(format!("`{id}` promises a latency under a load that has no figure"))
            .at(under.span, "no users and no rate")
            .at(measure.span, "this holds or not depending on it")
            .help(format!("state `{key}`, for example `{key}: 1_000 rps`"))
            .asks(format!("`{key}`"))
            .proven()
    })
}
