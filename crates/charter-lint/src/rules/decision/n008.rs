//! Build, buy or adapt, against what speaks for it.

use super::matrix::{chosen, is_accepted};
use crate::rule::{Findings, Lint, Rule};
use crate::rules::data::residency::{Residency, inside, residency};
use charter_spec::ast::{Decision, DecisionMode, Level, Skill};
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, Severity, Span, Spec};

pub(super) const RULE: Rule = Rule {
    code: "N008",
    severity: Severity::Warning,
    title: "mode contradicts its factors",
    page: include_str!("../../../tests/rules/N008.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let residency = residency(spec);
    for decision in spec.decisions.iter().filter(|decision| is_accepted(decision)) {
        let Some(mode) = &decision.mode else { continue };
        let found = match mode.value {
            DecisionMode::Build => against(
                decision,
                mode.span,
                "differentiation",
                Level::Low,
                "builds what sets nobody apart",
                "buy it, or say what sets you apart",
            ),
            DecisionMode::Buy => against(
                decision,
                mode.span,
                "differentiation",
                Level::High,
                "buys what sets you apart",
                "build it, or say why others may have it too",
            )
            .or_else(|| bought_elsewhere(decision, mode.span, residency.as_ref())),
            DecisionMode::Adapt => {
                against(decision, mode.span, "skill", Level::Low, "adapts what the team cannot change", "plan the learning, or buy it")
                    .or_else(|| unskilled(spec, decision, mode.span))
            }
        };
        if let Some(finding) = found {
            findings.push(finding);
        }
    }
}

fn against(decision: &Entry<Decision>, mode: Span, factor: &str, level: Level, what: &str, help: &str) -> Option<Diagnostic> {
    let found = decision.factors.iter().find(|entry| entry.id.value.as_str().contains(factor) && entry.value.value == level)?;
    let finding = RULE.finding(format!("`{}` {what}", decision.id.value)).at(mode, "the mode");
    Some(finding.at(found.value.span, format!("`{}` is {}", found.id.value, level.word())).help(help).proven())
}

fn bought_elsewhere(decision: &Entry<Decision>, mode: Span, residency: Option<&Residency>) -> Option<Diagnostic> {
    let residency = residency?;
    let option = chosen(decision)?;
    let areas = residency.areas.join(", ");
    // A region that is known to lie outside is a violated constraint.
    if option.region.as_ref().is_some_and(|region| inside(&region.value, &residency.areas).is_some()) {
        return None;
    }
    let id = &decision.id.value;
    let finding = RULE
        .finding(format!("`{id}` buys `{}`, and nothing says that it runs in {areas}", option.id.value))
        .at(option.region.as_ref().map_or(option.id.span, |region| region.span), "where does it run?")
        .at(residency.span, "data must stay here")
        .at(mode, "the mode");
    let finding = finding.help("ask the provider, and state the region of the option");
    Some(
        finding
            .assumes(format!("`{}` may run outside {areas}", option.id.value))
            .asks(format!("`decisions.{id}.options.{}.region`", option.id.value)),
    )
}

fn unskilled(spec: &Spec, decision: &Entry<Decision>, mode: Span) -> Option<Diagnostic> {
    let option = chosen(decision)?;
    let skills = &spec.team.as_ref()?.value.skills;
    let (needed, known) = option.skills.iter().find_map(|needed| {
        let known = skills.get_entry(&needed.value)?;
        (known.value.value == Skill::None).then_some((needed, known))
    })?;
    let finding = RULE.finding(format!("`{}` adapts `{}`, and the team has no `{}`", decision.id.value, option.id.value, needed.value));
    let finding = finding.at(needed.span, "needed").at(known.value.span, "what the team can do").at(mode, "the mode");
    Some(finding.help("plan the learning as a task, or choose what the team can do").proven())
}
