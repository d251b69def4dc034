//! Evidence from before the thing was changed.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::Evidence;
use charter_plan::plan::{Proof, Requirement};
use charter_plan::resolved::Element;
use charter_spec::ast::{Model, Scenario};
use charter_spec::names::Entry;
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, Id, SectionName, Severity, Span};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    code: "T002",
    severity: Severity::Warning,
    title: "proof older than the change of what it proves",
    page: include_str!("../../../tests/rules/T002.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let current: HashMap<&str, &Requirement> =
        lint.plan.iter().flat_map(|plan| &plan.requirements).map(|requirement| (requirement.id.as_str(), requirement)).collect();
    let is_current = |evidence: &Evidence| {
        current.get(evidence.requirement.as_str()).is_some_and(|now| now.fingerprint == evidence.requirement_fingerprint)
    };
    let mut latest: HashMap<&str, &Evidence> = HashMap::new();
    for evidence in lint.evidence {
        let kept = latest.entry(evidence.requirement.as_str()).or_insert(evidence);
        // What was measured on the plan as it is counts before anything newer of another plan.
        if (is_current(evidence), &evidence.measured_at) > (is_current(kept), &kept.measured_at) {
            *kept = evidence;
        }
    }
    for scenario in &lint.resolved.spec.quality {
        let Some(evidence) = latest.get(scenario.id.value.as_str()).copied() else { continue };
        if let Some(measure) = &scenario.measure
            && !evidence.text.is_empty()
            && evidence.text != measure.value.describe()
        {
            changed(scenario, evidence, measure.span, &measure.value.describe(), findings);
        } else if let Some(now) = current.get(scenario.id.value.as_str()).filter(|now| is_measured(now, evidence) && !is_current(evidence))
        {
            findings.push(other_plan(scenario, evidence, now));
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

/// Whether the evidence is of the kind that proves the requirement now.
fn is_measured(now: &Requirement, evidence: &Evidence) -> bool {
    !matches!(now.proof, Proof::Static { .. } | Proof::None { .. }) && now.proof.name() == evidence.proof
}

/// The same words about something else: a route, a model, its file, its rows or the load have changed.
fn other_plan(scenario: &Entry<Scenario>, evidence: &Evidence, now: &Requirement) -> Diagnostic {
    let speaks_of = match now.proof {
        Proof::Evaluation(_) => "the route, its models and their files, or the rows",
        Proof::Load(_) => "the routes, their models, or the load",
        _ => "what answers",
    };
    RULE.finding(format!("what `{}` speaks of has changed since it was proved", scenario.id.value))
        .at(scenario.id.span, format!("proved on {}", day(evidence)))
        .at(
            scenario.artifact.as_ref().map_or(scenario.id.span, |artifact| artifact.span),
            format!("{speaks_of}: not those that were measured"),
        )
        .sum(format!("then: {}", short(&evidence.requirement_fingerprint)))
        .sum(format!("now: {}", short(&now.fingerprint)))
        .help(format!("prove it again: `charter verify --only {}`", scenario.id.value))
        .proven()
}

/// Enough of a fingerprint to tell two apart.
fn short(fingerprint: &str) -> &str {
    if fingerprint.is_empty() { "no fingerprint" } else { fingerprint.get(..19).unwrap_or(fingerprint) }
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
