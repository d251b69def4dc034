//! A bill that nobody can attribute.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "M003",
    severity: Severity::Warning,
    title: "cost is not attributed per model",
    page: include_str!("../../../tests/rules/M003.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let Some(cost) = &spec.cost else { return };
    let served = spec.models.len().max(spec.routes.len());
    let by_model = cost.attribute_by.iter().any(|by| matches!(by.value.as_str(), "model" | "route"));
    // One model owns the whole bill.
    if by_model || served < 2 {
        return;
    }
    let place = cost.attribute_by.span().unwrap_or(cost.span);
    findings.push(
        RULE.finding(format!("{served} models share one bill, and nothing splits it among them"))
            .at(place, "nobody owns a share of this")
            .help("split it, for example `attribute_by: [model, team]`")
            .proven(),
    );
}
