//! The engine on fake backends: paused clock, scripted faults, printed seeds.

mod bindings;
mod ladder;
mod reload;
#[path = "../support/mod.rs"]
mod support;
