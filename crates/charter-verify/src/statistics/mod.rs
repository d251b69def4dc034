//! Intervals for what proofs measure: proportions, differences, quantiles, areas under curves.
//!
//! Pure arithmetic; chance comes in as a seed. What a bound is held against does not belong here.

mod area;
mod bootstrap;
mod order;
mod proportion;
mod special;

pub use area::{area_under_curve, delong_interval};
pub use bootstrap::{bootstrap_interval, stratified_bootstrap_interval};
pub use order::quantile_ranks;
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
