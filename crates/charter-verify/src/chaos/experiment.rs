//! What the charter expects of its own faults.
//!
//! Which expectations can be stated belongs to the charter's language.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use charter_plan::Plan;
use charter_plan::plan::{Chaos, ChaosExperiment, Fault, ModelId, Point, RouteId};
use serde_json::json;

use super::drive::{Driver, Pass, Steady};
use super::judge::{Judged, answered_by, percent};
use super::objective;
use super::points::reaches;
use crate::load::RouteReport;
use crate::proof::Event;
use crate::proof::record::Finding;

/// Of the calls that a fault touches, this share must be answered by the rung that is expected.
const RUNG_SHARE_MIN: f64 = 0.95;

/// Brings the experiment's faults in under load over every route, holds what is seen against what is expected, and waits for the first rungs.
///
/// # Errors
/// Why there is no verdict.
pub(super) fn run(
    plan: &Plan,
    chaos: &Chaos,
    stated: &ChaosExperiment,
    driver: &mut Driver<'_>,
    steady: &Steady,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<Finding, String> {
    let routes = healthy(plan, stated, driver, steady)?;
    let failing = touched(plan, &stated.faults);
    driver.close_breakers(&failing)?;
    tell(Event::Phase { text: &format!("experiment {}", stated.name) });
    let pass = driver.pass(&routes, Duration::ZERO, Duration::from_millis(stated.duration_ms), &stated.faults, tell)?;
    let idle = untouched(&stated.faults, &pass);
    let most = driver.way_back(&failing, Duration::from_millis(stated.duration_ms));
    let within: BTreeMap<RouteId, Duration> = routes.iter().map(|route| (*route, most)).collect();
    tell(Event::Phase { text: &format!("experiment {}: first rungs come back", stated.name) });
    let back = driver.recover(&within, steady, tell)?;
    driver.close_breakers(&failing)?;
    match idle {
        Some(reason) => Err(reason),
        None => Ok(judge(plan, chaos, stated, &pass, &routes, &back, most, driver.at_edge())),
    }
}

/// Why nothing follows from a pass: a fault that touched no call was survived by nobody. One that was stopped shows enough.
fn untouched(faults: &[Fault], pass: &Pass) -> Option<String> {
    if pass.stopped.is_some() {
        return None;
    }
    let idle = faults.iter().zip(&pass.touched).find(|(_, touched)| **touched == 0).map(|(fault, _)| fault)?;
    let at = match &idle.point {
        Point::Model { label } => format!("model `{label}`"),
        Point::Provider { url } => format!("server `{url}`"),
        Point::Store => "the store".to_owned(),
        Point::Clock => "the clock".to_owned(),
    };
    Some(format!("its fault at {at} touched no call: let it last longer, make its share larger, or break what calls do meet"))
}

/// The routes that are driven; an expectation about one that is not healthy cannot be judged.
fn healthy(plan: &Plan, stated: &ChaosExperiment, driver: &Driver<'_>, steady: &Steady) -> Result<Vec<RouteId>, String> {
    for (route, _) in &stated.expect.rungs {
        if let Some(Err(reason)) = steady.get(route) {
            return Err(format!("route `{}`: {reason}", plan.route(*route).name));
        }
    }
    let routes: Vec<RouteId> = driver.driven().into_iter().filter(|route| matches!(steady.get(route), Some(Ok(_)))).collect();
    if routes.is_empty() { Err("no route made a healthy start".to_owned()) } else { Ok(routes) }
}

/// The models that faults reach.
fn touched(plan: &Plan, faults: &[Fault]) -> BTreeSet<ModelId> {
    plan.models.iter().filter(|model| faults.iter().any(|fault| reaches(&fault.point, model))).map(|model| model.id).collect()
}

/// The smallest share of calls that a fault on this route's models touches; all where none of them is touched.
fn share(plan: &Plan, route: RouteId, faults: &[Fault]) -> f64 {
    let uses = plan.route(route).node.uses();
    let own = faults.iter().filter(|fault| uses.iter().any(|call| reaches(&fault.point, plan.model(call.model))));
    f64::from(own.map(|fault| fault.share).min().unwrap_or(10_000)) / 10_000.0
}

#[expect(clippy::too_many_arguments, reason = "all that was seen of one experiment, which nothing else holds together")]
fn judge(
    plan: &Plan,
    chaos: &Chaos,
    stated: &ChaosExperiment,
    pass: &Pass,
    routes: &[RouteId],
    back: &BTreeMap<RouteId, f64>,
    most: Duration,
    at_edge: bool,
) -> Finding {
    let expect = &stated.expect;
    let mut judged = Judged::default();
    if let Some(reason) = &pass.stopped {
        judged.stopped(stated.name.clone(), reason);
    }
    for (route, rung) in &expect.rungs {
        let route = plan.route(*route);
        let (own, calls) =
            pass.routes.get(&route.id).map_or((0, 0), |report| (report.rungs.get(rung).copied().unwrap_or(0), report.requests));
        let min = RUNG_SHARE_MIN * share(plan, route.id, &stated.faults);
        judged.at_least(format!("{} answered by {rung}", route.name), own, calls, min);
        judged.limits.push(format!("`{}` by `{rung}`", route.name));
    }
    let (answered, calls) = pass.total.as_ref().map_or((0, 0), |total| (total.answered, total.requests));
    let answered_min = expect.answered_min.unwrap_or(1.0 - chaos.abort_unanswered);
    judged.at_least("answered".to_owned(), answered, calls, answered_min);
    judged.limits.push(format!(">= {} answered", percent(answered_min)));
    if let (Some(max_ms), Some(total)) = (expect.p99_ms, &pass.total) {
        judged.p99("p99 in ms".to_owned(), total, max_ms);
        judged.limits.push(format!("p99 <= {max_ms} ms"));
    }
    for objective in &expect.objectives {
        objective::judge(&mut judged, plan, objective, pass, at_edge);
    }
    for (model, within_ms) in &expect.opens {
        let label = plan.model(*model).label();
        let seconds = pass.opened.get(&label).map(Duration::as_secs_f64);
        judged.within(format!("breaker of {label} opens in s"), seconds, f64::from(*within_ms) / 1_000.0);
        judged.limits.push(format!("`{label}` opens within {within_ms} ms"));
        let seen =
            seconds.map_or("its breaker did not open".to_owned(), |seconds| format!("its breaker was seen open after {seconds:.2} s"));
        judged.notes.push(format!("{label}: {seen}; looked at every 250 ms"));
    }
    let slowest = routes.iter().map(|route| back.get(route).copied()).reduce(|one, other| Some(one?.max(other?))).flatten();
    judged.within("first rungs come back in s".to_owned(), slowest, most.as_secs_f64());
    judged.limits.push("first rungs come back".to_owned());
    judged.notes.extend(pass.routes.iter().map(|(route, report)| {
        format!(
            "{}: {} calls, by {}; p99 {:.1} ms",
            plan.route(*route).name,
            report.requests,
            answered_by(report),
            report.latency.p99.value_ms
        )
    }));
    judged.notes.push(match slowest {
        Some(seconds) => {
            format!("all first rungs were back within {seconds:.1} s after the last fault; the breakers allow {:.0} s", most.as_secs_f64())
        }
        None => format!("not every first rung was back after {:.0} s, which is all that the breakers allow", most.as_secs_f64()),
    });
    let seen: BTreeMap<&str, &RouteReport> = pass.routes.iter().map(|(route, report)| (plan.route(*route).name.as_str(), report)).collect();
    let opened: BTreeMap<&String, f64> = pass.opened.iter().map(|(label, time)| (label, time.as_secs_f64())).collect();
    judged.finding(answered, calls, json!({ "routes": seen, "opened_s": opened, "stopped": pass.stopped, "back_s": slowest }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_plan::plan::FaultKind;

    #[test]
    fn a_fault_that_touched_no_call_decides_nothing() {
        let fault = |point| Fault { point, kind: FaultKind::Error, share: 10_000, seed: 1 };
        let faults = [fault(Point::Model { label: "fraud@v2".into() }), fault(Point::Store)];
        let pass = |touched: &[u64]| Pass { touched: touched.to_vec(), ..Pass::default() };
        assert_eq!(untouched(&faults, &pass(&[3, 1])), None);
        assert!(untouched(&faults, &pass(&[3, 0])).is_some_and(|reason| reason.contains("the store")));
        assert!(untouched(&faults, &pass(&[0, 1])).is_some_and(|reason| reason.contains("fraud@v2")));
        let stopped = Pass { stopped: Some("stopped".into()), ..Pass::default() };
        assert_eq!(untouched(&faults, &stopped), None);
    }
}
