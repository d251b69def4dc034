//! Every input is validated, in four ways: nobody sees to it, or only in part.

use super::principle::{self, Asked, serving};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::Principle;

pub(super) const RULE: Rule = Rule {
    code: "S005",
    severity: Severity::Warning,
    title: "input not validated on schema, content, rate and origin",
    page: include_str!("../../../tests/rules/S005.md"),
    check,
};

const ASKED: Asked = Asked {
    principle: Principle::InputValidation,
    words: &["input-validation", "admission", "schema"],
    missing: "validates inputs",
    help: "validate every input: `input-validation: { enforce: [schema, content, rate, origin], where: gateway }`",
};

const WAYS: [&str; 4] = ["schema", "content", "rate", "origin"];

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    principle::check(&RULE, &ASKED, lint, findings);
    let mut enforced = serving(spec, &ASKED).filter(|control| !control.enforce.is_empty()).peekable();
    let Some(first) = enforced.peek().copied() else { return };
    let words: Vec<String> = enforced.flat_map(|control| control.enforce.iter()).map(|word| word.value.to_ascii_lowercase()).collect();
    let missing: Vec<&str> = WAYS.into_iter().filter(|way| !words.iter().any(|word| word.contains(way))).collect();
    if missing.is_empty() {
        return;
    }
    let place = first.enforce.span().unwrap_or(first.id.span);
    findings.push(
        RULE.finding(format!("inputs are not validated on {}", missing.join(", ")))
            .at(place, "what is enforced")
            .at(first.id.span, "by this control")
            .sum(format!("{} of {} ways", WAYS.len() - missing.len(), WAYS.len()))
            .help(ASKED.help)
            .proven(),
    );
}
