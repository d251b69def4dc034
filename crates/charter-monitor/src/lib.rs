//! Pure folds over what happened: rollouts and their judge, comparisons of two versions, experiments, drift of columns, performance without labels, labels that come late, burn rates.
//!
//! No I/O, no clock, no task, no dice: time and events come in as arguments, verdicts and reports go out. Applying a verdict belongs to the engine's watch.

pub mod burn;
pub mod comparison;
pub mod conductor;
pub mod drift;
pub mod experiment;
pub mod labels;
pub mod performance;
pub mod rollout;
pub mod statistics;
