//! Counts of the last seconds, in ten cells.
//!
//! What the counts mean does not belong here.

use crate::context::Moment;

const CELLS: u64 = 10;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) calls: u32,
    pub(crate) failures: u32,
    pub(crate) slow: u32,
}

/// A sliding window: a tenth of it is forgotten at a time.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    cell_ns: u64,
    cells: [Counts; CELLS as usize],
    /// INVARIANT: the sum of `cells`.
    total: Counts,
    /// Number of the newest cell since the clock's origin.
    newest: u64,
}

impl Window {
    pub(crate) fn new(window_ms: u32) -> Self {
        let cell_ns = (u64::from(window_ms) * 1_000_000 / CELLS).max(1);
        Self { cell_ns, cells: [Counts::default(); CELLS as usize], total: Counts::default(), newest: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.cells = [Counts::default(); CELLS as usize];
        self.total = Counts::default();
    }

    /// Counts one call and tells the sums. A time before the newest cell counts in the newest.
    pub(crate) fn count(&mut self, now: Moment, failed: bool, slow: bool) -> Counts {
        self.advance(now);
        if let Some(cell) = self.cells.get_mut((self.newest % CELLS) as usize) {
            for counts in [cell, &mut self.total] {
                counts.calls = counts.calls.saturating_add(1);
                counts.failures = counts.failures.saturating_add(u32::from(failed));
                counts.slow = counts.slow.saturating_add(u32::from(slow));
            }
        }
        self.total
    }

    fn advance(&mut self, now: Moment) {
        let current = now.0 / self.cell_ns;
        let passed = current.saturating_sub(self.newest);
        if passed >= CELLS {
            self.clear();
        } else {
            for number in self.newest + 1..=self.newest + passed {
                if let Some(cell) = self.cells.get_mut((number % CELLS) as usize) {
                    let old = std::mem::take(cell);
                    self.total.calls = self.total.calls.saturating_sub(old.calls);
                    self.total.failures = self.total.failures.saturating_sub(old.failures);
                    self.total.slow = self.total.slow.saturating_sub(old.slow);
                }
            }
        }
        self.newest = self.newest.max(current);
    }

    pub(crate) fn total(&self) -> Counts {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_sums_are_those_of_the_last_ten_cells(steps in prop::collection::vec((0_u64..3_000, any::<bool>(), any::<bool>()), 1..200)) {
            let mut window = Window::new(10_000);
            let mut events: Vec<(u64, bool, bool)> = Vec::new();
            let mut now_ms = 5_000;
            for (gap_ms, failed, slow) in steps {
                now_ms += gap_ms;
                events.push((now_ms, failed, slow));
                let counted = window.count(Moment(now_ms * 1_000_000), failed, slow);
                let cell = now_ms / 1_000;
                let recent = events.iter().filter(|event| cell - event.0 / 1_000 < 10);
                prop_assert_eq!(counted.calls as usize, recent.clone().count());
                prop_assert_eq!(counted.failures as usize, recent.clone().filter(|event| event.1).count());
                prop_assert_eq!(counted.slow as usize, recent.filter(|event| event.2).count());
            }
        }
    }
}
