//! How high a risk is: probability × impact.
//!
//! | probability ↓ impact → | low | medium | high | critical |
//! |---|---|---|---|---|
//! | low | low | low | medium | high |
//! | medium | low | medium | high | high |
//! | high | medium | high | high | critical |
//! | critical | high | high | critical | critical |

use charter_spec::ast::Level;

/// The level of a risk; the table above, which rises with both.
pub const fn level(probability: Level, impact: Level) -> Level {
    use Level::{Critical, High, Low, Medium};
    match (probability, impact) {
        (Low, Low | Medium) | (Medium, Low) => Low,
        (Low, High) | (Medium, Medium) | (High, Low) => Medium,
        (Low, Critical) | (Medium, High | Critical) | (High, Medium | High) | (Critical, Low | Medium) => High,
        (High, Critical) | (Critical, High | Critical) => Critical,
    }
}

#[cfg(test)]
mod tests {
    use super::level;
    use charter_spec::ast::Level::{self, Critical, High, Low, Medium};

    #[test]
    fn the_level_rises_with_probability_and_with_impact() {
        let rank = |level: Level| Level::ALL.iter().position(|known| *known == level).unwrap();
        for pair in Level::ALL.windows(2) {
            for other in Level::ALL.iter().copied() {
                assert!(rank(level(pair[0], other)) <= rank(level(pair[1], other)));
                assert!(rank(level(other, pair[0])) <= rank(level(other, pair[1])));
            }
        }
        assert_eq!((level(Low, Critical), level(Medium, Medium)), (High, Medium));
    }
}
