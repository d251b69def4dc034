//! What is counted of guards, caches, copies and rollouts.
//!
//! Routes, rungs and calls of models belong to [`super::series`].

use super::cell::Counter;
use charter_engine::signal::{CacheFound, MirrorOutcome};
use charter_engine::{Priority, StepDown};

/// Upper bounds of the rows of one batch; one more bucket holds what is above.
pub(super) const ROWS_BOUNDS: [u32; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// A bounded set of words, and a counter for each.
pub(super) struct Counts<const N: usize>([Counter; N]);

impl<const N: usize> Default for Counts<N> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Counter::default()))
    }
}

impl<const N: usize> Counts<N> {
    fn add(&self, position: usize, count: u64) {
        if let Some(counter) = self.0.get(position) {
            counter.add(count);
        }
    }

    /// In the order of the words.
    pub(super) fn totals(&self, words: [&'static str; N]) -> [(&'static str, u64); N] {
        std::array::from_fn(|at| (words[at], self.0[at].total()))
    }
}

pub(super) const PRIORITIES: [&str; 3] = ["interactive", "batch", "shadow"];
pub(super) const HEDGES: [&str; 2] = ["won", "lost"];
pub(super) const FOUND: [&str; 3] = ["hit", "joined", "miss"];
pub(super) const MIRRORED: [&str; 3] = ["answered", "failed", "dropped"];

/// What the guards of one model did.
#[derive(Default)]
pub(super) struct GuardSeries {
    pub(super) shed: Counts<{ PRIORITIES.len() }>,
    pub(super) retries: Counter,
    pub(super) hedges: Counts<{ HEDGES.len() }>,
    pub(super) batches: Counts<{ ROWS_BOUNDS.len() + 1 }>,
    pub(super) batched_calls: Counter,
    pub(super) batched_rows: Counter,
}

impl GuardSeries {
    pub(super) fn shed(&self, priority: Priority) {
        let position = match priority {
            Priority::Interactive => 0,
            Priority::Batch => 1,
            Priority::Shadow => 2,
        };
        self.shed.add(position, 1);
    }

    pub(super) fn hedged(&self, won: bool) {
        self.hedges.add(usize::from(!won), 1);
    }

    pub(super) fn batched(&self, calls: u32, rows: u32) {
        let bucket = ROWS_BOUNDS.iter().position(|bound| rows <= *bound).unwrap_or(ROWS_BOUNDS.len());
        self.batches.add(bucket, 1);
        self.batched_calls.add(calls.into());
        self.batched_rows.add(rows.into());
    }
}

#[derive(Default)]
pub(super) struct CacheSeries {
    pub(super) asked: Counts<{ FOUND.len() }>,
}

impl CacheSeries {
    pub(super) fn asked(&self, found: CacheFound) {
        let position = match found {
            CacheFound::Hit => 0,
            CacheFound::Joined => 1,
            CacheFound::Miss => 2,
        };
        self.asked.add(position, 1);
    }
}

#[derive(Default)]
pub(super) struct MirrorSeries {
    pub(super) copies: Counts<{ MIRRORED.len() }>,
}

impl MirrorSeries {
    pub(super) fn mirrored(&self, outcome: MirrorOutcome) {
        let position = match outcome {
            MirrorOutcome::Answered => 0,
            MirrorOutcome::Failed => 1,
            MirrorOutcome::Dropped => 2,
        };
        self.copies.add(position, 1);
    }
}

/// Failures of a rollout's candidate that its stable version made good.
#[derive(Default)]
pub(super) struct RolloutSeries {
    pub(super) failures: Counts<{ super::series::REASONS.len() }>,
}

impl RolloutSeries {
    pub(super) fn failed(&self, reason: StepDown) {
        if let Some(position) = super::series::REASONS.iter().position(|known| *known == reason) {
            self.failures.add(position, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_counts_in_the_first_bucket_that_holds_it() {
        let series = GuardSeries::default();
        for rows in [1, 2, 3, 512, 513] {
            series.batched(1, rows);
        }
        let mut words = [""; ROWS_BOUNDS.len() + 1];
        words[0] = "first";
        let totals: Vec<u64> = series.batches.totals(words).into_iter().map(|(_, count)| count).collect();
        assert_eq!(totals, [1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!((series.batched_calls.total(), series.batched_rows.total()), (5, 1_031));
    }
}
