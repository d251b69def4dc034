//! Counters and histograms that cores add to without sharing a cache line.

pub(super) use charter_plan::buckets::LATENCY_BOUNDS_NS as BOUNDS_NS;
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

const SHARDS_MAX: usize = 16;

#[derive(Default)]
#[repr(align(64))]
struct Line<T>(T);

fn shards() -> usize {
    static SHARDS: OnceLock<usize> = OnceLock::new();
    *SHARDS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from).min(SHARDS_MAX))
}

/// The shard of this thread.
fn shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    SHARD.with(|shard| {
        if shard.get() == usize::MAX {
            shard.set(NEXT.fetch_add(1, Ordering::Relaxed) % shards());
        }
        shard.get()
    })
}

/// A count that only grows.
pub(crate) struct Counter(Box<[Line<AtomicU64>]>);

impl Default for Counter {
    fn default() -> Self {
        Self((0..shards()).map(|_| Line::default()).collect())
    }
}

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        if let Some(line) = self.0.get(shard()) {
            line.0.fetch_add(count, Ordering::Relaxed);
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.iter().map(|line| line.0.load(Ordering::Relaxed)).sum()
    }
}

#[derive(Default)]
struct Buckets {
    /// One for each bound and one for what is above all.
    counts: [AtomicU64; BOUNDS_NS.len() + 1],
    sum_ns: AtomicU64,
}

/// Durations in fixed buckets.
pub(super) struct Histogram(Box<[Line<Buckets>]>);

/// A histogram's sums at one moment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Not cumulative; the last one is above every bound.
    pub(super) counts: [u64; BOUNDS_NS.len() + 1],
    pub(super) sum_ns: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self((0..shards()).map(|_| Line::default()).collect())
    }
}

impl Histogram {
    pub(super) fn record(&self, duration: Duration) {
        let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_NS.partition_point(|bound| *bound < ns);
        if let Some(line) = self.0.get(shard()) {
            if let Some(count) = line.0.counts.get(bucket) {
                count.fetch_add(1, Ordering::Relaxed);
            }
            line.0.sum_ns.fetch_add(ns, Ordering::Relaxed);
        }
    }

    pub(super) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for line in &self.0 {
            for (total, count) in tally.counts.iter_mut().zip(&line.0.counts) {
                *total += count.load(Ordering::Relaxed);
            }
            tally.sum_ns += line.0.sum_ns.load(Ordering::Relaxed);
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        let histogram = Histogram::default();
        for ns in [1, 50_000, 50_001, u64::MAX] {
            histogram.record(Duration::from_nanos(ns));
        }
        let tally = histogram.tally();
        assert_eq!((tally.counts[0], tally.counts[1], tally.counts[20]), (2, 1, 1));
    }

    #[test]
    fn threads_add_up() {
        let counter = Counter::default();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1000).for_each(|_| counter.add(1)));
            }
        });
        assert_eq!(counter.total(), 8000);
    }
}
