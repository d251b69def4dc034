//! Ids, references to them, and the containers that hold what ids name.
//!
//! Checking that a reference leads somewhere belongs to [`crate::read`].

mod containers;
mod file;
mod id;
mod nearest;
mod reference;
mod section;

pub use containers::{Entries, Entry, Extensions, Field, List, Named};
pub use file::{
    Artifact, Card, Contract, Evidence, FileKind, FileRef, FileReference, Include, Model, Policy, Program, Record, Samples, Secret, Table,
};
pub use id::{ID_LENGTH_MAX, Id};
pub use nearest::nearest;
pub(crate) use nearest::nearest_within;
pub use reference::{Link, ModelVersionRef, Ref, Target};
pub use section::{SectionName, target};
