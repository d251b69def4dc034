//! Findings for machines: one object, stable names.

use super::Report;
use charter_spec::diagnostic::JsonDiagnostic;
use charter_spec::{FileSet, Severity};
use serde_json::{Value, json};

pub(super) fn render(report: &Report, files: &FileSet) -> Value {
    let findings: Vec<JsonDiagnostic> = report.findings.iter().map(|finding| JsonDiagnostic::of(files, finding)).collect();
    let waived: Vec<Value> = report
        .waived
        .iter()
        .map(|waived| json!({ "finding": JsonDiagnostic::of(files, &waived.finding), "waiver": waived.waiver, "until": waived.until.to_string() }))
        .collect();
    json!({
        "findings": findings,
        "waived": waived,
        "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning),
        "hints": report.count(Severity::Hint),
    })
}
