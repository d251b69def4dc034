//! Implementations of the engine's store port: documents with versions, and logs.
//!
//! | room | what is in it |
//! |---|---|
//! | [`embedded`] | one `SQLite` file, no server: durable |
//! | [`memory`] | a process's memory: for tests, and where nothing may be written |
//! | [`limits`] | names, sizes and how much of a log is kept, alike for all |
//!
//! What is kept does not belong here. `tests/conformance.rs` holds every implementation to the same promises.

pub mod embedded;
pub mod limits;
pub mod memory;

pub use embedded::Embedded;
pub use memory::Memory;
