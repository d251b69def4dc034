//! A decision whose time to think again has come, as `charter decide` finds it.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::wording::amount;
use charter_plan::criterion::{Judged, Outcome};
use charter_plan::decision::{Overturn, overturned};
use charter_spec::ast::Decision;
use charter_spec::measure::Criterion;
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, Severity, Spanned};

pub(super) const RULE: Rule = Rule {
    code: "N009",
    severity: Severity::Hint,
    title: "past its revisit date, or its condition is true",
    page: include_str!("../../../tests/rules/N009.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for (decision, overturn) in overturned(lint.resolved, lint.plan, lint.evidence, lint.today) {
        let Some(revisit) = &decision.revisit else { continue };
        if let Some(finding) = past(lint, decision, &overturn) {
            findings.push(finding);
        }
        for (condition, judged) in revisit.condition.iter().zip(&overturn.conditions) {
            if judged.outcome == Outcome::Met {
                findings.push(holds(lint, decision, condition, judged));
            }
        }
    }
}

fn past(lint: &Lint<'_>, decision: &Entry<Decision>, overturn: &Overturn) -> Option<Diagnostic> {
    let by = decision.revisit.as_ref()?.by.as_ref()?;
    let over = -overturn.days_left.filter(|days| *days < 0)?;
    let finding = RULE
        .finding(format!("`{}` was to be thought over by {}", decision.id.value, by.value))
        .at(by.span, "the day has passed")
        .at(decision.id.span, "still in force")
        .sum(format!("{} − {} = {} over", lint.today, by.value, amount(over as f64, "day")));
    Some(finding.help("think again: confirm it with a new date, or supersede it").proven())
}

fn holds(lint: &Lint<'_>, decision: &Entry<Decision>, condition: &Spanned<Criterion>, judged: &Judged) -> Diagnostic {
    let finding = RULE
        .finding(format!("`{}` was to be thought over as soon as `{}`", decision.id.value, condition.value.text))
        .at(condition.span, "this holds now")
        .at(decision.id.span, "still in force")
        .sum(judged.reason.clone())
        .help("think again: confirm it with another condition, or supersede it");
    let about_cost =
        condition.value.measure().and_then(|measure| measure.term.metric_path()).is_some_and(|path| path.dotted() == "cost.total");
    match lint.resolved.cost.total.as_ref().filter(|_| about_cost) {
        Some(total) => crate::rules::basis::rests_on(finding, &[total]),
        None => finding.proven(),
    }
}
