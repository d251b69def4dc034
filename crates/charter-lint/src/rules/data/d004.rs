//! A promise of availability above what its hard dependencies leave.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{rests_on, sums};
use charter_plan::arithmetic::derivation::percent;
use charter_plan::resolved::{AvailabilityPromise, Chain, Figure, HardDependency, HardReason};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "D004",
    severity: Severity::Error,
    title: "availability target above the product of hard dependencies",
    page: include_str!("../../../tests/rules/D004.md"),
    check,
};

/// A tenth of a second a year; below it a difference is rounding.
const TOLERANCE: f64 = 1e-9;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for promise in &lint.resolved.availability.promises {
        let chains = promise.elements.iter().filter_map(|element| lint.resolved.availability.of(element));
        let known = chains.filter_map(|chain| Some((chain, figure(chain, promise)?)));
        let Some((chain, least)) = known.min_by(|left, right| left.1.value().total_cmp(&right.1.value())) else { continue };
        if promise.target <= least.value() + TOLERANCE {
            continue;
        }
        report(promise, chain, least, findings);
    }
}

fn figure<'a>(chain: &'a Chain, promise: &AvailabilityPromise) -> Option<&'a Figure> {
    if promise.full_only { chain.full_answered.as_ref() } else { chain.answered.as_ref() }
}

fn report(promise: &AvailabilityPromise, chain: &Chain, least: &Figure, findings: &mut Findings) {
    let hard: &[HardDependency] = if promise.full_only { &chain.full } else { &chain.hard };
    let weakest = hard
        .iter()
        .filter_map(|part| Some((part, part.availability.as_ref()?)))
        .min_by(|left, right| left.1.value().total_cmp(&right.1.value()));
    let Some((weakest, availability)) = weakest else { return };
    let message = format!(
        "`{}` promises {}, but what `{}` cannot do without leaves {}",
        promise.scenario,
        percent(promise.target),
        chain.element.id,
        percent(least.value())
    );
    let mut finding = RULE.finding(message).at(promise.span, format!("{} promised", percent(promise.target)));
    for input in &least.inputs {
        finding = finding.at(input.span, format!("`{}`", input.name));
    }
    finding = sums(finding, least).sum(format!("{} > {}", percent(promise.target), percent(least.value())));
    finding = finding.help(format!(
        "give `{}` a ladder, so that an answer does not wait for it, or promise at most {}",
        weakest.element.id,
        percent(least.value())
    ));
    // A chain is never up more often than its weakest link, whatever depends on what: no independence is needed then.
    let alone = availability.value() + TOLERANCE < promise.target && weakest.reason != HardReason::SharedWithoutLadder;
    findings.push(if alone { finding.proven() } else { rests_on(finding, &[least]) });
}
