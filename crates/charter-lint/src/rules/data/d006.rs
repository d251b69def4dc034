//! A dependency that everything may wait for, and nobody decided what happens then.

use super::call::{has_ladder, is_called};
use crate::rule::{Findings, Lint, Rule};
use charter_plan::resolved::Element;
use charter_spec::{SectionName, Severity};

pub(super) const RULE: Rule = Rule {
    code: "D006",
    severity: Severity::Warning,
    title: "dependency neither has a rung nor is declared hard",
    page: include_str!("../../../tests/rules/D006.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for dependency in &lint.resolved.spec.dependencies {
        if dependency.hard.is_some() || !is_called(lint, dependency) || has_ladder(lint, dependency) {
            continue;
        }
        let id = &dependency.id.value;
        let element = Element::new(SectionName::Dependencies, id);
        let mut finding = RULE
            .finding(format!("nothing says what happens when `{id}` fails"))
            .at(dependency.id.span, "no rung stands in for it, and it is not declared hard");
        let caller =
            lint.resolved.references.to(&element).find(|reference| matches!(reference.role, "needs" | "calls" | "live" | "talks_to"));
        if let Some(caller) = caller {
            finding = finding.at(caller.span, format!("`{}` waits for it", caller.from));
        }
        findings.push(
            finding
                .help(format!("write a ladder under `degradation.{id}`, or `hard: true` and its `slo`, so that it counts in availability"))
                .proven()
                .asks(format!("`dependencies.{id}.hard`")),
        );
    }
}
