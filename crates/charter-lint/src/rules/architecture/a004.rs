//! A pattern whose price nothing shows to be paid.

use super::a002::kind;
use crate::catalogue::{Fact, PatternEntry, Places, Shown};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "A004",
    severity: Severity::Warning,
    title: "pattern in use, and its price is not shown to be paid",
    page: include_str!("../../../tests/rules/A004.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let mut shown = Shown::default();
    for pattern in &lint.resolved.spec.patterns {
        let Some(entry) = PatternEntry::of(kind(pattern)) else { continue };
        let places = Places(Some(&pattern.places));
        let missing: Vec<&Fact> = entry.facts.iter().filter(|fact| !shown.has(lint, fact, places)).collect();
        let Some(first) = missing.first() else { continue };
        let message = format!("the charter does not show how `{}` is paid for: {}", pattern.id.value, entry.costs);
        let mut finding =
            RULE.finding(message).at(pattern.id.span, format!("{} of {} facts are missing", missing.len(), entry.facts.len()));
        if let Some(place) = pattern.trade_off.as_ref() {
            finding = finding.at(place.span, "stated here");
        }
        for fact in &missing {
            finding = finding.sum(format!("not shown: {}", fact.words));
        }
        findings.push(finding.help(format!("show it, for example {}", first.help)).proven());
    }
}
