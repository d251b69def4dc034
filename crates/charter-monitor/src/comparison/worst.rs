//! The pairs that disagree most, kept for people without what callers wrote.

use serde::{Deserialize, Serialize};

/// Most pairs kept.
const PAIRS_MAX: usize = 1_000;
/// Most values kept of each side of a row.
const VALUES_MAX: usize = 16;

/// One row that two versions answered differently. Numbers are rounded to three digits; of texts only hash and length stand here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorstPair {
    /// 1 is just a disagreement; scores count in tolerances; 1e12 stands for an answer on one side only.
    pub severity: f64,
    /// Decides between pairs of one severity, so that those kept are a fair sample.
    lot: u64,
    /// Position in its call.
    pub row: usize,
    /// `name = value`, the inputs to slice by.
    pub inputs: Vec<String>,
    pub primary: Vec<String>,
    pub mirror: Vec<String>,
}

impl WorstPair {
    pub(super) fn new(severity: f64, lot: u64, row: usize) -> Self {
        Self { severity, lot, row, inputs: Vec::new(), primary: Vec::new(), mirror: Vec::new() }
    }

    pub(super) fn keep(side: &mut Vec<String>, value: impl FnOnce() -> String) {
        if side.len() < VALUES_MAX {
            side.push(value());
        }
    }

    fn rank(&self) -> (f64, u64) {
        (self.severity, self.lot)
    }
}

/// The worst pairs, worst first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Worst(Vec<WorstPair>);

impl Worst {
    /// Whether a pair of this severity and lot would be kept: ask before describing it.
    pub(super) fn takes(&self, severity: f64, lot: u64) -> bool {
        self.0.len() < PAIRS_MAX || self.0.last().is_some_and(|last| (severity, lot) > last.rank())
    }

    pub(super) fn add(&mut self, pair: WorstPair) {
        let place = self.0.partition_point(|kept| kept.rank() > pair.rank());
        self.0.insert(place, pair);
        self.0.truncate(PAIRS_MAX);
    }

    pub(super) fn pairs(&self) -> &[WorstPair] {
        &self.0
    }
}
