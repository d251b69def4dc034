//! The engine on fake backends: paused clock, scripted faults, printed seeds.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken promise ends the test")]

mod bindings;
mod hurry;
mod ladder;
mod reload;
mod signals;
#[path = "../support/mod.rs"]
mod support;
