//! Ids, references to them, and the containers that hold what ids name.
//!
//! Checking that a reference leads somewhere belongs to [`crate::read`].

mod containers;
mod file;
mod id;
mod mention;
mod nearest;
mod reference;
mod section;

pub use containers::{Entries, Entry, Extensions, Field, List, Named};
pub use file::{
    Artifact, Card, Contract, Evidence, FileKind, FileRef, FileReference, Include, Model, Policy, Program, Record, Samples, Secret, Table,
    Workspace,
};
pub use id::{ID_LENGTH_MAX, Id};
pub use mention::{Mention, Mentioned};
pub(crate) use nearest::nearest_within;
pub use nearest::{nearest, only_nearest};
pub use reference::{Link, ModelVersionRef, Ref, Target};
pub use section::{SectionName, target};
