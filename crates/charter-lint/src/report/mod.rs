//! What a check has found: findings after waivers, and how they are written.
//!
//! Finding does not belong here.

mod json;
mod sarif;
mod text;

use crate::rule::{Lint, run};
use charter_plan::resolved::Element;
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, FileSet, Severity, Span};

/// A finding that someone has taken on until a date.
#[derive(Clone, Debug)]
pub struct Waived {
    pub finding: Diagnostic,
    /// The waiver's id.
    pub waiver: String,
    pub until: Date,
}

/// Everything that is to be said about a charter.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Problems of reading, then findings, each in the order of their places.
    pub findings: Vec<Diagnostic>,
    pub waived: Vec<Waived>,
}

impl Report {
    /// Runs every rule and applies the waivers. `reading` are the problems that the reader has reported already, `unreadable` the keys whose values it could not
    /// read: a rule that misses such a value would only say the same thing again, so its findings about that element are left out.
    pub fn new(reading: Vec<Diagnostic>, unreadable: &[Span], lint: Option<&Lint<'_>>) -> Self {
        let mut report = Self { findings: reading, waived: Vec::new() };
        let Some(lint) = lint else { return report };
        let damaged: Vec<&Element> = unreadable.iter().filter_map(|span| enclosing(lint, *span)).collect();
        for finding in run(lint) {
            if !damaged.is_empty() && enclosing(lint, finding.span()).is_some_and(|element| damaged.contains(&element)) {
                continue;
            }
            match waiver(lint, &finding) {
                Some((waiver, until)) => report.waived.push(Waived { finding, waiver, until }),
                None => report.findings.push(finding),
            }
        }
        report
    }

    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Whether the check fails: at least one error.
    pub fn fails(&self) -> bool {
        self.findings.iter().any(Diagnostic::is_error)
    }

    pub fn to_text(&self, files: &FileSet, colour: bool) -> String {
        text::render(self, files, colour)
    }

    pub fn to_json(&self, files: &FileSet) -> serde_json::Value {
        json::render(self, files)
    }

    pub fn to_sarif(&self, files: &FileSet) -> serde_json::Value {
        sarif::render(self, files)
    }
}

/// The waiver that covers a finding today. Without `for` it covers the rule everywhere; with it, findings of which a place lies inside one of the elements.
fn waiver(lint: &Lint<'_>, finding: &Diagnostic) -> Option<(String, Date)> {
    lint.resolved.spec.waivers.iter().find_map(|entry| {
        let until = entry.until.as_ref()?.value;
        let same = entry.rule.as_ref().is_some_and(|rule| rule.value == finding.code);
        // An expired or ownerless waiver covers nothing, and the rule about waivers cannot be waived.
        let valid = until >= lint.today && entry.owner.is_some() && finding.code != "T004";
        let covers = entry.of.is_empty() || entry.of.iter().any(|link| touches(lint, finding, link.as_str()));
        (same && valid && covers).then(|| (entry.id.value.to_string(), until))
    })
}

/// Whether a place of the finding stands in the element.
fn touches(lint: &Lint<'_>, finding: &Diagnostic, name: &str) -> bool {
    let Some(wanted) = lint.resolved.index.named(name) else { return false };
    finding.labels.iter().any(|label| enclosing(lint, label.span) == Some(&wanted))
}

/// The element that a place stands in: the last one declared before it in the same file.
fn enclosing<'a>(lint: &Lint<'a>, span: Span) -> Option<&'a Element> {
    let index = &lint.resolved.index;
    let placed = index.elements().filter_map(|element| Some((index.place(element)?, element)));
    let before = placed.filter(|(place, _)| place.file == span.file && place.start <= span.start);
    before.max_by_key(|(place, _)| place.start).map(|(_, element)| element)
}
