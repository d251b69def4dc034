//! Holds a figure against its limit: the bound decides, not the point.

use charter_plan::evidence::Verdict;
use charter_plan::plan::Operator;

/// A figure and its interval, as a gate sees them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// The figure; none when undefined.
    pub figure: Option<f64>,
    /// Its interval; none when there is none, and the figure stands for itself.
    pub interval: Option<(f64, f64)>,
}

impl Bound {
    /// Proved when every value of the interval holds, broken when none does, inconclusive between and when undefined.
    /// `==` and `!=` judge the figure itself.
    pub fn verdict(&self, operator: Operator, limit: f64) -> Verdict {
        let Some(figure) = self.figure.filter(|figure| figure.is_finite()) else { return Verdict::Inconclusive };
        let (low, high) = self.interval.unwrap_or((figure, figure));
        let (worst, best) = match operator {
            Operator::Less | Operator::LessOrEqual => (high, low),
            Operator::Greater | Operator::GreaterOrEqual => (low, high),
            Operator::Equal | Operator::NotEqual => (figure, figure),
        };
        match (operator.holds(worst, limit), operator.holds(best, limit)) {
            (true, _) => Verdict::Proved,
            (false, false) => Verdict::Broken,
            (false, true) => Verdict::Inconclusive,
        }
    }

    /// How far the deciding bound is on the right side of the limit; negative when it is not.
    pub fn margin(&self, operator: Operator, limit: f64) -> f64 {
        let Some(figure) = self.figure else { return f64::NEG_INFINITY };
        let (low, high) = self.interval.unwrap_or((figure, figure));
        match operator {
            Operator::Less | Operator::LessOrEqual => limit - high,
            Operator::Greater | Operator::GreaterOrEqual => low - limit,
            Operator::Equal | Operator::NotEqual => -(figure - limit).abs(),
        }
    }
}

/// The verdict over parts that must all hold: one broken breaks it, one inconclusive leaves it open; no part at all does too.
pub fn verdict_of(parts: &[Verdict]) -> Verdict {
    if parts.contains(&Verdict::Broken) {
        Verdict::Broken
    } else if parts.is_empty() || parts.contains(&Verdict::Inconclusive) {
        Verdict::Inconclusive
    } else {
        Verdict::Proved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bound(figure: f64, low: f64, high: f64) -> Bound {
        Bound { figure: Some(figure), interval: Some((low, high)) }
    }

    #[test]
    fn the_bound_decides_and_not_the_point() {
        assert_eq!(bound(0.92, 0.88, 0.95).verdict(Operator::GreaterOrEqual, 0.90), Verdict::Inconclusive);
        assert_eq!(bound(0.92, 0.90, 0.95).verdict(Operator::GreaterOrEqual, 0.90), Verdict::Proved);
        assert_eq!(bound(0.80, 0.75, 0.85).verdict(Operator::GreaterOrEqual, 0.90), Verdict::Broken);
        assert_eq!(bound(20.0, 18.0, 25.0).verdict(Operator::Less, 26.0), Verdict::Proved);
        assert_eq!(bound(20.0, 18.0, 25.0).verdict(Operator::Less, 25.0), Verdict::Inconclusive);
        assert_eq!(Bound { figure: None, interval: None }.verdict(Operator::Less, 1.0), Verdict::Inconclusive);
    }

    #[test]
    fn one_broken_group_breaks_the_whole() {
        use Verdict::*;
        assert_eq!(verdict_of(&[Proved, Broken, Inconclusive]), Broken);
        assert_eq!(verdict_of(&[Proved, Inconclusive]), Inconclusive);
        assert_eq!(verdict_of(&[Proved]), Proved);
        assert_eq!(verdict_of(&[]), Inconclusive);
    }

    proptest! {
        #[test]
        fn a_proof_never_turns_when_the_limit_is_relaxed(figure in -1.0f64..1.0, below in 0.0f64..0.5, above in 0.0f64..0.5, limit in -1.0f64..1.0, slack in 0.0f64..1.0) {
            let bound = bound(figure, figure - below, figure + above);
            if bound.verdict(Operator::GreaterOrEqual, limit) == Verdict::Proved {
                prop_assert_eq!(bound.verdict(Operator::GreaterOrEqual, limit - slack), Verdict::Proved);
                prop_assert!(bound.margin(Operator::GreaterOrEqual, limit) >= 0.0);
            }
        }
    }
}
