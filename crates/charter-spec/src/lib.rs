//! The charter document: from the bytes that the caller gives to a typed [`Spec`] with a span on every key and value.
//!
//! Files, clocks, tasks and arithmetic over sections do not belong here.

#[macro_use]
mod read;

pub mod ast;
pub mod diagnostic;
pub mod edit;
pub mod measure;
pub mod names;
pub mod quantity;
pub mod source;

mod reading;
mod yaml;

/// What bounds the time and memory of reading.
pub mod limits {
    pub use crate::names::ID_LENGTH_MAX;
    pub use crate::quantity::{BYTES_MAX, NUMBER_MAX, NUMBER_MIN, TIME_NANOS_MAX};
    pub use crate::read::{PROBLEMS_MAX, ROWS_MAX, SETTINGS_MAX, UNREADABLE_MAX};
    pub use crate::yaml::{DEPTH_MAX, ELEMENTS_MAX, NODES_MAX, SIZE_MAX};
}

pub use ast::Spec;
pub use diagnostic::{Basis, Certainty, Change, Code, Diagnostic, Fix, Label, Severity};
pub use measure::{Criterion, Measure};
pub use names::{Entries, Field, FileReference, Id, Link, List, Mention, Mentioned, Ref, SectionName};
pub use quantity::{Dimension, Quantity, Unit};
pub use read::{Setting, read, read_with, schema};
pub use reading::Reading;
pub use source::{FileId, FileSet, Position, Span, Spanned};
pub use yaml::{Plain, document_as_json};
