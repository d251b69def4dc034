//! One candidate: held-out rows for the quality, then short runs under the load of one replica for latency and cost.
//!
//! Processor time is the server's own, read before and after each run, so that the load generator on the same machine costs nothing here.

use std::time::Duration;

use charter_plan::Plan;
use charter_plan::arithmetic::derivation::{number, significant};
use charter_plan::plan::{Evaluation, Proof, Route};
use charter_plan::tradeoff::{Estimate, Quality};

use crate::evaluation::{Direction, Metric};
use crate::load::{LoadOutcome, LoadScenario, Shape, Spacing, Spread, run, spread};
use crate::proof::{Event, VerifySettings, evaluate_one, traffic_of};

/// Runs of a candidate; their lowest and highest figure are a 94 % interval of the median.
const RUNS: u32 = 5;
/// Longest wait for an answer under load.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Connections of the open loop.
const CONNECTIONS_MAX: usize = 256;

/// How candidates are measured: the same for all that are compared.
#[derive(Debug, Clone)]
pub struct TradeoffSettings {
    /// Requests a second.
    pub rate_per_s: f64,
    /// Of each run.
    pub run: Duration,
    pub warm_up: Duration,
}

impl TradeoffSettings {
    /// What decides the figures, in words that are kept with them.
    pub fn method(&self, quality: Option<&str>) -> String {
        let rows = quality.map_or_else(|| "no quality".to_owned(), |id| format!("quality by {id}"));
        format!("{RUNS} runs of {} s at {} requests/s, {rows}", number(self.run.as_secs_f64()), significant(self.rate_per_s))
    }
}

/// What was measured of a candidate.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Processor seconds of the server for a thousand requests.
    pub cpu_s: Estimate,
    pub p99_ms: Estimate,
    pub quality: Option<Quality>,
    /// Share of the requests that were answered.
    pub answered: f64,
    pub notes: Vec<String>,
}

/// The requirement that says how good the route's answers are: the first that evaluates it by itself, else the first that compares it with a baseline.
pub fn quality_of<'p>(plan: &'p Plan, route: &Route, wanted: Option<&str>) -> Option<(&'p str, &'p Evaluation)> {
    let evaluations = || {
        plan.requirements.iter().filter_map(|requirement| match &requirement.proof {
            Proof::Evaluation(evaluation) if evaluation.route == route.id => Some((requirement.id.as_str(), evaluation)),
            _ => None,
        })
    };
    match wanted {
        Some(id) => evaluations().find(|(known, _)| *known == id),
        None => evaluations().find(|(_, evaluation)| evaluation.versus.is_none()).or_else(|| evaluations().next()),
    }
}

/// Measures the candidate that the server of `settings` runs, and blocks meanwhile. `cpu` gives the server's processor time so far, in ns.
///
/// # Errors
/// The server does not answer, runs another plan, or its rows cannot be read.
pub fn measure(
    plan: &Plan,
    route: &Route,
    settings: &VerifySettings<'_>,
    how: &TradeoffSettings,
    quality: Option<(&str, &Evaluation)>,
    cpu: &mut dyn FnMut() -> Result<u64, String>,
) -> Result<Measured, String> {
    crate::proof::same_plan(plan, &settings.target).map_err(|error| error.to_string())?;
    let mut notes = Vec::new();
    let quality = match quality {
        None => None,
        Some((id, evaluation)) => {
            let (found, told) = judged(plan, settings, id, evaluation)?;
            notes.extend(told);
            Some(found)
        }
    };
    let traffic = vec![traffic_of(&settings.target, route, settings.folder, 1.0).map_err(|error| error.to_string())?];
    let mut costs = Vec::new();
    let mut tails = Vec::new();
    let mut late = Vec::new();
    let (mut sent, mut answered) = (0_u64, 0_u64);
    for number in 0..RUNS {
        let scenario = LoadScenario {
            target: settings.target.clone(),
            traffic: traffic.clone(),
            shape: Shape::Open { rate_per_second: how.rate_per_s, spacing: Spacing::Poisson, connections_max: CONNECTIONS_MAX },
            warm_up: if number == 0 { how.warm_up } else { Duration::ZERO },
            duration: how.run,
            timeout: TIMEOUT,
            seed: settings.seed.wrapping_add(u64::from(number)),
            workers: 1,
        };
        let before = cpu()?;
        let outcome = run(&scenario, |_| {}).map_err(|error| error.to_string())?;
        let spent = cpu()?.saturating_sub(before);
        sent += outcome.report.total.requests;
        answered += outcome.report.total.answered;
        costs.push(cpu_seconds(spent, &outcome, how, number));
        tails.push(outcome.total.quantile_ms(0.99));
        if let Some(limit) = outcome.report.generator.limits.first() {
            late.push(limit.clone());
        }
    }
    if let Some(first) = late.first() {
        notes.push(format!("in {} of {RUNS} runs the load generator was a limit itself: {first}", late.len()));
    }
    // Counts of requests are far below 2^52.
    #[allow(clippy::cast_precision_loss)]
    let share = answered as f64 / sent.max(1) as f64;
    if share < 1.0 {
        notes.push(format!("{} of {} requests were not answered", sent - answered, sent));
    }
    Ok(Measured { cpu_s: of_runs(spread(&costs))?, p99_ms: of_runs(spread(&tails))?, quality, answered: share, notes })
}

/// Processor seconds for a thousand requests. The first run's warm-up is paid for too, so its requests are counted by the rate.
#[allow(clippy::cast_precision_loss)]
fn cpu_seconds(spent_ns: u64, outcome: &LoadOutcome, how: &TradeoffSettings, number: u32) -> f64 {
    let warm_up = if number == 0 { how.rate_per_s * how.warm_up.as_secs_f64() } else { 0.0 };
    let requests = outcome.report.total.requests as f64 + warm_up;
    spent_ns as f64 / 1e9 / requests.max(1.0) * 1_000.0
}

fn of_runs(spread: Option<Spread>) -> Result<Estimate, String> {
    let spread = spread.ok_or("no run gave a figure")?;
    Ok(Estimate::new(spread.median, spread.low, spread.high))
}

/// The quality over the whole of the rows, with what is to be told about it.
fn judged(plan: &Plan, settings: &VerifySettings<'_>, id: &str, evaluation: &Evaluation) -> Result<(Quality, Vec<String>), String> {
    let finding = evaluate_one(plan, settings, evaluation, &mut |_: Event<'_>| {})?;
    let whole = finding.parts.iter().find(|part| part.name == "all").or(finding.parts.first()).ok_or("the evaluation judged nothing")?;
    let figure = whole.figure.ok_or_else(|| format!("`{id}` has no figure over all rows"))?;
    let (low, high) = whole.interval.unwrap_or((figure, figure));
    let metric = Metric::parse(&evaluation.metric);
    let higher_is_better = metric.is_none_or(|metric| metric.direction() == Direction::Up) || evaluation.versus.is_some();
    let name = match &evaluation.versus {
        Some(baseline) => format!("uplift of {} over {baseline}", evaluation.metric),
        None => evaluation.metric.clone(),
    };
    let quality = Quality {
        requirement: id.to_owned(),
        metric: name,
        estimate: Estimate::new(figure, low, high),
        unit: evaluation.unit.clone(),
        higher_is_better,
    };
    let below = finding.notes.into_iter().filter(|note| note.contains("below the first rung")).collect();
    Ok((quality, below))
}
