//! The figures of a load run, as they are stored and printed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::histogram::{Latencies, QuantileEstimate};
use super::record::{LATE_AFTER, Labels, Record, RouteRecord};
use super::scenario::{LoadScenario, Shape};

/// Share of a core above which a sending thread is taken to be the bottleneck.
pub(crate) const BUSY_SHARE: f64 = 0.9;

/// Requests without a good answer, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errors {
    /// No connection could be opened.
    pub connect: u64,
    /// Reset or closed before the answer was whole.
    pub reset: u64,
    /// No whole answer in time, counted from when the request was due.
    pub timeout: u64,
    /// Not HTTP/1.1.
    pub protocol: u64,
    /// Never sent: the queue before the connections was full.
    pub not_sent: u64,
    /// Answers of status 400 to 499.
    pub status_4xx: u64,
    /// Answers of status 500 and above.
    pub status_5xx: u64,
}

impl Errors {
    /// All kinds together.
    pub fn total(&self) -> u64 {
        self.connect + self.reset + self.timeout + self.protocol + self.not_sent + self.status_4xx + self.status_5xx
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.connect += other.connect;
        self.reset += other.reset;
        self.timeout += other.timeout;
        self.protocol += other.protocol;
        self.not_sent += other.not_sent;
        self.status_4xx += other.status_4xx;
        self.status_5xx += other.status_5xx;
    }
}

/// A distribution in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencySummary {
    /// Values.
    pub count: u64,
    /// Arithmetic mean.
    pub mean_ms: f64,
    /// Smallest.
    pub min_ms: f64,
    /// Median.
    pub p50: QuantileEstimate,
    /// 90th percentile.
    pub p90: QuantileEstimate,
    /// 95th percentile.
    pub p95: QuantileEstimate,
    /// 99th percentile.
    pub p99: QuantileEstimate,
    /// 99.9th percentile.
    pub p99_9: QuantileEstimate,
    /// Largest.
    pub max_ms: f64,
}

impl From<&Latencies> for LatencySummary {
    fn from(latencies: &Latencies) -> Self {
        Self {
            count: latencies.count(),
            mean_ms: latencies.mean_ms(),
            min_ms: latencies.min_ms(),
            p50: latencies.quantile(0.5),
            p90: latencies.quantile(0.9),
            p95: latencies.quantile(0.95),
            p99: latencies.quantile(0.99),
            p99_9: latencies.quantile(0.999),
            max_ms: latencies.max_ms(),
        }
    }
}

/// What one route, or all of them, answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteReport {
    /// The route's name; `total` for all.
    pub name: String,
    /// Requests due inside the window.
    pub requests: u64,
    /// Of these, answered with a status below 400.
    pub answered: u64,
    /// The others.
    pub errors: Errors,
    /// Bytes received, heads included.
    pub bytes: u64,
    /// From due (open loop) or sent (closed loop) to the last byte; timeouts included, refusals not.
    pub latency: LatencySummary,
    /// Answers by the `charter-rung` header.
    pub rungs: BTreeMap<String, u64>,
    /// Answers by the `charter-degraded` header.
    pub degraded_reasons: BTreeMap<String, u64>,
}

/// What the generator itself did: whether the figures are the server's or its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generator {
    /// CPU time of the sending threads over the whole run.
    pub cpu_seconds: f64,
    /// The same for each request sent.
    pub cpu_micros_per_request: f64,
    /// The busiest sending thread's share of one core.
    pub busiest_worker_share: f64,
    /// Connections opened.
    pub connections: u64,
    /// From due to handed to a connection: the generator's own delay.
    pub send_lag: LatencySummary,
    /// Requests handed over more than 2 ms late.
    pub late_sends: u64,
    /// Requests that had to wait because all connections were out.
    pub waited_for_connection: u64,
    /// Why the figures may be the generator's limit rather than the server's; empty when they are the server's.
    pub limits: Vec<String>,
}

/// A whole load run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// The load as asked for.
    pub shape: Shape,
    /// The seed of every draw.
    pub seed: u64,
    /// Seconds before the measured window.
    pub warm_up_seconds: f64,
    /// Seconds measured.
    pub measured_seconds: f64,
    /// Requests a second that were due; none in the closed loop.
    pub intended_per_second: Option<f64>,
    /// Requests a second that were sent.
    pub achieved_per_second: f64,
    /// Good answers a second that arrived inside the window.
    pub throughput_per_second: f64,
    /// All routes together.
    pub total: RouteReport,
    /// Each route.
    pub routes: Vec<RouteReport>,
    /// The latencies of all routes in each fifth of the window: how a figure moves within the run.
    pub segments: Vec<LatencySummary>,
    /// From sent to the last byte, whatever the due time: what a client without a schedule would report.
    pub service: LatencySummary,
    /// The closed loop's latencies, corrected for the requests that slow answers kept from being sent.
    pub corrected: Option<LatencySummary>,
    /// The expected interval of that correction: mean think time plus the median latency.
    pub corrected_interval_ms: Option<f64>,
    /// What the generator itself did.
    pub generator: Generator,
}

/// Times of the sending threads: CPU and wall for each.
pub(super) struct WorkerTimes {
    pub(super) cpu: Duration,
    pub(super) wall: Duration,
}

pub(super) fn report(scenario: &LoadScenario, record: &Record, workers: &[WorkerTimes]) -> (LoadReport, RouteRecord) {
    let mut total = RouteRecord::default();
    record.routes.iter().for_each(|route| total.merge(route));
    let seconds = scenario.duration.as_secs_f64();
    let (intended, correction) = match &scenario.shape {
        Shape::Open { rate_per_second, .. } => (Some(*rate_per_second), None),
        Shape::Closed { think, .. } => (None, Some(think.mean().as_secs_f64() * 1e3 + total.latency.quantile_ms(0.5))),
    };
    let achieved = total.requests.saturating_sub(total.errors.not_sent) as f64 / seconds;
    let report = LoadReport {
        shape: scenario.shape.clone(),
        seed: scenario.seed,
        warm_up_seconds: scenario.warm_up.as_secs_f64(),
        measured_seconds: seconds,
        intended_per_second: intended,
        achieved_per_second: achieved,
        throughput_per_second: record.completed as f64 / seconds,
        total: route_report("total", &total),
        routes: scenario.traffic.iter().zip(&record.routes).map(|(traffic, route)| route_report(&traffic.name, route)).collect(),
        segments: record.segments.iter().map(LatencySummary::from).collect(),
        service: (&record.service).into(),
        corrected: correction.map(|interval| (&total.latency.corrected((interval * 1e6) as u64)).into()),
        corrected_interval_ms: correction,
        generator: generator(record, workers, intended, total.requests),
    };
    (report, total)
}

fn route_report(name: &str, route: &RouteRecord) -> RouteReport {
    let counts =
        |labels: &Labels| labels.counts.iter().map(|(label, count)| (String::from_utf8_lossy(label).into_owned(), *count)).collect();
    RouteReport {
        name: name.into(),
        requests: route.requests,
        answered: route.answered,
        errors: route.errors,
        bytes: route.bytes,
        latency: (&route.latency).into(),
        rungs: counts(&route.rungs),
        degraded_reasons: counts(&route.degraded_reasons),
    }
}

fn generator(record: &Record, workers: &[WorkerTimes], intended: Option<f64>, requests: u64) -> Generator {
    let cpu: f64 = workers.iter().map(|worker| worker.cpu.as_secs_f64()).sum();
    let share = |worker: &WorkerTimes| worker.cpu.as_secs_f64() / worker.wall.as_secs_f64().max(1e-9);
    let busiest = workers.iter().map(share).fold(0.0, f64::max);
    let lag_p99 = record.lag.quantile_ms(0.99);
    let mut limits = Vec::new();
    if busiest > BUSY_SHARE {
        limits.push(format!("a sending thread was busy {:.0} % of the time: a faster server would not have shown", busiest * 100.0));
    }
    if intended.is_some() && lag_p99 > LATE_AFTER.as_secs_f64() * 1e3 {
        limits.push(format!(
            "{} of {requests} requests were sent more than 2 ms late (p99 {lag_p99:.1} ms): that delay is in the latencies",
            record.late
        ));
    }
    Generator {
        cpu_seconds: cpu,
        cpu_micros_per_request: cpu * 1e6 / record.sent.max(1) as f64,
        busiest_worker_share: busiest,
        connections: record.connections,
        send_lag: (&record.lag).into(),
        late_sends: record.late,
        waited_for_connection: record.waited_for_connection,
        limits,
    }
}
