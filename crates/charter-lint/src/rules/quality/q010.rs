//! Qualities that nobody wrote a scenario about.

use super::measure::measure_of;
use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::Attribute;
use charter_spec::measure::Measure;
use charter_spec::{Severity, Spec};

pub(super) const RULE: Rule = Rule {
    code: "Q010",
    severity: Severity::Hint,
    title: "attribute class without any scenario",
    page: include_str!("../../../tests/rules/Q010.md"),
    check,
};

const CLASSES: [(&str, &[Attribute]); 5] = [
    ("performance", &[Attribute::Performance, Attribute::Scalability]),
    ("reliability", &[Attribute::Reliability, Attribute::Availability, Attribute::Safety]),
    ("security", &[Attribute::Security, Attribute::Privacy]),
    ("cost", &[Attribute::Cost]),
    ("maintainability", &[Attribute::Maintainability, Attribute::Portability]),
];

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    // Without any scenario there is nothing to cover: a charter that is being started.
    let Some(place) = spec.quality.iter().next().map(|first| first.id.span) else { return };
    let covered = |attributes: &[Attribute]| {
        spec.quality.iter().any(|scenario| scenario.attribute.as_ref().is_some_and(|stated| attributes.contains(&stated.value)))
    };
    let missing: Vec<&str> = CLASSES
        .iter()
        .filter(|(name, attributes)| !(covered(attributes) || *name == "cost" && cost_is_bounded(spec)))
        .map(|(name, _)| *name)
        .collect();
    if missing.is_empty() {
        return;
    }
    findings.push(
        RULE.finding(format!("no scenario is about {}", missing.join(", ")))
            .at(place, "the scenarios start here")
            .help("write one for each, or leave it out knowingly: what is not asked for is not built")
            .proven(),
    );
}

/// A ceiling that is checked is a scenario about cost in another place.
fn cost_is_bounded(spec: &Spec) -> bool {
    let about_cost =
        |measure: &Measure| measure.term.metric_path().is_some_and(|path| matches!(path.dotted().as_str(), "cost.total" | "spend"));
    spec.constraints.iter().flat_map(|constraint| &constraint.check).filter_map(|check| check.value.measure()).any(about_cost)
        || spec.quality.iter().filter_map(|scenario| measure_of(scenario)).any(about_cost)
}
