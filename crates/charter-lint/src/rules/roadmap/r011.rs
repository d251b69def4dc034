//! A release that everyone gets at once, or that nothing takes back.

use super::phase::Usual;
use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::{AssuranceLayer, OnBreach, Phase};
use charter_spec::names::Entry;
use charter_spec::{Severity, Spec};

pub(super) const RULE: Rule = Rule {
    code: "R011",
    severity: Severity::Warning,
    title: "release without shadow or canary and automatic rollback",
    page: include_str!("../../../tests/rules/R011.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let Some(release) = spec.roadmap.iter().find(|phase| is_release(phase)) else { return };
    // A rollout is judged while it runs and taken back by itself.
    if spec.models.is_empty() || !spec.rollouts.is_empty() {
        return;
    }
    let small = spec.assurance.iter().find(|layer| tries_on_few(layer));
    let back = spec.assurance.iter().any(|layer| layer.on_breach.as_ref().is_some_and(|breach| breach.value == OnBreach::Rollback));
    if small.is_some() && back {
        return;
    }
    let lacks = match (small, back) {
        (Some(_), _) => "nothing takes a bad version back by itself",
        (None, true) => "no shadow or canary tries a version on few first",
        (None, false) => "no shadow or canary tries a version first, and nothing takes a bad one back",
    };
    let finding = RULE.finding(format!("before `{}`, {lacks}", release.id.value)).at(release.id.span, "everyone gets the new version");
    let finding = match (small, first_layer(spec)) {
        (Some(layer), _) => finding.at(layer.id.span, "tried on few here, without `on_breach: rollback`"),
        (None, Some(layer)) => finding.at(layer.id.span, "the layers of assurance start here"),
        (None, None) => finding,
    };
    findings.push(
        finding.help("add a layer: `canary: { before: production, traffic: 5%, check: […], on_breach: rollback }`, or a rollout").proven(),
    );
}

fn is_release(phase: &Entry<Phase>) -> bool {
    Usual::of(phase) == Some(Usual::Production)
}

fn tries_on_few(layer: &Entry<AssuranceLayer>) -> bool {
    let name = layer.id.value.as_str();
    let share = layer.traffic.as_ref().is_some_and(|traffic| traffic.value.ratio() < 1.0);
    share || name.contains("canary") || name.contains("shadow")
}

fn first_layer(spec: &Spec) -> Option<&Entry<AssuranceLayer>> {
    spec.assurance.iter().next()
}
