//! The concurrency limit that follows service time.
//!
//! Every window of 100 ms and 20 completions: `g = clamp(1.25 × base / sample, 0.5, 1.2)`, `L' = clamp(0.8 L + 0.2 (g L + √L), min, max)`, where base is the
//! p10 of service time over ten minutes, allowed to rise by 1 % a minute, and sample the window's p50. A timeout takes a tenth off. After Netflix's
//! `concurrency-limits` (`Gradient2Limit`), without its probing phase.
//!
//! Service time depends on the batch, so each power of two of rows has its own base, and the sample is the p50 of `time ÷ base`.
//! Waiting in a queue does not belong here: service time excludes it.

use super::histogram::Histogram;
use crate::context::Moment;
use std::time::Duration;

const WINDOW: Duration = Duration::from_millis(100);
const COMPLETIONS_MIN: u32 = 20;
const TOLERANCE: f64 = 1.25;
const SMOOTHING: f64 = 0.2;
const BACKOFF: f64 = 0.9;
const RISE_A_MINUTE: f64 = 0.01;
const MINUTES: usize = 10;
/// Rows are told apart up to 2¹⁵.
const BUCKETS: usize = 16;
/// Ratios are kept as multiples of 2⁻²⁰.
const RATIO_UNIT: f64 = 1_048_576.0;

#[derive(Clone, Debug)]
pub(crate) struct Gradient {
    limit: f64,
    min: f64,
    max: f64,
    /// INVARIANT: `None` before the first call of that size; at most [`BUCKETS`].
    bases: [Option<Box<Base>>; BUCKETS],
    ratios: Histogram,
    completions: u32,
    window_since: Option<Moment>,
    in_flight_max: u32,
}

/// Service time of calls of one size over ten minutes.
#[derive(Clone, Debug)]
struct Base {
    minutes: [Histogram; MINUTES],
    total: Histogram,
    minute: u64,
    value_ns: Option<f64>,
    updated: Moment,
}

impl Gradient {
    /// `min` is at least 1 and `max` at least `min`, whatever is given.
    pub(crate) fn new(initial: u32, min: u32, max: u32) -> Self {
        let min = f64::from(min.max(1));
        let max = f64::from(max).max(min);
        Self {
            limit: f64::from(initial).clamp(min, max),
            min,
            max,
            bases: [const { None }; BUCKETS],
            ratios: Histogram::new(),
            completions: 0,
            window_since: None,
            in_flight_max: 0,
        }
    }

    pub(crate) fn bounded(&self, min: u32, max: u32) -> Self {
        let mut other = self.clone();
        other.min = f64::from(min.max(1));
        other.max = f64::from(max).max(other.min);
        other.limit = other.limit.clamp(other.min, other.max);
        other
    }

    /// INVARIANT: at least 1, so that a model can always be tried.
    pub(crate) fn limit(&self) -> u32 {
        self.limit as u32
    }

    /// Learns from a completed call; `in_flight` counts it.
    pub(crate) fn complete(&mut self, now: Moment, rows: usize, service: Duration, in_flight: u32) {
        let service_ns = u64::try_from(service.as_nanos()).unwrap_or(u64::MAX).max(1);
        let since = *self.window_since.get_or_insert(now);
        self.in_flight_max = self.in_flight_max.max(in_flight);
        self.completions = self.completions.saturating_add(1);
        let bucket = (usize::BITS - 1 - rows.max(1).leading_zeros()).min(BUCKETS as u32 - 1) as usize;
        if let Some(slot) = self.bases.get_mut(bucket) {
            let base = slot.get_or_insert_with(|| Box::new(Base::new(now)));
            base.add(now, service_ns);
            if let Some(value_ns) = base.value_ns {
                self.ratios.add((service_ns as f64 / value_ns * RATIO_UNIT) as u64);
            }
        }
        if self.completions >= COMPLETIONS_MIN && now.since(since) >= WINDOW {
            self.close_window(now);
        }
    }

    /// Takes a tenth off the limit.
    pub(crate) fn back_off(&mut self) {
        self.limit = (self.limit * BACKOFF).clamp(self.min, self.max);
    }

    fn close_window(&mut self, now: Moment) {
        // A model that is hardly used shows nothing about its limit.
        let used = f64::from(self.in_flight_max) >= self.limit / 2.0;
        if used
            && self.ratios.total() >= COMPLETIONS_MIN / 2
            && let Some(median) = self.ratios.quantile(0.5)
        {
            let sample = (median / RATIO_UNIT).max(f64::MIN_POSITIVE);
            let gradient = (TOLERANCE / sample).clamp(0.5, 1.2);
            let target = gradient * self.limit + self.limit.sqrt();
            self.limit = ((1.0 - SMOOTHING) * self.limit + SMOOTHING * target).clamp(self.min, self.max);
        }
        self.bases.iter_mut().flatten().for_each(|base| base.settle(now));
        self.ratios = Histogram::new();
        self.completions = 0;
        self.in_flight_max = 0;
        self.window_since = Some(now);
    }
}

impl Base {
    fn new(now: Moment) -> Self {
        Self { minutes: [const { Histogram::new() }; MINUTES], total: Histogram::new(), minute: minute(now), value_ns: None, updated: now }
    }

    fn add(&mut self, now: Moment, service_ns: u64) {
        let current = minute(now).max(self.minute);
        let passed = (current - self.minute).min(MINUTES as u64);
        for number in current + 1 - passed..=current {
            if let Some(old) = self.minutes.get_mut((number % MINUTES as u64) as usize) {
                self.total.subtract(old);
                *old = Histogram::new();
            }
        }
        self.minute = current;
        if let Some(newest) = self.minutes.get_mut((current % MINUTES as u64) as usize) {
            newest.add(service_ns);
            self.total.add(service_ns);
        }
    }

    /// Follows the p10 down at once and up by 1 % a minute.
    fn settle(&mut self, now: Moment) {
        let Some(tenth) = self.total.quantile(0.1) else { return };
        let minutes = now.since(self.updated).as_secs_f64() / 60.0;
        let allowed = self.value_ns.map_or(f64::INFINITY, |value| value * (1.0 + RISE_A_MINUTE).powf(minutes));
        self.value_ns = Some(tenth.min(allowed).max(1.0));
        self.updated = now;
    }
}

fn minute(now: Moment) -> u64 {
    now.0 / 60_000_000_000
}

#[cfg(test)]
mod tests;
