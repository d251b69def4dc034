//! The smallest change that brings the bill back under what may be spent.

use super::bill::{Excess, excess};
use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::rests_on;
use charter_plan::arithmetic::derivation::{number, percent};
use charter_plan::resolved::{CostItem, ServedCapacity};
use charter_spec::ast::ModelCapacity;
use charter_spec::{Diagnostic, Severity, Span};

pub(super) const RULE: Rule = Rule {
    code: "M004",
    severity: Severity::Hint,
    title: "the cheapest change that restores the budget",
    page: include_str!("../../../tests/rules/M004.md"),
    check,
};

/// Fewer replicas of one model, and what that takes.
struct Change<'a> {
    served: &'a ServedCapacity,
    place: Span,
    from: f64,
    to: f64,
    per_replica: f64,
    throughput_rps: f64,
    /// How much more a replica has to do; 1 when there are more replicas than the formula needs.
    factor: f64,
}

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let Some(excess) = excess(lint) else { return };
    let capacity = lint.resolved.spec.capacity.as_ref();
    let changes = lint.resolved.cost.items.iter().filter_map(|item| {
        let served = lint.resolved.capacity.of(&item.element.id).filter(|served| served.element == item.element)?;
        change(lint, &excess, item, served, capacity?.models.get(&served.id)?)
    });
    let smallest = changes.min_by(|left, right| left.factor.total_cmp(&right.factor));
    findings.push(match smallest {
        Some(change) => restored(lint, &excess, &change),
        None => nothing_alone(lint, &excess),
    });
}

fn change<'a>(
    lint: &Lint<'_>,
    excess: &Excess<'_>,
    item: &CostItem,
    served: &'a ServedCapacity,
    sized: &ModelCapacity,
) -> Option<Change<'a>> {
    let (cost, from) = (item.per_month.as_ref()?.value(), served.planned.as_ref()?.value());
    let (peak, throughput) = (served.peak_rps.as_ref()?.value(), sized.throughput.as_ref()?);
    let per_replica = cost / from;
    let to = ((cost - excess.over) / per_replica + 1e-9).floor();
    if to.is_nan() || to < 1.0 || per_replica <= 0.0 {
        return None;
    }
    let safety = lint.resolved.capacity.safety.as_ref().map_or(1.0, |safety| safety.value());
    let factor = (peak * safety / to / throughput.per_second()).max(1.0);
    let written = sized.replicas.as_ref().or(sized.min_replicas.as_ref()).filter(|_| factor <= 1.0);
    let place = written.map_or(throughput.span, |count| count.span);
    Some(Change { served, place, from, to, per_replica, throughput_rps: throughput.per_second(), factor })
}

fn restored(lint: &Lint<'_>, excess: &Excess<'_>, change: &Change<'_>) -> Diagnostic {
    let (id, currency) = (&change.served.id, &lint.resolved.cost.currency);
    let (from, to, saved) = (number(change.from), number(change.to), (change.from - change.to) * change.per_replica);
    let message = format!("{to} replicas of `{id}` instead of {from} restore the budget");
    let finding =
        RULE.finding(message).at(change.place, "the smallest change is here").at(excess.allowed.place, "what has to be kept").sum(format!(
            "({from} − {to}) × {} = {} {currency}/month saved ≥ {} too much",
            number(change.per_replica),
            number(saved),
            number(excess.over)
        ));
    let finding = if change.factor > 1.0 {
        let needed = change.throughput_rps * change.factor;
        let line = format!("{} rps × {} = {} rps a replica", number(change.throughput_rps), number(change.factor), number(needed));
        let ladder = lint.resolved.ladders.of(&change.served.element).find_map(|ladder| ladder.rungs.get(1));
        let rung = ladder.map_or_else(String::new, |rung| {
            format!("; or answer {} of its calls from the rung `{}`", percent(((1.0 - 1.0 / change.factor) * 1e4).ceil() / 1e4), rung.name)
        });
        finding.sum(line).help(format!("bring a replica of `{id}` to {} rps (batching, quantization){rung}", number(needed.ceil())))
    } else {
        finding.help(format!("run {to} replicas of `{id}`: the formula needs no more"))
    };
    rests_on(finding, &[excess.bill])
}

fn nothing_alone(lint: &Lint<'_>, excess: &Excess<'_>) -> Diagnostic {
    let currency = &lint.resolved.cost.currency;
    let finding = RULE
        .finding(format!("no change of replicas of one model saves {} {currency}/month", number(excess.over)))
        .at(excess.allowed.place, "what has to be kept")
        .help("cut fixed costs, serve less, or raise the ceiling");
    rests_on(finding, &[excess.bill])
}
