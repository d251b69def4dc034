//! Every input is validated, in four ways: nobody sees to it, or only in part.

use super::principle::{self, Asked, serving};
use crate::rule::{Findings, Lint, Rule};
use charter_plan::contract::Contract;
use charter_spec::Severity;
use charter_spec::ast::{Access, Principle, Route, RouteAccess};
use charter_spec::names::Entry;
use std::collections::BTreeSet;

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
    help: "validate every input: `input-validation: { principle: input-validation, enforce: [schema, content, rate, origin], where: gateway }`",
};

const WAYS: [&str; 4] = ["schema", "content", "rate", "origin"];

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let declared = declared(lint);
    principle::check(&RULE, &ASKED, lint, declared.len() == WAYS.len(), findings);
    let controls = serving(spec, &ASKED);
    without_contract(lint, findings);
    let Some(first) = controls.iter().find(|control| !control.enforce.is_empty()) else { return };
    let words: Vec<String> =
        controls.iter().flat_map(|control| control.enforce.iter()).map(|word| word.value.to_ascii_lowercase()).collect();
    let said = |way: &str| words.iter().any(|word| principle::begins(word, way));
    let missing: Vec<&str> = WAYS.into_iter().filter(|way| !declared.contains(way) && !said(way)).collect();
    if missing.is_empty() {
        return;
    }
    let place = first.enforce.span().unwrap_or(first.id.span);
    let by_keys: Vec<&str> = WAYS.into_iter().filter(|way| declared.contains(way)).collect();
    let finding = RULE
        .finding(format!("inputs are not validated on {}", missing.join(", ")))
        .at(place, "what is enforced")
        .at(first.id.span, "by this control")
        .sum(format!("{} of {} ways", WAYS.len() - missing.len(), WAYS.len()));
    let finding = if by_keys.is_empty() { finding } else { finding.sum(format!("by contracts and `access`: {}", by_keys.join(", "))) };
    findings.push(finding.help(ASKED.help).proven());
}

/// The ways that the charter's own keys say: contracts of routes, limits and quotas, and who may call.
fn declared(lint: &Lint<'_>) -> BTreeSet<&'static str> {
    let spec = &lint.resolved.spec;
    let mut ways = BTreeSet::new();
    if !spec.routes.is_empty() {
        let contracts: Vec<Option<&Contract>> =
            spec.routes.iter().map(|route| lint.resolved.contracts.get(route.input.as_ref()?.value.as_str())).collect();
        if contracts.iter().all(|contract| contract.is_some_and(|contract| !contract.properties.is_empty())) {
            ways.insert("schema");
        }
        if contracts.iter().all(|contract| contract.is_some_and(says_of_values)) {
            ways.insert("content");
        }
    }
    if let Some(access) = &spec.access {
        let quotas = || access.identities.iter().map(|identity| identity.quota.as_ref().is_some_and(|quota| quota.rate.is_some()));
        let by_peer = access.limits.as_ref().is_some_and(|limits| limits.rate_per_peer.is_some());
        if by_peer || quotas().next().is_some() && quotas().all(|quota| quota) {
            ways.insert("rate");
        }
        if knows_callers(access, spec.routes.iter()) {
            ways.insert("origin");
        }
    }
    ways
}

/// Whether a contract says more of a value than its type.
fn says_of_values(contract: &Contract) -> bool {
    let bounded =
        |tensor: &charter_plan::tensor::TensorSpec| tensor.range.is_some() || !tensor.allowed.is_empty() || tensor.lengths.is_some();
    !contract.quality_rules.is_empty() || contract.properties.iter().filter_map(|property| property.tensor.as_ref()).any(bounded)
}

/// Whether every route names who may call it, or callers need a certificate.
fn knows_callers<'a>(access: &Access, mut routes: impl Iterator<Item = &'a Entry<Route>>) -> bool {
    let named = |access: &RouteAccess| matches!(access, RouteAccess::Identities(identities) if !identities.is_empty());
    let general = access.default_access.as_ref().is_some_and(|access| named(&access.value));
    let certified = access.tls.as_ref().is_some_and(|tls| tls.clients.is_some());
    certified || !access.identities.is_empty() && routes.all(|route| route.access.as_ref().map_or(general, |access| named(&access.value)))
}

/// A control that says that the schema is checked, beside a route that has none to check.
fn without_contract(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let says = || {
        serving(spec, &ASKED)
            .into_iter()
            .find_map(|control| control.enforce.iter().find(|word| word.value.to_ascii_lowercase().contains("schema")))
    };
    let Some(word) = says() else { return };
    for route in spec.routes.iter().filter(|route| route.input.is_none()) {
        let id = &route.id.value;
        findings.push(
            RULE.finding(format!("`{id}` takes inputs without a contract, so there is no schema to check"))
                .at(route.id.span, "no `input`")
                .at(word.span, "said to be enforced")
                .help(format!("write what it takes: `input: contracts/{id}.odcs.yaml`"))
                .proven()
                .asks(format!("`routes.{id}.input`")),
        );
    }
}
