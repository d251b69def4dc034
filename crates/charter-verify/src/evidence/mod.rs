//! Where evidence is kept, on what machine it was made, and what it says of a plan today.
//!
//! The record itself is plain data that `charter-plan` owns; how figures are measured does not belong here.

mod host;
mod status;
mod store;

pub use host::host_facts;
#[cfg(test)]
pub(crate) use status::tests;
pub(crate) use status::unproved_reason;
pub use status::{Standing, StatusLine, status};
pub use store::{EvidenceStore, StoreError, Stored};
