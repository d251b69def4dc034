//! A matrix that does not add up.

use super::matrix::scores;
use crate::rule::{Findings, Lint, Rule};
use charter_plan::arithmetic::derivation::percent;
use charter_spec::Severity;
use charter_spec::ast::Decision;
use charter_spec::names::Entry;

pub(super) const RULE: Rule = Rule {
    code: "N003",
    severity: Severity::Error,
    title: "weights do not add up to 100 %, or a score is missing",
    page: include_str!("../../../tests/rules/N003.md"),
    check,
};

/// A hundredth of a percent; below it a difference is rounding, as in three thirds.
const TOLERANCE: f64 = 1e-4;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for decision in &lint.resolved.spec.decisions {
        if decision.criteria.is_empty() {
            continue;
        }
        weights(decision, findings);
        for option in &decision.options {
            let given = option.scores.as_ref().and_then(|_| scores(decision, option)).map_or(0, |scores| scores.len());
            let wanted = decision.criteria.len();
            if given == wanted {
                continue;
            }
            let place = option.scores.as_ref().map_or(option.id.span, |scores| scores.span);
            let missing = if option.scores.is_none() {
                "has no scores".to_owned()
            } else {
                format!("does not have one score for each of {wanted} criteria")
            };
            findings.push(
                RULE.finding(format!("option `{}` of `{}` {missing}", option.id.value, decision.id.value))
                    .at(place, "scores")
                    .at(decision.criteria.span().unwrap_or(decision.id.span), format!("{wanted} criteria"))
                    .help("score every option on every criterion, also those that were turned down")
                    .proven(),
            );
        }
    }
}

fn weights(decision: &Entry<Decision>, findings: &mut Findings) {
    let sum: f64 = decision.criteria.iter().map(|criterion| criterion.value.value.ratio()).sum();
    if (sum - 1.0).abs() <= TOLERANCE {
        return;
    }
    let terms: Vec<String> =
        decision.criteria.iter().map(|criterion| format!("{} {}", criterion.id.value, percent(criterion.value.value.ratio()))).collect();
    findings.push(
        RULE.finding(format!("the weights of `{}` add up to {}", decision.id.value, percent(sum)))
            .at(decision.criteria.span().unwrap_or(decision.id.span), "weights")
            .at(decision.id.span, "of this decision")
            .sum(format!("{} = {} ≠ 100 %", terms.join(" + "), percent(sum)))
            .help("weigh them so that they share 100 %")
            .proven(),
    );
}
