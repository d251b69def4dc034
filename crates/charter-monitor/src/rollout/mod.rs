//! Rollouts: the judge that weighs what happened, and the machine that lets a new version in or takes it back.
//!
//! A rollout is bounded in two ways, however often one looks: the chance of taking back a version that is no worse is at most `alpha`, and the chance of
//! letting through one that is both `r_bad` times as bad and above `p_bad` is at most `beta`. Both take calls as independent; a single client's repeated
//! failures are limited, other dependence is not covered. Applying a stage to traffic belongs to the engine.

mod clients;
mod feedback;
mod guard;
mod intervals;
mod judge;
mod machine;
mod mann_whitney;
mod phase;
mod readiness;
mod record;
mod relative;
mod sentence;
mod state;
mod status;

pub use feedback::{Feedback, Heard};
pub use machine::Machine;
pub use phase::{Command, CommandRefused, Phase, Underway};
pub use record::{Anytime, Class, Count, EValue, Finding, GuardrailStatus, Intervals, Ratio, Record, Verdict, Watch};
pub use sentence::{duration, e_value, percent, weight};
pub use state::RestoreError;
pub use status::{Condition, Status};
