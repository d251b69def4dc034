//! What one sending thread saw. Filled on the hot path, read once at the end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::exchange::{Answer, Connection, Failure};
use super::histogram::Latencies;
use super::report::Errors;

/// Most distinct values counted of a header; more are counted together as `other`.
const LABELS_MAX: usize = 64;
/// A request sent later than this after it was due is counted as late.
pub(super) const LATE_AFTER: Duration = Duration::from_millis(2);

/// Counts that are read while the run goes on.
#[derive(Debug)]
pub(super) struct Counters {
    pub(super) sent: AtomicU64,
    /// Of each route.
    routes: Vec<EndedCounters>,
}

#[derive(Debug, Default)]
struct EndedCounters {
    answered: AtomicU64,
    failed: AtomicU64,
}

/// Calls of a route that have ended so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    /// Answers below status 400.
    pub answered: u64,
    /// Failures and refusals.
    pub failed: u64,
}

/// Equal parts of the measured window whose latencies are kept apart, to show how a figure moves within a run.
const SEGMENTS: usize = 5;

/// The run's time line: start, begin of the measured window, its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) start: Instant,
    pub(super) measured_from: Instant,
    pub(super) until: Instant,
}

impl Window {
    fn holds(&self, when: Instant) -> bool {
        self.measured_from <= when && when < self.until
    }

    /// The part of the window that holds `when`, from 0.
    fn segment(&self, when: Instant) -> usize {
        let whole = self.until.saturating_duration_since(self.measured_from).as_nanos().max(1);
        let passed = when.saturating_duration_since(self.measured_from).as_nanos();
        usize::try_from(passed * SEGMENTS as u128 / whole).unwrap_or(SEGMENTS).min(SEGMENTS - 1)
    }
}

/// Counts by label, for few labels: a linear search beats a hash there.
#[derive(Debug, Default, Clone)]
pub(super) struct Labels {
    pub(super) counts: Vec<(Vec<u8>, u64)>,
}

impl Labels {
    pub(super) fn add(&mut self, label: &[u8], count: u64) {
        if label.is_empty() {
            return;
        }
        if let Some((_, counted)) = self.counts.iter_mut().find(|(known, _)| known == label) {
            *counted += count;
        } else if self.counts.len() < LABELS_MAX || label == b"other" {
            self.counts.push((label.to_vec(), count));
        } else {
            self.add(b"other", count);
        }
    }
}

/// The measured requests of one route.
#[derive(Debug, Default)]
pub(super) struct RouteRecord {
    /// From due to answered, for answers below status 400; a timeout counts with the time it took.
    pub(super) latency: Latencies,
    pub(super) requests: u64,
    pub(super) answered: u64,
    pub(super) bytes: u64,
    pub(super) errors: Errors,
    pub(super) rungs: Labels,
    pub(super) degraded_reasons: Labels,
}

/// The measured requests of one thread.
#[derive(Debug)]
pub(super) struct Record {
    window: Window,
    pub(super) routes: Vec<RouteRecord>,
    /// The latencies of all routes in each part of the window.
    pub(super) segments: Vec<Latencies>,
    /// From sent to answered.
    pub(super) service: Latencies,
    /// From due to handed to a connection: the generator's own delay.
    pub(super) lag: Latencies,
    pub(super) late: u64,
    pub(super) waited_for_connection: u64,
    /// Good answers that arrived inside the window, whenever they were due.
    pub(super) completed: u64,
    pub(super) connections: u64,
    /// Requests sent over the whole run, warm-up included.
    pub(super) sent: u64,
}

/// The times of one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) due: Instant,
    pub(super) sent: Instant,
    pub(super) done: Instant,
}

impl Record {
    pub(super) fn new(routes: usize, window: Window) -> Self {
        Self {
            window,
            routes: (0..routes).map(|_| RouteRecord::default()).collect(),
            segments: (0..SEGMENTS).map(|_| Latencies::new()).collect(),
            service: Latencies::new(),
            lag: Latencies::new(),
            late: 0,
            waited_for_connection: 0,
            completed: 0,
            connections: 0,
            sent: 0,
        }
    }

    /// A request was handed to a connection, or to the queue before the pool.
    pub(super) fn dispatched(&mut self, due: Instant, now: Instant, waits: bool) {
        self.sent += 1;
        if self.window.holds(due) {
            let lag = now.saturating_duration_since(due);
            self.lag.record_nanos(nanos(lag));
            self.late += u64::from(lag > LATE_AFTER);
            self.waited_for_connection += u64::from(waits);
        }
    }

    pub(super) fn answered(&mut self, route: usize, times: Times, answer: Answer, connection: &Connection) {
        let good = answer.status < 400;
        self.completed += u64::from(good && self.window.holds(times.done));
        let measured = self.window.holds(times.due);
        let Some(record) = self.routes.get_mut(route).filter(|_| measured) else { return };
        record.requests += 1;
        record.bytes += answer.bytes;
        record.rungs.add(connection.rung(), 1);
        record.degraded_reasons.add(connection.degraded_reason(), 1);
        if good {
            record.answered += 1;
            let latency = nanos(times.done.saturating_duration_since(times.due));
            record.latency.record_nanos(latency);
            if let Some(segment) = self.segments.get_mut(self.window.segment(times.due)) {
                segment.record_nanos(latency);
            }
            self.service.record_nanos(nanos(times.done.saturating_duration_since(times.sent)));
        } else if answer.status < 500 {
            record.errors.status_4xx += 1;
        } else {
            record.errors.status_5xx += 1;
        }
    }

    pub(super) fn failed(&mut self, route: usize, due: Instant, now: Instant, failure: Failure) {
        let measured = self.window.holds(due);
        let Some(record) = self.routes.get_mut(route).filter(|_| measured) else { return };
        record.requests += 1;
        match failure {
            Failure::Connect => record.errors.connect += 1,
            Failure::Reset => record.errors.reset += 1,
            Failure::Protocol => record.errors.protocol += 1,
            Failure::Timeout => {
                // Left out, the slowest requests would make the quantiles look better.
                let latency = nanos(now.saturating_duration_since(due));
                record.latency.record_nanos(latency);
                record.errors.timeout += 1;
                if let Some(segment) = self.segments.get_mut(self.window.segment(due)) {
                    segment.record_nanos(latency);
                }
            }
        }
    }

    /// A request was due and could not even wait for a connection: the queue was full.
    pub(super) fn not_sent(&mut self, route: usize, due: Instant) {
        let measured = self.window.holds(due);
        if let Some(record) = self.routes.get_mut(route).filter(|_| measured) {
            record.requests += 1;
            record.errors.not_sent += 1;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (into, from) in self.routes.iter_mut().zip(&other.routes) {
            into.merge(from);
        }
        self.segments.iter_mut().zip(&other.segments).for_each(|(into, from)| into.add(from));
        self.service.add(&other.service);
        self.lag.add(&other.lag);
        self.late += other.late;
        self.waited_for_connection += other.waited_for_connection;
        self.completed += other.completed;
        self.connections += other.connections;
        self.sent += other.sent;
    }
}

impl RouteRecord {
    pub(super) fn merge(&mut self, other: &Self) {
        self.latency.add(&other.latency);
        self.requests += other.requests;
        self.answered += other.answered;
        self.bytes += other.bytes;
        self.errors.add(&other.errors);
        for (into, from) in [(&mut self.rungs, &other.rungs), (&mut self.degraded_reasons, &other.degraded_reasons)] {
            from.counts.iter().for_each(|(label, count)| into.add(label, *count));
        }
    }
}

impl Counters {
    pub(super) fn new(routes: usize) -> Self {
        Self { sent: AtomicU64::new(0), routes: (0..routes).map(|_| EndedCounters::default()).collect() }
    }

    pub(super) fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn ended(&self, route: usize, good: bool) {
        if let Some(counters) = self.routes.get(route) {
            let counter = if good { &counters.answered } else { &counters.failed };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn of_routes(&self) -> Vec<Ended> {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        self.routes.iter().map(|route| Ended { answered: read(&route.answered), failed: read(&route.failed) }).collect()
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_beyond_the_limit_are_counted_together() {
        let mut labels = Labels::default();
        (0..100u32).for_each(|label| labels.add(label.to_string().as_bytes(), 2));
        labels.add(b"", 1);
        assert_eq!(labels.counts.len(), LABELS_MAX + 1);
        assert_eq!(labels.counts.last(), Some(&(b"other".to_vec(), 72)));
    }

    #[test]
    fn the_warm_up_is_left_out_and_a_timeout_counts_as_latency() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut record = Record::new(1, Window { start, measured_from: at(100), until: at(200) });
        record.failed(0, at(50), at(150), Failure::Timeout);
        assert_eq!(record.routes[0].requests, 0);
        record.failed(0, at(150), at(1_150), Failure::Timeout);
        record.failed(0, at(150), at(151), Failure::Reset);
        record.dispatched(at(150), at(153), true);
        record.dispatched(at(150), at(150), false);
        assert_eq!(record.segments.iter().map(Latencies::count).collect::<Vec<_>>(), [0, 0, 1, 0, 0]);
        let route = &record.routes[0];
        assert_eq!((route.requests, route.errors.timeout, route.errors.reset), (2, 1, 1));
        assert_eq!(route.latency.count(), 1);
        assert!(route.latency.max_ms() > 999.0);
        assert_eq!((record.late, record.waited_for_connection, record.sent), (1, 1, 2));
    }
}
