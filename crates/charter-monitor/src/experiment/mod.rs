//! Experiments: who was assigned to which arm, what became of them, and what may be said at any time.
//!
//! | file | what is in it |
//! |---|---|
//! | `ledger` | folds exposures, calls and outcomes |
//! | `event` | what the ledger is told, and what it answers |
//! | `layout` | which value goes to which metric |
//! | `threshold` | quantiles as shares above a frozen threshold |
//! | `units` | one row a unit, bounded by sampling |
//! | `outcomes` | idempotence, and outcomes that come before their unit |
//! | `sums`, `effect` | moments of the arms; effects, adjusted by a covariate |
//! | `assignment` | sample ratio mismatch |
//! | `course` | effect by week, delay of outcomes |
//! | `figures`, `looks` | running figures over all looks, and the history of the picture |
//! | `judge`, `report` | verdicts |
//! | `table`, `picture` | the report for people |
//! | `csv` | the same fold over an exported file |
//! | `saved` | what outlives the process |
//!
//! Assigning units does not belong here, nor reading files and clocks.

mod assignment;
mod course;
mod csv;
mod effect;
mod event;
mod figures;
mod judge;
mod layout;
mod ledger;
mod looks;
mod outcomes;
mod picture;
mod report;
mod saved;
mod sums;
mod table;
#[cfg(test)]
mod tests;
mod threshold;
mod units;

pub use assignment::{AssignmentReport, SliceMismatch};
pub use course::{DelayReport, WeekEffect};
pub use csv::{CsvProblem, fold_csv};
pub use event::{Measured, Outcome, Received};
pub use ledger::Ledger;
pub use looks::Point;
pub use report::{ArmFigures, ArmReport, Decided, EffectReport, ExperimentReport, Holds, MetricReport, OutcomeCounts, Role, Verdict};
pub use saved::RestoreError;
