//! Whether a contract that is named is there: a name promises nothing.
//!
//! What a contract holds is judged by the rules.

use crate::rule::Lint;
use charter_plan::contract::Format;
use charter_spec::Spanned;
use charter_spec::names::{Contract, FileRef};

/// What is wrong with a contract that cannot be relied on: completes "the contract …". `None` for one that was read.
pub(super) fn unread(lint: &Lint<'_>, file: &Spanned<FileRef<Contract>>) -> Option<&'static str> {
    match lint.resolved.contracts.get(file.value.as_str()) {
        None => Some("is not there"),
        Some(contract) if contract.format == Format::Other && !contract.problems.is_empty() => Some("cannot be read"),
        Some(_) => None,
    }
}
