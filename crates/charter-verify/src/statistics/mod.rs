//! Intervals for what proofs measure: proportions, differences, quantiles, areas under curves.
//!
//! Pure arithmetic; chance comes in as a seed. What a bound is held against does not belong here, nor what monitors need too:
//! that is in `charter-monitor`.

mod area;
mod bootstrap;
mod order;

use charter_monitor::statistics::{proportion, special};

pub use area::{area_under_curve, delong_interval};
pub use bootstrap::{bootstrap_interval, stratified_bootstrap_interval};
pub use charter_monitor::statistics::{
    Interval, clopper_pearson_interval, newcombe_difference, normal_quantile, two_sided_z, wilson_interval,
};
pub use order::quantile_ranks;
