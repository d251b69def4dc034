//! A queue whose limit or depth is not what its wait allows.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{derived, rests_on, sums};
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::{Figure, QueueFigures};
use charter_spec::quantity::Count;
use charter_spec::{Diagnostic, Severity, Spanned};

pub(super) const RULE: Rule = Rule {
    code: "C003",
    severity: Severity::Warning,
    title: "queue limit is not wait × drain",
    page: include_str!("../../../tests/rules/C003.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let Some(capacity) = &lint.resolved.spec.capacity else { return };
    for queue in &lint.resolved.capacity.queues {
        let (Some(depth), Some(written)) = (&queue.depth, capacity.queues.get(&queue.id)) else { continue };
        for (key, count) in [("limit", &written.limit), ("depth", &written.depth)] {
            if let Some(count) = count
                && (count.value.base - depth.value()).abs() >= 1.0
            {
                findings.push(finding(queue, depth, key, count));
            }
        }
    }
}

fn finding(queue: &QueueFigures, depth: &Figure, key: &str, count: &Spanned<Count>) -> Diagnostic {
    let (written, wanted) = (count.value.base, depth.value());
    let effect =
        if written > wanted { "the last one in waits longer than is acceptable" } else { "what could still be served in time is refused" };
    let message = format!("the {key} of queue `{}` is {}, its wait allows {}", queue.id, number(written), number(wanted));
    let finding = sums(RULE.finding(message).at(count.span, effect).at(depth.span(), "the acceptable wait"), depth);
    let finding = finding.help(format!("leave `{key}` out, it is derived; or change `wait`"));
    rests_on(finding.fix(derived(count.span, wanted)), &[depth])
}
