//! Decisions about people that nobody said must be explained, or need not.

use super::measure::routes_by_model;
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::AiAct;
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    code: "Q009",
    severity: Severity::Warning,
    title: "model decides about people, `explain` is not stated",
    page: include_str!("../../../tests/rules/Q009.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let explained: HashSet<&str> = spec
        .quality
        .iter()
        .filter(|scenario| scenario.explain.is_some())
        .filter_map(|scenario| scenario.artifact.as_ref().map(|artifact| artifact.as_str()))
        .collect();
    let routes = routes_by_model(spec);
    for model in &spec.models {
        let id = &model.id.value;
        let says = model.decides_about_people.as_ref().filter(|decides| decides.value).map(|decides| decides.span);
        let high_risk = model.ai_act.as_ref().filter(|class| class.value == AiAct::HighRisk).map(|class| class.span);
        let Some(place) = says.or(high_risk) else { continue };
        let by_route = routes.get(id).is_some_and(|routes| routes.iter().any(|route| explained.contains(route.as_str())));
        if model.explain.is_some() || explained.contains(id.as_str()) || by_route {
            continue;
        }
        findings.push(
            RULE.finding(format!("`{id}` decides about people, and nothing says whether a decision must be explained"))
                .at(place, "said here")
                .help("state `explain: required`, `on-request` or `not-needed`; the first may rule out models that give no reasons")
                .proven()
                .asks(format!("`models.{id}.explain`")),
        );
    }
}
