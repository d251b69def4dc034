//! Is an objective's error budget burning too fast? Alerts over pairs of windows, from bounded counts.
//!
//! | file | what is in it |
//! |---|---|
//! | `objective` | what is promised, the pairs of windows, what of it is refused |
//! | `ring` | counts of the last while, cell by cell |
//! | `counts` | all rings of an objective, added up over workers |
//! | `rate` | a window's ratio against its threshold, and whether few events say enough |
//! | `alerts` | what fires and what is reset |
//!
//! What a bad event is does not belong here, nor who is woken: calls, latencies, freshness, quality and cost all come as counts of good and bad.

mod alerts;
mod counts;
mod objective;
mod rate;
mod ring;
#[cfg(test)]
mod tests;

pub use alerts::{Alert, Alerts, BudgetLine, Change, PairLine, Report};
pub use counts::{Counts, Misfit};
pub use objective::{BUDGET_SHARE, Objective, PAIRS, Pair, Place, Refusal, Rule, Severity};
pub use rate::{BAD_ENOUGH, Evidence, Tally};
