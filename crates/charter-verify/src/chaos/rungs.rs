//! Each ladder rung by rung: what is above a rung fails, and the rung must answer; then nothing fails, and the first rung must come back.
//!
//! Routes that do not disturb each other are tried together, so that a charter takes minutes and not an hour.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use charter_plan::Plan;
use charter_plan::compile::{Exercise, Subject};
use charter_plan::plan::{Chaos, ModelId, RouteId};
use serde_json::json;

use super::drive::{Driver, Pass, RATE_PER_ROUTE, Steady};
use super::judge::{CALLS_MIN, Judged, answered_by, percent};
use super::points::{Style, above, faults, groups, rungs};
use super::{Found, answered_min};
use crate::load::RouteReport;
use crate::proof::Event;
use crate::proof::record::Finding;

/// How long each way of failing lasts at least, and at most where faults touch so few calls that it takes longer to see enough of them.
const PASS: Duration = Duration::from_secs(3);
const PASS_MAX: Duration = Duration::from_secs(120);
/// Of the calls that a fault touches, this share must be answered by the rung that is tried; the others may have gone further down.
const RUNG_SHARE_MIN: f64 = 0.95;

/// What lies between our edge, which holds the route's time, and this client: both share one machine with the server under proof.
const BEYOND_EDGE_MS: f64 = 10.0;

/// How long each way of failing lasts: until half as many calls again are touched as are needed, since calls come by chance.
fn lasts(chaos: &Chaos) -> Duration {
    let touched_per_s = RATE_PER_ROUTE * f64::from(chaos.share_max.max(1)) / 10_000.0;
    Duration::from_secs_f64(1.5 * CALLS_MIN as f64 / touched_per_s).clamp(PASS, PASS_MAX)
}

/// What was seen of one rung.
#[derive(Default)]
struct Seen {
    passes: Vec<(Style, RouteReport, Option<String>)>,
    /// Seconds until the first rung was back, and the most that it may take; absent when it was not looked at.
    back: Option<(Option<f64>, f64)>,
    /// Why the rung could not be tried to the end.
    failed: Option<String>,
}

/// Tries every chosen rung, level by level.
pub(super) fn exercise(
    plan: &Plan,
    chaos: &Chaos,
    driver: &mut Driver<'_>,
    steady: &Steady,
    chosen: &[Exercise],
    found: &mut Found,
    tell: &mut dyn FnMut(Event<'_>),
) {
    let wanted: BTreeMap<(RouteId, usize), &str> = chosen
        .iter()
        .filter_map(|exercise| match exercise.subject {
            Subject::Rung { route, rung } => Some(((route, rung), exercise.requirement.id.as_str())),
            Subject::Experiment(_) => None,
        })
        .collect();
    let mut routes: Vec<RouteId> = wanted.keys().map(|(route, _)| *route).collect();
    routes.dedup();
    for ((route, _), id) in &wanted {
        if let Some(Err(reason)) = steady.get(route) {
            found.set(id, Err(format!("route `{}`: {reason}", plan.route(*route).name)));
        }
    }
    routes.retain(|route| matches!(steady.get(route), Some(Ok(_))));
    for group in groups(plan, &routes) {
        let deepest = group.iter().map(|route| rungs(plan.route(*route)).len()).max().unwrap_or(0);
        for level in 1..deepest {
            let at: Vec<RouteId> = group.iter().copied().filter(|route| wanted.contains_key(&(*route, level))).collect();
            if at.is_empty() {
                continue;
            }
            let mut seen = try_level(plan, chaos, driver, steady, level, &at, tell);
            for route in at {
                let (Some(id), Some(seen)) = (wanted.get(&(route, level)), seen.remove(&route)) else { continue };
                found.set(id, judge(plan, chaos, route, level, seen));
            }
        }
    }
}

fn try_level(
    plan: &Plan,
    chaos: &Chaos,
    driver: &mut Driver<'_>,
    steady: &Steady,
    level: usize,
    routes: &[RouteId],
    tell: &mut dyn FnMut(Event<'_>),
) -> BTreeMap<RouteId, Seen> {
    let mut seen: BTreeMap<RouteId, Seen> = routes.iter().map(|route| (*route, Seen::default())).collect();
    let began = Instant::now();
    let mut failing: BTreeSet<ModelId> = BTreeSet::new();
    for route in routes {
        failing.extend(above(plan.route(*route), level));
    }
    for style in Style::ALL {
        // Each way of failing meets breakers that are closed, as a new failure would.
        let closed = driver.close_breakers(&failing);
        let tried = closed.and_then(|()| try_style(plan, chaos, driver, level, style, routes, &mut seen, tell));
        if let Err(reason) = tried {
            seen.values_mut().for_each(|seen| seen.failed = Some(reason.clone()));
            return seen;
        }
    }
    let within: BTreeMap<RouteId, Duration> =
        routes.iter().map(|route| (*route, driver.way_back(&above(plan.route(*route), level), lasts(chaos)))).collect();
    tell(Event::Phase { text: &format!("nothing fails any more, first rungs come back ({:.0} s in)", began.elapsed().as_secs_f64()) });
    match driver.recover(&within, steady, tell) {
        Err(reason) => seen.values_mut().for_each(|seen| seen.failed = Some(reason.clone())),
        Ok(back) => {
            for (route, seen) in &mut seen {
                let most = within.get(route).copied().unwrap_or_default().as_secs_f64();
                seen.back = Some((back.get(route).copied(), most));
            }
        }
    }
    // A breaker that stayed open is told in this rung's verdict and must not spoil the next one's.
    if let Err(reason) = driver.close_breakers(&failing) {
        seen.values_mut().for_each(|seen| seen.failed = Some(reason.clone()));
    }
    seen
}

/// One way of failing for all routes of a level. When it is stopped because one route does not answer, the others get their turn without it.
#[expect(clippy::too_many_arguments, reason = "one step of a loop over ways of failing, split off for its length")]
fn try_style(
    plan: &Plan,
    chaos: &Chaos,
    driver: &mut Driver<'_>,
    level: usize,
    style: Style,
    routes: &[RouteId],
    seen: &mut BTreeMap<RouteId, Seen>,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<(), String> {
    let mut left: Vec<RouteId> = routes.to_vec();
    while !left.is_empty() {
        let mut failing: BTreeSet<ModelId> = BTreeSet::new();
        for route in &left {
            failing.extend(above(plan.route(*route), level));
        }
        let faults = faults(plan, &failing, style, chaos.share_max, driver.seed());
        tell(Event::Phase { text: &format!("rung {} of {} route(s) answers, above it: {}", level + 1, left.len(), style.name()) });
        let pass = driver.pass(&left, Duration::ZERO, lasts(chaos), &faults, tell)?;
        let culprits = culprits(&pass);
        let only_some = pass.stopped.is_some() && !culprits.is_empty() && culprits.len() < left.len();
        for (route, report) in pass.routes {
            if only_some && !culprits.contains(&route) {
                continue;
            }
            let stopped = pass.stopped.clone().filter(|_| culprits.is_empty() || culprits.contains(&route));
            if let Some(seen) = seen.get_mut(&route) {
                seen.passes.push((style, report, stopped));
            }
        }
        if !only_some {
            return Ok(());
        }
        left.retain(|route| !culprits.contains(route));
        driver.close_breakers(&failing)?;
    }
    Ok(())
}

/// The routes for whose sake a pass was stopped.
fn culprits(pass: &Pass) -> BTreeSet<RouteId> {
    if pass.stopped.is_none() {
        return BTreeSet::new();
    }
    // Calls are lost only until the faults end, so what counts is who lost most, not how large a share of the pass it was.
    let most = pass.routes.values().map(|report| report.errors.total()).max().unwrap_or(0);
    pass.routes.iter().filter(|(_, report)| 2 * report.errors.total() > most).map(|(route, _)| *route).collect()
}

fn judge(plan: &Plan, chaos: &Chaos, route: RouteId, level: usize, seen: Seen) -> Result<Finding, String> {
    let route = plan.route(route);
    let (Some(rung), Some(first)) = (rungs(route).get(level), rungs(route).first()) else {
        return Err("the rung is not in the plan".to_owned());
    };
    if let Some(reason) = seen.failed {
        return Err(reason);
    }
    let answered_min = answered_min(plan, route);
    let touched = f64::from(chaos.share_max) / 10_000.0;
    let share_min = RUNG_SHARE_MIN * touched;
    let timeout_ms = f64::from(route.timeout_ms);
    let mut judged = Judged::default();
    let (mut hits, mut calls) = (0, 0);
    for (style, report, stopped) in &seen.passes {
        let own = report.rungs.get(&rung.name).copied().unwrap_or(0);
        hits += own;
        calls += report.requests;
        if let Some(reason) = stopped {
            judged.stopped(style.name().to_owned(), reason);
        }
        judged.enough(format!("{}: calls that the faults touch", style.name()), (report.requests as f64 * touched) as u64);
        judged.at_least(format!("{}: answered", style.name()), report.answered, report.requests, answered_min);
        judged.at_least(format!("{}: answered by {}", style.name(), rung.name), own, report.requests, share_min);
        judged.p99(format!("{}: p99 in ms", style.name()), report, timeout_ms + BEYOND_EDGE_MS);
        judged.notes.push(format!(
            "{}: {} calls in {:.0} s, by {}; p99 {:.1} ms",
            style.name(),
            report.requests,
            lasts(chaos).as_secs_f64(),
            answered_by(report),
            report.latency.p99.value_ms
        ));
    }
    if let Some((seconds, most)) = seen.back {
        judged.within(format!("back to {} in s", first.name), seconds, most);
        judged.notes.push(match seconds {
            Some(seconds) => format!("back to `{}` within {seconds:.1} s after the last fault; the breakers allow {most:.0} s", first.name),
            None => format!("not back to `{}` after {most:.0} s, which is all that the breakers allow", first.name),
        });
    }
    judged.notes.push(format!("faults touched {} of the calls; open loop, from this machine", percent(touched)));
    judged.limits = vec![
        format!(">= {} answered", percent(answered_min)),
        format!(">= {} by `{}`", percent(share_min), rung.name),
        format!("p99 <= {timeout_ms} + {BEYOND_EDGE_MS} ms"),
        format!("`{}` comes back", first.name),
    ];
    let passes = seen.passes.iter().map(|(style, report, stopped)| json!({ "fault": style.name(), "seen": report, "stopped": stopped }));
    let report =
        json!({ "share_max": chaos.share_max, "passes": passes.collect::<Vec<_>>(), "back_s": seen.back.and_then(|(seconds, _)| seconds) });
    Ok(judged.finding(hits, calls, report))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewer_calls_a_fault_touches_the_longer_it_lasts() {
        let of = |share_max| lasts(&Chaos { share_max, lease_ms: 60_000, abort_unanswered: 0.1, abort_burn: 10.0, experiments: vec![] });
        assert_eq!(of(10_000), PASS);
        assert_eq!(of(100), Duration::from_millis(112_500));
        assert_eq!(of(1), PASS_MAX);
    }
}
