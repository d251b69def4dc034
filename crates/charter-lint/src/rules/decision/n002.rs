//! A decision that breaks what is not negotiable.

use super::matrix::{chosen, is_accepted};
use crate::rule::{Findings, Lint, Rule};
use crate::rules::data::residency::residency;
use charter_plan::arithmetic::derivation::number;
use charter_plan::decision::{Violation, ViolationKind, violations};
use charter_spec::ast::DecisionOption;
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, Severity};

pub(super) const RULE: Rule = Rule {
    code: "N002",
    severity: Severity::Error,
    title: "accepted decision violates a constraint",
    page: include_str!("../../../tests/rules/N002.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let residency = residency(&lint.resolved.spec);
    for decision in lint.resolved.spec.decisions.iter().filter(|decision| is_accepted(decision)) {
        let Some(option) = chosen(decision) else { continue };
        let name = format!("`{}`, chosen in `{}`,", option.id.value, decision.id.value);
        for broken in violations(lint.resolved, residency.as_ref(), option) {
            let against = broken.against;
            let (finding, label) = told(lint, &name, option, &broken);
            findings.push(match against {
                Some(place) => finding.at(place, label),
                None => finding,
            });
        }
    }
}

/// What is broken, and what stands at the place of the constraint.
fn told(lint: &Lint<'_>, name: &str, option: &Entry<DecisionOption>, broken: &Violation) -> (Diagnostic, String) {
    match broken.kind {
        ViolationKind::Stated => {
            let finding = RULE.finding(format!("{name} violates `{}`", broken.constraint)).at(broken.span, "by its own word");
            let finding = finding.help("choose another option, or negotiate the constraint and change it").proven();
            (finding, "not negotiable here".to_owned())
        }
        ViolationKind::Cost => {
            let month = |figure: Option<f64>| figure.map_or_else(String::new, |figure| format!("{} a month", number(figure)));
            let cost = month(option.cost.as_ref().map(|cost| cost.per_month()));
            let finding = RULE.finding(format!("{name} costs more than the ceiling")).at(broken.span, cost).sum(broken.reason.clone());
            let finding = finding.help("choose a cheaper option, or raise the ceiling with whoever set it").proven();
            let ceiling = lint.resolved.cost.ceiling.as_ref().map(charter_plan::resolved::Figure::value);
            (finding, format!("at most {}", month(ceiling)))
        }
        ViolationKind::Region => {
            let finding = RULE.finding(format!("{name} {}", broken.reason)).at(broken.span, "outside");
            (finding.help("run it where data must stay, or choose another option").proven(), "data must stay here".to_owned())
        }
    }
}
