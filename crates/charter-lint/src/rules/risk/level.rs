//! How high a risk is: probability × impact.
//!
//! | probability ↓ impact → | low | medium | high | critical |
//! |---|---|---|---|---|
//! | low | low | low | medium | high |
//! | medium | low | medium | high | high |
//! | high | medium | high | high | critical |
//! | critical | high | high | critical | critical |
//!
//! What a level asks for belongs to the rules.

use charter_spec::ast::{Level, Risk, RiskStatus};

pub(in crate::rules) const fn level(probability: Level, impact: Level) -> Level {
    use Level::{Critical, High, Low, Medium};
    match (probability, impact) {
        (Low, Low | Medium) | (Medium, Low) => Low,
        (Low, High) | (Medium, Medium) | (High, Low) => Medium,
        (Low, Critical) | (Medium, High | Critical) | (High, Medium | High) | (Critical, Low | Medium) => High,
        (High, Critical) | (Critical, High | Critical) => Critical,
    }
}

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

#[cfg(test)]
mod tests {
    use super::level;
    use charter_spec::ast::Level::{Critical, High, Low, Medium};

    #[test]
    fn the_level_rises_with_probability_and_with_impact() {
        let rank = |level| [Low, Medium, High, Critical].iter().position(|known| *known == level).unwrap();
        let levels = [Low, Medium, High, Critical];
        for pair in levels.windows(2) {
            for other in levels {
                assert!(rank(level(pair[0], other)) <= rank(level(pair[1], other)));
                assert!(rank(level(other, pair[0])) <= rank(level(other, pair[1])));
            }
        }
        assert_eq!((level(Low, Critical), level(Medium, Medium)), (High, Medium));
    }
}
