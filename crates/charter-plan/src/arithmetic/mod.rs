//! The formulas that promises are held against: pure functions of figures, each with its derivation in words.
//!
//! Where the figures come from does not belong here, nor what a finding says about them.

pub mod availability;
pub mod break_even;
pub mod capacity;
pub mod cost;
pub mod derivation;
pub mod latency;
pub mod load;
pub mod queueing;
pub mod risk;
pub mod roadmap;

pub use derivation::Derivation;
