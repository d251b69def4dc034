//! Evidence from before the thing was changed.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::Evidence;
use charter_plan::resolved::Element;
use charter_spec::ast::{Model, Scenario};
use charter_spec::names::Entry;
use charter_spec::quantity::Date;
use charter_spec::{Id, SectionName, Severity, Span};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    code: "T002",
    severity: Severity::Warning,
    title: "proof older than the change of what it proves",
    page: include_str!("../../../tests/rules/T002.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let mut latest: HashMap<&str, &Evidence> = HashMap::new();
    for evidence in lint.evidence {
        let kept = latest.entry(evidence.requirement.as_str()).or_insert(evidence);
        if evidence.measured_at > kept.measured_at {
            *kept = evidence;
        }
    }
    for scenario in &lint.resolved.spec.quality {
        let Some(evidence) = latest.get(scenario.id.value.as_str()) else { continue };
        if let Some(measure) = &scenario.measure
            && !evidence.text.is_empty()
            && evidence.text != measure.value.describe()
        {
            changed(scenario, evidence, measure.span, &measure.value.describe(), findings);
        } else if let Some((version, trained, date)) = newer_version(lint, scenario, evidence) {
            findings.push(
                RULE.finding(format!("the proof of `{}` is older than version `{version}`", scenario.id.value))
                    .at(scenario.id.span, format!("proved on {}", day(evidence)))
                    .at(trained, format!("trained on {date}"))
                    .help("prove it again: `charter verify`")
                    .proven(),
            );
        }
    }
}

fn changed(scenario: &Entry<Scenario>, evidence: &Evidence, measure: Span, now: &str, findings: &mut Findings) {
    findings.push(
        RULE.finding(format!("`{}` was changed after it was proved", scenario.id.value))
            .at(measure, "as it is now")
            .at(scenario.id.span, format!("proved on {}", day(evidence)))
            .sum(format!("then: {}", evidence.text))
            .sum(format!("now: {now}"))
            .help("prove it again: `charter verify`")
            .proven(),
    );
}

fn day(evidence: &Evidence) -> &str {
    evidence.measured_at.get(..10).unwrap_or(&evidence.measured_at)
}

/// The version in use of what the scenario speaks of, when it was trained after the proof.
fn newer_version<'a>(lint: &Lint<'a>, scenario: &Scenario, evidence: &Evidence) -> Option<(&'a Id, Span, Date)> {
    let spec = &lint.resolved.spec;
    let artifact = scenario.artifact.as_ref()?.as_str();
    let proved = Date::parse(day(evidence))?;
    let asked = || {
        let route = Element::new(SectionName::Routes, &spec.routes.get_entry(artifact)?.id.value);
        let reference = lint.resolved.references.from(&route).find(|reference| reference.role == "answer")?;
        spec.models.get(&reference.to.id)
    };
    let model: &Model = asked().or_else(|| spec.models.get(artifact))?;
    let version = model.versions.iter().next()?;
    let trained = version.trained.as_ref()?;
    (trained.value > proved).then_some((&version.id.value, trained.span, trained.value))
}
