//! From bytes to a tree with spans.
//!
//! What keys mean does not belong here.

mod build;
mod json;
mod load;
mod node;
mod plain;
mod traps;

pub use json::document_as_json;
pub(crate) use load::{Budget, load};
pub use load::{DEPTH_MAX, ELEMENTS_MAX, NODES_MAX, SIZE_MAX};
pub(crate) use node::{Key, Node, NodeKind};
pub use plain::Plain;
pub(crate) use traps::{Trap, bool_word, is_null, looks_numeric, trap};
