//! Decisions weighed: matrix, ranking, what turns the winner over, which constraints an option breaks, and whether the time to think again has come.
//!
//! Judging a decision's record belongs to lint; how it is shown, to render.

mod break_even;
mod firmness;
mod matrix;
mod overturn;
mod report;
mod sensitivity;
mod violation;

pub use break_even::BreakEven;
pub use firmness::{BarLine, ScoreFlipLine, SensitivityReport, WeightFlipLine};
pub use matrix::{Matrix, Row, chosen, is_accepted, scores};
pub use overturn::{Overturn, overturn, overturned};
pub use report::{ConsequenceLine, DecisionReport, DecisionState, FactorLine, OptionReport, RiskLine, decisions, weigh};
pub use sensitivity::{Bar, ScoreFlip, Sensitivity, WeightFlip};
pub use violation::{Violation, ViolationKind, violations};
