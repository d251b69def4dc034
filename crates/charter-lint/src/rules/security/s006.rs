//! Models are signed, and the signature is checked before they answer: nobody sees to it, or a file has none.

use super::principle::{self, Asked, serving};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::{ModelVersion, Principle};
use charter_spec::names::Entry;
use charter_spec::{Id, Severity};

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
    help: "name each file's signature (`models.*.versions.*.signature`), or say what verifies it: `signed-models: { principle: signed-models, enforce: verify-signature-on-load }`",
};

/// Most versions that are named in one finding.
const NAMES_MAX: usize = 8;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let files: Vec<(&Id, &Entry<ModelVersion>)> = spec
        .models
        .iter()
        .flat_map(|model| model.versions.iter().map(move |version| (&model.id.value, version)))
        .filter(|(_, version)| version.onnx.is_some())
        .collect();
    let unsigned: Vec<&(&Id, &Entry<ModelVersion>)> = files.iter().filter(|(_, version)| version.signature.is_none()).collect();
    principle::check(&RULE, &ASKED, lint, !files.is_empty() && unsigned.is_empty(), findings);
    let controls = serving(spec, &ASKED);
    let signed = files.iter().find_map(|(_, version)| version.signature.as_ref());
    // Nothing says that files are signed: then no single one is at fault.
    let Some((second, text)) = controls
        .first()
        .map(|control| (control.id.span, "said to be verified"))
        .or_else(|| signed.map(|signature| (signature.span, "others are signed")))
    else {
        return;
    };
    let Some((_, first)) = unsigned.first() else { return };
    let names: Vec<String> = unsigned.iter().take(NAMES_MAX).map(|(model, version)| format!("`{model}@{}`", version.id.value)).collect();
    let more = if unsigned.len() > names.len() { format!(" and {} more", unsigned.len() - names.len()) } else { String::new() };
    findings.push(
        RULE.finding(format!("no signature is named for {}{more}", names.join(", ")))
            .at(first.id.span, "no `signature`")
            .at(second, text)
            .sum(format!("{} of {} files are signed", files.len() - unsigned.len(), files.len()))
            .help("sign the file and name the signature: `signature: models/NAME.onnx.sig`")
            .proven(),
    );
}
