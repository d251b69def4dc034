//! What an option breaks of that which is not negotiable: by its own word, by its cost, by where it would run.

use crate::arithmetic::derivation::number;
use crate::resolved::{Residency, Resolved, inside};
use charter_spec::Span;
use charter_spec::ast::DecisionOption;
use charter_spec::names::Entry;
use serde::Serialize;

/// One broken constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The constraint, as the charter names it: `eu-residency`, `cost.ceiling`.
    pub constraint: String,
    /// Why: one clause.
    pub reason: String,
    #[serde(skip)]
    pub kind: ViolationKind,
    /// What the option says.
    #[serde(skip)]
    pub span: Span,
    /// Where the constraint is written, when it is known.
    #[serde(skip)]
    pub against: Option<Span>,
}

/// How it is known that a constraint is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViolationKind {
    /// The option says so.
    Stated,
    /// It costs more than the ceiling.
    Cost,
    /// It would run outside of where data must stay.
    Region,
}

/// Everything that the option breaks; empty for one that may be chosen. `residency` is that of the charter, found once for all options.
pub fn violations(resolved: &Resolved, residency: Option<&Residency>, option: &Entry<DecisionOption>) -> Vec<Violation> {
    let stated = option.violates.iter().map(|broken| Violation {
        constraint: broken.value.as_str().to_owned(),
        reason: "by its own word".to_owned(),
        kind: ViolationKind::Stated,
        span: broken.span,
        against: resolved.index.find(&broken.value).and_then(|element| resolved.index.place(&element)),
    });
    let mut found: Vec<Violation> = stated.collect();
    if let (Some(cost), Some(ceiling)) = (&option.cost, &resolved.cost.ceiling)
        && cost.per_month() > ceiling.value()
    {
        let reason = format!("{} > {} {}/month", number(cost.per_month()), number(ceiling.value()), resolved.cost.currency);
        found.push(Violation {
            constraint: "cost.ceiling".to_owned(),
            reason,
            kind: ViolationKind::Cost,
            span: cost.span,
            against: Some(ceiling.span()),
        });
    }
    if let (Some(region), Some(residency)) = (&option.region, residency)
        && inside(&region.value, &residency.areas) == Some(false)
    {
        let named =
            resolved.spec.constraints.iter().find(|constraint| constraint.check.iter().any(|check| check.span.contains(residency.span)));
        let constraint = named.map_or_else(|| "residency".to_owned(), |constraint| constraint.id.value.to_string());
        if !found.iter().any(|known| known.constraint == constraint) {
            let reason = format!("would run in `{}`, outside {}", region.value, residency.areas.join(", "));
            found.push(Violation { constraint, reason, kind: ViolationKind::Region, span: region.span, against: Some(residency.span) });
        }
    }
    found
}
