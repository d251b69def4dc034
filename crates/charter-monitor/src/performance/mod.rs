//! How good is a classifier while labels are not there yet? Estimates from calibrated scores, and a test of what they assume.
//!
//! | file | what is in it |
//! |---|---|
//! | `calibration`, `splits` | whether scores are calibrated, and the map that does it |
//! | `metric`, `auc` | metrics from sums of probabilities |
//! | `sampling` | how much an estimate varies with the rows |
//! | `cbpe` | the estimate chunk by chunk, as NannyML makes it |
//! | `streaming` | the same of a stream, per class or slice |
//! | `assumption` | whether the scores are still calibrated, when labels arrive |
//!
//! Waiting for labels does not belong here.

mod assumption;
mod auc;
mod calibration;
mod cbpe;
mod metric;
mod sampling;
mod splits;
mod streaming;
#[cfg(test)]
mod tests;

pub use assumption::{Assumption, Standing};
pub use calibration::Calibration;
pub use cbpe::{Answers, Cbpe, EstimateError, Estimated, Expected};
pub use metric::{Confusion, Metric};
pub use sampling::Sampling;
pub use streaming::{EstimateWindow, Estimator, SCORE_CELLS, SLICES_MAX, WindowEstimate};
