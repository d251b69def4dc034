//! Models are signed, and the signature is checked before they answer: nobody sees to it.

use super::principle::{self, Asked};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::Principle;

pub(super) const RULE: Rule = Rule {
    code: "S006",
    severity: Severity::Warning,
    title: "models not signed and verified",
    page: include_str!("../../../tests/rules/S006.md"),
    check,
};

const ASKED: Asked = Asked {
    principle: Principle::SignedModels,
    words: &["signed-model", "verify-signature", "model-signature"],
    missing: "verifies the signature of models",
    help: "sign models, and verify them when they are loaded: `signed-models: { enforce: verify-signature-on-load }`",
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    principle::check(&RULE, &ASKED, lint, findings);
}
