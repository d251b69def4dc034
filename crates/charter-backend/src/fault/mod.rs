//! Faults that are brought in on purpose: they wrap a port, and the port's user cannot tell them from real ones.
//!
//! | room | what is in it |
//! |---|---|
//! | [`registry`] | which faults are in, until when |
//! | [`model`] | a backend that fails as the registry says |
//! | [`delay`] | how long an answer is kept back |
//! | [`stale`] | answers from before |
//! | [`part`] | half of an answer |
//! | [`state`] | a store, and a wall clock, that fail as the registry says |
//!
//! Whether chaos is allowed here, and what is expected meanwhile, does not belong here.

mod delay;
mod model;
mod part;
mod registry;
mod stale;
mod state;

pub use model::FaultyBackends;
pub use registry::{ActiveFault, Faults, NotTaken};
pub use state::{FaultyStore, SkewedClock};
