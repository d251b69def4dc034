//! Findings for people, in the manner of rustc, with a last line that counts them.

use super::Report;
use charter_spec::diagnostic::{Style, render as render_one};
use charter_spec::{FileSet, Severity};
use std::fmt::Write;

pub(super) fn render(report: &Report, files: &FileSet, colour: bool) -> String {
    let style = if colour { Style::Colored } else { Style::Plain };
    let mut text = String::new();
    for finding in &report.findings {
        text.push_str(&render_one(files, finding, style));
        text.push('\n');
    }
    for waived in &report.waived {
        let _ = writeln!(text, "waived[{}]: {} (`{}` until {})", waived.finding.code, waived.finding.message, waived.waiver, waived.until);
    }
    if !report.waived.is_empty() {
        text.push('\n');
    }
    let counts = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Hint, "hint")]
        .map(|(severity, word)| (report.count(severity), word));
    let words: Vec<String> = counts.iter().map(|(count, word)| format!("{count} {word}{}", if *count == 1 { "" } else { "s" })).collect();
    let _ = writeln!(text, "{}, {} waived", words.join(", "), report.waived.len());
    if let Some(first) = report.findings.first() {
        let _ = writeln!(text, "`charter explain {}` shows a rule's page", first.code);
    }
    text
}
