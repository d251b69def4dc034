//! A first product that nobody watches.

use super::phase::{Usual, is_kind};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::TaskKind;

pub(super) const RULE: Rule = Rule {
    code: "R007",
    severity: Severity::Error,
    title: "monitoring absent from the MVP",
    page: include_str!("../../../tests/rules/R007.md"),
    check,
};

const WORDS: &[&str] = &["monitor", "observability", "alert", "drift", "telemetry", "dashboard"];

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let phases = &lint.resolved.spec.roadmap;
    let Some(at) = phases.iter().position(|phase| Usual::of(phase) == Some(Usual::FirstProduct)) else { return };
    let Some(product) = phases.iter().nth(at) else { return };
    // A phase without tasks says nothing about what is left out.
    let Some(first) = product.tasks.iter().next() else { return };
    let watched =
        phases.iter().take(at + 1).flat_map(|phase| phase.tasks.iter()).any(|task| is_kind(task, &[TaskKind::Monitoring], WORDS).is_some());
    if watched {
        return;
    }
    let later = phases
        .iter()
        .skip(at + 1)
        .flat_map(|phase| phase.tasks.iter())
        .find(|task| is_kind(task, &[TaskKind::Monitoring], WORDS).is_some());
    let finding = RULE
        .finding(format!("`{}` serves users, and nothing watches it", product.id.value))
        .at(product.id.span, "no monitoring here or before");
    let finding = match later {
        Some(later) => finding.at(later.id.span, "only here"),
        None => finding.at(first.id.span, format!("{} tasks, none of them monitoring", product.tasks.len())),
    };
    findings.push(finding.help("add it to this phase: `do: [..., monitoring]`").proven());
}
