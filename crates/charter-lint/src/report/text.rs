//! Findings for people, in the manner of rustc, with a last line that counts them.

use super::Report;
use charter_plan::arithmetic::derivation::number;
use charter_spec::diagnostic::{Style, render as render_one};
use charter_spec::{FileSet, Fix, Severity};
use std::collections::BTreeSet;
use std::fmt::Write;

pub(super) fn render(report: &Report, files: &FileSet, colour: bool) -> String {
    let style = if colour { Style::Colored } else { Style::Plain };
    let mut text = String::new();
    let mut explained = BTreeSet::new();
    for finding in &report.findings {
        text.push_str(&render_one(files, finding, style));
        if explained.insert(finding.code) {
            let others = report.findings.iter().filter(|other| other.code == finding.code).count() - 1;
            why(&mut text, finding.code, others, colour);
        }
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
    let mechanical = report.findings.iter().filter(|finding| finding.fix.as_ref().is_some_and(Fix::is_mechanical)).count();
    if mechanical > 0 {
        let them = if mechanical == 1 { "one of them is" } else { "of them are" };
        let count = if mechanical == 1 { String::new() } else { format!("{} ", grouped(mechanical)) };
        let _ = writeln!(text, "{count}{them} mended by `charter check --fix`; `--fix --diff` shows how");
    }
    if let Some(first) = report.findings.first() {
        let _ = writeln!(text, "`charter explain {}` shows a rule's page", first.code);
    }
    text
}

/// The reason that a rule is there, once for all of its findings.
fn why(text: &mut String, code: &str, others: usize, colour: bool) {
    let why = crate::why(code);
    if why.is_empty() {
        return;
    }
    let word = if colour { "\u{1b}[1mwhy:\u{1b}[0m" } else { "why:" };
    let others = if others > 0 { format!(" ({others} more of {code} below)") } else { String::new() };
    let _ = writeln!(text, "{word} {why}{others}");
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
