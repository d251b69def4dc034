//! What is shipped is signed, scanned and comes from private registries: nobody sees to it. The language has no key for it, so controls alone can say it.

use super::principle::{self, Asked};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::Principle;

pub(super) const RULE: Rule = Rule {
    code: "S008",
    severity: Severity::Warning,
    title: "supply chain not signed and scanned",
    page: include_str!("../../../tests/rules/S008.md"),
    check,
};

const ASKED: Asked = Asked {
    principle: Principle::SupplyChain,
    words: &["supply-chain", "sbom", "bill-of-materials"],
    missing: "covers the supply chain",
    help: "sign and scan what is shipped, from private registries: `supply-chain: { principle: supply-chain, evidence: sbom/system.cdx.json }`",
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    principle::check(&RULE, &ASKED, lint, false, findings);
}
