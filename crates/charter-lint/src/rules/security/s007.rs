//! Decisions, inputs and outputs are logged, redacted: nobody sees to it.

use super::principle::{self, Asked};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::Principle;

pub(super) const RULE: Rule = Rule {
    code: "S007",
    severity: Severity::Warning,
    title: "decisions not logged and redacted",
    page: include_str!("../../../tests/rules/S007.md"),
    check,
};

const ASKED: Asked = Asked {
    principle: Principle::Logging,
    words: &["decision-log", "log-redacted", "audit"],
    missing: "logs decisions with inputs and outputs, redacted",
    help: "log every decision without personal data: `decision-log: { enforce: log-redacted, retain: 180d }`",
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    principle::check(&RULE, &ASKED, lint, findings);
}
