//! A bill above what may be spent.

use super::bill::{excess, line};
use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{rests_on, sums};
use charter_plan::arithmetic::derivation::number;
use charter_spec::measure::{Argument, Measure, TermKind, ValueKind};
use charter_spec::{Diagnostic, Dimension, Fix, Severity};

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
    for measure in by_the_thousand(lint) {
        if let Some(finding) = dear(lint, measure) {
            findings.push(finding);
        }
    }
}

/// Limits on `cost.per_thousand(ROUTE)` among constraints and scenarios.
fn by_the_thousand<'a>(lint: &Lint<'a>) -> impl Iterator<Item = &'a Measure> {
    let spec = &lint.resolved.spec;
    let constraints = spec.constraints.iter().flat_map(|constraint| &constraint.check).filter_map(|check| check.value.measure());
    let scenarios = spec.quality.iter().filter_map(|scenario| scenario.measure.as_ref()?.value.measure());
    constraints.chain(scenarios).filter(|measure| measure.term.function().as_deref() == Some("cost.per_thousand"))
}

/// A route whose thousand calls cost more than a limit allows; a limit in another currency decides nothing.
fn dear(lint: &Lint<'_>, measure: &Measure) -> Option<Diagnostic> {
    let TermKind::Call { arguments, .. } = &measure.term.kind else { return None };
    let route = match arguments.first()? {
        Argument::Term(term) => term.metric_path()?.dotted(),
        Argument::Value(value) => match &value.kind {
            ValueKind::Path(path) => path.dotted(),
            _ => return None,
        },
        Argument::Predicate(_) | Argument::Versus(_) => return None,
    };
    let cost = &lint.resolved.cost;
    let figure = cost.of_thousand(&route)?.per_thousand.as_ref()?;
    let limit = measure.value.quantity().filter(|limit| match limit.dimension() {
        Dimension::Money(currency) => currency.code() == cost.currency,
        dimension => dimension == Dimension::Count,
    })?;
    if measure.operator.value.holds(figure.value(), limit.base) {
        return None;
    }
    let (is, may, currency) = (number(figure.value()), number(limit.base), &cost.currency);
    let finding = RULE
        .finding(format!("1,000 calls of `{route}` cost {is} {currency}, and may cost {may}"))
        .at(measure.value.span, "the limit")
        .at(figure.span(), "the first of what it is made of");
    let paid = cost.calls.iter().filter(|calls| calls.route.id == *route).filter_map(|calls| calls.per_thousand.as_ref());
    let finding = paid.fold(finding, sums);
    let finding = sums(finding, figure).sum(format!("{is} {} {may} does not hold", measure.operator.value.symbol()));
    let finding = finding.help("send fewer tokens, cache answers, let a cheaper model answer first; or raise the limit where it was set");
    Some(rests_on(finding, &[figure]))
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
        .help("leave `total` out, it is derived")
        .fix(Fix::replace(written.span, format!("{:.0} {}/month", total.value(), lint.resolved.cost.currency)));
    Some(rests_on(finding, &[total]))
}
