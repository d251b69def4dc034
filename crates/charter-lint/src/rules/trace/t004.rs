//! A deviation that has outlived its permission.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "T004",
    severity: Severity::Error,
    title: "waiver expired or without owner",
    page: include_str!("../../../tests/rules/T004.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for waiver in &lint.resolved.spec.waivers {
        let id = &waiver.id.value;
        let rule = waiver.rule.as_ref();
        let named = rule.map_or("a rule", |rule| rule.value.as_str());
        let mut problems = Vec::new();
        if waiver.owner.is_none() {
            problems.push("has no owner".to_owned());
        }
        let mut finding_places = Vec::new();
        let mut days = None;
        match &waiver.until {
            Some(until) if until.value < lint.today => {
                let over = lint.today.days_since_epoch() - until.value.days_since_epoch();
                problems.insert(0, "has expired".to_owned());
                finding_places.push((until.span, format!("its last day was {}", until.value)));
                days = Some(format!("{} − {} = {over} days over", lint.today, until.value));
            }
            Some(_) => {}
            None => problems.push("has no end".to_owned()),
        }
        if problems.is_empty() {
            continue;
        }
        finding_places.push((waiver.id.span, "it covers nothing until this is mended".to_owned()));
        if let Some(rule) = rule {
            finding_places.push((rule.span, "the rule that it was to waive".to_owned()));
        }
        let mut finding = RULE.finding(format!("waiver `{id}` of `{named}` {}", problems.join(" and ")));
        for (span, text) in finding_places {
            finding = finding.at(span, text);
        }
        if let Some(days) = days {
            finding = finding.sum(days);
        }
        findings.push(finding.help("mend what it waives and remove it, or let its owner decide anew until when it holds").proven());
    }
}
