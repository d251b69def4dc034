//! Load while faults are in, from before its first call until after its last.
//!
//! When faults must end early belongs to `abort`, what is expected meanwhile to the experiments.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use charter_plan::Plan;
use charter_plan::plan::{Access, Chaos, Fault, ModelId, RouteId};

use super::abort::Abort;
use super::admin::Admin;
use super::lease::Inside;
use super::points::{caches, rungs};
use crate::load::{LoadOutcome, LoadScenario, RouteReport, Shape, Spacing, Traffic, run};
use crate::proof::{Event, VerifySettings, traffic_of};

/// Requests a second to each route: enough for a breaker to judge within a second, far below what a core answers.
pub(super) const RATE_PER_ROUTE: f64 = 40.0;
const CONNECTIONS_MAX: usize = 512;
const WARM_UP: Duration = Duration::from_secs(1);
const STEADY: Duration = Duration::from_secs(3);
/// Resolution of the time that a first rung takes to come back.
const WINDOW: Duration = Duration::from_secs(1);
/// A first rung is back when it answers this share of what it answered before.
const BACK_SHARE: f64 = 0.95;
/// Less than this from the first rung before any fault is no healthy start.
const HEALTHY_SHARE: f64 = 0.5;
/// The client's patience beyond the longest timeout of a route.
const PATIENCE: Duration = Duration::from_millis(500);

pub(super) struct Driver<'a> {
    plan: &'a Plan,
    chaos: &'a Chaos,
    settings: &'a VerifySettings<'a>,
    pub(super) admin: Admin,
    traffic: BTreeMap<RouteId, Result<Traffic, String>>,
    /// Each pass draws other rows, and the same ones in another run with this seed.
    passes: u64,
}

/// Share of calls that the first rung answered before any fault; or why the route cannot be tried.
pub(super) type Steady = BTreeMap<RouteId, Result<f64, String>>;

/// What was seen in one pass of load.
#[derive(Debug, Default)]
pub(super) struct Pass {
    pub(super) routes: BTreeMap<RouteId, RouteReport>,
    pub(super) total: Option<RouteReport>,
    /// Everything that the load run measured, its routes in the order of `routes`.
    pub(super) outcome: Option<LoadOutcome>,
    /// Why the faults were ended before their time.
    pub(super) stopped: Option<String>,
    /// When a breaker was first seen not closed, by label, since the faults came in; looked at every 250 ms.
    pub(super) opened: BTreeMap<String, Duration>,
    /// Calls that each fault has touched, in the order of the faults.
    pub(super) touched: Vec<u64>,
}

impl<'a> Driver<'a> {
    pub(super) fn new(plan: &'a Plan, chaos: &'a Chaos, settings: &'a VerifySettings<'a>, admin: Admin) -> Self {
        let traffic = plan.routes.iter().map(|route| {
            let traffic = match &route.access {
                _ if caches(&route.node) => {
                    Err("its answers may come from memory, so replayed rows do not show which rung answers".to_owned())
                }
                Access::Identities(_) => Err("it answers only identities that it names, and a run of proofs has none".to_owned()),
                Access::Open => traffic_of(&settings.target, route, settings.folder, 1.0).map_err(|error| error.to_string()),
            };
            (route.id, traffic)
        });
        Self { plan, chaos, settings, admin, traffic: traffic.collect(), passes: 0 }
    }

    pub(super) fn seed(&self) -> u64 {
        self.settings.seed
    }

    /// Whether no network lies between this machine and the server.
    pub(super) fn at_edge(&self) -> bool {
        self.settings.target.address().ip().is_loopback()
    }

    /// Routes that can be driven.
    pub(super) fn driven(&self) -> Vec<RouteId> {
        self.traffic.iter().filter(|(_, traffic)| traffic.is_ok()).map(|(id, _)| *id).collect()
    }

    /// The start of every verdict: what each route does when nothing fails.
    pub(super) fn steady(&mut self, tell: &mut dyn FnMut(Event<'_>)) -> Steady {
        tell(Event::Phase { text: "steady state, nothing fails" });
        let seen = self.pass(&self.driven(), WARM_UP, STEADY, &[], tell);
        let traffic = &self.traffic;
        let of = |id: &RouteId| -> Result<f64, String> {
            if let Some(Err(reason)) = traffic.get(id) {
                return Err(reason.clone());
            }
            let pass = seen.as_ref().map_err(Clone::clone)?;
            let report = pass.routes.get(id).ok_or("it had no traffic")?;
            let first = rungs(self.plan.route(*id)).first().map(|rung| rung.name.as_str());
            let share = first.map_or(1.0, |first| share_of(report, first));
            let answered = report.answered as f64 / report.requests.max(1) as f64;
            if answered < 1.0 - self.chaos.abort_unanswered || share < HEALTHY_SHARE {
                return Err(format!(
                    "no healthy start: before any fault {} of {} calls were answered, {:.0} % of them by the first rung",
                    report.answered,
                    report.requests,
                    share * 100.0
                ));
            }
            Ok(share)
        };
        self.plan.routes.iter().map(|route| (route.id, of(&route.id))).collect()
    }

    /// One pass of load over these routes with these faults in from before its first call until after its last.
    pub(super) fn pass(
        &mut self,
        routes: &[RouteId],
        warm_up: Duration,
        duration: Duration,
        faults: &[Fault],
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<Pass, String> {
        let driven: Vec<RouteId> = routes.iter().copied().filter(|id| matches!(self.traffic.get(id), Some(Ok(_)))).collect();
        if driven.is_empty() {
            return Ok(Pass::default());
        }
        self.passes += 1;
        let scenario = self.scenario(&driven, warm_up, duration);
        let inside = Inside::bring(&self.admin, faults, Duration::from_millis(u64::from(self.chaos.lease_ms)))?;
        let abort = Abort::new(self.plan, self.chaos, faults, &driven);
        let began = Instant::now();
        let mut pass = Pass::default();
        let mut lapsed: Option<String> = None;
        let outcome = run(&scenario, |progress| {
            if !faults.is_empty() && pass.stopped.is_none() && lapsed.is_none() {
                lapsed = inside.keep().err();
                self.look_at_breakers(began, &mut pass);
                pass.stopped = abort.reason(&progress);
                if pass.stopped.is_some() {
                    inside.end();
                }
            }
            tell(Event::Loading(progress));
        });
        // A run that was stopped has ended them.
        let touched = inside.touched();
        drop(inside);
        if let Some(reason) = lapsed {
            return Err(format!("a fault ended before its time: {reason}"));
        }
        pass.touched = touched?;
        let outcome = outcome.map_err(|error| error.to_string())?;
        pass.routes = driven.into_iter().zip(outcome.report.routes.iter().cloned()).collect();
        pass.total = Some(outcome.report.total.clone());
        pass.outcome = Some(outcome);
        Ok(pass)
    }

    /// Remembers when a breaker was first seen not closed.
    fn look_at_breakers(&self, began: Instant, pass: &mut Pass) {
        // Without an answer this time there is one the next time.
        for (label, state) in self.admin.breakers().unwrap_or_default() {
            if matches!(state.as_str(), "open" | "probing" | "ramp") {
                pass.opened.entry(label).or_insert_with(|| began.elapsed());
            }
        }
    }

    fn scenario(&self, routes: &[RouteId], warm_up: Duration, duration: Duration) -> LoadScenario {
        let longest = routes.iter().map(|id| self.plan.route(*id).timeout_ms).max().unwrap_or(0);
        LoadScenario {
            target: self.settings.target.clone(),
            traffic: routes.iter().filter_map(|id| self.traffic.get(id)?.as_ref().ok().cloned()).collect(),
            shape: Shape::Open {
                rate_per_second: RATE_PER_ROUTE * routes.len() as f64,
                spacing: Spacing::Poisson,
                connections_max: CONNECTIONS_MAX.min(self.plan.limits.connections_max as usize / 2).max(1),
            },
            warm_up,
            duration,
            timeout: Duration::from_millis(u64::from(longest)) + PATIENCE,
            seed: self.settings.seed.wrapping_add(self.passes),
            workers: 1,
        }
    }

    /// Waits under load until the first rungs of these routes are back, at most as long as each may take. The answer is how many seconds after
    /// the call each was seen back; nothing where it was not.
    pub(super) fn recover(
        &mut self,
        within: &BTreeMap<RouteId, Duration>,
        steady: &Steady,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<BTreeMap<RouteId, f64>, String> {
        let began = Instant::now();
        let mut back: BTreeMap<RouteId, f64> = BTreeMap::new();
        loop {
            let elapsed = began.elapsed();
            let waiting: Vec<RouteId> =
                within.iter().filter(|(id, most)| !back.contains_key(id) && elapsed < **most).map(|(id, _)| *id).collect();
            if waiting.is_empty() {
                return Ok(back);
            }
            let pass = self.pass(&waiting, Duration::ZERO, WINDOW, &[], tell)?;
            for id in waiting {
                let before = steady.get(&id).and_then(|share| share.as_ref().ok()).copied().unwrap_or(1.0);
                let first = rungs(self.plan.route(id)).first().map(|rung| rung.name.as_str());
                // A route without rungs is back when it answers.
                let is_back = pass.routes.get(&id).is_none_or(|report| match first {
                    Some(first) => share_of(report, first) >= BACK_SHARE * before,
                    None => report.answered as f64 >= BACK_SHARE * report.requests as f64,
                });
                if is_back {
                    back.insert(id, began.elapsed().as_secs_f64());
                }
            }
        }
    }

    /// Closes the breakers of these models that calls have opened, so that what follows meets them as it would in a new failure.
    pub(super) fn close_breakers(&self, models: &BTreeSet<ModelId>) -> Result<(), String> {
        let states = self.admin.breakers()?;
        for label in models.iter().map(|id| self.plan.model(*id).label()) {
            // Where an operator has put a breaker, it stays.
            if states.get(&label).is_some_and(|state| matches!(state.as_str(), "open" | "probing" | "ramp")) {
                self.admin.close_breaker(&label)?;
            }
        }
        Ok(())
    }

    /// How long the breakers of these models may keep calls away after faults that lasted so long: the longest wait that they can have come to,
    /// ten seconds of probes, eight of ramp, and what measuring adds. A wait doubles with each opening, give or take half of it.
    pub(super) fn way_back(&self, models: &BTreeSet<ModelId>, faulted: Duration) -> Duration {
        let guards = models.iter().filter_map(|id| self.plan.model(*id).protect.breaker);
        let longest = guards.map(|breaker| {
            let doubled = Duration::from_millis(u64::from(breaker.open_ms_min)) + faulted * 2;
            doubled.min(Duration::from_millis(u64::from(breaker.open_ms_max))) * 3 / 2 + Duration::from_secs(18)
        });
        longest.max().unwrap_or_default() + 3 * WINDOW
    }
}

/// Share of a route's calls that one rung answered.
pub(super) fn share_of(report: &RouteReport, rung: &str) -> f64 {
    report.rungs.get(rung).copied().unwrap_or(0) as f64 / report.requests.max(1) as f64
}
