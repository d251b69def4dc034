//! When faults must end before their time: pure.
//!
//! Two limits, looked at every 250 ms. Over all calls, the share without an answer may not pass `abort: { unanswered: … }`. And a route that no fault
//! touches, outside of what the faults may break, may not burn its objective: its share without an answer may not pass `burn` times what the
//! objective allows, `burn · (1 − objective)`. There the gate for low traffic of semantics §9 says when enough was seen: ten calls without an answer,
//! or a lower bound of that share (Clopper and Pearson 1934, 97.5 % one-sided) beyond the limit, whichever comes first. With a product of 1 or more,
//! the second limit says nothing.

use charter_plan::Plan;
use charter_plan::plan::{Chaos, Fault, Route, RouteId};

use super::answered_min;
use super::judge::percent;
use super::points::reaches;
use crate::load::{Ended, Progress};
use crate::statistics::clopper_pearson_interval;

/// Ended calls before a run can be stopped for all of them: fewer say nothing.
const ENDED_MIN: u64 = 20;
/// So many lost calls of one route say enough without an interval.
const LOST_ENOUGH: u64 = 10;
/// Two-sided: 97.5 % on the lower side.
const CONFIDENCE: f64 = 0.95;

/// The limits of one pass.
pub(super) struct Abort {
    unanswered: f64,
    burn: f64,
    /// In the order of the load's routes; `None` for one that a fault touches.
    outside: Vec<Option<Outside>>,
}

/// A route that no fault touches.
struct Outside {
    name: String,
    /// Share of its calls that must be answered.
    objective: f64,
}

impl Abort {
    /// `driven` are the routes of the load, in its order.
    pub(super) fn new(plan: &Plan, chaos: &Chaos, faults: &[Fault], driven: &[RouteId]) -> Self {
        let outside = |id: &RouteId| {
            let route = plan.route(*id);
            (!touches(plan, faults, route)).then(|| Outside { name: route.name.clone(), objective: answered_min(plan, route) })
        };
        Self { unanswered: chaos.abort_unanswered, burn: chaos.abort_burn, outside: driven.iter().map(outside).collect() }
    }

    /// Why the faults must end now.
    pub(super) fn reason(&self, progress: &Progress) -> Option<String> {
        let ended = progress.answered + progress.failed;
        let after = format!("stopped after {:.1} s", progress.elapsed.as_secs_f64());
        if ended >= ENDED_MIN && progress.failed as f64 > self.unanswered * ended as f64 {
            let limit = percent(self.unanswered);
            return Some(format!("{after}: {} of {ended} calls had no answer, where {limit} stop a run", progress.failed));
        }
        let routes = self.outside.iter().zip(&progress.routes).filter_map(|(outside, ended)| Some((outside.as_ref()?, ended)));
        let (route, ended) = routes.into_iter().find(|(route, ended)| burns(**ended, self.burn * (1.0 - route.objective)))?;
        Some(format!(
            "{after}: no fault touches route `{}`, and {} of its {} calls had no answer, where {} answered and burn {} allow {}",
            route.name,
            ended.failed,
            ended.answered + ended.failed,
            percent(route.objective),
            self.burn,
            percent(self.burn * (1.0 - route.objective))
        ))
    }
}

/// Whether a fault is at a model that the route may ask. The store and the clock answer no call.
fn touches(plan: &Plan, faults: &[Fault], route: &Route) -> bool {
    route.node.uses().iter().any(|call| faults.iter().any(|fault| reaches(&fault.point, plan.model(call.model))))
}

/// What a product such as 10 × (1 − 0.9) may fall short of 1 by.
const ROUNDING: f64 = 1e-9;

/// Whether a share of lost calls is beyond a limit, as far as so few calls can tell.
fn burns(ended: Ended, limit: f64) -> bool {
    let calls = ended.answered + ended.failed;
    let beyond = ended.failed as f64 > limit * calls as f64;
    beyond
        && limit < 1.0 - ROUNDING
        && (ended.failed >= LOST_ENOUGH || clopper_pearson_interval(ended.failed, calls, CONFIDENCE).low > limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn abort(outside: bool, objective: f64) -> Abort {
        let route = outside.then(|| Outside { name: "pricing".into(), objective });
        Abort { unanswered: 0.1, burn: 10.0, outside: vec![None, route] }
    }

    /// Of the first route 100 calls are answered; of the second, these.
    fn reason(abort: &Abort, answered: u64, failed: u64) -> Option<String> {
        let routes = vec![Ended { answered: 100, failed: 0 }, Ended { answered, failed }];
        abort.reason(&Progress {
            elapsed: Duration::from_secs(2),
            whole: Duration::from_secs(9),
            sent: 0,
            answered: 100 + answered,
            failed,
            routes,
        })
    }

    #[test]
    fn too_many_lost_calls_over_all_stop_a_run() {
        let reason = |failed| reason(&abort(false, 0.99), 100, failed);
        assert_eq!(reason(22), None);
        assert_eq!(reason(23).as_deref(), Some("stopped after 2.0 s: 23 of 223 calls had no answer, where 10 % stop a run"));
    }

    #[test]
    fn a_route_outside_may_not_burn_its_objective() {
        // 99.9 % and burn 10 allow 1 %.
        let strict = abort(true, 0.999);
        assert_eq!(reason(&strict, 120, 1), None, "0.8 %");
        assert_eq!(reason(&strict, 90, 3), None, "3.2 %, and at least 0.7 %");
        let told = reason(&strict, 80, 4).expect("4.8 %, and at least 1.3 %");
        let expected = "no fault touches route `pricing`, and 4 of its 84 calls had no answer, where 99.9 % answered and burn 10 allow 1 %";
        assert!(told.ends_with(expected), "{told}");
        assert!(reason(&strict, 900, 10).is_some(), "ten are enough");
        assert_eq!(reason(&strict, 1_000, 10), None, "0.99 %");
        assert_eq!(reason(&abort(false, 0.999), 80, 4), None, "a fault touches it");
        // 99 % and burn 10 allow 10 %; 90 % and burn 10 all.
        assert_eq!(reason(&abort(true, 0.99), 130, 14), None);
        assert_eq!(reason(&abort(true, 0.9), 200, 25), None);
    }
}
