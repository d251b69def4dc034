//! Findings for people, in the manner of rustc, with a last line that counts them.

use super::Report;
use charter_plan::arithmetic::derivation::number;
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
    let words = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Hint, "hint")]
        .map(|(severity, word)| counted(report, severity, word));
    let _ = writeln!(text, "{}, {} waived", words.join(", "), grouped(report.waived.len() + report.waived_left_out));
    if let Some(first) = report.findings.first() {
        let _ = writeln!(text, "`charter explain {}` shows a rule's page", first.code);
    }
    text
}

/// `1 error`, `60,000 errors (400 shown)`.
fn counted(report: &Report, severity: Severity, word: &str) -> String {
    let (count, shown) = (report.count(severity), report.shown(severity));
    let plural = if count == 1 { "" } else { "s" };
    let note = if shown < count { format!(" ({} shown)", grouped(shown)) } else { String::new() };
    format!("{} {word}{plural}{note}", grouped(count))
}

fn grouped(count: usize) -> String {
    number(count as f64)
}
