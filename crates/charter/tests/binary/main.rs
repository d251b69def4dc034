//! The real binary, driven as a stranger would: over its command line and over loopback.
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod bulkhead;
mod chaos;
mod commands;
mod control;
mod docs;
mod draft;
mod examples;
mod export;
mod fix;
mod hostile;
mod ladder;
mod lsp;
mod planning;
mod reload;
mod rollout;
mod round_trip;
mod simulate;
mod support;
mod upstream;
