//! Services talk over mutual TLS: nobody sees to it.

use super::principle::{self, Asked};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::Principle;

pub(super) const RULE: Rule =
    Rule { code: "S002", severity: Severity::Warning, title: "no mutual TLS", page: include_str!("../../../tests/rules/S002.md"), check };

const ASKED: Asked = Asked {
    principle: Principle::MutualTls,
    words: &["mtls", "mutual-tls", "mesh"],
    missing: "makes services prove themselves to each other",
    help: "require mutual TLS between services: `mesh-mtls: { evidence: evidence/mesh-policy.json }`",
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    principle::check(&RULE, &ASKED, lint, findings);
}
