//! A phase that is shorter than such phases are.

use super::phase::Usual;
use crate::rule::{Findings, Lint, Rule};
use crate::rules::wording::amount;
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "R003",
    severity: Severity::Warning,
    title: "phase shorter than the usual minimum",
    page: include_str!("../../../tests/rules/R003.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for phase in &lint.resolved.spec.roadmap {
        let Some(usual) = Usual::of(phase) else { continue };
        let weeks = lint.resolved.roadmap.of(phase.id.value.as_str()).and_then(|figures| figures.weeks);
        // A range that reaches the usual minimum leaves room for it.
        let (Some((_, longest)), Some(time_box)) = (weeks, &phase.time_box) else { continue };
        if longest >= usual.weeks_min() {
            continue;
        }
        findings.push(
            RULE.finding(format!("`{}` is planned shorter than {} usually takes", phase.id.value, usual.word()))
                .at(time_box.span, format!("at most {}", amount(longest, "week")))
                .at(phase.id.span, format!("usually {} at least", amount(usual.weeks_min(), "week")))
                .sum(format!("{} < {}", amount(longest, "week"), amount(usual.weeks_min(), "week")))
                .help("lengthen it, cut its scope, or waive the rule with an owner and an end")
                .assumes("this phase takes as long as such phases usually do: 2, 4, 6 and 8 weeks from discovery to production")
                .asks(format!("what makes `{}` shorter here", phase.id.value)),
        );
    }
}
