//! A proof of concept that wants to be a product.

use super::phase::{Usual, is_kind, is_ongoing};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::TaskKind;

pub(super) const RULE: Rule = Rule {
    code: "R006",
    severity: Severity::Warning,
    title: "proof of concept without a time box, or with production tasks",
    page: include_str!("../../../tests/rules/R006.md"),
    check,
};

const WORDS: &[&str] =
    &["hardening", "runbook", "multi-az", "high-availability", "on-call", "security-review", "ci-cd", "disaster-recovery"];

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for phase in lint.resolved.spec.roadmap.iter().filter(|phase| Usual::of(phase) == Some(Usual::ProofOfConcept)) {
        if phase.time_box.is_none() || is_ongoing(&phase.value.value) {
            let place = phase.time_box.as_ref().map_or(phase.id.span, |time_box| time_box.span);
            findings.push(
                RULE.finding(format!("`{}` has no end", phase.id.value))
                    .at(place, "it ends when it is perfect")
                    .help("give it a box: `box: 4w`")
                    .proven()
                    .asks(format!("`roadmap.{}.box`", phase.id.value)),
            );
        }
        for task in phase.tasks.iter() {
            let Some(stated) = is_kind(task, &[TaskKind::Hardening, TaskKind::Operations], WORDS) else { continue };
            let finding = RULE
                .finding(format!(
                    "`{}` makes `{}` fit for production before it is known whether it is worth it",
                    task.id.value, phase.id.value
                ))
                .at(task.id.span, "work for production")
                .at(phase.id.span, "a proof of concept")
                .help("move it to a phase behind the gate of this one");
            findings.push(if stated {
                finding.proven()
            } else {
                finding
                    .assumes(format!("`{}` is work for production, as its name says", task.id.value))
                    .asks(format!("the `kind` of `{}`", task.id.value))
            });
        }
    }
}
