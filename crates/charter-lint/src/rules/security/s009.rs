//! A control that is only written down.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::age::{is_age, named, subject};
use charter_spec::ast::Control;
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, Severity};

pub(super) const RULE: Rule = Rule {
    code: "S009",
    severity: Severity::Error,
    title: "control has neither enforcement nor evidence",
    page: include_str!("../../../tests/rules/S009.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for control in &lint.resolved.spec.controls {
        findings.push(match control.enforce.is_empty() && control.evidence.is_empty() {
            true if control.check.is_empty() => bare(control),
            // A check that nothing can decide proves as little as none.
            true => match undecidable(lint, control) {
                Some(finding) => finding,
                None => continue,
            },
            false => continue,
        });
    }
}

fn bare(control: &Entry<Control>) -> Diagnostic {
    let id = &control.id.value;
    RULE.finding(format!("control `{id}` is neither enforced nor proved"))
        .at(control.id.span, "trust without a reason")
        .help("say what enforces it (`enforce: [...]`), what proves it (`evidence: ...`), or what checks it (`check: ...`)")
        .proven()
        .asks(format!("`controls.{id}.evidence`"))
}

/// The age of something that this charter does not have.
fn undecidable(lint: &Lint<'_>, control: &Entry<Control>) -> Option<Diagnostic> {
    let id = &control.id.value;
    let ages = control.check.iter().filter_map(|check| Some((check, check.value.measure().filter(|measure| is_age(measure))?)));
    let (check, name) =
        ages.filter_map(|(check, measure)| Some((check, subject(measure)?))).find(|(_, name)| named(lint.resolved, name).is_none())?;
    Some(
        RULE.finding(format!("the check of control `{id}` is about `{name}`, which is nothing that ages"))
            .at(check.span, "no control, model, requirement, decision or file of evidence has this name")
            .at(control.id.span, "so nothing proves this control")
            .help(format!("name what is made anew: `age({id}) <= 1y` with its `evidence` and the day under `reviewed`"))
            .proven()
            .asks(format!("`controls.{id}.reviewed`")),
    )
}
