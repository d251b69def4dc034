//! How long a model takes: the p50 and p95 of the last minute, and the p95 that is normal for it.
//!
//! Normal is the median of the p95 of each minute of the last hour. Quantiles are refreshed every [`REFRESH`] calls and every ten seconds, not at each call.
//! Waiting for a place does not count.

use super::histogram::Histogram;
use crate::context::Moment;
use std::time::Duration;

const CELLS: u64 = 6;
const CELL_NS: u64 = 10_000_000_000;
const MINUTES: usize = 60;
const REFRESH: u32 = 32;
/// Below this many calls there is no p95.
const CALLS_MIN: u32 = 20;

#[derive(Clone, Debug)]
pub(crate) struct Latency {
    cells: [Histogram; CELLS as usize],
    /// INVARIANT: the sum of `cells`.
    total: Histogram,
    /// Number of the newest cell since the clock's origin.
    newest: u64,
    since_refresh: u32,
    p50_ns: Option<f64>,
    p95_ns: Option<f64>,
    /// The p95 of each of the last minutes, 0 where there was none.
    minutes: [f64; MINUTES],
    normal_ns: Option<f64>,
}

impl Latency {
    pub(crate) fn new(now: Moment) -> Self {
        Self {
            cells: [const { Histogram::new() }; CELLS as usize],
            total: Histogram::new(),
            newest: now.0 / CELL_NS,
            since_refresh: 0,
            p50_ns: None,
            p95_ns: None,
            minutes: [0.0; MINUTES],
            normal_ns: None,
        }
    }

    /// Counts one call; tells whether the quantiles were refreshed.
    pub(crate) fn record(&mut self, now: Moment, service: Duration) -> bool {
        let passed = self.advance(now);
        let service_ns = u64::try_from(service.as_nanos()).unwrap_or(u64::MAX).max(1);
        if let Some(cell) = self.cells.get_mut((self.newest % CELLS) as usize) {
            cell.add(service_ns);
            self.total.add(service_ns);
        }
        self.since_refresh += 1;
        // The first calls of a model are all that is known of it.
        let due = passed || self.since_refresh >= REFRESH || self.total.total() <= CALLS_MIN;
        if due {
            self.refresh();
        }
        due
    }

    pub(crate) fn p50(&self) -> Option<Duration> {
        self.p50_ns.map(nanos)
    }

    /// `None` below twenty calls a minute.
    pub(crate) fn p95(&self) -> Option<Duration> {
        self.p95_ns.map(nanos)
    }

    /// The p95 that is normal; `None` in the first minute.
    pub(crate) fn normal_p95(&self) -> Option<Duration> {
        self.normal_ns.map(nanos)
    }

    fn refresh(&mut self) {
        self.since_refresh = 0;
        self.p50_ns = self.total.quantile(0.5).or(self.p50_ns);
        self.p95_ns = if self.total.total() >= CALLS_MIN { self.total.quantile(0.95) } else { None };
    }

    /// Forgets what is older than a minute; tells whether a cell began.
    fn advance(&mut self, now: Moment) -> bool {
        let current = now.0 / CELL_NS;
        if current <= self.newest {
            return false;
        }
        if current / CELLS > self.newest / CELLS {
            self.close_minutes(self.newest / CELLS, current / CELLS);
        }
        for number in self.newest + 1..=current.min(self.newest + CELLS) {
            if let Some(cell) = self.cells.get_mut((number % CELLS) as usize) {
                self.total.subtract(cell);
                *cell = Histogram::new();
            }
        }
        self.newest = current;
        true
    }

    fn close_minutes(&mut self, last: u64, current: u64) {
        self.refresh();
        let closed = self.p95_ns;
        for number in last..current.min(last + MINUTES as u64) {
            if let Some(minute) = self.minutes.get_mut((number % MINUTES as u64) as usize) {
                *minute = if number == last { closed.unwrap_or(0.0) } else { 0.0 };
            }
        }
        let mut known: Vec<f64> = self.minutes.iter().copied().filter(|&p95| p95 > 0.0).collect();
        known.sort_unstable_by(f64::total_cmp);
        self.normal_ns = known.get(known.len() / 2).copied();
    }
}

fn nanos(nanoseconds: f64) -> Duration {
    Duration::from_nanos(nanoseconds as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_norm_is_the_hours_median_and_outlives_a_bad_minute() {
        let mut latency = Latency::new(Moment(0));
        let mut now = Moment(0);
        for second in 0..600 {
            for _ in 0..5 {
                latency.record(now, if second >= 540 { MS * 100 } else { MS * 10 });
            }
            now = now + MS * 1_000;
        }
        let normal = latency.normal_p95().expect("known");
        assert!(normal >= MS * 9 && normal <= MS * 12, "{normal:?}");
        assert!(latency.p95().expect("known") >= MS * 87);
    }

    #[test]
    fn a_silent_hour_is_forgotten() {
        let mut latency = Latency::new(Moment(0));
        for _ in 0..100 {
            latency.record(Moment(0), MS * 10);
        }
        latency.record(Moment(0) + MS * 4_000_000, MS * 50);
        assert_eq!((latency.p95(), latency.total.total()), (None, 1));
        assert!(latency.p50().expect("known") >= MS * 40);
    }

    proptest! {
        #[test]
        fn the_total_is_the_last_minutes(steps in prop::collection::vec((0_u64..8_000, 1_u64..1_000), 1..200)) {
            let mut latency = Latency::new(Moment(0));
            let mut now_ms = 0;
            let mut events = Vec::new();
            for (gap_ms, service_ms) in steps {
                now_ms += gap_ms;
                latency.record(Moment(now_ms * 1_000_000), MS * u32::try_from(service_ms).expect("small"));
                events.push(now_ms / 10_000);
                let recent = events.iter().filter(|&&cell| cell + CELLS > now_ms / 10_000).count();
                prop_assert_eq!(latency.total.total() as usize, recent);
                prop_assert!(latency.p50().is_some());
            }
        }
    }
}
