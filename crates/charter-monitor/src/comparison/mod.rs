//! Compares what two versions answered to the same inputs, call by call, and says when enough was seen.
//!
//! | file | what is in it |
//! |---|---|
//! | `comparer` | folds pairs; what is kept and restored |
//! | `output` | agreement on one answer, by its kind |
//! | `class`, `score`, `order`, `vector`, `json` | figures of those kinds |
//! | `slices` | where disagreement is more frequent than elsewhere |
//! | `worst` | pairs kept for people, redacted |
//! | `cells` | values of tensors, as numbers and as labels |
//! | `report`, `table` | what was found, for machines and for people |
//!
//! Making copies of calls does not belong here, nor what a verdict leads to.

mod cells;
mod class;
mod comparer;
mod json;
mod order;
mod output;
mod report;
mod score;
mod slices;
mod table;
#[cfg(test)]
mod tests;
mod vector;
mod worst;

pub use class::{ClassReport, Exchange};
pub use comparer::{Agreed, Comparer, RestoreError};
pub use json::{JsonReport, PathReport};
pub use order::RankingReport;
pub use output::OutputReport;
pub use report::{ComparisonReport, ErrorParity, LabelReport, LatencyReport, Verdict};
pub use score::ScoreReport;
pub use slices::Slice;
pub use vector::VectorReport;
pub use worst::WorstPair;
