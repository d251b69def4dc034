//! Where text comes from and where it stands.
//!
//! Reading files from a disk does not belong here: the caller hands over the bytes.

mod files;
mod span;

pub use files::{FileId, FileSet, Position};
pub use span::{Span, Spanned};
