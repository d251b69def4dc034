//! The real binary, driven as a stranger would: over its command line and over loopback.
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod bulkhead;
mod chaos;
mod commands;
mod control;
mod examples;
mod export;
mod hostile;
mod ladder;
mod reload;
mod rollout;
mod simulate;
mod support;
mod upstream;
