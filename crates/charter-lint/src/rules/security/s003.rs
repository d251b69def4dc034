//! Data are encrypted at rest and in transit: nobody sees to it.

use super::principle::{self, Asked};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::Principle;

pub(super) const RULE: Rule = Rule {
    code: "S003",
    severity: Severity::Warning,
    title: "no encryption at rest and in transit",
    page: include_str!("../../../tests/rules/S003.md"),
    check,
};

const ASKED: Asked = Asked {
    principle: Principle::Encryption,
    words: &["encrypt", "kms"],
    missing: "encrypts data at rest and in transit",
    help: "encrypt both: `encryption: { evidence: evidence/kms.json, where: [rest, transit] }`",
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    principle::check(&RULE, &ASKED, lint, findings);
}
