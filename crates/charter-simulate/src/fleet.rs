//! The replicas that serve some routes: how many there are in which zone, and what is done about it.
//!
//! A balancer that chooses at random splits Poisson arrivals into independent Poisson streams, so replicas in one zone are alike and independent: a few are
//! simulated, and each stands for several. Virtual time itself belongs to `world`.

use crate::autoscale::{Autoscaler, Bounds, Reason, Seen};
use crate::calibration::first_use;
use crate::replica::Replica;
use crate::scenario::{ChangeKind, Scenario};
use crate::tally::Tally;
use crate::world::{Source, World};
use charter_engine::{Listen, Signal};
use charter_plan::plan::{Capacity, ModelId};
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};

/// How often the autoscaler looks.
pub(crate) const STEP_S: u32 = 15;
/// Within a step, replicas come and go at these moments.
pub(crate) const SEGMENT_S: u32 = 5;
/// From a zone's loss until callers leave its replicas alone.
const NOTICED_S: f64 = 5.0;

/// Which routes are served together, and by what.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pool {
    pub(crate) name: String,
    /// Positions of routes, with running sums of their shares of all calls.
    pub(crate) shares: Vec<(u16, f64)>,
    pub(crate) capacity: Capacity,
}

impl Pool {
    /// Its share of all calls.
    pub(crate) fn share(&self) -> f64 {
        self.shares.last().map_or(0.0, |(_, sum)| *sum)
    }
}

#[derive(Debug, Default)]
struct Zone {
    /// Replicas that answer.
    replicas: u32,
    /// Positions of those that are simulated.
    simulated: Vec<usize>,
    /// Since when it is gone.
    lost_s: Option<f64>,
}

/// Keeps the turns of breakers.
#[derive(Default)]
pub(crate) struct Journal {
    turns: Mutex<Vec<(ModelId, &'static str)>>,
}

impl Listen for Journal {
    fn hear(&self, signal: &Signal) {
        if let Signal::BreakerChanged { model, to, .. } = signal {
            self.turns.lock().unwrap_or_else(PoisonError::into_inner).push((*model, to.name()));
        }
    }
}

/// One look at a pool, fifteen seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Step {
    pub(crate) tally: Tally,
    pub(crate) ready: f64,
    pub(crate) starting: f64,
    pub(crate) desired: u32,
    pub(crate) queue: f64,
    pub(crate) inside: f64,
    pub(crate) turns: Vec<(ModelId, &'static str)>,
}

/// Why the autoscaler changed its mind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scaling {
    pub pool: String,
    pub at_s: u32,
    pub from: u32,
    pub to: u32,
    pub reason: Reason,
}

pub(crate) struct Fleet {
    pub(crate) world: World,
    pool: Pool,
    zones: Vec<Zone>,
    starting: Vec<(f64, u32)>,
    scaler: Option<Autoscaler>,
    /// Most replicas that are simulated in a zone.
    per_zone: u32,
    started: u64,
    journal: Arc<Journal>,
    pub(crate) scalings: Vec<Scaling>,
}

impl Fleet {
    pub(crate) fn new(world: World, pool: Pool, per_zone: u32, autoscale: bool, p99_limit_ms: f64) -> Self {
        let capacity = &pool.capacity;
        let replicas = capacity.replicas.max(capacity.replicas_min).max(1);
        let bounds = Bounds {
            floor: replicas,
            ceiling: capacity.replicas_max,
            per_replica_per_s: capacity.per_replica_per_s,
            safety: capacity.safety,
            p99_limit_ms,
        };
        let count = capacity.zones.max(1);
        let zones = (0..count).map(|zone| Zone { replicas: replicas / count + u32::from(zone < replicas % count), ..Zone::default() });
        let mut fleet = Self {
            zones: zones.collect(),
            scaler: autoscale.then(|| Autoscaler::new(bounds, replicas)),
            world,
            pool,
            starting: Vec::new(),
            per_zone: per_zone.max(1),
            started: 0,
            journal: Arc::default(),
            scalings: Vec::new(),
        };
        fleet.simulate_enough();
        fleet
    }

    /// Replicas that answer, and those that callers still send to though they are gone.
    fn targeted(&self) -> u32 {
        self.zones.iter().map(|zone| zone.replicas).sum()
    }

    pub(crate) fn ready(&self) -> u32 {
        self.zones.iter().filter(|zone| zone.lost_s.is_none()).map(|zone| zone.replicas).sum()
    }

    /// Share of the replicas that are simulated.
    pub(crate) fn simulated_share(&self) -> f64 {
        self.world.targets.len() as f64 / f64::from(self.targeted().max(1))
    }

    /// Brings the simulated replicas in line with those there are.
    fn simulate_enough(&mut self) {
        let mut targets = Vec::new();
        for zone in &mut self.zones {
            let wanted = zone.replicas.min(self.per_zone) as usize;
            while zone.simulated.len() < wanted {
                let listener = Arc::clone(&self.journal) as Arc<dyn Listen>;
                self.world.replicas.push(Replica::start(&self.world.shared, self.started, listener));
                zone.simulated.push(self.world.replicas.len() - 1);
                self.started += 1;
            }
            // Those taken away are sent nothing more and end what they have.
            zone.simulated.truncate(wanted);
            for replica in &zone.simulated {
                if let Some(replica) = self.world.replicas.get_mut(*replica) {
                    replica.weight = f64::from(zone.replicas) / wanted.max(1) as f64;
                }
            }
            targets.extend(&zone.simulated);
        }
        self.world.targets = targets;
    }

    /// What the scenario says of this moment, and replicas that are ready by now.
    pub(crate) fn apply(&mut self, scenario: &Scenario, now_s: f64) {
        let plan = Arc::clone(&self.world.shared.plan);
        for (index, model) in plan.models.iter().enumerate() {
            let (mut slow, mut failing) = (1.0, 0.0);
            for change in scenario.changes_at(now_s) {
                match &change.kind {
                    ChangeKind::Slow { model: label, factor } if *label == model.label() => slow *= factor,
                    ChangeKind::Fail { model: label, share } if *label == model.label() => failing = *share,
                    _ => {}
                }
            }
            self.world.shared.conditions.set(index, slow, failing);
        }
        for number in 0..self.zones.len() {
            let lost =
                scenario.changes_at(now_s).any(|change| matches!(change.kind, ChangeKind::LoseZone { zone } if zone as usize == number));
            self.zone(number, lost, now_s);
        }
        let (ready, starting): (Vec<_>, Vec<_>) = self.starting.iter().copied().partition(|(at, _)| *at <= now_s);
        self.starting = starting;
        for _ in 0..ready.iter().map(|(_, count)| count).sum() {
            let emptiest = self.zones.iter_mut().filter(|zone| zone.lost_s.is_none()).min_by_key(|zone| zone.replicas);
            if let Some(zone) = emptiest {
                zone.replicas += 1;
            }
        }
        self.reconcile(now_s);
        self.simulate_enough();
    }

    fn zone(&mut self, number: usize, lost: bool, now_s: f64) {
        let Some(zone) = self.zones.get_mut(number) else { return };
        match (lost, zone.lost_s) {
            (true, None) => {
                zone.lost_s = Some(now_s);
                zone.simulated.clone().into_iter().for_each(|replica| self.world.lose(replica));
            }
            (true, Some(since)) if now_s >= since + NOTICED_S => {
                zone.replicas = 0;
                zone.simulated.clear();
            }
            (false, Some(_)) => {
                zone.lost_s = None;
                zone.replicas = 0;
                zone.simulated.clear();
            }
            _ => {}
        }
    }

    /// Starts or ends replicas until there are as many as are wanted.
    fn reconcile(&mut self, now_s: f64) {
        let desired = self.desired();
        let coming: u32 = self.starting.iter().map(|(_, count)| count).sum();
        let there = self.ready() + coming;
        if there < desired {
            let load_s = self.pool.capacity.load_ms as f64 / 1e3;
            self.starting.push((now_s + load_s, desired - there));
        }
        let mut surplus = there.saturating_sub(desired);
        for (_, count) in &mut self.starting {
            let cut = surplus.min(*count);
            *count -= cut;
            surplus -= cut;
        }
        self.starting.retain(|(_, count)| *count > 0);
        for _ in 0..surplus {
            let fullest = self.zones.iter_mut().filter(|zone| zone.lost_s.is_none()).max_by_key(|zone| zone.replicas);
            if let Some(zone) = fullest {
                zone.replicas = zone.replicas.saturating_sub(1);
            }
        }
    }

    fn desired(&self) -> u32 {
        let stated = self.pool.capacity.replicas.max(self.pool.capacity.replicas_min).max(1);
        self.scaler.as_ref().map_or(stated, Autoscaler::desired)
    }

    /// Sends what the scenario asks of this pool at this moment.
    pub(crate) fn load(&mut self, scenario: &Scenario, now_s: f64) {
        let per_s = scenario.rate(now_s) * self.pool.share() * self.simulated_share();
        self.world.set_source(Source::Open { per_s });
    }

    /// Takes what was counted, and lets the autoscaler look at it.
    pub(crate) fn look(&mut self, scenario: &Scenario, at_s: u32, tally: Tally) -> Step {
        let targeted = f64::from(self.targeted());
        let (queue, inside) = (tally.queue() * targeted, tally.inside() * targeted);
        let turns = std::mem::take(&mut *self.journal.turns.lock().unwrap_or_else(PoisonError::into_inner));
        let ready = self.ready();
        let starting = f64::from(self.starting.iter().map(|(_, count)| count).sum::<u32>());
        let seen = Seen {
            queued: Some(queue),
            p99_ms: self.p99(&tally),
            inside: Some((inside - queue).max(0.0)),
            limit: self.limit(),
            forecast_per_s: Some(
                scenario.expected_rate(f64::from(at_s + STEP_S) + self.pool.capacity.load_ms as f64 / 1e3) * self.pool.share(),
            ),
        };
        if let Some(scaler) = &mut self.scaler {
            let from = scaler.desired();
            let (to, reason) = scaler.look(u64::from(at_s + STEP_S) * 1_000, &seen);
            if to != from {
                self.scalings.push(Scaling { pool: self.pool.name.clone(), at_s: at_s + STEP_S, from, to, reason });
            }
        }
        Step { tally, ready: f64::from(ready), starting, desired: self.desired(), queue, inside, turns }
    }

    /// Those who gave up waited at least as long as anybody waits.
    fn p99(&self, tally: &Tally) -> Option<f64> {
        if tally.offered <= 0.0 {
            return None;
        }
        let late = (tally.gave_up + tally.shed + tally.failed_total()) / tally.offered;
        let answered = tally.latency.quantile_ms(0.99);
        if late > 0.01 { Some(answered.unwrap_or(0.0).max(self.patience_ms() * 2.0)) } else { answered }
    }

    fn patience_ms(&self) -> f64 {
        let routes = &self.world.shared.plan.routes;
        self.pool
            .shares
            .iter()
            .filter_map(|(route, _)| routes.get(usize::from(*route)))
            .map(|route| f64::from(route.timeout_ms))
            .fold(0.0, f64::max)
    }

    /// The mean concurrency limit of a replica, over the models that answer when all is well.
    fn limit(&self) -> Option<f64> {
        let routes = self.pool.shares.iter().filter_map(|(route, _)| self.world.shared.plan.routes.get(usize::from(*route)));
        let models: Vec<ModelId> = routes.filter_map(first_use).collect();
        let replicas = self.world.targets.iter().filter_map(|target| self.world.replicas.get(*target));
        let limits: Vec<f64> = replicas
            .map(|replica| replica.engine.current())
            .filter_map(|runtime| models.iter().map(|model| runtime.model(*model).limit.map(f64::from)).sum::<Option<f64>>())
            .collect();
        (!limits.is_empty()).then(|| limits.iter().sum::<f64>() / limits.len() as f64)
    }
}
