//! Figures of merit over held-out rows, with their intervals, overall and by group.
//!
//! scikit-learn's semantics: what it would answer 0 for lack of rows is 0 here too, and flagged as undefined. Where the
//! answers come from does not belong here.

mod answers;
mod binary;
mod case;
mod classes;
mod estimate;
mod gate;
mod groups;
mod metric;
mod numbers;
mod ranked;

pub use answers::Answers;
pub use binary::Condition;
pub use case::{Case, CaseError};
pub use estimate::{Estimate, estimate, estimate_classes, estimate_uplift};
pub use gate::{Bound, verdict_of};
pub use groups::{Group, groups};
pub use metric::{Direction, Metric};
