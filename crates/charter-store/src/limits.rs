//! What may be kept, alike for every implementation.
//!
//! Where it is kept does not belong here.

use charter_engine::store::StoreError;

/// Longest key, and longest name of a log.
pub const NAME_BYTES_MAX: usize = 200;
/// Largest document, and largest record; the books of an experiment are bounded so that they fit.
pub const BYTES_MAX: usize = 64 << 20;
/// Most records of one append, and of one read.
pub const RECORDS_MAX: usize = 10_000;
/// Records kept in each log unless stated: beyond it the oldest go.
pub const RETENTION: u64 = 100_000;

/// Checks a key or the name of a log: 1 to 200 letters, digits and `-_./:@`.
///
/// # Errors
/// [`StoreError::BadName`] with the start of the name.
pub(crate) fn name(name: &str) -> Result<(), StoreError> {
    if !name.is_empty() && prefix(name) {
        return Ok(());
    }
    Err(StoreError::BadName(name.chars().take(NAME_BYTES_MAX).collect()))
}

/// Checks the beginning of keys; an empty one is every key's.
///
/// # Errors
/// [`StoreError::BadName`]: no key begins like that.
pub(crate) fn key_prefix(start: &str) -> Result<(), StoreError> {
    if prefix(start) { Ok(()) } else { Err(StoreError::BadName(start.chars().take(NAME_BYTES_MAX).collect())) }
}

fn prefix(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@".contains(&byte);
    text.len() <= NAME_BYTES_MAX && text.bytes().all(allowed)
}

/// Checks what one write brings.
///
/// # Errors
/// [`StoreError::TooLarge`] with the limit.
pub(crate) fn sizes<'a>(values: impl ExactSizeIterator<Item = &'a [u8]>) -> Result<(), StoreError> {
    if values.len() > RECORDS_MAX {
        return Err(StoreError::TooLarge { what: "records", size: values.len(), max: RECORDS_MAX });
    }
    for value in values {
        if value.len() > BYTES_MAX {
            return Err(StoreError::TooLarge { what: "bytes", size: value.len(), max: BYTES_MAX });
        }
    }
    Ok(())
}
