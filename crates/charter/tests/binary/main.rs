//! The real binary, driven as a stranger would: over its command line and over loopback.
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod commands;
mod hostile;
mod ladder;
mod reload;
mod support;
