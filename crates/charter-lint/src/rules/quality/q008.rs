//! A classifier of which nobody said what its errors cost.

use super::measure::routes_by_model;
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::{CostOfError, Task};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    code: "Q008",
    severity: Severity::Warning,
    title: "classifier without cost of false positive and false negative",
    page: include_str!("../../../tests/rules/Q008.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let complete = |cost: &CostOfError| cost.false_negative.is_some() && cost.false_positive.is_some();
    let stated: HashSet<&str> = spec
        .quality
        .iter()
        .filter(|scenario| scenario.cost_of_error.as_ref().is_some_and(|cost| complete(&cost.value)))
        .filter_map(|scenario| scenario.artifact.as_ref().map(|artifact| artifact.as_str()))
        .collect();
    let routes = routes_by_model(spec);
    for model in &spec.models {
        let id = &model.id.value;
        let Some(task) = model.task.as_ref().filter(|task| task.value == Task::Classification) else { continue };
        let by_route = routes.get(id).is_some_and(|routes| routes.iter().any(|route| stated.contains(route.as_str())));
        let own = model.cost_of_error.as_ref();
        if own.is_some_and(|cost| complete(&cost.value)) || stated.contains(id.as_str()) || by_route {
            continue;
        }
        let missing = match own.map(|cost| (cost.false_negative.is_some(), cost.false_positive.is_some())) {
            Some((true, false)) => "false positive",
            Some((false, true)) => "false negative",
            _ => "false positive or a false negative",
        };
        let place = own.map_or(task.span, |cost| cost.span);
        findings.push(
            RULE.finding(format!("nobody said what a {missing} of `{id}` costs"))
                .at(place, "its threshold weighs one error against the other")
                .help("state both, for example `cost_of_error: { false_negative: 180 USD, false_positive: 12 USD }`")
                .proven()
                .asks(format!("`models.{id}.cost_of_error`")),
        );
    }
}
