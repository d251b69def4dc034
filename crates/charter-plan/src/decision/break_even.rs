//! Between which options the volume decides what is cheaper, and on which side the charter's load lies.

use crate::arithmetic::break_even::{Tariff, volume};
use crate::arithmetic::derivation::number;
use crate::resolved::Resolved;
use charter_spec::ast::Decision;
use serde::Serialize;

/// Seconds of a month of 730 hours, as prices a month are read.
const MONTH_SECONDS: f64 = 2_628_000.0;

/// Two options that cost the same at some volume.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BreakEven {
    /// Cheaper below the volume, and cheaper above it.
    pub below: String,
    pub above: String,
    pub requests_per_month: f64,
    /// The same spread evenly over the month.
    pub rps: f64,
    pub steps: Vec<String>,
    /// What is cheaper at the charter's average load, by how much a month; `None` without `load.average`.
    pub now: Option<Now>,
}

/// The cheaper of two options at the charter's load.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Now {
    pub cheaper: String,
    pub by_per_month: f64,
    pub average_rps: f64,
}

/// Every pair of options with prices whose order changes with the volume, in document order.
pub(super) fn pairs(resolved: &Resolved, decision: &Decision) -> Vec<BreakEven> {
    let tariffs: Vec<(String, Tariff)> = decision
        .options
        .iter()
        .filter(|option| option.cost.is_some() || option.cost_per_call.is_some())
        .map(|option| {
            let fixed_per_month = option.cost.as_ref().map_or(0.0, |cost| cost.per_month());
            let per_thousand = option.cost_per_call.as_ref().map_or(0.0, |cost| cost.per_unit() * 1_000.0);
            (option.id.value.to_string(), Tariff { fixed_per_month, per_thousand })
        })
        .collect();
    let mut found = Vec::new();
    for (at, (left, a)) in tariffs.iter().enumerate() {
        for (right, b) in tariffs.iter().skip(at + 1) {
            let Some(even) = volume(*a, *b, &resolved.cost.currency) else { continue };
            // Below the crossing the one with the smaller fixed part is cheaper.
            let (below, above) = if a.fixed_per_month < b.fixed_per_month { (left, right) } else { (right, left) };
            let now = resolved.load.average_rps.as_ref().map(|average| {
                let month = average.value() * MONTH_SECONDS;
                let (of_a, of_b) = (a.at(month), b.at(month));
                let cheaper = if of_a <= of_b { left } else { right };
                Now { cheaper: cheaper.clone(), by_per_month: (of_a - of_b).abs(), average_rps: average.value() }
            });
            let rps = even.figure / MONTH_SECONDS;
            let mut steps = even.steps;
            steps.push(format!("{} requests/month ÷ {} s = {} rps", number(even.figure), number(MONTH_SECONDS), number(rps)));
            found.push(BreakEven { below: below.clone(), above: above.clone(), requests_per_month: even.figure, rps, steps, now });
        }
    }
    found
}
