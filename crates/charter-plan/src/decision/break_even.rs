//! Between which options the volume decides what is cheaper, and on which side the charter's load lies.

use crate::arithmetic::break_even::{Tariff, volume};
use crate::arithmetic::derivation::{number, significant};
use crate::resolved::{Element, Resolved};
use charter_spec::ast::Decision;
use charter_spec::{Id, SectionName};
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
    /// The route whose load it is, where all that the decision answers is about one; `None` for the load of the whole.
    pub route: Option<String>,
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
    let load = load_of(resolved, decision);
    let mut found = Vec::new();
    for (at, (left, a)) in tariffs.iter().enumerate() {
        for (right, b) in tariffs.iter().skip(at + 1) {
            let Some(even) = volume(*a, *b, &resolved.cost.currency) else { continue };
            // Below the crossing the one with the smaller fixed part is cheaper.
            let (below, above) = if a.fixed_per_month < b.fixed_per_month { (left, right) } else { (right, left) };
            let now = load.as_ref().map(|(average_rps, route)| {
                let month = average_rps * MONTH_SECONDS;
                let (of_a, of_b) = (a.at(month), b.at(month));
                let cheaper = if of_a <= of_b { left } else { right };
                Now { cheaper: cheaper.clone(), by_per_month: (of_a - of_b).abs(), average_rps: *average_rps, route: route.clone() }
            });
            let rps = even.figure / MONTH_SECONDS;
            let mut steps = even.steps;
            steps.push(format!("{} requests/month ÷ {} s = {} rps", number(even.figure), number(MONTH_SECONDS), significant(rps)));
            found.push(BreakEven { below: below.clone(), above: above.clone(), requests_per_month: even.figure, rps, steps, now });
        }
    }
    found
}

/// Calls a second on average: of the one route that everything the decision answers is about, else of the whole.
fn load_of(resolved: &Resolved, decision: &Decision) -> Option<(f64, Option<String>)> {
    let average = resolved.load.average_rps.as_ref()?.value();
    let route = |id: &str| {
        let artifact = resolved.spec.quality.get_entry(id)?.artifact.as_ref()?.value.as_str().to_owned();
        let name = artifact.strip_prefix("routes.").unwrap_or(&artifact);
        resolved.spec.routes.get_entry(name).map(|route| route.id.value.clone())
    };
    let mut routes: Vec<Option<Id>> = decision.answers.iter().map(|answer| route(answer.as_str())).collect();
    routes.dedup();
    if let [Some(only)] = routes.as_slice()
        && let Some(share) = resolved.load.of(&Element::new(SectionName::Routes, only)).and_then(|load| load.share.as_ref())
    {
        return Some((average * share.value(), Some(only.to_string())));
    }
    Some((average, None))
}
