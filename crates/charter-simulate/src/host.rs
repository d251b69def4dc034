//! One machine that runs a server and its load generator: what a real load run on loopback is, on virtual time.
//!
//! Both have cores of their own: the generator, one thread, has one, and the server's threads have the others. Driving the real one belongs to
//! `charter-verify`.

use crate::answers::Answers;
use crate::backend::Conditions;
use crate::calibration::Calibration;
use crate::clock::VirtualClock;
use crate::replica::{Replica, Shared};
use crate::requests::Requests;
use crate::run::SimulationError;
use crate::service::times;
use crate::tally::Tally;
use crate::world::{Generator, PAUSE_MIN_NANOS, Source, Traffic, World};
use charter_engine::{OpenBackend, Quiet};
use charter_plan::Plan;
use charter_plan::plan::RouteId;
use std::sync::Arc;

/// Longest wait of the load generator.
const PATIENCE_MS: u64 = 5_000;

/// Steps of [`fitting_pause`]; the last one is 2 µs.
const HALVINGS: u32 = 7;

/// A load run on one machine.
pub struct Host<'a> {
    pub plan: &'a Plan,
    pub requests: Arc<Vec<Requests>>,
    pub opener: &'a dyn OpenBackend,
    pub calibration: &'a Calibration,
    /// Routes that are asked, and their weights.
    pub routes: Vec<(RouteId, f64)>,
    pub load: HostLoad,
    pub warm_up_s: f64,
    pub seconds: f64,
    pub seed: u64,
}

/// How the generator asks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HostLoad {
    /// Poisson arrivals at this rate.
    Rate { per_s: f64 },
    /// Users who ask again as soon as they are answered.
    Users { users: u32 },
}

/// The generator's pause with which the run has this median: between the one that it asks for and four times as much, found by halving.
///
/// # Errors
/// When the run cannot be played.
pub fn fitting_pause(host: &Host<'_>, median_ms: f64) -> Result<f64, SimulationError> {
    let (mut low, mut high) = (PAUSE_MIN_NANOS, 4.0 * PAUSE_MIN_NANOS);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        let mut calibration = host.calibration.clone();
        calibration.generator.pause_nanos = middle;
        let tally = play(&Host { calibration: &calibration, requests: Arc::clone(&host.requests), routes: host.routes.clone(), ..*host })?;
        if tally.latency.quantile_ms(0.5).unwrap_or(0.0) < median_ms { low = middle } else { high = middle }
    }
    Ok(f64::midpoint(low, high))
}

/// Plays the run. Of the tally, what was offered is what was begun within the window.
///
/// # Errors
/// When no route can be asked, or timers cannot be started.
pub fn play(host: &Host<'_>) -> Result<Tally, SimulationError> {
    let plan = Arc::new(host.plan.clone());
    let threads = host.calibration.server_threads.max(1);
    let mut sum = 0.0;
    let shares: Vec<(u16, f64)> = host
        .routes
        .iter()
        .filter(|(route, _)| host.requests.get(usize::from(route.0)).is_some_and(|requests| !requests.calls.is_empty()))
        .map(|(route, weight)| {
            sum += weight;
            (route.0, sum)
        })
        .collect();
    if shares.is_empty() {
        return Err(SimulationError::Nothing("no route has requests".to_owned()));
    }
    let shared = Shared {
        clock: Arc::new(VirtualClock::default()),
        times: Arc::new(times(&plan, Some(host.calibration), None, threads)),
        answers: Arc::new(plan.models.iter().map(|model| Answers::of(model, host.opener)).collect()),
        conditions: Arc::new(Conditions::fine(plan.models.len())),
        plan,
        threads,
        seed: host.seed,
    };
    let traffic = Traffic { requests: Arc::clone(&host.requests), shares, patience_ms: Some(PATIENCE_MS) };
    let source = match host.load {
        HostLoad::Rate { per_s } => Source::Open { per_s },
        HostLoad::Users { users } => Source::Closed { users },
    };
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    Ok(tokio.block_on(tokio::task::unconstrained(async {
        let mut world = World::new(shared, traffic);
        let replica = Replica::start(&world.shared, 0, Arc::new(Quiet));
        world.replicas.push(replica);
        world.targets.push(0);
        world.counting = false;
        world.generator = Some(Generator::new(host.calibration.generator.clone()));
        world.set_source(source);
        let warm = (host.warm_up_s * 1e9) as u64;
        world.run_until(warm, false).await;
        world.counting = true;
        world.run_until(warm + (host.seconds * 1e9) as u64, false).await;
        std::mem::take(&mut world.tally)
    })))
}
