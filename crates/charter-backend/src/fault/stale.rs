//! What a stale fault answers with: what was answered first since it came in.
//!
//! When it strikes does not belong here.

use charter_engine::Tensor;
use std::sync::{Mutex, PoisonError};

/// Most row counts that are remembered; calls with others are answered fresh.
const SHAPES_MAX: usize = 16;

/// The first answer to each number of rows since a fault came in, so that an old answer always has the right shape: nothing but its values
/// tells that it is old.
#[derive(Debug, Default)]
pub(super) struct Answers(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    fault: u64,
    by_rows: Vec<(usize, Vec<Tensor>)>,
}

impl Answers {
    /// What this fault answers to so many rows; nothing until it is kept.
    pub(super) fn before(&self, fault: u64, rows: usize) -> Option<Vec<Tensor>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.by_rows.iter().find(|(count, _)| kept.fault == fault && *count == rows);
        known.map(|(_, answer)| answer.clone())
    }

    /// Keeps the first answer to so many rows; those of another fault are forgotten.
    pub(super) fn keep(&self, fault: u64, rows: usize, answer: &[Tensor]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.fault != fault {
            *kept = Kept { fault, by_rows: Vec::new() };
        }
        if kept.by_rows.len() < SHAPES_MAX && !kept.by_rows.iter().any(|(count, _)| *count == rows) {
            kept.by_rows.push((rows, answer.to_vec()));
        }
    }
}
