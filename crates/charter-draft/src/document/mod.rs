//! What is written: sections of a charter as values, and their text in the manner of a person.

mod value;
mod write;

pub use value::{Map, Value};
pub use write::write;
pub(crate) use write::{block_text, can_be_literal, is_plain, keyed, quoted, remarks, scalar};
