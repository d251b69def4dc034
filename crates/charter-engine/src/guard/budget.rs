//! How many second tries of a model are paid for: one bucket for retries and hedges.
//!
//! Each first attempt adds a part of a token, up to [`TOKENS_MAX`]; each second try takes a whole one. [`FLOOR`] of them may be under way without a token,
//! so that a model with little traffic is helped too. Load on a failing model is then at most `1 + ratio` of what it is asked, and the floor.
//! After Finagle's `RetryBudget`.
//!
//! Whether a second try is worth it does not belong here.

const TOKENS_MAX: f64 = 100.0;
const FLOOR: u32 = 3;

#[derive(Clone, Debug)]
pub(crate) struct Budget {
    ratio: f64,
    tokens: f64,
    /// Second tries under way.
    trying: u32,
}

impl Budget {
    pub(crate) fn new(ratio: f64) -> Self {
        Self { ratio: if ratio.is_finite() { ratio.clamp(0.0, TOKENS_MAX) } else { 0.0 }, tokens: 0.0, trying: 0 }
    }

    /// The same tokens at another ratio. Tries that are under way are counted where they began.
    pub(crate) fn carried(&self, ratio: f64) -> Self {
        Self { tokens: self.tokens, ..Self::new(ratio) }
    }

    pub(crate) fn first_attempt(&mut self) {
        self.tokens = (self.tokens + self.ratio).min(TOKENS_MAX);
    }

    /// Pays for a second try; whoever is told yes calls [`ended`](Self::ended) once.
    pub(crate) fn take(&mut self) -> bool {
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
        } else if self.trying >= FLOOR {
            return false;
        }
        self.trying = self.trying.saturating_add(1);
        true
    }

    /// A second try is over, however it ended.
    pub(crate) fn ended(&mut self) {
        self.trying = self.trying.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_quiet_model_has_three_tries_at_once() {
        let mut budget = Budget::new(0.1);
        assert_eq!([budget.take(), budget.take(), budget.take(), budget.take()], [true, true, true, false]);
        budget.ended();
        assert!(budget.take() && !budget.take());
    }

    proptest! {
        #[test]
        fn tries_that_hang_are_at_most_the_ratio_and_the_floor(ratio in 0.0_f64..0.5, steps in prop::collection::vec(any::<bool>(), 1..2_000)) {
            let mut budget = Budget::new(ratio);
            let (mut first, mut second) = (0.0, 0.0);
            for is_first in steps {
                if is_first {
                    budget.first_attempt();
                    first += 1.0;
                } else if budget.take() {
                    second += 1.0;
                }
            }
            prop_assert!(second <= ratio * first + f64::from(FLOOR) + 1e-6, "{second} of {first}");
        }

        #[test]
        fn the_bucket_never_holds_more_than_a_hundred(attempts in 0_u32..5_000) {
            let mut budget = Budget::new(0.1);
            (0..attempts).for_each(|_| budget.first_attempt());
            let tries = (0..200).filter(|_| budget.take()).count();
            prop_assert!(tries <= 103, "{tries}");
        }
    }
}
