//! More to store than is planned.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{rests_on, sums};
use charter_plan::arithmetic::capacity::bytes;
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "C004",
    severity: Severity::Hint,
    title: "daily × retention × replication exceed the planned storage",
    page: include_str!("../../../tests/rules/C004.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let Some(capacity) = &lint.resolved.spec.capacity else { return };
    for stored in &lint.resolved.capacity.storage {
        let Some((needed, plan)) = stored.bytes.as_ref().zip(capacity.storage.get(&stored.id).and_then(|storage| storage.plan.as_ref()))
        else {
            continue;
        };
        let over = needed.value() - plan.bytes();
        if over < 1.0 {
            continue;
        }
        let message = format!("`{}` comes to {}, planned are {}", stored.id, bytes(needed.value()), bytes(plan.bytes()));
        let finding = RULE.finding(message).at(plan.span, "planned").at(needed.span(), "what comes in a day");
        let finding = sums(finding, needed).sum(format!("{} − {} = {} too much", bytes(needed.value()), bytes(plan.bytes()), bytes(over)));
        findings.push(rests_on(finding.help("plan for it, keep it for a shorter time, or keep fewer copies"), &[needed]));
    }
}
