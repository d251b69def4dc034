//! The best point under the charter's own limits, and what giving up each of them would buy.
//!
//! Best is the cheapest of those whose whole intervals keep every limit. A point whose interval crosses a limit may keep it; that is said, and it is not taken.

use super::{Axis, Estimate, Placed};
use crate::arithmetic::derivation::{percent, significant};
use crate::plan::{Measured, Operator, Plan, Proof};
use crate::resolved::{Element, Figure, Resolved};
use charter_spec::{Id, SectionName};
use serde::Serialize;

/// Seconds of a month of 730 hours, as prices a month are read.
const MONTH_SECONDS: f64 = 2_628_000.0;

/// A limit on an axis: figures must not lie above it, or below it for a quality that should be high.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limit {
    pub axis: Axis,
    pub limit: f64,
    pub unit: String,
    /// Whether it is a floor.
    pub at_least: bool,
    /// Where it comes from: `peak-latency`, `cost.ceiling`.
    pub from: String,
    /// How: one line.
    pub derivation: String,
}

impl Limit {
    /// As people write it: `p99 ≤ 160 ms`.
    pub fn text(&self) -> String {
        let sign = if self.at_least { "≥" } else { "≤" };
        let figure = if self.unit == "ratio" { percent(self.limit) } else { format!("{} {}", significant(self.limit), self.unit) };
        format!("{} {sign} {}", self.axis.word(), figure.trim_end())
    }

    /// Kept beyond doubt, broken beyond doubt, or not told apart.
    pub fn kept(&self, placed: &Placed) -> Option<bool> {
        let Some(estimate) = estimate(self.axis, placed) else { return Some(false) };
        let (sure, never) = if self.at_least {
            (estimate.low >= self.limit, estimate.high < self.limit)
        } else {
            (estimate.high <= self.limit, estimate.low > self.limit)
        };
        if sure {
            Some(true)
        } else if never {
            Some(false)
        } else {
            None
        }
    }
}

fn estimate(axis: Axis, placed: &Placed) -> Option<Estimate> {
    match axis {
        Axis::Cost => Some(placed.point.cost),
        Axis::Latency => Some(placed.point.p99_ms),
        Axis::Quality => placed.point.quality.as_ref().map(|quality| quality.estimate),
    }
}

/// The limits of a route.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Limits {
    pub all: Vec<Limit>,
    /// Axes without one, and why: a clause each.
    pub missing: Vec<String>,
}

/// What the charter asks of a route on each axis. `quality` is the requirement whose metric is measured.
pub fn limits(resolved: &Resolved, plan: &Plan, route: &str, quality: Option<&str>) -> Limits {
    let mut found = Limits::default();
    match latency(plan, route) {
        Some(limit) => found.all.push(limit),
        None => found.missing.push("no requirement under load limits the p99 of this route".to_owned()),
    }
    match quality.and_then(|quality| of_quality(plan, quality)) {
        Some(limit) => found.all.push(limit),
        None => found.missing.push("no requirement evaluates this route".to_owned()),
    }
    match cost(resolved, route) {
        Ok(limit) => found.all.push(limit),
        Err(reason) => found.missing.push(reason),
    }
    found
}

/// The strictest limit on the p99 of a load that this route is part of, less what the network may take.
fn latency(plan: &Plan, route: &str) -> Option<Limit> {
    let id = plan.route_named(route)?.id;
    let limits = plan.requirements.iter().filter_map(|requirement| {
        let Proof::Load(load) = &requirement.proof else { return None };
        let about = load.mix.iter().any(|share| share.route == id && share.share > 0.0);
        let is_p99 = matches!(load.measured, Measured::LatencyQuantile { quantile } if (quantile - 0.99).abs() < 1e-9);
        let upper = matches!(load.operator, Operator::Less | Operator::LessOrEqual);
        let limit = load.limit - load.network_ms;
        let derivation = if load.network_ms > 0.0 {
            format!(
                "{} ms − {} ms of network = {} ms at our edge",
                significant(load.limit),
                significant(load.network_ms),
                significant(limit)
            )
        } else {
            requirement.text.clone()
        };
        (about && is_p99 && upper).then(|| Limit {
            axis: Axis::Latency,
            limit,
            unit: "ms".to_owned(),
            at_least: false,
            from: requirement.id.clone(),
            derivation,
        })
    });
    limits.min_by(|left, right| left.limit.total_cmp(&right.limit))
}

fn of_quality(plan: &Plan, quality: &str) -> Option<Limit> {
    let requirement = plan.requirements.iter().find(|requirement| requirement.id == quality)?;
    let Proof::Evaluation(evaluation) = &requirement.proof else { return None };
    Some(Limit {
        axis: Axis::Quality,
        limit: evaluation.limit,
        unit: evaluation.unit.clone(),
        at_least: matches!(evaluation.operator, Operator::Greater | Operator::GreaterOrEqual),
        from: requirement.id.clone(),
        derivation: requirement.text.clone(),
    })
}

/// What is left of the money for this route, spread over its calls at the average load.
fn cost(resolved: &Resolved, route: &str) -> Result<Limit, String> {
    let bill = &resolved.cost;
    let allowed = bill.allowed.as_ref().ok_or("`cost.ceiling` is not stated")?;
    let total = bill.total.as_ref().ok_or("the bill is not complete, so nothing says what is left for this route")?;
    let id = Id::new(route).map_err(str::to_owned)?;
    let element = Element::new(SectionName::Routes, &id);
    let own: f64 =
        bill.items.iter().filter(|item| item.element == element).filter_map(|item| item.per_month.as_ref()).map(Figure::value).sum();
    let share =
        resolved.load.of(&element).and_then(|load| load.share.as_ref()).ok_or("the load does not say how much of it this route gets")?;
    let average = resolved.load.average_rps.as_ref().ok_or("`load.average` is not stated")?;
    let left = allowed.value() - (total.value() - own);
    let calls = average.value() * share.value() * MONTH_SECONDS;
    let limit = left / calls * 1_000.0;
    if !limit.is_finite() {
        return Err("the route gets no calls".to_owned());
    }
    let currency = &bill.currency;
    Ok(Limit {
        axis: Axis::Cost,
        limit,
        unit: format!("{currency}/1000"),
        at_least: false,
        from: "cost.ceiling".to_owned(),
        derivation: format!(
            "({} − ({} − {})) {currency}/month ÷ ({} rps × {} × {} s) × 1000 = {} {currency}/1000",
            significant(allowed.value()),
            significant(total.value()),
            significant(own),
            significant(average.value()),
            percent(share.value()),
            significant(MONTH_SECONDS),
            significant(limit)
        ),
    })
}

/// What should be taken, and what it would take to have something else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// The cheapest candidate that surely keeps every limit.
    pub best: Option<String>,
    /// Why, or why there is none.
    pub why: String,
    /// Cheaper ones that may keep every limit, as far as the intervals tell.
    pub may_do: Vec<String>,
    pub relaxed: Vec<Relaxed>,
}

/// What giving a limit up would buy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Relaxed {
    pub limit: Limit,
    /// The cheapest candidate without this limit, and the limit that would just let it in.
    pub cheapest: Option<String>,
    pub needs: Option<f64>,
    /// What it buys against the best: one line.
    pub buys: String,
}

/// Chooses among measured points.
pub fn choose(points: &[Placed], limits: &Limits) -> Choice {
    let cheapest = cheapest(points, &limits.all, None);
    // The charter as it is stays where nothing is surely cheaper.
    let as_it_is = points.iter().find(|placed| placed.point.settings.is_empty());
    let as_it_is = as_it_is.filter(|own| limits.all.iter().all(|limit| limit.kept(own) == Some(true)));
    let best = match (cheapest, as_it_is) {
        (Some(cheapest), Some(own)) if own.point.cost.overlaps(&cheapest.point.cost) => Some(own),
        (cheapest, _) => cheapest,
    };
    let level: Vec<&str> = best.map_or_else(Vec::new, |best| {
        let others =
            points.iter().filter(|other| other.point.candidate != best.point.candidate && other.point.cost.overlaps(&best.point.cost));
        others
            .filter(|other| limits.all.iter().all(|limit| limit.kept(other) == Some(true)))
            .map(|other| other.point.candidate.as_str())
            .collect()
    });
    let why = match best {
        Some(best) if cheapest.is_some_and(|cheapest| cheapest.point.candidate != best.point.candidate) => {
            format!(
                "nothing that surely keeps {} is surely cheaper than the charter as it is; by cost alone not told apart: {}",
                list(&limits.all),
                level.join(", ")
            )
        }
        Some(_) if !level.is_empty() => {
            format!("the cheapest of those that surely keep {}; by cost alone not told apart: {}", list(&limits.all), level.join(", "))
        }
        Some(_) => format!("the cheapest of those that surely keep {}", list(&limits.all)),
        None if limits.all.is_empty() => "the charter states no limit that it could be held against".to_owned(),
        None => nearest_miss(points, limits),
    };
    let cheaper = |placed: &&Placed| best.is_none_or(|best| placed.point.cost.figure < best.point.cost.figure);
    let may = |placed: &&Placed| {
        let kept: Vec<Option<bool>> = limits.all.iter().map(|limit| limit.kept(placed)).collect();
        kept.contains(&None) && !kept.contains(&Some(false))
    };
    Choice {
        best: best.map(|best| best.point.candidate.clone()),
        why,
        may_do: points.iter().filter(cheaper).filter(may).map(|placed| placed.point.candidate.clone()).collect(),
        relaxed: limits.all.iter().map(|limit| relax(points, limits, limit, best)).collect(),
    }
}

fn list(limits: &[Limit]) -> String {
    limits.iter().map(Limit::text).collect::<Vec<_>>().join(" and ")
}

fn cheapest<'a>(points: &'a [Placed], limits: &[Limit], without: Option<&Limit>) -> Option<&'a Placed> {
    let keeps = |placed: &&Placed| limits.iter().filter(|limit| Some(*limit) != without).all(|limit| limit.kept(placed) == Some(true));
    points.iter().filter(keeps).min_by(|left, right| left.point.cost.figure.total_cmp(&right.point.cost.figure))
}

fn nearest_miss(points: &[Placed], limits: &Limits) -> String {
    let surely = |limit: &Limit| points.iter().filter(|placed| limit.kept(placed) == Some(true)).count();
    let told: Vec<String> = limits.all.iter().map(|limit| format!("{} keep {}", surely(limit), limit.text())).collect();
    format!("no candidate surely keeps every limit: of {}, {}", points.len(), told.join(", "))
}

fn relax(points: &[Placed], limits: &Limits, limit: &Limit, best: Option<&Placed>) -> Relaxed {
    // What is not surely cheaper buys nothing.
    let found = cheapest(points, &limits.all, Some(limit));
    let surely = |found: &&Placed| {
        best.is_none_or(|best| found.point.cost.high < best.point.cost.low || found.point.candidate == best.point.candidate)
    };
    let leaning = found.filter(|found| !surely(found) && limit.kept(found) != Some(true));
    let found = found.filter(surely).or(best);
    let needs =
        found.and_then(|found| estimate(limit.axis, found)).map(|estimate| if limit.at_least { estimate.low } else { estimate.high });
    let figure = |value: f64| {
        if limit.unit == "ratio" { percent(value) } else { format!("{} {}", significant(value), limit.unit).trim_end().to_owned() }
    };
    let buys = match (found, best) {
        (None, _) => "nothing: without it the others still keep every candidate out".to_owned(),
        (Some(found), Some(best)) if found.point.candidate == best.point.candidate => match leaning {
            Some(leaning) => {
                format!("nothing sure: `{}` would be let in, and its cost is not told apart from this one's", leaning.point.candidate)
            }
            None => "nothing: the same candidate is the cheapest".to_owned(),
        },
        (Some(found), Some(best)) => {
            let saved = (best.point.cost.figure - found.point.cost.figure) / best.point.cost.figure * 100.0;
            format!(
                "`{}` for {} instead of {} {} ({} % less), at {}",
                found.point.candidate,
                significant(found.point.cost.figure),
                significant(best.point.cost.figure),
                best.point.cost_unit,
                significant(saved),
                needs.map_or_else(String::new, |needs| format!("{} instead of {}", figure(needs), limit.text()))
            )
        }
        (Some(found), None) => format!(
            "`{}` at all, with {}",
            found.point.candidate,
            needs.map_or_else(String::new, |needs| format!("{} instead of {}", figure(needs), limit.text()))
        ),
    };
    Relaxed { limit: limit.clone(), cheapest: found.map(|found| found.point.candidate.clone()), needs, buys }
}

#[cfg(test)]
mod tests {
    use super::super::front::front;
    use super::super::front::tests::point;
    use super::*;

    fn limit(axis: Axis, limit: f64, at_least: bool) -> Limit {
        Limit { axis, limit, unit: String::new(), at_least, from: "x".into(), derivation: String::new() }
    }

    #[test]
    fn the_cheapest_that_surely_keeps_every_limit_is_best_and_each_limit_has_its_price() {
        let exact = Estimate::exact;
        let points = front(&[
            point("rule", exact(0.1), exact(1.0), exact(0.6)),
            point("small", exact(1.0), exact(10.0), Estimate::new(0.8, 0.74, 0.86)),
            point("large", exact(4.0), exact(40.0), exact(0.9)),
        ]);
        let limits = Limits { all: vec![limit(Axis::Latency, 50.0, false), limit(Axis::Quality, 0.75, true)], missing: Vec::new() };
        let choice = choose(&points, &limits);
        assert_eq!(choice.best.as_deref(), Some("large"));
        // Its interval reaches below the floor.
        assert_eq!(choice.may_do, ["small"]);
        assert_eq!(choice.relaxed[0].buys, "nothing: the same candidate is the cheapest");
        assert_eq!((choice.relaxed[1].cheapest.as_deref(), choice.relaxed[1].needs), (Some("rule"), Some(0.6)));
        let none = choose(&points, &Limits { all: vec![limit(Axis::Quality, 0.99, true)], missing: Vec::new() });
        assert_eq!(none.best, None);
        assert!(none.why.starts_with("no candidate surely keeps every limit: of 3, 0 keep"), "{}", none.why);
    }
}
