//! A model that decides about people, under a law that nobody looked at.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "S011",
    severity: Severity::Warning,
    title: "no regulatory class for a model that decides about people",
    page: include_str!("../../../tests/rules/S011.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for model in &lint.resolved.spec.models {
        let Some(decides) = model.decides_about_people.as_ref().filter(|decides| decides.value) else { continue };
        if model.ai_act.is_some() {
            continue;
        }
        let id = &model.id.value;
        findings.push(
            RULE.finding(format!("`{id}` decides about people, and its class under the EU AI Act is not stated"))
                .at(model.id.span, "no `ai_act`")
                .at(decides.span, "decides about people")
                .help("state the class, for example `ai_act: high-risk` (credit, hiring, education, annex III) or `ai_act: not-high-risk`")
                .proven()
                .asks(format!("`models.{id}.ai_act`")),
        );
    }
}
