//! Proves requirements by driving a server over the wire: load, evaluation, evidence.
//!
//! No routing and no model run here: what a caller can see is what is measured.

pub mod evaluation;
pub mod load;
mod random;
pub mod samples;
pub mod statistics;

pub use random::Random;
