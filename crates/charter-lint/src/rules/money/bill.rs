//! What may be spent, wherever the charter says so, and by how much the bill is above it.

use crate::rule::Lint;
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::Figure;
use charter_spec::measure::{Measure, Operator};
use charter_spec::{Dimension, Span, Spec};

/// The least amount a month that the charter allows.
pub(super) struct Allowed {
    pub(super) per_month: f64,
    pub(super) place: Span,
    pub(super) arithmetic: Vec<String>,
}

/// A bill above what is allowed.
pub(super) struct Excess<'a> {
    /// Sum of what has a price.
    pub(super) bill: &'a Figure,
    pub(super) allowed: Allowed,
    pub(super) over: f64,
}

/// The tightest of the ceiling less its reserve and of limits on `cost.total` among constraints and scenarios.
pub(super) fn allowed(lint: &Lint<'_>) -> Option<Allowed> {
    let cost = &lint.resolved.cost;
    let ceiling = cost.allowed.as_ref().map(|figure| Allowed {
        per_month: figure.value(),
        place: figure.span(),
        arithmetic: figure.derivation.steps.clone(),
    });
    let limits = limits(&lint.resolved.spec).filter_map(|measure| {
        let quantity = measure.value.quantity().filter(|quantity| in_currency(quantity.dimension(), &cost.currency))?;
        Some(Allowed { per_month: quantity.base, place: measure.value.span, arithmetic: vec![format!("at most {quantity}")] })
    });
    ceiling.into_iter().chain(limits).min_by(|left, right| left.per_month.total_cmp(&right.per_month))
}

/// Upper bounds on what it costs a month.
pub(super) fn limits(spec: &Spec) -> impl Iterator<Item = &Measure> {
    let constraints = spec.constraints.iter().flat_map(|constraint| &constraint.check).filter_map(|check| check.value.measure());
    let scenarios = spec.quality.iter().filter_map(|scenario| scenario.measure.as_ref()?.value.measure());
    constraints.chain(scenarios).filter(|measure| {
        let below = matches!(measure.operator.value, Operator::Less | Operator::AtMost);
        let about = measure.term.metric_path().is_some_and(|path| matches!(path.dotted().as_str(), "cost.total" | "spend"));
        below && about
    })
}

fn in_currency(dimension: Dimension, currency: &str) -> bool {
    match dimension {
        Dimension::MoneyPerTime(written) => written.code() == currency,
        Dimension::Count => true,
        _ => false,
    }
}

/// By how much what is known of the bill is above what is allowed; items without a price only add to it.
pub(super) fn excess<'a>(lint: &Lint<'a>) -> Option<Excess<'a>> {
    let (bill, allowed) = (lint.resolved.cost.known.as_ref()?, allowed(lint)?);
    let over = bill.value() - allowed.per_month;
    // Less than a hundredth is no money.
    (over >= 0.01).then_some(Excess { bill, allowed, over })
}

/// Most items that are named in a sum.
const ITEMS_SHOWN: usize = 8;

/// The bill as a line: its largest items, and what is left as one.
pub(super) fn line(lint: &Lint<'_>) -> String {
    let cost = &lint.resolved.cost;
    let mut items: Vec<(&str, f64)> =
        cost.items.iter().filter_map(|item| Some((item.element.id.as_str(), item.per_month.as_ref()?.value()))).collect();
    let total: f64 = items.iter().map(|(_, amount)| amount).sum();
    if items.len() > ITEMS_SHOWN {
        items.sort_by(|left, right| right.1.total_cmp(&left.1));
    }
    let mut terms: Vec<String> = items.iter().take(ITEMS_SHOWN).map(|(name, amount)| format!("{name} {}", number(*amount))).collect();
    let rest: f64 = items.iter().skip(ITEMS_SHOWN).map(|(_, amount)| amount).sum();
    if items.len() > ITEMS_SHOWN {
        terms.push(format!("{} others {}", items.len() - ITEMS_SHOWN, number(rest)));
    }
    format!("{} = {} {}/month", terms.join(" + "), number(total), cost.currency)
}
