//! A choice that says one thing, beside a charter that says another.

use crate::catalogue::{Choice, Fact, Places, Shown};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::{Decision, DecisionOption, DecisionStatus};
use charter_spec::names::Entry;

pub(super) const RULE: Rule = Rule {
    code: "A005",
    severity: Severity::Warning,
    title: "choice that the charter does not bear out",
    page: include_str!("../../../tests/rules/A005.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let mut shown = Shown::default();
    for decision in &lint.resolved.spec.decisions {
        let Some(kind) = &decision.kind else { continue };
        let Some(choice) = Choice::of(kind.value) else { continue };
        let words = || choice.alternatives.iter().map(|alternative| format!("`{}`", alternative.word)).collect::<Vec<_>>().join(", ");
        for option in decision.options.iter().filter(|option| choice.alternative(option.id.value.as_str()).is_none()) {
            findings.push(
                RULE.finding(format!("option `{}` of `{}` is no way to decide `{}`", option.id.value, decision.id.value, kind.value))
                    .at(option.id.span, "which of them is it?")
                    .at(kind.span, format!("between {}", words()))
                    .help(format!("let its id begin with one of {}", words()))
                    .proven(),
            );
        }
        if let Some(option) = chosen(decision) {
            borne_out(lint, &mut shown, (decision, choice, option), findings);
        }
    }
}

fn borne_out(
    lint: &Lint<'_>,
    shown: &mut Shown,
    (decision, choice, option): (&Entry<Decision>, &Choice, &Entry<DecisionOption>),
    findings: &mut Findings,
) {
    let Some(alternative) = choice.alternative(option.id.value.as_str()) else { return };
    let missing: Vec<&Fact> = alternative.facts.iter().filter(|fact| !shown.has(lint, fact, Places::default())).collect();
    let Some(first) = missing.first() else { return };
    let finding = RULE
        .finding(format!("`{}` chose `{}`, and the charter does not bear it out", decision.id.value, option.id.value))
        .at(option.id.span, format!("it costs: {}", alternative.costs))
        .at(decision.id.span, "in this decision");
    let finding = missing.iter().fold(finding, |finding, fact| finding.sum(format!("not shown: {}", fact.words)));
    findings.push(finding.help(format!("show it, for example {}", first.help)).proven());
}

/// The option that is in force.
fn chosen(decision: &Decision) -> Option<&Entry<DecisionOption>> {
    let accepted = decision.status.as_ref().is_some_and(|status| status.value == DecisionStatus::Accepted);
    decision.options.iter().find(|option| accepted && option.chosen.as_ref().is_some_and(|chosen| chosen.value))
}
