//! One load run against a real server: what it says, and what either side spent meanwhile.
//!
//! CPU time and rests are what Linux counts for each thread, read while the run goes on, between its warm-up and its end. What they mean is worked out
//! in `charter-simulate`.

use crate::commands::verify::Server;
use crate::exit::Problem;
use charter_simulate::calibration::QUANTILES;
use charter_simulate::host::HostLoad;
use charter_simulate::levels::{Level, LevelLoad};
use charter_simulate::{CONNECTIONS_MAX, validate::Run};
use charter_verify::load::{LoadOutcome, LoadScenario, Progress, Shape, Spacing, Target, Think, Traffic, run};
use std::time::Duration;

pub(super) const WARM_UP: Duration = Duration::from_millis(500);
/// The generator's thread, as `charter-verify` names it.
const GENERATOR: &str = "load-0";

pub(super) fn environment(problem: impl std::fmt::Display) -> Problem {
    Problem::Environment(problem.to_string())
}

/// A server and how it is asked.
pub(super) struct Loaded<'a> {
    pub(super) server: &'a Server,
    pub(super) target: &'a Target,
    pub(super) duration: Duration,
}

impl Loaded<'_> {
    /// The figures of a run.
    pub(super) fn run(&self, traffic: &[Traffic], load: HostLoad, seed: u64) -> Result<Run, Problem> {
        let shape = match load {
            HostLoad::Users { users } => closed(users),
            HostLoad::Rate { per_s } => open(per_s, Spacing::Poisson),
        };
        Ok(Run::real(&self.load(traffic, shape, seed, |_| {})?))
    }

    /// A run with what it cost; of one route, or of all in their mix.
    pub(super) fn level(&self, route: Option<&str>, traffic: &[Traffic], load: LevelLoad, seed: u64) -> Result<Level, Problem> {
        let shape = match load {
            LevelLoad::Users(users) => closed(users),
            LevelLoad::Paced(per_s) => open(per_s, Spacing::Constant),
            LevelLoad::Random(per_s) => open(per_s, Spacing::Poisson),
        };
        let process = self.server.process().to_string();
        let (mut first, mut last) = (None, None);
        let outcome = self.load(traffic, shape, seed, |progress| {
            if progress.elapsed > WARM_UP && progress.elapsed < progress.whole {
                let sample = Sample {
                    answered: progress.answered,
                    server: Spent::of(&process, None),
                    generator: Spent::of("self", Some(GENERATOR)),
                };
                // The generator's thread may have ended in this moment.
                if sample.generator.nanos > 0 {
                    first.get_or_insert(sample);
                    last = Some(sample);
                }
            }
        })?;
        let (Some(first), Some(last)) = (first, last) else {
            return Err(environment("cannot read CPU times, which takes Linux's /proc"));
        };
        let answered = last.answered.saturating_sub(first.answered) as f64;
        if answered <= 0.0 {
            return Err(environment(format!(
                "the server to measure answered nothing; it made {} errors",
                outcome.report.total.errors.total()
            )));
        }
        let each = |of: fn(&Sample) -> u64| of(&last).saturating_sub(of(&first)) as f64 / answered;
        Ok(Level {
            route: route.map(str::to_owned),
            load,
            per_s: outcome.report.throughput_per_second,
            server_nanos: each(|sample| sample.server.nanos),
            generator_nanos: each(|sample| sample.generator.nanos),
            server_rests: each(|sample| sample.server.rests),
            generator_rests: each(|sample| sample.generator.rests),
            mean_nanos: outcome.total.mean_ms() * 1e6,
            quantiles: QUANTILES.map(|quantile| outcome.total.quantile_ms(quantile) * 1e6).to_vec(),
            lag_nanos: outcome.report.generator.send_lag.p50.value_ms * 1e6,
        })
    }

    fn load(&self, traffic: &[Traffic], shape: Shape, seed: u64, progress: impl FnMut(Progress)) -> Result<LoadOutcome, Problem> {
        let scenario = LoadScenario {
            target: self.target.clone(),
            traffic: traffic.to_vec(),
            shape,
            warm_up: WARM_UP,
            duration: self.duration,
            timeout: Duration::from_secs(5),
            seed,
            workers: 1,
        };
        run(&scenario, progress).map_err(environment)
    }
}

fn closed(users: u32) -> Shape {
    Shape::Closed { users: users as usize, think: Think::None }
}

fn open(rate_per_second: f64, spacing: Spacing) -> Shape {
    Shape::Open { rate_per_second, spacing, connections_max: CONNECTIONS_MAX }
}

#[derive(Clone, Copy)]
struct Sample {
    answered: u64,
    server: Spent,
    generator: Spent,
}

/// What threads of a process have spent since they began.
#[derive(Clone, Copy, Default)]
struct Spent {
    /// CPU.
    nanos: u64,
    /// How often they went to sleep.
    rests: u64,
}

impl Spent {
    /// Of all threads, or of those of one name. What cannot be read counts as nothing: a thread may end between the list and its files.
    fn of(process: &str, name: Option<&str>) -> Self {
        let mut spent = Self::default();
        for task in std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten() {
            let text = |file: &str| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
            if name.is_some_and(|name| text("comm").trim() != name) {
                continue;
            }
            spent.nanos += first_number(&text("schedstat"));
            let status = text("status");
            spent.rests += status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).map_or(0, first_number);
        }
        spent
    }
}

fn first_number(text: &str) -> u64 {
    text.split_ascii_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
