//! The judge and the rollout machine from outside: simulations against their bounds, phases, commands, and what survives a restart.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod bounds;
mod feedback;
mod intervals;
mod phases;
mod restart;
mod simulation;
