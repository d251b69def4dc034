//! Decisions weighed: matrix, ranking, what turns the winner over, which constraints an option breaks, and whether the time to think again has come.
//!
//! Judging a decision's record belongs to lint; how it is shown, to render.

mod break_even;
mod matrix;
mod report;
mod sensitivity;
mod violation;

pub use break_even::BreakEven;
pub use matrix::{Matrix, Row, chosen, is_accepted, scores};
pub use report::{
    BarLine, ConsequenceLine, DecisionReport, DecisionState, FactorLine, OptionReport, Overturn, RiskLine, ScoreFlipLine,
    SensitivityReport, WeightFlipLine, decisions, weigh,
};
pub use sensitivity::{Bar, ScoreFlip, Sensitivity, WeightFlip};
pub use violation::{Violation, violations};
