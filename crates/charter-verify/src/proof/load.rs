//! Proofs under load: the scenario of a requirement, driven once for all that share it.

use std::time::Duration;

use charter_plan::Plan;
use charter_plan::plan::{Arrival, Load, Share};

use super::judge::judge;
use super::record::Finding;
use super::traffic::traffic_of;
use super::{Event, VerifySettings};
use crate::load::{LoadOutcome, LoadScenario, Shape, Spacing, Think, run};

/// Longest wait for an answer under load.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Connections of the open loop, unless the server takes fewer.
const CONNECTIONS_MAX: usize = 1_000;

/// Proofs under load; requirements with the same arrivals and mix share one run.
pub(super) struct Loads<'a> {
    plan: &'a Plan,
    settings: &'a VerifySettings<'a>,
    ran: Vec<(Arrival, Vec<Share>, LoadOutcome)>,
}

impl<'a> Loads<'a> {
    pub(super) fn new(plan: &'a Plan, settings: &'a VerifySettings<'a>) -> Self {
        Self { plan, settings, ran: Vec::new() }
    }

    pub(super) fn prove(&mut self, load: &Load, tell: &mut dyn FnMut(Event<'_>)) -> Result<Finding, String> {
        let known = self.ran.iter().position(|(arrival, mix, _)| *arrival == load.arrival && *mix == load.mix);
        let at = match known {
            Some(at) => at,
            None => {
                let scenario = self.scenario(load)?;
                let outcome = run(&scenario, |progress| tell(Event::Loading(progress))).map_err(|error| error.to_string())?;
                self.ran.push((load.arrival, load.mix.clone(), outcome));
                self.ran.len() - 1
            }
        };
        let (_, _, outcome) = self.ran.get(at).ok_or("its figures were lost")?;
        // Our own edge is where this machine reaches the server without a network between.
        let at_edge = self.settings.target.address().ip().is_loopback();
        Ok(judge(load, outcome, at_edge))
    }

    fn scenario(&self, load: &Load) -> Result<LoadScenario, String> {
        let mut traffic = Vec::with_capacity(load.mix.len());
        for share in load.mix.iter().filter(|share| share.share > 0.0) {
            let route = self.plan.routes.get(usize::from(share.route.0)).ok_or("a route of its mix is not in the plan")?;
            let requests =
                traffic_of(&self.settings.target, route, self.settings.folder, share.share).map_err(|error| error.to_string())?;
            traffic.push(requests);
        }
        let shape = match load.arrival {
            Arrival::Rate { per_s } => {
                let connections_max = CONNECTIONS_MAX.min(self.plan.limits.connections_max as usize / 2).max(self.settings.workers);
                Shape::Open { rate_per_second: per_s, spacing: Spacing::Poisson, connections_max }
            }
            Arrival::Users { users, think_ms } if think_ms > 0.0 => {
                Shape::Closed { users: users as usize, think: Think::Exponential(Duration::from_secs_f64(think_ms / 1e3)) }
            }
            Arrival::Users { users, .. } => Shape::Closed { users: users as usize, think: Think::None },
        };
        Ok(LoadScenario {
            target: self.settings.target.clone(),
            traffic,
            shape,
            warm_up: self.settings.warm_up,
            duration: self.settings.load_duration,
            timeout: TIMEOUT,
            seed: self.settings.seed,
            workers: self.settings.workers,
        })
    }
}
