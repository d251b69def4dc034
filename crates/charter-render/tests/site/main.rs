//! The site as a reader gets it: whole, safe, linked, the same each time, and quick.

// What is wrong with a case fails its test.
#![allow(clippy::expect_used, clippy::panic)]

mod hostile;
mod large;
mod pages;
mod paths;
mod pictures;
mod support;
