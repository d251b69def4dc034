//! A bill above what may be spent.

use super::bill::{excess, line};
use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{rests_on, sums};
use charter_plan::arithmetic::derivation::number;
use charter_spec::{Diagnostic, Severity};

pub(super) const RULE: Rule = Rule {
    code: "M002",
    severity: Severity::Error,
    title: "computed cost exceeds the ceiling less its reserve",
    page: include_str!("../../../tests/rules/M002.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let cost = &lint.resolved.cost;
    if let Some(excess) = excess(lint) {
        let currency = &cost.currency;
        let (bill, allowed) = (number(excess.bill.value()), number(excess.allowed.per_month));
        let largest = cost.items.iter().filter_map(|item| Some((item, item.per_month.as_ref()?)));
        let largest = largest.max_by(|left, right| left.1.value().total_cmp(&right.1.value()));
        let mut finding =
            RULE.finding(format!("it costs {bill} {currency}/month, and may cost {allowed}")).at(excess.allowed.place, "the ceiling");
        if let Some((item, figure)) = largest {
            finding = sums(finding.at(item.span, format!("the largest item: {} {currency}/month", number(figure.value()))), figure);
        }
        finding = excess.allowed.arithmetic.iter().fold(finding.sum(line(lint)), |finding, step| finding.sum(step.clone()));
        let finding = finding
            .sum(format!("{bill} − {allowed} = {} {currency}/month too much", number(excess.over)))
            .help("M004 names the smallest change that restores it; or raise the ceiling where it was set");
        findings.push(rests_on(finding, &[excess.bill]));
    }
    if let Some(finding) = written_total(lint) {
        findings.push(finding);
    }
}

/// A sum that is written is an assertion; without a price for every item it cannot be checked.
fn written_total(lint: &Lint<'_>) -> Option<Diagnostic> {
    let written = lint.resolved.spec.cost.as_ref()?.total.as_ref()?;
    let total = lint.resolved.cost.total.as_ref()?;
    let same_currency = written.currency().is_none_or(|currency| currency.code() == lint.resolved.cost.currency);
    if !same_currency || (written.per_month() - total.value()).abs() < 0.5 {
        return None;
    }
    let finding = RULE
        .finding(format!("`total` says {}, the items come to {}", number(written.per_month()), number(total.value())))
        .at(written.span, "written")
        .at(total.span(), "the first of the items")
        .sum(line(lint))
        .help("leave `total` out, it is derived");
    Some(rests_on(finding, &[total]))
}
