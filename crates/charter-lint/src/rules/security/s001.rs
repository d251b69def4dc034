//! Every workload has an identity of its own, and no credentials are shared: nobody sees to it, or two share one.

use super::principle::{self, Asked};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::{Identity, Principle};
use charter_spec::names::Entry;
use charter_spec::{Severity, Span};
use std::collections::HashMap;

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
    help: "name each caller with a credential of its own under `access.identities`, or say what does: `workload-identity: { principle: workload-identity, enforce: mtls-spiffe }`",
};

/// A credential of a caller, and where it stands.
type Credential = (String, Span);

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let identities = || lint.resolved.spec.access.iter().flat_map(|access| &access.identities);
    let declared = identities().next().is_some() && identities().all(|identity| !credentials(identity).is_empty());
    principle::check(&RULE, &ASKED, lint, declared, findings);
    let mut known: HashMap<String, (&Entry<Identity>, Span)> = HashMap::new();
    for identity in identities() {
        let id = &identity.id.value;
        let own = credentials(identity);
        if own.is_empty() {
            findings.push(
                RULE.finding(format!("nothing tells `{id}` from another caller"))
                    .at(identity.id.span, "an identity without a credential")
                    .help("give it one of its own: `spiffe: spiffe://domain/name`, `issuer:` with `subject:`, or `key_sha256:`")
                    .proven()
                    .asks(format!("`access.identities.{id}.spiffe`")),
            );
        }
        for (credential, place) in own {
            match known.get(&credential) {
                Some((other, first)) => findings.push(
                    RULE.finding(format!("`{}` and `{id}` share a credential, so nobody knows which of them called", other.id.value))
                        .at(place, "the same")
                        .at(*first, format!("is how `{}` is known", other.id.value))
                        .help("give each workload a credential of its own")
                        .proven(),
                ),
                None => drop(known.insert(credential, (identity, place))),
            }
        }
    }
}

/// What a caller is known by. Tokens of one issuer are told apart by their subject: without it they are everyone's.
fn credentials(identity: &Entry<Identity>) -> Vec<Credential> {
    let mut found: Vec<Credential> = Vec::new();
    found.extend(identity.spiffe.as_ref().map(|id| (format!("spiffe {}", id.value), id.span)));
    found.extend(identity.key_sha256.as_ref().map(|key| (format!("key {}", key.value.to_ascii_lowercase()), key.span)));
    found.extend(identity.issuer.as_ref().map(|issuer| {
        let part = |field: &charter_spec::Field<String>| field.as_ref().map_or_else(String::new, |text| text.value.clone());
        (format!("token {} {} {}", issuer.value, part(&identity.subject), part(&identity.audience)), issuer.span)
    }));
    found
}
