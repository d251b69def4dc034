//! What the charter itself allows a route: time, quality, money.
//!
//! Which candidate is best under them belongs to `choice`.

use super::money::MONTH_SECONDS;
use super::{Axis, Estimate, Placed, Point};
use crate::arithmetic::derivation::{percent, significant};
use crate::plan::{Measured, Operator, Plan, Proof};
use crate::resolved::{Element, Figure, Resolved};
use charter_spec::{Id, SectionName};
use serde::Serialize;

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

/// What a limit is held against: of money the bill, since whole replicas are what is paid for.
pub(super) fn estimate(axis: Axis, placed: &Placed) -> Option<Estimate> {
    match axis {
        Axis::Cost => Some(placed.point.bill.as_ref().map_or(placed.point.cost, |bill| bill.per_thousand)),
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

impl Limits {
    /// Without the limit on money where nothing that was measured has a bill in money: then it says so instead.
    #[must_use]
    pub fn held_against(mut self, points: &[Point]) -> Self {
        let in_money = points.iter().any(|point| point.bill.is_some());
        let (money, other): (Vec<Limit>, Vec<Limit>) = self.all.into_iter().partition(|limit| limit.axis == Axis::Cost && !in_money);
        self.all = other;
        self.missing
            .extend(money.iter().map(|limit| format!("{} by {} cannot be held against processor seconds", limit.text(), limit.from)));
        self
    }
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
