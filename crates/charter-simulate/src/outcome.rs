//! The figures of a run, minute by minute and in total.
//!
//! How they are shown belongs to `report`.

use crate::fleet::{STEP_S, Scaling, Step};
use crate::run::{PoolRun, Settings};
use crate::scenario::Scenario;
use crate::service::TimeUsed;
use crate::tally::Tally;
use charter_plan::Plan;
use serde::Serialize;
use std::collections::BTreeMap;

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    pub system: String,
    pub plan: String,
    pub scenario: Scenario,
    pub seed: u64,
    /// All pools together.
    pub total: Figures,
    pub minutes: Vec<Minute>,
    pub pools: Vec<PoolOutcome>,
    pub scalings: Vec<Scaling>,
    pub breakers: Vec<Turn>,
    pub times: Vec<TimeUsed>,
    /// What a reader must know to believe or repeat it.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PoolOutcome {
    pub name: String,
    pub total: Figures,
    pub minutes: Vec<Minute>,
    pub reduction: Reduction,
}

/// How much was played, and what stands for the rest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reduction {
    /// Share of each step that was played; 1: all of it.
    pub slice_share: f64,
    /// Replicas played, of so many, when the run began.
    pub replicas_played: usize,
    pub replicas: u32,
}

/// One minute.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Minute {
    pub minute: u32,
    /// Mean replicas that answered.
    pub replicas: f64,
    pub starting: f64,
    pub desired: f64,
    /// Mean calls that waited for a thread, in the whole fleet.
    pub queue: f64,
    #[serde(flatten)]
    pub figures: Figures,
}

/// Calls and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Calls a second.
    pub offered_per_s: f64,
    pub answered_per_s: f64,
    /// Shares of the offered calls.
    pub answered: f64,
    pub shed: f64,
    pub gave_up: f64,
    pub lost: f64,
    pub failed: f64,
    pub failed_by_code: BTreeMap<String, f64>,
    /// Shares of the answers that came from below the first rung.
    pub stepped_down: f64,
    /// Share of each route's answers by rung.
    pub rungs: BTreeMap<String, BTreeMap<String, f64>>,
    /// Of answered calls; none when nothing was answered.
    pub p50_ms: Option<f64>,
    pub p90_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    /// In the charter's currency; none where no replica has a price.
    pub cost: Option<f64>,
    pub simulated_calls: u64,
}

/// A breaker that turned, in how many of the replicas played.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Turn {
    pub minute: u32,
    pub model: String,
    pub to: &'static str,
    pub times: u32,
}

pub(crate) fn outcome(settings: &Settings<'_>, scenario: &Scenario, runs: Vec<PoolRun>, mut notes: Vec<String>) -> Outcome {
    let plan = settings.plan;
    let per_minute = (60 / STEP_S) as usize;
    let seconds = f64::from(scenario.seconds);
    let mut together: Vec<(Tally, Minute)> = Vec::new();
    let mut pools = Vec::new();
    let mut whole = Tally::default();
    let mut cost_of_all: Option<f64> = None;
    for run in &runs {
        let (mut minutes, mut sum, mut cost_of_pool) = (Vec::new(), Tally::default(), None);
        for (number, steps) in run.steps.chunks(per_minute).enumerate() {
            let (tally, mut minute) = minute(number, steps, run);
            minute.figures = figures(plan, &tally, (steps.len() * STEP_S as usize) as f64, minute.figures.cost);
            cost_of_pool = added(cost_of_pool, minute.figures.cost);
            sum.add(&tally, 1.0);
            match together.get_mut(number) {
                Some((all, one)) => {
                    all.add(&tally, 1.0);
                    one.replicas += minute.replicas;
                    one.starting += minute.starting;
                    one.desired += minute.desired;
                    one.queue += minute.queue;
                    one.figures.cost = added(one.figures.cost, minute.figures.cost);
                }
                None => together.push((tally, minute.clone())),
            }
            minutes.push(minute);
        }
        whole.add(&sum, 1.0);
        cost_of_all = added(cost_of_all, cost_of_pool);
        let total = figures(plan, &sum, seconds, cost_of_pool);
        pools.push(PoolOutcome { name: run.pool.name.clone(), total, minutes, reduction: run.reduction });
    }
    notes.extend(standing_notes(settings, &runs));
    let minutes = together
        .into_iter()
        .map(|(tally, minute)| {
            let figures = figures(plan, &tally, 60.0_f64.min(seconds), minute.figures.cost);
            Minute { figures, ..minute }
        })
        .collect();
    let mut times: Vec<TimeUsed> = runs.iter().flat_map(|run| run.times.clone()).collect();
    times.sort_by(|one, other| one.of.cmp(&other.of));
    times.dedup_by(|one, other| one.of == other.of);
    let mut scalings: Vec<Scaling> = runs.iter().flat_map(|run| run.scalings.clone()).collect();
    scalings.sort_by_key(|scaling| scaling.at_s);
    Outcome {
        system: plan.system.clone(),
        plan: plan.fingerprint.clone(),
        scenario: scenario.clone(),
        seed: settings.seed,
        total: figures(plan, &whole, seconds, cost_of_all),
        minutes,
        pools,
        scalings,
        breakers: turns(plan, &runs, per_minute),
        times,
        notes,
    }
}

fn added(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or(0.0) + other.unwrap_or(0.0)),
    }
}

fn minute(number: usize, steps: &[Step], run: &PoolRun) -> (Tally, Minute) {
    let mut tally = Tally::default();
    steps.iter().for_each(|step| tally.add(&step.tally, 1.0));
    let mean = |of: &dyn Fn(&Step) -> f64| steps.iter().map(of).sum::<f64>() / steps.len().max(1) as f64;
    let (replicas, starting) = (mean(&|step| step.ready), mean(&|step| step.starting));
    let hours = steps.len() as f64 * f64::from(STEP_S) / 3_600.0;
    // A replica costs from the moment it is started.
    let cost = run.pool.capacity.cost_per_replica_hour.map(|cost| cost * (replicas + starting) * hours);
    let minute = Minute {
        minute: u32::try_from(number).unwrap_or(u32::MAX),
        replicas,
        starting,
        desired: mean(&|step| f64::from(step.desired)),
        queue: mean(&|step| step.queue),
        figures: Figures { cost, ..Figures::default() },
    };
    (tally, minute)
}

fn figures(plan: &Plan, tally: &Tally, seconds: f64, cost: Option<f64>) -> Figures {
    let share = |count: f64| if tally.offered > 0.0 { count / tally.offered } else { 0.0 };
    let mut rungs: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for ((route, rung), count) in &tally.rungs {
        let Some(route) = plan.routes.get(usize::from(*route)) else { continue };
        *rungs.entry(route.name.clone()).or_default().entry(rung_name(route, *rung)).or_default() += count;
    }
    for answers in rungs.values_mut() {
        let total: f64 = answers.values().sum();
        answers.values_mut().for_each(|count| *count /= total.max(f64::MIN_POSITIVE));
    }
    Figures {
        offered_per_s: tally.offered / seconds.max(1.0),
        answered_per_s: tally.answered / seconds.max(1.0),
        answered: share(tally.answered),
        shed: share(tally.shed),
        gave_up: share(tally.gave_up),
        lost: share(tally.lost),
        failed: share(tally.failed_total()),
        failed_by_code: tally.failed.iter().map(|(code, count)| ((*code).to_owned(), share(*count))).collect(),
        stepped_down: if tally.answered > 0.0 { tally.stepped_down() / tally.answered } else { 0.0 },
        rungs,
        p50_ms: tally.latency.quantile_ms(0.5),
        p90_ms: tally.latency.quantile_ms(0.9),
        p99_ms: tally.latency.quantile_ms(0.99),
        cost,
        simulated_calls: tally.simulated,
    }
}

fn rung_name(route: &charter_plan::plan::Route, rung: u8) -> String {
    match route.node.own_ladder() {
        Some(rungs) => rungs.get(usize::from(rung)).map_or_else(|| rung.to_string(), |rung| rung.name.clone()),
        None if rung == 0 => "full".to_owned(),
        None => rung.to_string(),
    }
}

fn turns(plan: &Plan, runs: &[PoolRun], per_minute: usize) -> Vec<Turn> {
    let mut counted: BTreeMap<(u32, String, &'static str), u32> = BTreeMap::new();
    for run in runs {
        for (number, step) in run.steps.iter().enumerate() {
            for (model, to) in &step.turns {
                let minute = u32::try_from(number / per_minute).unwrap_or(u32::MAX);
                *counted.entry((minute, plan.model(*model).label(), to)).or_default() += 1;
            }
        }
    }
    counted.into_iter().map(|((minute, model, to), times)| Turn { minute, model, to, times }).collect()
}

/// What holds of every run.
fn standing_notes(settings: &Settings<'_>, runs: &[PoolRun]) -> Vec<String> {
    let mut notes = vec![
        "the balancer chooses replicas at random; a few replicas are played and each stands for others alike, which is exact for Poisson arrivals".to_owned(),
        format!("a replica has {} threads; what is computed in process holds its thread; callers give up after the route's time", settings.threads),
        "a lost zone is noticed by callers after 5 s; losses and starts take effect at multiples of 5 s, or of 15 s in steps of which a slice is played".to_owned(),
    ];
    for run in runs.iter().filter(|run| run.reduction.slice_share < 1.0) {
        let calls: u64 = run.steps.iter().map(|step| step.tally.simulated).sum();
        notes.push(format!(
            "{}: {:.2} s of every {STEP_S} s were played ({calls} calls), a fifth of that to warm up; queues that grow for longer than a slice show smaller than they are",
            run.pool.name,
            run.reduction.slice_share * f64::from(STEP_S)
        ));
    }
    match settings.calibration {
        None => notes.push(
            "nothing was measured: times are stated or assumed, with exponential spread; `charter simulate --calibrate` measures them"
                .to_owned(),
        ),
        Some(calibration) if calibration.plan != settings.plan.fingerprint => {
            notes.push(format!("times were measured with another plan, at {}; `--calibrate` measures this one", calibration.measured_at));
        }
        Some(calibration) => notes.push(format!("times were measured at {} on {} cores", calibration.measured_at, calibration.cores)),
    }
    notes.push(
        "rollouts and experiments stand as they begin: their judges do not run here; remote models have no queue of their own".to_owned(),
    );
    notes
}
