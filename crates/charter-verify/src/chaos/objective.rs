//! Quality scenarios that must hold while faults are in, held against the calls of the run itself.
//!
//! How a figure is judged belongs to `proof`, as for a run that a requirement gets for itself.

use std::collections::BTreeMap;

use charter_plan::Plan;
use charter_plan::evidence::{Part, Verdict};
use charter_plan::plan::{Arrival, Load, Objective, RouteId, Share};

use super::drive::{Pass, RATE_PER_ROUTE};
use super::judge::Judged;
use crate::load::{Errors, Latencies, LoadOutcome, RouteReport};
use crate::proof::judge_run;

/// How a reader makes an experiment last longer.
const LONGER: &str = "let the experiment last longer (`for:`)";

/// Adds what the pass says of an objective; `at_edge` when no network lay between.
pub(super) fn judge(judged: &mut Judged, plan: &Plan, objective: &Objective, pass: &Pass, at_edge: bool) {
    let id = &objective.id;
    let driven: Vec<RouteId> = pass.routes.keys().copied().filter(|route| objective.routes.contains(route)).collect();
    let missing: Vec<String> =
        objective.routes.iter().filter(|route| !driven.contains(route)).map(|route| format!("`{}`", plan.route(*route).name)).collect();
    let Some(outcome) = pass.outcome.as_ref().filter(|_| !driven.is_empty()) else {
        judged.parts.push(Part { name: id.clone(), count: 0, figure: None, interval: None, holds: None });
        judged.notes.push(format!("{id}: none of its routes was called"));
        return;
    };
    if !missing.is_empty() {
        judged.notes.push(format!("{id}: without {}, which could not be called", missing.join(", ")));
    }
    let finding = judge_run(&load(objective, &driven), &of_routes(outcome, pass, &driven), at_edge, LONGER);
    let holds = match finding.verdict {
        Verdict::Proved => Some(true),
        Verdict::Broken => Some(false),
        Verdict::Inconclusive => None,
    };
    if holds != Some(true) {
        judged.notes.extend(finding.notes.first().map(|why| format!("{id}: {why}")));
    }
    let count = pass.routes.iter().filter(|(route, _)| driven.contains(route)).map(|(_, report)| report.requests).sum();
    judged.parts.push(Part { name: id.clone(), count, figure: finding.figure, interval: finding.interval, holds });
    judged.limits.push(format!("`{id}` {}", finding.limit));
}

/// The objective as what this run was made for: every route alike.
fn load(objective: &Objective, driven: &[RouteId]) -> Load {
    let share = 1.0 / driven.len().max(1) as f64;
    Load {
        arrival: Arrival::Rate { per_s: RATE_PER_ROUTE * driven.len() as f64 },
        mix: driven.iter().map(|route| Share { route: *route, share }).collect(),
        measured: objective.measured.clone(),
        operator: objective.operator,
        limit: objective.limit,
        network_ms: objective.network_ms,
        window_s: objective.window_s,
    }
}

/// What the run measured of some routes alone.
fn of_routes(outcome: &LoadOutcome, pass: &Pass, driven: &[RouteId]) -> LoadOutcome {
    let chosen = || pass.routes.keys().enumerate().filter(|(_, route)| driven.contains(route)).map(|(at, _)| at);
    let mut total = Latencies::new();
    let routes: Vec<Latencies> = chosen().filter_map(|at| outcome.routes.get(at).cloned()).collect();
    routes.iter().for_each(|route| total.add(route));
    let mut report = outcome.report.clone();
    report.routes = chosen().filter_map(|at| outcome.report.routes.get(at).cloned()).collect();
    report.total = together(&report.total.name, &report.routes, &total);
    // Those of all routes, and no longer those of these.
    report.segments = Vec::new();
    LoadOutcome { report, total, routes }
}

fn together(name: &str, routes: &[RouteReport], latencies: &Latencies) -> RouteReport {
    let mut errors = Errors::default();
    let (mut rungs, mut reasons) = (BTreeMap::new(), BTreeMap::new());
    for route in routes {
        errors.add(&route.errors);
        route.rungs.iter().for_each(|(rung, count)| *rungs.entry(rung.clone()).or_default() += count);
        route.degraded_reasons.iter().for_each(|(reason, count)| *reasons.entry(reason.clone()).or_default() += count);
    }
    RouteReport {
        name: name.to_owned(),
        requests: routes.iter().map(|route| route.requests).sum(),
        answered: routes.iter().map(|route| route.answered).sum(),
        errors,
        bytes: routes.iter().map(|route| route.bytes).sum(),
        latency: latencies.into(),
        rungs,
        degraded_reasons: reasons,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Generator, LatencySummary, LoadReport, Shape, Spacing};
    use charter_plan::plan::{Access, FailMode, Measured, ModelId, Node, Operator, Route, Use};

    fn route(id: u16) -> Route {
        Route {
            id: RouteId(id),
            name: format!("route{id}"),
            inputs: vec![],
            answers: vec![],
            decisions: vec![],
            timeout_ms: 100,
            rows_max: 1,
            node: Node::Model(Use { model: ModelId(0), inputs: vec![], outputs: vec![] }),
            access: Access::Open,
            pinning: false,
            pins: vec![],
            samples: None,
            fail: FailMode::Closed,
        }
    }

    /// A pass of 10 s in which the first route answered all of 2,000 calls in 1 ms, and the second 1,900 of 2,000 in 50 ms.
    fn pass() -> Pass {
        let mut outcome = LoadOutcome { report: report(), total: Latencies::new(), routes: Vec::new() };
        for (answered, millis) in [(2_000, 1), (1_900, 50)] {
            let mut latencies = Latencies::new();
            (0..answered).for_each(|_| latencies.record_nanos(millis * 1_000_000));
            let mut report = together("route", &[], &latencies);
            (report.requests, report.answered, report.errors.status_5xx) = (2_000, answered, 2_000 - answered);
            outcome.report.routes.push(report);
            outcome.routes.push(latencies);
        }
        let routes = (0..).map(RouteId).zip(outcome.report.routes.iter().cloned()).collect();
        Pass { routes, outcome: Some(outcome), ..Pass::default() }
    }

    fn report() -> LoadReport {
        let empty = LatencySummary::from(&Latencies::new());
        LoadReport {
            shape: Shape::Open { rate_per_second: 400.0, spacing: Spacing::Poisson, connections_max: 1 },
            seed: 1,
            warm_up_seconds: 0.0,
            measured_seconds: 10.0,
            intended_per_second: Some(400.0),
            achieved_per_second: 400.0,
            throughput_per_second: 390.0,
            total: together("total", &[], &Latencies::new()),
            routes: Vec::new(),
            segments: Vec::new(),
            service: empty.clone(),
            corrected: None,
            corrected_interval_ms: None,
            generator: Generator {
                cpu_seconds: 0.0,
                cpu_micros_per_request: 0.0,
                busiest_worker_share: 0.0,
                connections: 1,
                send_lag: empty,
                late_sends: 0,
                waited_for_connection: 0,
                limits: Vec::new(),
            },
        }
    }

    fn judged(routes: &[u16], measured: Measured, operator: Operator, limit: f64) -> Judged {
        let plan = Plan { routes: (0..3).map(route).collect(), ..Plan::default() };
        let routes = routes.iter().copied().map(RouteId).collect();
        let objective = Objective { id: "promise".into(), routes, measured, operator, limit, network_ms: 0.0, window_s: None };
        let mut judged = Judged::default();
        judge(&mut judged, &plan, &objective, &pass(), true);
        judged
    }

    fn holds(routes: &[u16], measured: Measured, operator: Operator, limit: f64) -> Option<bool> {
        judged(routes, measured, operator, limit).parts[0].holds
    }

    #[test]
    fn a_promise_is_held_against_the_calls_of_its_own_routes() {
        let answered = |routes: &[u16], limit| holds(routes, Measured::RatioAnswered, Operator::GreaterOrEqual, limit);
        assert_eq!(answered(&[0], 0.99), Some(true));
        assert_eq!(answered(&[1], 0.99), Some(false));
        assert_eq!(answered(&[0, 1], 0.99), Some(false), "97.5 % of both");
        assert_eq!(answered(&[0], 0.999), None, "so few calls do not show it");
        let p90 = |routes: &[u16], limit| holds(routes, Measured::LatencyQuantile { quantile: 0.9 }, Operator::Less, limit);
        assert_eq!((p90(&[0], 2.0), p90(&[0, 1], 2.0), p90(&[0, 1], 60.0)), (Some(true), Some(false), Some(true)));
    }

    #[test]
    fn routes_that_were_not_called_are_told_and_nothing_follows_from_none() {
        let judged = |routes: &[u16]| judged(routes, Measured::RatioAnswered, Operator::GreaterOrEqual, 0.99);
        let some = judged(&[0, 2]);
        assert_eq!((some.parts[0].holds, some.parts[0].count), (Some(true), 2_000));
        assert_eq!(some.notes, ["promise: without `route2`, which could not be called"]);
        let none = judged(&[2]);
        assert_eq!((none.parts[0].holds, none.notes[0].as_str()), (None, "promise: none of its routes was called"));
    }
}
