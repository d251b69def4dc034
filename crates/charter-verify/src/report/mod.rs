//! Verdicts for people and machines: a table, JSON, JUnit XML. Pure text, nothing is measured here.

mod json;
mod junit;
mod table;

pub use json::{results_json, status_json};
pub use junit::results_junit;
pub use table::{results_table, status_table};
