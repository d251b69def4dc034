//! Data are encrypted at rest and in transit: nobody sees to it, or to half of it, or an address is reached in clear text.

use super::principle::{self, Asked, is_clear, serving, text_of};
use super::s002;
use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::Principle;
use charter_spec::{Severity, Spanned, Spec};

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
    help: "encrypt both: `encryption: { principle: encryption, evidence: evidence/kms.json, where: [rest, transit] }`",
};

const AT_REST: &[&str] = &["rest", "kms", "disk", "storage", "volume", "flash", "backup"];
const IN_TRANSIT: &[&str] = &["transit", "tls", "wire", "network", "mesh"];

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    principle::check(&RULE, &ASKED, lint, false, findings);
    half(spec, findings);
    clear(spec, findings);
}

/// Controls that say where they encrypt, and say only one of the two. TLS and mutual TLS that the charter states elsewhere count for what is in transit.
fn half(spec: &Spec, findings: &mut Findings) {
    let controls = serving(spec, &ASKED);
    let Some(first) = controls.first() else { return };
    let texts: Vec<String> = controls.iter().map(|control| text_of(control)).collect();
    let says = |words: &[&str]| texts.iter().any(|text| words.iter().any(|word| text.contains(word)));
    let tls = spec.access.as_ref().and_then(|access| access.tls.as_ref()).is_some_and(|tls| tls.certificate.is_some());
    let elsewhere = tls || !serving(spec, &s002::ASKED).is_empty();
    let (rest, transit) = (says(AT_REST), says(IN_TRANSIT));
    let lacks = match (rest, transit) {
        (true, false) if !elsewhere => "in transit",
        (false, true) => "at rest",
        _ => return,
    };
    let place = first.places.span().or(first.enforce.span()).unwrap_or(first.id.span);
    findings.push(
        RULE.finding(format!("nothing says that data are encrypted {lacks}"))
            .at(place, "where it encrypts")
            .at(first.id.span, "by this control")
            .sum("1 of 2: at rest, in transit")
            .help("let the control say both: `where: [rest, transit]`, or write the other one")
            .proven(),
    );
}

/// Addresses of the charter that data reach without encryption. Between services of one's own a mesh may encrypt what the address does not say.
fn clear(spec: &Spec, findings: &mut Findings) {
    let providers = spec.providers.iter().filter_map(|provider| Some((&provider.id, provider.url.as_ref()?)));
    let dependencies = spec.dependencies.iter().filter_map(|dependency| Some((&dependency.id, dependency.url.as_ref()?)));
    for (id, url) in providers.chain(dependencies) {
        push(id.value.as_str(), id.span, url, "use `https://`", findings);
    }
    if spec.controls.is_empty() || !serving(spec, &s002::ASKED).is_empty() {
        return;
    }
    for model in &spec.models {
        for version in &model.versions {
            if let Some(url) = &version.oip {
                let help = "use `https://`, or state the control that encrypts on the way: `principle: mutual-tls`";
                push(&format!("{}@{}", model.id.value, version.id.value), version.id.span, url, help, findings);
            }
        }
    }
}

fn push(id: &str, declared: charter_spec::Span, url: &Spanned<String>, help: &str, findings: &mut Findings) {
    if !is_clear(&url.value) {
        return;
    }
    findings.push(
        RULE.finding(format!("`{id}` is reached in clear text"))
            .at(url.span, "`http://`, beyond this machine")
            .at(declared, "whatever is sent there can be read on the way")
            .help(help)
            .proven(),
    );
}
