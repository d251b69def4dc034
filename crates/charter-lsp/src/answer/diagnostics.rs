//! Findings as diagnostics: by file, with the second place, the arithmetic, the reason and the way out.

use crate::host::Host;
use crate::server::Snapshot;
use crate::wire;
use charter_spec::{Basis, Diagnostic, Severity};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Diagnostics by the client's name of their file.
pub(crate) fn published(snapshot: &Snapshot, host: &mut dyn Host) -> BTreeMap<String, Vec<Value>> {
    let mut by_file: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut pages: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for finding in &snapshot.checked.report.findings {
        let page = pages.entry(finding.code).or_insert_with(|| host.page(finding.code)).clone();
        by_file.entry(snapshot.uri_of(finding.span().file)).or_default().push(diagnostic(snapshot, finding, page));
    }
    by_file
}

pub(crate) fn diagnostic(snapshot: &Snapshot, finding: &Diagnostic, page: Option<String>) -> Value {
    let related: Vec<Value> = finding
        .labels
        .iter()
        .skip(1)
        .map(|label| {
            let location = json!({ "uri": snapshot.uri_of(label.span.file), "range": snapshot.stretch(label.span).to_json() });
            json!({ "location": location, "message": if label.text.is_empty() { "and this" } else { &label.text } })
        })
        .collect();
    let mut value = json!({
        "range": snapshot.stretch(finding.span()).to_json(),
        "severity": severity(finding.severity),
        "code": finding.code,
        "source": "charter",
        "message": message_of(finding),
        "relatedInformation": related,
    });
    if let Some(page) = page {
        value["codeDescription"] = json!({ "href": page });
    }
    value
}

/// A hint of ours is worth a line; the protocol's hints are only dots.
fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Hint => 3,
    }
}

fn message_of(finding: &Diagnostic) -> String {
    let mut lines = vec![finding.message.clone()];
    if let Some(label) = finding.labels.first().filter(|label| !label.text.is_empty()) {
        lines.push(format!("here: {}", label.text));
    }
    lines.extend(finding.arithmetic.iter().map(|line| format!("= {line}")));
    if let Some(Basis::Assumes(assumption)) = &finding.basis {
        lines.push(format!("assumes: {assumption}"));
    }
    if let Some(weighed) = &finding.weighed {
        let why = weighed.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        lines.push(format!("weighed: {} to the rule, set by the charter{why}", weighed.was.word()));
    }
    lines.extend(finding.asks.iter().map(|asks| format!("asks: {asks}")));
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    let why = charter_lint::why(finding.code);
    if !why.is_empty() {
        lines.push(format!("why: {why}"));
    }
    lines.join("\n")
}

pub(crate) fn message(uri: &str, version: Option<i64>, diagnostics: Vec<Value>) -> Value {
    let mut params = json!({ "uri": uri, "diagnostics": diagnostics });
    if let Some(version) = version {
        params["version"] = version.into();
    }
    wire::notification("textDocument/publishDiagnostics", params)
}
