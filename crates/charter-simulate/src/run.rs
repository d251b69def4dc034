//! Runs a scenario: each pool of replicas on a thread of its own, in steps of fifteen seconds.
//!
//! A day of thousands of calls a second is too much to play call by call. Two reductions are made, and told in the outcome: a few replicas stand for all
//! (exact where the balancer chooses at random), and of each step only a slice is played, after a warm-up that is not counted. Steps around a loss or a
//! fault are played whole. What the figures look like belongs to `outcome` and `report`.

use crate::answers::Answers;
use crate::backend::Conditions;
use crate::calibration::Calibration;
use crate::clock::VirtualClock;
use crate::fleet::{Fleet, Pool, SEGMENT_S, STEP_S, Scaling, Step};
use crate::outcome::{Outcome, Reduction, outcome};
use crate::pools::pools;
use crate::replica::Shared;
use crate::requests::Requests;
use crate::scenario::Scenario;
use crate::service::{TimeUsed, Times, times};
use crate::tally::Tally;
use crate::world::{Traffic, World};
use charter_engine::OpenBackend;
use charter_plan::Plan;
use charter_plan::plan::{Measured, Proof, Route};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;

/// Share of a slice that is not counted.
const WARM_UP_SHARE: f64 = 0.2;
/// Seconds before and after a turn of the scenario that are played whole.
const WHOLE_BEFORE_S: f64 = 15.0;
const WHOLE_AFTER_S: f64 = 45.0;
/// Longest that calls may take to end after a slice.
const DRAIN_S: u64 = 30;
const SECOND: u64 = 1_000_000_000;

/// How a scenario is run.
pub struct Settings<'a> {
    pub plan: &'a Plan,
    /// One for each route of the plan.
    pub requests: Arc<Vec<Requests>>,
    /// Gives the real models, which say what simulated ones answer.
    pub opener: &'a dyn OpenBackend,
    pub calibration: Option<&'a Calibration>,
    pub seed: u64,
    /// Threads of one replica.
    pub threads: u32,
    /// Calls to play at most, about; the rest is stood for.
    pub calls_max: u64,
    /// Replicas that are played in each zone.
    pub per_zone: u32,
    pub autoscale: bool,
    /// Threads of this machine to use.
    pub workers: usize,
}

/// Why a scenario cannot be run.
#[derive(Debug, Error)]
pub enum SimulationError {
    #[error("there is nothing to simulate: {0}")]
    Nothing(String),
    #[error("the simulation's timers could not be started: {0}")]
    Machine(#[from] std::io::Error),
    #[error("a thread of the simulation ended early")]
    Lost,
}

/// What came of one pool.
pub(crate) struct PoolRun {
    pub(crate) pool: Pool,
    pub(crate) steps: Vec<Step>,
    pub(crate) scalings: Vec<Scaling>,
    pub(crate) reduction: Reduction,
    pub(crate) times: Vec<TimeUsed>,
}

/// Runs a scenario to its end. The same settings, scenario and seed give the same outcome, to the byte. `progress` hears how many steps are done, and of
/// how many.
///
/// # Errors
/// When no route can be asked anything, or a thread cannot be started.
pub fn simulate(
    settings: &Settings<'_>,
    scenario: &Scenario,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Outcome, SimulationError> {
    let (pools, notes) = pools(settings.plan, settings.calibration, settings.threads);
    let asked: Vec<Pool> = pools.into_iter().filter(|pool| !askable(settings, pool).shares.is_empty()).collect();
    if asked.is_empty() {
        return Err(SimulationError::Nothing("no route has requests that keep its signature".to_owned()));
    }
    let answers: Arc<Vec<Answers>> = Arc::new(settings.plan.models.iter().map(|model| Answers::of(model, settings.opener)).collect());
    let plan = Arc::new(settings.plan.clone());
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let all = asked.len() * steps(scenario);
    let told = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, all);
    let runs: Mutex<Vec<(usize, Result<PoolRun, std::io::Error>)>> = Mutex::default();
    let work = || {
        while let Some(pool) = asked.get(next.fetch_add(1, Ordering::Relaxed)) {
            let number = asked.iter().position(|other| other == pool).unwrap_or(0);
            let share = settings.calls_max / asked.len() as u64;
            let run = run_pool(settings, scenario, askable(settings, pool), number, (&plan, &answers), share, &told);
            runs.lock().unwrap_or_else(PoisonError::into_inner).push((number, run));
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..settings.workers.min(asked.len())).map(|_| scope.spawn(work)).collect();
        work();
        others.into_iter().map(|other| other.join().map_err(|_| SimulationError::Lost)).collect::<Result<Vec<()>, _>>()
    })?;
    let mut runs = runs.into_inner().unwrap_or_else(PoisonError::into_inner);
    runs.sort_by_key(|(number, _)| *number);
    let runs = runs.into_iter().map(|(_, run)| run).collect::<Result<Vec<PoolRun>, _>>()?;
    Ok(outcome(settings, scenario, runs, notes))
}

fn steps(scenario: &Scenario) -> usize {
    scenario.seconds.div_ceil(STEP_S) as usize
}

/// The pool without routes that nothing can be asked.
fn askable(settings: &Settings<'_>, pool: &Pool) -> Pool {
    let (mut shares, mut before, mut sum) = (Vec::new(), 0.0, 0.0);
    for (route, until) in &pool.shares {
        if settings.requests.get(usize::from(*route)).is_some_and(|requests| !requests.calls.is_empty()) {
            sum += until - before;
            shares.push((*route, sum));
        }
        before = *until;
    }
    Pool { shares, ..pool.clone() }
}

fn run_pool(
    settings: &Settings<'_>,
    scenario: &Scenario,
    pool: Pool,
    number: usize,
    (plan, answers): (&Arc<Plan>, &Arc<Vec<Answers>>),
    calls_max: u64,
    told: &dyn Fn(),
) -> Result<PoolRun, std::io::Error> {
    let stated = Some(&pool.capacity).filter(|capacity| capacity.replicas_min > 0);
    let times = Arc::new(times(plan, settings.calibration, stated, settings.threads));
    let used = used(plan, &pool, &times);
    let shared = Shared {
        plan: Arc::clone(plan),
        clock: Arc::new(VirtualClock::default()),
        times,
        answers: Arc::clone(answers),
        conditions: Arc::new(Conditions::fine(plan.models.len())),
        threads: settings.threads,
        seed: crate::chance::mixed(settings.seed, number as u64),
    };
    let routes = pool.shares.iter().filter_map(|(route, _)| plan.routes.get(usize::from(*route)));
    let p99_limit_ms = routes.map(|route| p99_limit_ms(plan, route)).fold(f64::MAX, f64::min);
    let traffic = Traffic { requests: Arc::clone(&settings.requests), shares: pool.shares.clone(), patience_ms: None };
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    // Many calls are polled in one turn of this task; a budget meant for servers would make their timers late.
    let (steps, scalings, reduction) = tokio.block_on(tokio::task::unconstrained(async {
        let world = World::new(shared, traffic);
        let mut fleet = Fleet::new(world, pool.clone(), settings.per_zone, settings.autoscale, p99_limit_ms);
        let reduction = reduction(scenario, &pool, &fleet, calls_max);
        let mut steps = Vec::new();
        for step in 0..scenario.seconds.div_ceil(STEP_S) {
            steps.push(play(&mut fleet, scenario, step * STEP_S, &reduction).await);
            told();
        }
        (steps, std::mem::take(&mut fleet.scalings), reduction)
    }));
    Ok(PoolRun { pool, steps, scalings, reduction, times: used })
}

/// The p99 that is promised for a route, else its timeout: what the autoscaler holds latency against.
fn p99_limit_ms(plan: &Plan, route: &Route) -> f64 {
    let promised = plan.requirements.iter().filter_map(|requirement| match &requirement.proof {
        Proof::Load(load) if load.mix.iter().any(|share| share.route == route.id) => match load.measured {
            Measured::LatencyQuantile { quantile } if (quantile - 0.99).abs() < 1e-9 => Some(load.limit - load.network_ms),
            _ => None,
        },
        _ => None,
    });
    promised.filter(|limit| *limit > 0.0).fold(f64::from(route.timeout_ms), f64::min)
}

/// How much of each step is played, so that about `calls_max` calls are.
fn reduction(scenario: &Scenario, pool: &Pool, fleet: &Fleet, calls_max: u64) -> Reduction {
    let per_step = |step: u32| scenario.rate(f64::from(step * STEP_S)) * f64::from(STEP_S) * pool.share();
    let offered: f64 = (0..scenario.seconds.div_ceil(STEP_S)).map(per_step).sum();
    // The fleet grows with the load, so what one replica gets stays about what it gets at the stated peak.
    let capacity = &pool.capacity;
    let replica_per_s = capacity.per_replica_per_s / capacity.safety.max(1.0);
    let most = replica_per_s * fleet.world.targets.len() as f64 * f64::from(scenario.seconds);
    let expected = (offered * fleet.simulated_share()).min(most.max(1.0));
    Reduction {
        slice_share: (calls_max as f64 / expected.max(1.0)).min(1.0),
        replicas_played: fleet.world.targets.len(),
        replicas: fleet.ready(),
    }
}

/// Plays one step, whole or a slice of it.
async fn play(fleet: &mut Fleet, scenario: &Scenario, at_s: u32, reduction: &Reduction) -> Step {
    let begin = u64::from(at_s) * SECOND;
    let whole =
        reduction.slice_share >= 1.0 || scenario.turns_within(f64::from(at_s) - WHOLE_AFTER_S, f64::from(at_s + STEP_S) + WHOLE_BEFORE_S);
    let end = begin + u64::from(STEP_S) * SECOND;
    let mut tally = Tally::default();
    if whole {
        for segment in 0..STEP_S / SEGMENT_S {
            let from_s = f64::from(at_s + segment * SEGMENT_S);
            fleet.apply(scenario, from_s);
            fleet.load(scenario, from_s);
            fleet.world.counting = true;
            fleet.world.run_until(begin + u64::from((segment + 1) * SEGMENT_S) * SECOND, false).await;
        }
        tally.add(&std::mem::take(&mut fleet.world.tally), 1.0);
    } else {
        fleet.apply(scenario, f64::from(at_s));
        fleet.load(scenario, f64::from(at_s));
        let slice = f64::from(STEP_S) * reduction.slice_share;
        let warm = begin + (slice * WARM_UP_SHARE * 1e9) as u64;
        fleet.world.counting = false;
        fleet.world.run_until(warm, false).await;
        fleet.world.counting = true;
        fleet.world.run_until(begin + (slice * 1e9) as u64, false).await;
        fleet.world.set_source(crate::world::Source::Open { per_s: 0.0 });
        fleet.world.run_until(end.max(begin + DRAIN_S.min(u64::from(STEP_S)) * SECOND), true).await;
        let played = std::mem::take(&mut fleet.world.tally);
        tally.add(&played, 1.0 / (reduction.slice_share * (1.0 - WARM_UP_SHARE)));
        fleet.world.jump(end).await;
    }
    fleet.look(scenario, at_s, tally)
}

/// What was taken for the times of the models and routes of a pool.
fn used(plan: &Plan, pool: &Pool, times: &Times) -> Vec<TimeUsed> {
    let mut used = Vec::new();
    for (route, _) in &pool.shares {
        let Some(route) = plan.routes.get(usize::from(*route)) else { continue };
        if let Some((time, basis)) = times.edge.get(usize::from(route.id.0)) {
            used.push(TimeUsed { of: format!("edge of {}", route.name), mean_us: time.mean_nanos() / 1e3, basis: *basis });
        }
        for call in route.node.uses() {
            let Some((time, basis)) = times.models.get(usize::from(call.model.0)) else { continue };
            used.push(TimeUsed { of: plan.model(call.model).label(), mean_us: time.mean_nanos() / 1e3, basis: *basis });
        }
    }
    used
}
