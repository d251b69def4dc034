//! From bytes to a tree with spans.
//!
//! What keys mean does not belong here.

mod plain;

pub use plain::Plain;
