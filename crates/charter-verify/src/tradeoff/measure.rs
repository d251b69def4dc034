//! One candidate: held-out rows for the quality, then short runs under the load of one replica for latency and cost.
//!
//! Processor time is the server's own, read before and after each run, so that the load generator on the same machine costs nothing here. Rows are sent
//! in their order, each run on a server of its own, and none twice in a run where some candidate keeps answers: a cache finds what repeats in the rows,
//! and not what the measurement repeats.

use std::path::Path;
use std::time::Duration;

use charter_plan::Plan;
use charter_plan::arithmetic::derivation::{number, significant};
use charter_plan::plan::{Evaluation, Node, Proof, Route};
use charter_plan::tradeoff::{Counted, Estimate, Quality};

use super::counted::{Counters, Sum};
use crate::evaluation::{Direction, Metric};
use crate::load::{Draw, LoadOutcome, LoadScenario, Shape, Spacing, Spread, Target, run, spread};
use crate::proof::{Event, VerifySettings, evaluate_one, request_ranges, traffic_of};
use crate::samples::Samples;

/// Runs of a candidate; their lowest and highest figure are a 94 % interval of the median.
pub const RUNS: u32 = 5;
/// Longest wait for an answer under load.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Connections of the open loop.
const CONNECTIONS_MAX: usize = 256;
/// Fewest requests of a run that a p99 is taken from.
const REQUESTS_MIN: f64 = 100.0;
/// Most distinct requests of a route's traffic.
const ROWS_MAX: usize = 2_000;
/// Share of the rows that warm a server up, where they are scarce.
const WARM_UP_SHARE: f64 = 0.2;

/// How candidates are measured: the same for all that are compared.
#[derive(Debug, Clone, PartialEq)]
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
        let run = (self.run.as_secs_f64() * 100.0).round() / 100.0;
        format!("{RUNS} runs of {} s at {} requests/s, rows in their order, {rows}", number(run), significant(self.rate_per_s))
    }

    /// The same with runs so short that none of `requests` is sent twice. Arrivals are by chance (Poisson): the runs are short enough for four standard
    /// deviations more of them than there are on average.
    ///
    /// # Errors
    /// Then a run would be too short to say anything of its slowest hundredth.
    pub fn without_repeats(&self, requests: usize) -> Result<Self, String> {
        #[allow(clippy::cast_precision_loss)]
        let on_average = (requests as f64 - 4.0 * (requests as f64).sqrt()).max(0.0);
        let seconds = on_average / self.rate_per_s;
        let whole = (self.warm_up + self.run).as_secs_f64();
        if whole <= seconds {
            return Ok(self.clone());
        }
        let warm_up = self.warm_up.as_secs_f64().min(seconds * WARM_UP_SHARE);
        if (seconds - warm_up) * self.rate_per_s < REQUESTS_MIN {
            return Err(format!(
                "there are {requests} held-out requests, and at {} a second a run of them without repeats is too short; \
                 a cache would be told to find what the measurement repeats. Give the route more `samples:`, or a lower `--rate`",
                significant(self.rate_per_s)
            ));
        }
        let short = |seconds: f64| Duration::from_secs_f64((seconds * 1e3).floor() / 1e3);
        Ok(Self { warm_up: short(warm_up), run: short(seconds - warm_up), ..self.clone() })
    }

    /// Seconds that one candidate takes under load.
    pub fn seconds(&self) -> f64 {
        (self.run + self.warm_up).as_secs_f64() * f64::from(RUNS)
    }
}

/// Distinct requests that the held-out rows of a route give.
///
/// # Errors
/// It has no rows, or they cannot be read.
pub fn requests_of(route: &Route, folder: &Path) -> Result<usize, String> {
    let path = route.samples.as_ref().ok_or_else(|| format!("route `{}` has no `samples:` to measure it with", route.name))?;
    let samples = Samples::read(&folder.join(path)).map_err(|error| error.to_string())?;
    let ranges = request_ranges(&samples, route.rows_max as usize).map_err(|error| error.to_string())?;
    Ok(ranges.len().min(ROWS_MAX))
}

/// Whether an answer of the route may come from a cache.
pub fn keeps_answers(node: &Node) -> bool {
    matches!(node, Node::Cache { .. }) || node.children().into_iter().any(keeps_answers)
}

/// A server that runs the candidate; ended when dropped.
pub trait Served {
    fn target(&self) -> Target;
    fn admin(&self) -> Target;
    /// Processor time so far, in ns.
    ///
    /// # Errors
    /// The machine does not tell.
    fn cpu_ns(&self) -> Result<u64, String>;
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
    pub counted: Counted,
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

/// What was measured of a candidate so far: its quality once, then run after run. The runs of several candidates take turns, so that what changes on the
/// machine meanwhile touches all of them, and shows in their intervals.
#[derive(Debug, Default)]
pub struct Bench {
    labels: Vec<String>,
    quality: Option<Quality>,
    notes: Vec<String>,
    costs: Vec<f64>,
    tails: Vec<f64>,
    late: usize,
    sent: u64,
    answered: u64,
    counted: Sum,
}

impl Bench {
    /// Nothing yet.
    pub fn new(plan: &Plan, route: &Route) -> Self {
        let mut labels: Vec<String> = Vec::new();
        for asked in route.node.uses() {
            let label = plan.models.get(usize::from(asked.model.0)).map(charter_plan::plan::Model::label);
            labels.extend(label.filter(|label| !labels.contains(label)));
        }
        Self { labels, ..Self::default() }
    }

    /// The quality of the answers that the server of `settings` gives to the held-out rows. Blocks meanwhile.
    ///
    /// # Errors
    /// The server does not answer, runs another plan, or the rows cannot be judged.
    pub fn judge(&mut self, plan: &Plan, settings: &VerifySettings<'_>, id: &str, evaluation: &Evaluation) -> Result<(), String> {
        crate::proof::same_plan(plan, &settings.target).map_err(|error| error.to_string())?;
        let (found, told) = judged(plan, settings, id, evaluation)?;
        self.quality = Some(found);
        self.notes.extend(told);
        Ok(())
    }

    /// One run on a server of its own; each begins at another row. Blocks meanwhile.
    ///
    /// # Errors
    /// The server does not answer, or the rows cannot be read.
    pub fn run(
        &mut self,
        served: &dyn Served,
        route: &Route,
        settings: &VerifySettings<'_>,
        how: &TradeoffSettings,
        number: u32,
    ) -> Result<(), String> {
        let mut traffic = traffic_of(&settings.target, route, settings.folder, 1.0).map_err(|error| error.to_string())?;
        let count = traffic.requests.len().max(1);
        traffic.requests.rotate_left(count * number as usize / RUNS as usize % count);
        traffic.draw = Draw::InTurn;
        let scenario = LoadScenario {
            target: settings.target.clone(),
            traffic: vec![traffic],
            shape: Shape::Open { rate_per_second: how.rate_per_s, spacing: Spacing::Poisson, connections_max: CONNECTIONS_MAX },
            warm_up: how.warm_up,
            duration: how.run,
            timeout: TIMEOUT,
            seed: settings.seed.wrapping_add(u64::from(number)),
            workers: 1,
        };
        let (counters, before) = (Counters::read(&served.admin())?, served.cpu_ns()?);
        let outcome = run(&scenario, |_| {}).map_err(|error| error.to_string())?;
        let spent = served.cpu_ns()?.saturating_sub(before);
        self.counted.add(&counters, &Counters::read(&served.admin())?, &route.name, &self.labels);
        self.sent += outcome.report.total.requests;
        self.answered += outcome.report.total.answered;
        self.costs.push(cpu_seconds(spent, &outcome, how));
        self.tails.push(outcome.total.quantile_ms(0.99));
        self.late += usize::from(!outcome.report.generator.limits.is_empty());
        Ok(())
    }

    /// The figures of all runs.
    ///
    /// # Errors
    /// There was none.
    pub fn finish(self) -> Result<Measured, String> {
        let mut notes = self.notes;
        if self.late > 0 {
            // The same words for all candidates, so that they are told once.
            let some = if self.late * 2 > RUNS as usize { "most" } else { "some" };
            notes.push(format!("in {some} runs the load generator was late itself, and that delay is in the p99"));
        }
        // Counts of requests are far below 2^52.
        #[allow(clippy::cast_precision_loss)]
        let share = self.answered as f64 / self.sent.max(1) as f64;
        if share < 1.0 {
            notes.push(format!("{} of {} requests were not answered", self.sent - self.answered, self.sent));
        }
        Ok(Measured {
            cpu_s: of_runs(spread(&self.costs))?,
            p99_ms: of_runs(spread(&self.tails))?,
            quality: self.quality,
            answered: share,
            counted: self.counted.counted(),
            notes,
        })
    }
}

/// Processor seconds for a thousand requests. A warm-up is paid for too, so its requests are counted by the rate.
#[allow(clippy::cast_precision_loss)]
fn cpu_seconds(spent_ns: u64, outcome: &LoadOutcome, how: &TradeoffSettings) -> f64 {
    let requests = outcome.report.total.requests as f64 + how.rate_per_s * how.warm_up.as_secs_f64();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_cut_where_a_request_would_be_sent_twice() {
        let how = TradeoffSettings { rate_per_s: 100.0, run: Duration::from_secs(2), warm_up: Duration::from_secs(1) };
        assert_eq!(how.without_repeats(400).as_ref(), Ok(&how));
        let short = how.without_repeats(300).unwrap();
        assert_eq!((short.warm_up, short.run), (Duration::from_millis(461), Duration::from_millis(1_845)));
        // Arrivals at 100 a second for 2.306 s: 300 are four standard deviations (of 300) above their mean.
        assert!((short.warm_up + short.run).as_secs_f64() * short.rate_per_s + 4.0 * 300.0_f64.sqrt() <= 300.0);
        let refused = how.without_repeats(160).unwrap_err();
        assert!(refused.starts_with("there are 160 held-out requests") && refused.contains("`--rate`"), "{refused}");
    }
}
