//! Evidence that was good once.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::wording::amount;
use charter_spec::Severity;
use charter_spec::quantity::Date;
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
    let mut latest: HashMap<&str, Date> = HashMap::new();
    for evidence in lint.evidence {
        let Some(date) = evidence.measured_at.get(..10).and_then(Date::parse) else { continue };
        let kept = latest.entry(evidence.requirement.as_str()).or_insert(date);
        *kept = date.max(*kept);
    }
    for control in &lint.resolved.spec.controls {
        let (Some(review), Some(made)) = (&control.review, latest.get(control.id.value.as_str())) else { continue };
        #[allow(clippy::cast_precision_loss)] // Days between two dates of the calendar.
        let age = (lint.today.days_since_epoch() - made.days_since_epoch()) as f64;
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
            .at(control.id.span, format!("last made on {made}"))
            .sum(format!("{} − {made} = {} > {}", lint.today, amount(age, "day"), amount(period, "day")))
            .help("review it, and record the evidence anew")
            .proven(),
        );
    }
}
