//! Findings for machines: one object, stable names.

use super::Report;
use charter_spec::diagnostic::JsonDiagnostic;
use charter_spec::{Diagnostic, FileSet, Severity};
use serde_json::{Value, json};

/// A finding with why it matters.
fn told(files: &FileSet, finding: &Diagnostic) -> Value {
    let mut value = json!(JsonDiagnostic::of(files, finding));
    if let Some(map) = value.as_object_mut() {
        map.insert("why".to_owned(), crate::why(finding.code).into());
    }
    value
}

pub(super) fn render(report: &Report, files: &FileSet) -> Value {
    let findings: Vec<Value> = report.findings.iter().map(|finding| told(files, finding)).collect();
    let waived: Vec<Value> = report
        .waived
        .iter()
        .map(|waived| json!({ "finding": told(files, &waived.finding), "waiver": waived.waiver, "until": waived.until.to_string() }))
        .collect();
    json!({
        "findings": findings,
        "waived": waived,
        "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning),
        "hints": report.count(Severity::Hint),
    })
}
