//! The slices of a `by` clause.

use crate::samples::{SampleError, Samples};

/// Most groups of one column; more is a column of values, not of groups.
const GROUPS_MAX: usize = 200;

/// Rows that share a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// `column=value`.
    pub name: String,
    /// Row numbers from 0.
    pub rows: Vec<usize>,
}

/// The groups of a column, sorted by value.
pub fn groups(samples: &Samples, column: &str) -> Result<Vec<Group>, SampleError> {
    let column = samples.column_like(column).unwrap_or(column);
    let mut rows: std::collections::BTreeMap<&str, Vec<usize>> = std::collections::BTreeMap::new();
    for (row, value) in samples.texts(column)?.iter().enumerate() {
        rows.entry(value).or_default().push(row);
    }
    if rows.len() > GROUPS_MAX {
        return Err(SampleError::TooLarge(format!("{} groups in column `{column}`, where at most {GROUPS_MAX} are judged", rows.len())));
    }
    Ok(rows.into_iter().map(|(value, rows)| Group { name: format!("{column}={value}"), rows }).collect())
}
