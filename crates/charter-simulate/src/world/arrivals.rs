//! Who asks what, and when.

use super::World;
use crate::replica::{State, Task};
use crate::requests::Requests;
use crate::schedule::Event;
use crate::tally::End;
use charter_engine::{Call, Caller};
use charter_plan::plan::RouteId;
use std::sync::Arc;

/// Where calls come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Source {
    /// Poisson arrivals.
    Open { per_s: f64 },
    /// Users who ask again as soon as they are answered.
    Closed { users: u32 },
}

/// What is asked, and by whom.
pub(crate) struct Traffic {
    /// Requests of each route of the plan.
    pub(crate) requests: Arc<Vec<Requests>>,
    /// Position of each route that is asked, and the running sum of its share.
    pub(crate) shares: Vec<(u16, f64)>,
    /// Longest wait of a caller.
    pub(crate) patience_ms: Option<u64>,
}

impl World {
    /// Changes where calls come from, from now on.
    pub(crate) fn set_source(&mut self, source: Source) {
        self.source = source;
        self.source_number += 1;
        match source {
            Source::Open { per_s } if per_s > 0.0 => self.plan_arrival(per_s),
            Source::Open { .. } => {}
            Source::Closed { users } => (0..users).for_each(|_| self.arrive(true)),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.source, Source::Closed { .. })
    }

    fn plan_arrival(&mut self, per_s: f64) {
        let gap = self.random.exponential(1e9 / per_s);
        let at = self.now().saturating_add((gap as u64).max(1));
        self.schedule.plan(at, Event::Arrive(self.source_number));
    }

    /// An arrival, if the source is still the one that planned it.
    pub(super) fn arrival(&mut self, number: u64) {
        if number != self.source_number {
            return;
        }
        self.arrive(false);
        if let Source::Open { per_s } = self.source {
            self.plan_arrival(per_s);
        }
    }

    pub(super) fn arrive(&mut self, user: bool) {
        let point = self.random.uniform();
        let total = self.traffic.shares.last().map_or(0.0, |(_, sum)| *sum);
        let Some(&(route, _)) = self.traffic.shares.iter().find(|(_, sum)| point * total < *sum) else { return };
        let Some(&target) = self.targets.get(self.random.below(self.targets.len())) else { return };
        let Some(call) = self.call_of(route) else { return };
        let timeout_ms = self.shared.plan.routes.get(usize::from(route)).map_or(0, |route| u64::from(route.timeout_ms));
        let patience = self.traffic.patience_ms.unwrap_or(timeout_ms) * 1_000_000;
        let now = self.now();
        let Some(replica) = self.replicas.get_mut(target) else { return };
        if self.counting {
            self.tally.look(replica.threads.waiting(), replica.calls);
        }
        if replica.gone {
            if self.counting {
                self.tally.end(route, 0, replica.weight, &End::Lost);
            }
            return;
        }
        replica.calls += 1;
        let key = self.tasks.place(Task {
            replica: target,
            route,
            due: now,
            patience,
            counted: self.counting,
            state: State::Queued,
            call: Some(call),
            answering: None,
            result: None,
            user,
        });
        if self.generator.is_some() {
            self.ask(key, user);
        } else {
            self.queue(key);
            self.dispatch(target);
        }
    }

    /// One of the route's requests.
    fn call_of(&mut self, route: u16) -> Option<Call> {
        let requests = self.traffic.requests.get(usize::from(route))?;
        let (rows, inputs) = requests.calls.get(self.random.below(requests.calls.len()))?;
        let (rows, inputs, seed) = (*rows, inputs.clone(), self.random.bits());
        Some(Call { route: RouteId(route), inputs, rows, deadline_ms: None, key: None, version: None, seed, caller: Caller::default() })
    }
}
