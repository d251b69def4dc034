//! How good were the answers, when labels come late? Maturity, weights for those that came early, figures that are restated openly.
//!
//! | file | what is in it |
//! |---|---|
//! | `delay` | how long labels take, with those still awaited |
//! | `weights` | estimates before a cohort is mature |
//! | `writes` | what was said of one prediction: once, and the last word by its time |
//! | `standing` | labelled, open, or negative because nothing came |
//! | `figures` | versions of a figure |
//! | `arrival` | whether labels still come as they did |
//!
//! The log of predictions does not belong here, nor the endpoint that labels come by.

mod arrival;
mod delay;
mod figures;
mod standing;
#[cfg(test)]
mod tests;
mod weights;
mod writes;

pub use arrival::{Arrival, Cohort, Flow};
pub use delay::{DelayCurve, Maturity, Observation, STEPS_MAX};
pub use figures::{Figure, Figures, VERSIONS_MAX};
pub use standing::{Standing, standing};
pub use weights::{Estimate, LABELS_MIN, PROBABILITY_MIN, Row, Weights};
pub use writes::{HISTORY_MAX, Outcome, Write, Writes};
