//! The engine, its watch, the conductor and a store together, on a paused clock: from a call to what follows from it, and over restarts.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a broken promise ends the test")]

mod experiments;
mod failing;
mod feedback;
mod flags;
mod identical;
mod reload;
mod replicas;
mod restart;
mod rollback;
mod shadow;
mod stage;
mod store;
