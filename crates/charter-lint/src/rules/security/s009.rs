//! A control that is only written down.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "S009",
    severity: Severity::Error,
    title: "control has neither enforcement nor evidence",
    page: include_str!("../../../tests/rules/S009.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for control in &lint.resolved.spec.controls {
        if !control.enforce.is_empty() || !control.evidence.is_empty() || !control.check.is_empty() {
            continue;
        }
        let id = &control.id.value;
        findings.push(
            RULE.finding(format!("control `{id}` is neither enforced nor proved"))
                .at(control.id.span, "trust without a reason")
                .help("say what enforces it (`enforce: [...]`), what proves it (`evidence: ...`), or what checks it (`check: ...`)")
                .proven()
                .asks(format!("`controls.{id}.evidence`")),
        );
    }
}
