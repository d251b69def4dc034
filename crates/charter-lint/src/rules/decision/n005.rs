//! A decision without a choice.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::{DecisionOption, DecisionStatus};
use charter_spec::names::Entry;

pub(super) const RULE: Rule = Rule {
    code: "N005",
    severity: Severity::Warning,
    title: "fewer than two alternatives, or no reason for rejection",
    page: include_str!("../../../tests/rules/N005.md"),
    check,
};

const ALTERNATIVES_MIN: usize = 2;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for decision in &lint.resolved.spec.decisions {
        let open = decision.status.as_ref().is_none_or(|status| status.value == DecisionStatus::Proposed);
        // A record in prose may hold the alternatives.
        if open || decision.options.is_empty() && decision.record.is_some() {
            continue;
        }
        let id = &decision.id.value;
        let rejected: Vec<&Entry<DecisionOption>> =
            decision.options.iter().filter(|option| !option.chosen.as_ref().is_some_and(|chosen| chosen.value)).collect();
        if rejected.len() < ALTERNATIVES_MIN {
            findings.push(
                RULE.finding(format!("`{id}` had {} beside what was chosen", count(rejected.len())))
                    .at(decision.id.span, "was there a choice?")
                    .at(decision.options.span().unwrap_or(decision.id.span), "what was considered")
                    .sum(format!("{} < {ALTERNATIVES_MIN} alternatives", rejected.len()))
                    .help("write down what else was considered, doing nothing included")
                    .proven(),
            );
        }
        let without: Vec<&&Entry<DecisionOption>> = rejected.iter().filter(|option| option.because_not.is_none()).collect();
        let Some(first) = without.first() else { continue };
        let names: Vec<String> = without.iter().map(|option| format!("`{}`", option.id.value)).collect();
        findings.push(
            RULE.finding(format!("nothing says why `{id}` did not choose {}", names.join(", ")))
                .at(first.id.span, "no `because_not`")
                .at(decision.id.span, "in this decision")
                .help("one sentence each: `because_not: cost at scale`")
                .proven(),
        );
    }
}

fn count(rejected: usize) -> &'static str {
    if rejected == 0 { "no alternative" } else { "one alternative" }
}
