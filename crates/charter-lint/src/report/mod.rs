//! What a check has found: findings after waivers, and how they are written.
//!
//! Finding does not belong here.

mod json;
mod sarif;
mod text;

use crate::rule::{Counts, Found, Lint, run_counted};
use crate::rules::trace::{t004, t006};
use charter_plan::resolved::Element;
use charter_spec::ast::Waiver;
use charter_spec::diagnostic::Code;
use charter_spec::names::Entry;
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, FileSet, Severity, Span};
use std::collections::BTreeSet;

/// Most waivers of which it is told that they waive nothing.
const IDLE_WAIVERS_MAX: usize = 200;

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
    /// What there is besides, beyond the limits on what is shown.
    left_out: Counts,
    waived_left_out: usize,
}

impl Report {
    /// Runs every rule and applies the waivers. `reading` are the problems that the reader has reported already, `unreadable` the keys whose values it could not
    /// read: a rule that misses such a value would only say the same thing again, so its findings about that element are left out.
    pub fn new(reading: Vec<Diagnostic>, unreadable: &[Span], lint: Option<&Lint<'_>>) -> Self {
        let whole = unreadable.is_empty() && !reading.iter().any(Diagnostic::is_error);
        let mut report = Self { left_out: left_out_of_reading(&reading), findings: reading, ..Self::default() };
        let Some(lint) = lint else { return report };
        let damaged: Vec<&Element> = unreadable.iter().filter_map(|span| enclosing(lint, *span)).collect();
        let found = run_counted(lint);
        report.count_left_out(lint, &found);
        let mut needed = BTreeSet::new();
        for finding in found.findings {
            if !damaged.is_empty() && enclosing(lint, finding.span()).is_some_and(|element| damaged.contains(&element)) {
                continue;
            }
            let finding = t006::weigh(lint, finding);
            match waiver(lint, &finding) {
                Some((entry, until)) => {
                    let waiver = entry.id.value.to_string();
                    needed.insert(waiver.clone());
                    report.waived.push(Waived { finding, waiver, until });
                }
                None => report.findings.push(finding),
            }
        }
        // Where something could not be read, a finding may only be hidden.
        if whole {
            let idle = lint.resolved.spec.waivers.iter().filter_map(|entry| {
                let code = entry.rule.as_ref().filter(|rule| t004::can_be_waived(&rule.value) && is_valid(lint, entry))?;
                let idle = !needed.contains(entry.id.value.as_str()) && !found.left_out.contains_key(code.value.as_str());
                idle.then(|| t004::waives_nothing(&entry.id.value, &code.value, entry.id.span))
            });
            report.findings.extend(idle.take(IDLE_WAIVERS_MAX));
        }
        report
    }

    /// What is beyond the limit of a rule: waived where a waiver covers the rule everywhere.
    fn count_left_out(&mut self, lint: &Lint<'_>, found: &Found) {
        for (code, counts) in &found.left_out {
            let counts = &t006::weigh_counts(lint, code, *counts);
            let everywhere = |entry: &Entry<Waiver>| entry.of.is_empty() && names(entry, code) && is_valid(lint, entry);
            if t004::can_be_waived(code) && lint.resolved.spec.waivers.iter().any(everywhere) {
                self.waived_left_out += counts.sum();
            } else {
                self.left_out.add_all(*counts);
            }
        }
    }

    /// How many there are, those beyond what is shown too.
    pub fn count(&self, severity: Severity) -> usize {
        self.shown(severity) + self.left_out.of(severity)
    }

    /// How many are shown: those among `findings`, without the note on what is left out.
    fn shown(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity && finding.code != Code::TooMany.name()).count()
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
fn waiver<'a>(lint: &Lint<'a>, finding: &Diagnostic) -> Option<(&'a Entry<Waiver>, Date)> {
    if !t004::can_be_waived(finding.code) {
        return None;
    }
    lint.resolved.spec.waivers.iter().find_map(|entry| {
        let until = entry.until.as_ref()?.value;
        let covers = entry.of.is_empty() || entry.of.iter().any(|link| touches(lint, finding, link.as_str()));
        (names(entry, finding.code) && is_valid(lint, entry) && covers).then_some((entry, until))
    })
}

fn names(entry: &Entry<Waiver>, code: &str) -> bool {
    entry.rule.as_ref().is_some_and(|rule| rule.value == code)
}

/// An expired or ownerless waiver covers nothing.
fn is_valid(lint: &Lint<'_>, entry: &Entry<Waiver>) -> bool {
    t004::is_valid(entry, lint.today)
}

/// How many problems the reader left out. Its note on them starts with their number.
fn left_out_of_reading(reading: &[Diagnostic]) -> Counts {
    let notes = reading.iter().filter(|problem| problem.code == Code::TooMany.name());
    let left_out: usize = notes.filter_map(|note| note.message.split(' ').next()?.parse::<usize>().ok()).sum();
    let mut counts = Counts::default();
    *counts.of_mut(Code::TooMany.severity()) = left_out;
    counts
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
