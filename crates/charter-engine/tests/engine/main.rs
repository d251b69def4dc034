//! The engine on fake backends: paused clock, scripted faults, printed seeds.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken promise ends the test")]

mod again;
mod batch;
mod bindings;
mod cache;
mod cascade;
mod check;
mod ensemble;
mod experiment;
mod flags;
mod hurry;
mod ladder;
mod mirror;
mod overload;
mod queue;
mod reload;
mod rollout;
mod scene;
mod signals;
#[path = "../support/mod.rs"]
mod support;
