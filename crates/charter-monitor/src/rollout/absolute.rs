//! Tests of the candidate's own share of bad events, without a stable side. What a value leads to belongs to the judge.
//!
//! Every value is the logarithm of a test martingale under the edge of its hypothesis and of a supermartingale inside it, so by Ville's inequality
//! the chance that it ever exceeds `ln(1/a)` is at most `a`, however often one looks. Only two numbers are needed: calls and bad ones.

use super::mixture::{GRID, mix, times};
use super::record::Count;

/// Parts of `p_bad` that the safe test looks for, besides never.
const PARTS: [f64; 4] = [2.0, 3.0, 5.0, 10.0];

/// Shares as the formulas can bear them: above 0, below 1.
fn clamp(p: f64) -> f64 {
    p.clamp(1e-12, 1.0 - 1e-9)
}

/// `ln E` against `p <= p_ok`: `logsumexp over g with p_ok g < 1 of [k ln g + (n-k) ln((1 - p_ok g)/(1 - p_ok))] - ln(count)`. 0 if no `g` fits.
pub(super) fn harm(count: Count, p_ok: f64) -> f64 {
    let p = clamp(p_ok);
    let fitting = GRID.iter().filter(move |g| p * **g < 1.0);
    let weight = 1.0 / fitting.clone().count() as f64;
    if !weight.is_finite() {
        return 0.0;
    }
    mix(fitting.map(move |g| (weight, times(count.bad, g.ln()) + times(count.calls - count.bad, (-p * g).ln_1p() - (-p).ln_1p()))))
}

/// `ln E` against `p >= p_bad`: weight 1/2 on "never" (`(1 - p_bad)^-n` without a bad event, else 0), 1/8 each on `p_bad` / 2, 3, 5 and 10.
///
/// Clean calls until 40: 39 at 10 %, 405 at 1 %, 4,062 at .1 %.
pub(super) fn safe(count: Count, p_bad: f64) -> f64 {
    let p = clamp(p_bad);
    let good = count.calls - count.bad;
    let never = if count.bad == 0 { -times(count.calls, (-p).ln_1p()) } else { f64::NEG_INFINITY };
    let parts = PARTS.iter().map(move |part| (0.125, -times(count.bad, part.ln()) + times(good, (-p / part).ln_1p() - (-p).ln_1p())));
    mix(std::iter::once((0.5, never)).chain(parts))
}

/// Calls, none of them bad, until [`safe`] reaches `ln_threshold`. Found by doubling and bisection, as the value rises with every clean call.
pub(super) fn clean_calls_needed(count: Count, p_bad: f64, ln_threshold: f64) -> u64 {
    let reached = |more: u64| safe(Count { calls: count.calls.saturating_add(more), bad: count.bad }, p_bad) >= ln_threshold;
    if reached(0) {
        return 0;
    }
    let mut high = 1_u64;
    while !reached(high) && high < 1 << 50 {
        high *= 2;
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if reached(middle) { high = middle } else { low = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Expected value of `E` after one more call, over its value before; 1 for a martingale.
    fn step(test: fn(Count, f64) -> f64, count: Count, parameter: f64, p: f64) -> f64 {
        let now = test(count, parameter);
        let clean = test(Count { calls: count.calls + 1, bad: count.bad }, parameter);
        let bad = test(Count { calls: count.calls + 1, bad: count.bad + 1 }, parameter);
        p * (bad - now).exp() + (1.0 - p) * (clean - now).exp()
    }

    proptest! {
        #[test]
        fn at_the_edge_of_the_hypothesis_every_step_is_fair(p in 1e-5_f64..0.9, calls in 0_u64..50_000, part in 0.0_f64..1.0) {
            let bad = (part * part * part * calls as f64) as u64;
            let count = Count { calls, bad };
            prop_assert!((step(harm, count, p, p) - 1.0).abs() < 1e-6);
            prop_assert!((step(safe, count, p, p) - 1.0).abs() < 1e-6);
        }

        #[test]
        fn inside_the_hypothesis_no_step_gains(p in 1e-4_f64..0.9, inside in 0.0_f64..1.0, calls in 0_u64..50_000, part in 0.0_f64..1.0) {
            let count = Count { calls, bad: (part * calls as f64) as u64 };
            prop_assert!(step(harm, count, p, p * inside) <= 1.0 + 1e-6);
            prop_assert!(step(safe, count, p, p + (1.0 - p) * inside) <= 1.0 + 1e-6);
        }

        #[test]
        fn the_values_are_finite_whatever_was_counted(p in 0.0_f64..=1.0, calls in 0_u64..1 << 40, part in 0.0_f64..=1.0) {
            let count = Count { calls, bad: (part * calls as f64) as u64 };
            prop_assert!(harm(count, p).is_finite() && safe(count, p).is_finite());
        }
    }

    #[test]
    fn all_clean_calls_needed_are_those_of_the_specification() {
        let needed = |p_bad| clean_calls_needed(Count::default(), p_bad, 40.0_f64.ln());
        assert_eq!([needed(0.1), needed(0.01), needed(0.001)], [39, 405, 4_062]);
    }

    #[test]
    fn a_value_worked_out_by_hand_is_met() {
        // One bad of 2 calls at p_ok = 0.5: only 1.1, 1.25 and 1.5 fit; terms g (1 - g/2) / (1/2) = .99, .9375, .75.
        let expected = ((0.99 + 0.9375 + 0.75) / 3.0_f64).ln();
        assert!((harm(Count { calls: 2, bad: 1 }, 0.5) - expected).abs() < 1e-12);
    }
}
