//! How high a risk is, as far as the register says.
//!
//! What a level asks for belongs to the rules.

pub(in crate::rules) use charter_plan::arithmetic::risk::level;
use charter_spec::ast::{Level, Risk, RiskStatus};

/// The level of a risk: computed, else as written. `None` when the figures are not there.
pub(in crate::rules) fn of(risk: &Risk) -> Option<Level> {
    match (&risk.probability, &risk.impact) {
        (Some(probability), Some(impact)) => Some(level(probability.value, impact.value)),
        _ => risk.level.as_ref().map(|level| level.value),
    }
}

/// Whether it still stands and is high or above.
pub(in crate::rules) fn is_high(risk: &Risk) -> bool {
    let open = risk.status.as_ref().is_none_or(|status| status.value != RiskStatus::Closed);
    open && matches!(of(risk), Some(Level::High | Level::Critical))
}

/// `medium × high = high`, when both are written.
pub(in crate::rules) fn sum(risk: &Risk) -> Option<String> {
    let (probability, impact) = (risk.probability.as_ref()?.value, risk.impact.as_ref()?.value);
    Some(format!("probability {} × impact {} = {}", probability.word(), impact.word(), level(probability, impact).word()))
}
