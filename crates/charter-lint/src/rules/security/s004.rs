//! Access is given when needed, for a time: nobody sees to it. The language has no key for it, so controls alone can say it.

use super::principle::{self, Asked};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::Principle;

pub(super) const RULE: Rule = Rule {
    code: "S004",
    severity: Severity::Warning,
    title: "no just-in-time access to data",
    page: include_str!("../../../tests/rules/S004.md"),
    check,
};

const ASKED: Asked = Asked {
    principle: Principle::JustInTime,
    words: &["jit-access", "just-in-time"],
    missing: "limits access to training data in time",
    help: "grant access when it is needed, for a time: `jit-access: { principle: just-in-time, evidence: evidence/iam-review.md, review: 90d }`",
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    principle::check(&RULE, &ASKED, lint, false, findings);
}
