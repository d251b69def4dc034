//! The server as an editor sees it: frames over a pipe, a charter in memory.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod actions;
mod complete;
mod diagnostics;
mod hostile;
mod lifecycle;
mod look;
mod rename;
mod support;
mod workspace;
