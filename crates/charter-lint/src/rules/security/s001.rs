//! Every workload has an identity of its own, and no credentials are shared: nobody sees to it.

use super::principle::{self, Asked};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::Principle;

pub(super) const RULE: Rule = Rule {
    code: "S001",
    severity: Severity::Warning,
    title: "no workload identity",
    page: include_str!("../../../tests/rules/S001.md"),
    check,
};

const ASKED: Asked = Asked {
    principle: Principle::WorkloadIdentity,
    words: &["identity", "spiffe"],
    missing: "gives every workload its own identity",
    help: "identify callers and services by their own identity, and share no credentials: `workload-identity: { enforce: mtls-spiffe }`",
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    principle::check(&RULE, &ASKED, lint, findings);
}
