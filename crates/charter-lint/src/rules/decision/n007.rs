//! Decisions for nothing, and what matters most without a decision.

use super::matrix::is_accepted;
use crate::rule::{Findings, Lint, Rule};
use charter_plan::resolved::Element;
use charter_spec::ast::{Level, Scenario};
use charter_spec::{SectionName, Severity};

pub(super) const RULE: Rule = Rule {
    code: "N007",
    severity: Severity::Warning,
    title: "decision traces to no requirement, or top scenario to no decision",
    page: include_str!("../../../tests/rules/N007.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    for decision in spec.decisions.iter().filter(|decision| is_accepted(decision) && decision.answers.is_empty()) {
        findings.push(
            RULE.finding(format!("`{}` answers no requirement", decision.id.value))
                .at(decision.id.span, "decided for what?")
                .help("name what it serves: `answers: [peak-latency]`")
                .proven(),
        );
    }
    // Without decisions the charter has not come to them yet.
    let Some(first) = spec.decisions.iter().next() else { return };
    let answered = |element: &Element| lint.resolved.references.to(element).any(|reference| reference.role == "answers");
    if answered(&Element::whole(SectionName::Quality)) {
        return;
    }
    for scenario in spec.quality.iter().filter(|scenario| is_top(scenario)) {
        if answered(&Element::new(SectionName::Quality, &scenario.id.value)) {
            continue;
        }
        let place = scenario.priority.span().unwrap_or(scenario.id.span);
        findings.push(
            RULE.finding(format!("`{}` matters most and is hard, and no decision answers it", scenario.id.value))
                .at(scenario.id.span, "which choice makes it hold?")
                .at(place, "importance and difficulty")
                .at(first.id.span, "no decision from here on names it")
                .help("write the decision that it rests on, with what was turned down")
                .proven(),
        );
    }
}

/// High in importance and high in difficulty, as in a utility tree.
fn is_top(scenario: &Scenario) -> bool {
    scenario.priority.len() >= 2 && scenario.priority.iter().take(2).all(|level| matches!(level.value, Level::High | Level::Critical))
}
