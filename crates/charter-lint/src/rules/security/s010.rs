//! Evidence that was good once.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::wording::amount;
use charter_plan::Evidence;
use charter_plan::age::{Aged, last_made};
use charter_plan::resolved::Element;
use charter_spec::{SectionName, Severity};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    code: "S010",
    severity: Severity::Warning,
    title: "evidence older than its review period",
    page: include_str!("../../../tests/rules/S010.md"),
    check,
};

const DAY_SECONDS: f64 = 86_400.0;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let mut own: HashMap<&str, Vec<Evidence>> = HashMap::new();
    for control in lint.resolved.spec.controls.iter().filter(|control| control.review.is_some()) {
        own.insert(control.id.value.as_str(), Vec::new());
    }
    for evidence in lint.evidence {
        if let Some(kept) = own.get_mut(evidence.requirement.as_str()) {
            kept.push(evidence.clone());
        }
    }
    for control in &lint.resolved.spec.controls {
        let (Some(review), Some(kept)) = (&control.review, own.get(control.id.value.as_str())) else { continue };
        let aged = Aged::Element(Element::new(SectionName::Controls, &control.id.value));
        let Some(made) = last_made(lint.resolved, kept, &aged) else { continue };
        #[allow(clippy::cast_precision_loss)] // Days between two dates of the calendar.
        let age = (lint.today.days_since_epoch() - made.date.days_since_epoch()) as f64;
        let period = review.seconds() / DAY_SECONDS;
        if age <= period {
            continue;
        }
        findings.push(
            RULE.finding(format!(
                "the evidence of `{}` is {} old; it is to be made anew every {}",
                control.id.value,
                amount(age, "day"),
                review.value
            ))
            .at(review.span, format!("every {}", amount(period, "day")))
            .at(control.reviewed.as_ref().map_or(control.id.span, |day| day.span), format!("last made on {}, by {}", made.date, made.by))
            .sum(format!("{} − {} = {} > {}", lint.today, made.date, amount(age, "day"), amount(period, "day")))
            .help("review it, and record the evidence anew")
            .proven(),
        );
    }
}
