//! What an option breaks of that which is not negotiable: by its own word, by its cost, by where it would run.

use crate::arithmetic::derivation::number;
use crate::resolved::{Resolved, inside, residency};
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
    pub span: Span,
}

/// Everything that the option breaks; empty for one that may be chosen.
pub fn violations(resolved: &Resolved, option: &Entry<DecisionOption>) -> Vec<Violation> {
    let stated = option.violates.iter().map(|broken| Violation {
        constraint: broken.value.as_str().to_owned(),
        reason: "by its own word".to_owned(),
        span: broken.span,
    });
    let mut found: Vec<Violation> = stated.collect();
    if let (Some(cost), Some(ceiling)) = (&option.cost, &resolved.cost.ceiling)
        && cost.per_month() > ceiling.value()
    {
        let reason = format!("{} > {} {}/month", number(cost.per_month()), number(ceiling.value()), resolved.cost.currency);
        found.push(Violation { constraint: "cost.ceiling".to_owned(), reason, span: cost.span });
    }
    if let (Some(region), Some(residency)) = (&option.region, residency(&resolved.spec))
        && inside(&region.value, &residency.areas) == Some(false)
    {
        let named =
            resolved.spec.constraints.iter().find(|constraint| constraint.check.iter().any(|check| check.span.contains(residency.span)));
        let constraint = named.map_or_else(|| "residency".to_owned(), |constraint| constraint.id.value.to_string());
        if !found.iter().any(|known| known.constraint == constraint) {
            let reason = format!("would run in `{}`, outside {}", region.value, residency.areas.join(", "));
            found.push(Violation { constraint, reason, span: region.span });
        }
    }
    found
}
