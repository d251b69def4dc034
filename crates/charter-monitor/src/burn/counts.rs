//! All counts of an objective: a ring for each pair of windows, and one for the period.

use super::objective::{Objective, SHORT_CELLS};
use super::rate::Tally;
use super::ring::Ring;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Cells of the whole period: six hours each over 30 days.
const PERIOD_CELLS: u64 = 120;
/// Cells of the period that must have passed before the events of a whole one are estimated from them: a day of 30.
const LEARN_CELLS: u64 = 4;

/// Counts of one objective: 25 kB with the usual pairs, however many events come. Equal multisets of events give equal counts, in whatever order and
/// through whichever worker they come; saved and restored they go on as if nothing had happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pairs: Vec<Ring>,
    period: Ring,
    /// The times of the first and of the last report.
    reported: Option<(u64, u64)>,
}

/// Counts of other windows than the objective's: they cannot be added or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit;

impl Counts {
    /// Nothing counted yet.
    pub fn new(objective: &Objective) -> Self {
        let rings = objective.pairs().iter().map(|pair| Ring::new(pair.cell_ms(), pair.long_ms / pair.cell_ms()));
        Self { pairs: rings.collect(), period: Ring::new(period_cell_ms(objective), PERIOD_CELLS), reported: None }
    }

    /// A report of `events` at a time, of which `bad` were bad, at most all. A report of no events is one too: it says that there was no traffic, where
    /// no report says nothing. Times are those of one clock of the caller, in milliseconds; a time far ahead empties the windows.
    pub fn add(&mut self, at_ms: u64, events: u64, bad: u64) {
        let tally = Tally { bad: bad.min(events), events };
        self.pairs.iter_mut().for_each(|ring| ring.add(at_ms, tally));
        self.period.add(at_ms, tally);
        self.span((at_ms, at_ms));
    }

    fn span(&mut self, (first, last): (u64, u64)) {
        let (known_first, known_last) = self.reported.unwrap_or((first, last));
        self.reported = Some((known_first.min(first), known_last.max(last)));
    }

    /// Adds what another worker counted.
    pub fn merge(&mut self, other: &Self) -> Result<(), Misfit> {
        let alike = self.pairs.len() == other.pairs.len() && self.pairs.iter().zip(&other.pairs).all(|(own, more)| own.fits(more));
        if !alike || !self.period.fits(&other.period) {
            return Err(Misfit);
        }
        self.pairs.iter_mut().zip(&other.pairs).for_each(|(own, more)| own.merge(more));
        self.period.merge(&other.period);
        if let Some(reported) = other.reported {
            self.span(reported);
        }
        Ok(())
    }

    /// Whether these are counts for an objective.
    pub(super) fn is_of(&self, objective: &Objective) -> bool {
        let rings = objective.pairs().iter().zip(&self.pairs);
        self.pairs.len() == objective.pairs().len()
            && rings.into_iter().all(|(pair, ring)| ring.is_of(pair.cell_ms(), SHORT_CELLS * (pair.long_ms / pair.short_ms)))
            && self.period.is_of(period_cell_ms(objective), PERIOD_CELLS)
    }

    /// The window of a pair that ends now.
    pub(super) fn window(&self, pair: usize, now_ms: u64, window_ms: u64) -> Tally {
        self.pairs.get(pair).map_or_else(Tally::default, |ring| ring.window(now_ms, window_ms))
    }

    /// The period that ends now, exact to a hundred-and-twentieth.
    pub fn period(&self, objective: &Objective, now_ms: u64) -> Tally {
        self.period.window(now_ms, objective.period_ms())
    }

    /// Events that a whole period is expected to have: as told, else those seen in the period before the cell of now, at the same rate. `None` before a
    /// thirtieth of a period has been seen.
    pub fn events_expected(&self, objective: &Objective, now_ms: u64) -> Option<f64> {
        if let Some(events) = objective.events_expected() {
            return Some(events);
        }
        let cell_ms = period_cell_ms(objective);
        let first = self.reported?.0 / cell_ms;
        let last = now_ms / cell_ms;
        let cells = last.saturating_sub(first).min(PERIOD_CELLS - 1);
        if cells < LEARN_CELLS {
            return None;
        }
        let before = self.period.window((last - 1) * cell_ms, cells * cell_ms);
        let rate = before.events as f64 / (cells * cell_ms) as f64;
        (rate > 0.0).then(|| rate * objective.period_ms() as f64)
    }

    /// When the last report was; `None` before the first.
    pub fn last_ms(&self) -> Option<u64> {
        self.reported.map(|(_, last)| last)
    }

    /// Bytes of all cells, which do not grow.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.pairs.iter().map(|ring| size_of::<Ring>() + ring.bytes()).sum::<usize>() + self.period.bytes()
    }
}

fn period_cell_ms(objective: &Objective) -> u64 {
    (objective.period_ms() / PERIOD_CELLS).max(1)
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these counts are of other windows than the objective's; begin new ones for it")
    }
}

impl std::error::Error for Misfit {}
