//! Runs a scenario: starts the sending threads, tells of progress, puts the figures together.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use thiserror::Error;

use super::histogram::Latencies;
use super::record::{Counters, Ended, Record, Window};
use super::report::{LoadReport, WorkerTimes, report};
use super::scenario::{LoadScenario, Mix, Shape};
use super::{closed, open};

const PROGRESS_EVERY: Duration = Duration::from_millis(250);
/// From the call to the first request: time for the threads to stand ready.
const START_IN: Duration = Duration::from_millis(20);
const WORKERS_MAX: usize = 64;
/// Most connections or users of a scenario.
const CONNECTIONS_MAX: usize = 65_536;
const RATE_MAX: f64 = 10_000_000.0;

/// Why a scenario cannot run.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A figure of the scenario is out of its range.
    #[error("the load scenario cannot run: {0}")]
    Scenario(String),
    /// A thread or its runtime could not be started, or a timer failed.
    #[error("the load generator failed: {0}")]
    Machine(#[from] std::io::Error),
    /// A sending thread ended before its time.
    #[error("a sending thread of the load generator ended early")]
    Lost,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Since the first request was due.
    pub elapsed: Duration,
    /// Warm-up and measured window.
    pub whole: Duration,
    /// Requests sent so far.
    pub sent: u64,
    /// Answers below status 400 so far.
    pub answered: u64,
    /// Failures and refusals so far.
    pub failed: u64,
    /// Of each route, in the scenario's order.
    pub routes: Vec<Ended>,
}

impl Progress {
    fn of(elapsed: Duration, whole: Duration, counters: &Counters) -> Self {
        let routes = counters.of_routes();
        let (answered, failed) = routes.iter().fold((0, 0), |sum, route| (sum.0 + route.answered, sum.1 + route.failed));
        Self { elapsed, whole, sent: counters.sent.load(Ordering::Relaxed), answered, failed, routes }
    }
}

/// The figures of a run, and the distributions behind them.
#[derive(Debug)]
pub struct LoadOutcome {
    /// What is stored.
    pub report: LoadReport,
    /// Latencies of all routes.
    pub total: Latencies,
    /// Latencies of each route, in the scenario's order.
    pub routes: Vec<Latencies>,
}

/// What the tasks of one sending thread share.
pub(super) struct Worker {
    pub(super) scenario: Arc<LoadScenario>,
    pub(super) mix: Mix,
    pub(super) window: Window,
    pub(super) counters: Arc<Counters>,
    /// Number of this thread and of all.
    pub(super) part: usize,
    pub(super) parts: usize,
    record: Mutex<Record>,
}

impl Worker {
    /// The record; never contended, since all tasks of a worker run on its one thread.
    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This thread's share of a count, the remainder going to the first threads.
    pub(super) fn share(&self, count: usize) -> usize {
        count / self.parts + usize::from(self.part < count % self.parts)
    }
}

/// Runs a scenario to its end and blocks meanwhile: warm-up, window, and at most the timeout for the last answers.
/// `progress` is called every 250 ms on the calling thread.
pub fn run(scenario: &LoadScenario, mut progress: impl FnMut(Progress)) -> Result<LoadOutcome, LoadError> {
    check(scenario)?;
    let scenario = Arc::new(scenario.clone());
    let start = Instant::now() + START_IN;
    let measured_from = start + scenario.warm_up;
    let window = Window { start, measured_from, until: measured_from + scenario.duration };
    let counters = Arc::new(Counters::new(scenario.traffic.len()));
    let (send, receive) = mpsc::channel();
    for part in 0..scenario.workers {
        let worker = Worker {
            mix: Mix::new(&scenario.traffic, part, scenario.workers),
            record: Mutex::new(Record::new(scenario.traffic.len(), window)),
            scenario: scenario.clone(),
            window,
            counters: counters.clone(),
            part,
            parts: scenario.workers,
        };
        let send = send.clone();
        std::thread::Builder::new().name(format!("load-{part}")).spawn(move || {
            // The receiver is gone only if the caller's thread is.
            let _ = send.send(work(worker));
        })?;
    }
    drop(send);
    let whole = scenario.warm_up + scenario.duration;
    let mut record = Record::new(scenario.traffic.len(), window);
    let mut times = Vec::new();
    while times.len() < scenario.workers {
        match receive.recv_timeout(PROGRESS_EVERY) {
            Ok(finished) => {
                let (part, time) = finished?;
                record.merge(&part);
                times.push(time);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return Err(LoadError::Lost),
            Err(mpsc::RecvTimeoutError::Timeout) => progress(Progress::of(start.elapsed().min(whole), whole, &counters)),
        }
    }
    let (report, total) = report(&scenario, &record, &times);
    Ok(LoadOutcome { report, total: total.latency, routes: record.routes.into_iter().map(|route| route.latency).collect() })
}

/// One sending thread: a runtime of its own, so that its CPU time can be told from the server's in the same process.
fn work(worker: Worker) -> Result<(Record, WorkerTimes), LoadError> {
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let worker = Arc::new(worker);
    runtime.block_on(async {
        tokio::time::sleep_until(worker.window.start.into()).await;
        match worker.scenario.shape {
            Shape::Open { rate_per_second, spacing, connections_max } => {
                open::drive(&worker, rate_per_second, spacing, connections_max).await
            }
            Shape::Closed { users, think } => closed::drive(&worker, users, think).await,
        }
    })?;
    drop(runtime);
    let times = WorkerTimes { cpu: thread_cpu(), wall: began.elapsed() };
    let record = Arc::into_inner(worker).ok_or(LoadError::Lost)?.record.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok((record, times))
}

fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn check(scenario: &LoadScenario) -> Result<(), LoadError> {
    let refuse = |reason: String| Err(LoadError::Scenario(reason));
    if let Some(route) = scenario.traffic.iter().find(|route| route.requests.is_empty()) {
        return refuse(format!("route `{}` has no request to draw from", route.name));
    }
    if scenario.traffic.iter().any(|route| !route.weight.is_finite() || route.weight < 0.0)
        || Mix::new(&scenario.traffic, 0, 1).total_weight() <= 0.0
    {
        return refuse("its weights must be numbers of at least 0, one of them above 0".into());
    }
    if !(1..=WORKERS_MAX).contains(&scenario.workers) {
        return refuse(format!("{} sending threads, where 1 to {WORKERS_MAX} can be", scenario.workers));
    }
    if scenario.duration.is_zero() || scenario.timeout.is_zero() {
        return refuse("its duration and its timeout must be above zero".into());
    }
    let connections = match scenario.shape {
        Shape::Open { rate_per_second, .. } if !(rate_per_second > 0.0 && rate_per_second <= RATE_MAX) => {
            return refuse(format!("a rate of {rate_per_second} requests a second, where the range is above 0 to {RATE_MAX}"));
        }
        Shape::Open { connections_max, .. } => connections_max,
        Shape::Closed { users, .. } => users,
    };
    if !(scenario.workers..=CONNECTIONS_MAX).contains(&connections) {
        return refuse(format!("{connections} connections or users, where {} to {CONNECTIONS_MAX} can be", scenario.workers));
    }
    Ok(())
}
