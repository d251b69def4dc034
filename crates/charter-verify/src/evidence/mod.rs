//! Where evidence is kept and on what machine it was made.
//!
//! The record itself is plain data that `charter-plan` owns, and so is what it says of a plan today; how figures are measured does not belong here.

#[cfg(test)]
pub(crate) mod example;
mod host;
mod sign_offs;
mod store;

pub use charter_plan::standing::{Standing, StatusLine, status};
pub use host::host_facts;
pub use sign_offs::{SignOffStore, SignOffs};
pub use store::{EvidenceStore, StoreError, Stored};
pub(crate) use store::{files, place, plain};
