//! Arithmetic that monitors and proofs share: intervals, tests that may be looked at at any time, sketches of bounded size.
//!
//! Pure functions and small folds; chance comes in as a seed. What a bound is held against does not belong here.

pub mod agreement;
pub mod counters;
pub mod draw;
pub mod histogram;
pub mod isotonic;
pub mod kolmogorov;
pub mod mersenne;
pub mod mismatch;
pub(crate) mod mixture;
pub mod multiplicity;
pub mod numpy;
pub mod proportion;
pub mod rank;
pub mod reservoir;
pub mod sequence;
pub mod share;
pub mod special;
pub mod tail;

pub use proportion::{clopper_pearson_interval, newcombe_difference, wilson_interval};
pub use special::{normal_quantile, two_sided_z};

use serde::{Deserialize, Serialize};

/// A two-sided interval; `low <= high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies inside, ends included.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}
