//! Services talk over mutual TLS: nobody sees to it, or only one side proves itself.

use super::principle::{self, Asked};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::Principle;

pub(super) const RULE: Rule =
    Rule { code: "S002", severity: Severity::Warning, title: "no mutual TLS", page: include_str!("../../../tests/rules/S002.md"), check };

pub(super) const ASKED: Asked = Asked {
    principle: Principle::MutualTls,
    words: &["mtls", "mutual-tls", "mesh"],
    missing: "makes services prove themselves to each other",
    help: "ask callers for a certificate (`access.tls.clients`), or say what does: `mesh-mtls: { principle: mutual-tls, evidence: evidence/mesh-policy.json }`",
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let tls = spec.access.as_ref().and_then(|access| access.tls.as_ref());
    let declared = tls.is_some_and(|tls| tls.clients.is_some());
    // A gateway that shows a certificate and asks for none is half of it, with or without controls.
    if let Some(tls) = tls.filter(|_| !declared && principle::serving(spec, &ASKED).is_empty()) {
        findings.push(
            RULE.finding("the gateway proves itself to callers, and callers prove nothing")
                .at(tls.span, "no `clients`: any caller is let in")
                .help("name the authorities of callers' certificates: `access.tls.clients`")
                .proven()
                .asks("`access.tls.clients`"),
        );
        return;
    }
    principle::check(&RULE, &ASKED, lint, declared, findings);
}
