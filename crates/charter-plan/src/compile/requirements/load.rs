//! Scenarios that are proved under load: which arrivals, over which routes, and which figure.

use super::operator;
use super::scope::{self, Scope};
use crate::plan::{Arrival, Load, Measured, Objective, Operator, Plan, Proof, Route, Share};
use crate::resolved::{Resolved, quantile, whole};
use charter_spec::ast::{Scenario, Stimulus};
use charter_spec::measure::{Argument, Measure, TermKind, ValueKind};
use charter_spec::names::Entry;

pub(super) fn proof(resolved: &Resolved, plan: &Plan, entry: &Entry<Scenario>, measure: &Measure) -> Result<Proof, String> {
    let (measured, flipped) = measured(measure)?;
    let scope = scope::of(resolved, plan, entry)?;
    let mut mix = match &scope {
        Scope::Route(route) => vec![Share { route: route.id, share: 1.0 }],
        Scope::All => scope::mix(resolved, plan)?,
    };
    mix.retain(|share| share.share > 0.0);
    let arrival = arrival(resolved, entry, &scope)?;
    let (operator, limit) = limit(&measured, flipped, measure)?;
    let network_ms = if is_latency(&measured) { network_ms(resolved, entry, &scope) } else { 0.0 };
    Ok(Proof::Load(Load { arrival, mix, measured, operator, limit, network_ms, window_s: window_s(measure) }))
}

/// What a scenario promises, as the calls of any run can show it, whichever kind proves it.
///
/// # Errors
/// Its measure is nothing that calls show, or one that only its own load does.
pub(super) fn objective(resolved: &Resolved, plan: &Plan, entry: &Entry<Scenario>, measure: &Measure) -> Result<Objective, String> {
    let (measured, flipped) = measured(measure)?;
    if measured == Measured::Throughput {
        return Err("its throughput is that of its own load, which a run of faults does not apply".to_owned());
    }
    let scope = scope::of(resolved, plan, entry)?;
    let routes = match &scope {
        Scope::Route(route) => vec![route.id],
        Scope::All => plan.routes.iter().map(|route| route.id).collect(),
    };
    let (operator, limit) = limit(&measured, flipped, measure)?;
    let network_ms = if is_latency(&measured) { network_ms(resolved, entry, &scope) } else { 0.0 };
    Ok(Objective { id: entry.id.value.to_string(), routes, measured, operator, limit, network_ms, window_s: window_s(measure) })
}

const fn is_latency(measured: &Measured) -> bool {
    matches!(measured, Measured::LatencyQuantile { .. } | Measured::LatencyMean | Measured::LatencyMax)
}

/// Seconds over which a promise must hold.
fn window_s(measure: &Measure) -> Option<f64> {
    measure.window.as_ref().map(|window| window.value.base / 1e9)
}

/// The operator and the limit in the plan's unit.
fn limit(measured: &Measured, flipped: bool, measure: &Measure) -> Result<(Operator, f64), String> {
    let Some(value) = measure.value.quantity() else {
        return Err("its limit is no number".to_owned());
    };
    let operator = operator(measure)?;
    Ok(match measured {
        measured if is_latency(measured) => (operator, value.base / 1e6),
        // Errors are what is not answered.
        Measured::RatioAnswered if flipped => (mirrored(operator), 1.0 - value.base),
        _ => (operator, value.base),
    })
}

/// What is measured, and whether it is counted the other way round.
fn measured(measure: &Measure) -> Result<(Measured, bool), String> {
    let unknown = || {
        Err("a load run measures quantiles, mean and maximum of `latency`, `ratio(answered)`, `ratio(rung == …)` and `throughput`"
            .to_owned())
    };
    match &measure.term.kind {
        TermKind::Path(path) => match path.dotted().as_str() {
            "throughput" | "goodput" => Ok((Measured::Throughput, false)),
            "availability" | "answered" => Ok((Measured::RatioAnswered, false)),
            "errors" | "error_rate" => Ok((Measured::RatioAnswered, true)),
            _ => unknown(),
        },
        TermKind::Call { function, arguments } => {
            let name = function.value.dotted();
            match arguments.as_slice() {
                [Argument::Term(term)] => {
                    let TermKind::Path(path) = &term.kind else { return unknown() };
                    match (name.as_str(), path.single()) {
                        ("mean" | "avg" | "average", Some("latency")) => Ok((Measured::LatencyMean, false)),
                        ("max", Some("latency")) => Ok((Measured::LatencyMax, false)),
                        ("median", Some("latency")) => Ok((Measured::LatencyQuantile { quantile: 0.5 }, false)),
                        (name, Some("latency")) => match quantile(name) {
                            Some(quantile) => Ok((Measured::LatencyQuantile { quantile }, false)),
                            None => unknown(),
                        },
                        ("ratio" | "rate", Some("answered")) => Ok((Measured::RatioAnswered, false)),
                        ("ratio" | "rate", Some("errors")) => Ok((Measured::RatioAnswered, true)),
                        ("mean" | "avg" | "min" | "sum", Some("throughput" | "goodput")) => Ok((Measured::Throughput, false)),
                        _ => unknown(),
                    }
                }
                [Argument::Predicate(condition)] => match (&condition.term.kind, &condition.value.kind) {
                    (TermKind::Path(path), ValueKind::Path(rung)) if name == "ratio" && path.single() == Some("rung") => {
                        Ok((Measured::RatioRung { rung: rung.dotted() }, false))
                    }
                    _ => unknown(),
                },
                _ => unknown(),
            }
        }
        TermKind::At { .. } => unknown(),
    }
}

/// `errors <= 1 %` is `answered >= 99 %`.
fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        other => other,
    }
}

/// The load that the scenario states, else the peak.
fn arrival(resolved: &Resolved, entry: &Entry<Scenario>, scope: &Scope<'_>) -> Result<Arrival, String> {
    let under = entry.under.as_ref().map(|under| &under.value);
    if let Some(users) = under.and_then(|under| under.users.as_ref()) {
        let think_ms = under.and_then(|under| under.think.as_ref()).map_or(0.0, |think| think.millis());
        return Ok(Arrival::Users { users: super::super::protect::whole(&users.value).max(1), think_ms });
    }
    if let Some(rate) = under.and_then(|under| under.rate.as_ref()) {
        return positive(rate.per_second());
    }
    let level = under.and_then(|under: &Stimulus| under.level.as_ref()).map_or("load.peak", |level| level.value.as_str());
    let figure = match level {
        "load.average" | "average" => resolved.load.average_rps.as_ref(),
        "load.peak" | "peak" | "load" => resolved.load.peak_rps.as_ref(),
        other => return Err(format!("`{other}` is no load; `load.peak` and `load.average` are")),
    };
    let Some(figure) = figure else { return Err(format!("`{level}` is not stated")) };
    // A route gets its share of the whole load.
    let share = match scope {
        Scope::All => 1.0,
        Scope::Route(route) => share(resolved, route)?,
    };
    positive(figure.value() * share)
}

fn share(resolved: &Resolved, route: &Route) -> Result<f64, String> {
    let id = charter_spec::Id::new(&route.name).map_err(str::to_owned)?;
    let share = resolved.load.of_id(&id).and_then(|load| load.share.as_ref());
    share.map(crate::resolved::Figure::value).ok_or_else(|| format!("route `{}` has no share in `load.mix`", route.name))
}

fn positive(per_s: f64) -> Result<Arrival, String> {
    if per_s > 0.0 { Ok(Arrival::Rate { per_s }) } else { Err("its load is zero".to_owned()) }
}

/// Time that passes outside our edge, where a load run cannot see it.
fn network_ms(resolved: &Resolved, entry: &Entry<Scenario>, scope: &Scope<'_>) -> f64 {
    let route = match scope {
        Scope::Route(route) => Some(route.name.as_str()),
        Scope::All => None,
    };
    let budget = resolved.latency.of_scenario(&entry.id.value, route);
    budget.map_or(0.0, |budget| f64::from(whole(budget.outside_ms.value())))
}
