//! Findings as SARIF 2.1.0 (OASIS), for code-scanning services and editors.

use super::Report;
use crate::rules;
use charter_spec::diagnostic::CODES;
use charter_spec::{Basis, Diagnostic, FileSet, Severity, Span};
use serde_json::{Value, json};

pub(super) fn render(report: &Report, files: &FileSet) -> Value {
    let mut results: Vec<Value> = report.findings.iter().map(|finding| result(finding, files)).collect();
    for waived in &report.waived {
        let mut value = result(&waived.finding, files);
        value["suppressions"] =
            json!([{ "kind": "external", "justification": format!("waiver `{}` until {}", waived.waiver, waived.until) }]);
        results.push(value);
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "charter", "version": env!("CARGO_PKG_VERSION"), "rules": descriptors() } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn descriptors() -> Vec<Value> {
    let reading = CODES.iter().map(|code| {
        json!({ "id": code.name(), "shortDescription": { "text": code.title() }, "defaultConfiguration": { "level": level(code.severity()) } })
    });
    let rules = rules::all().map(|rule| {
        json!({
            "id": rule.code,
            "shortDescription": { "text": rule.title },
            "fullDescription": { "text": rule.why() },
            "help": { "text": rule.page, "markdown": rule.page },
            "defaultConfiguration": { "level": level(rule.severity) },
        })
    });
    reading.chain(rules).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn result(finding: &Diagnostic, files: &FileSet) -> Value {
    let mut text = finding.message.clone();
    for line in finding.arithmetic.iter().chain(&finding.help) {
        text.push('\n');
        text.push_str(line);
    }
    if let Some(Basis::Assumes(assumption)) = &finding.basis {
        text.push_str("\nassumes ");
        text.push_str(assumption);
    }
    let related: Vec<Value> = finding
        .labels
        .iter()
        .skip(1)
        .map(|label| json!({ "physicalLocation": location(label.span, files), "message": { "text": label.text } }))
        .collect();
    json!({
        "ruleId": finding.code,
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": location(finding.span(), files) }],
        "relatedLocations": related,
        "properties": { "basis": finding.basis, "asks": finding.asks, "why": crate::why(finding.code), "weighed": finding.weighed },
    })
}

fn location(span: Span, files: &FileSet) -> Value {
    let start = files.position(span.file, span.start);
    let end = files.position(span.file, span.end);
    json!({
        "artifactLocation": { "uri": files.path(span.file) },
        "region": { "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column },
    })
}
