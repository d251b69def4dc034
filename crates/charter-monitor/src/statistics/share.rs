//! Is a share of bad events below a bound, or above it? Tests and an interval that may be looked at after every event.
//!
//! E-processes: each is at most 1 in expectation under its null hypothesis at every time, so by Ville's inequality it ever
//! passes 1/a with a chance of at most a. What counts as bad does not belong here.

use super::Interval;
use super::mixture::{GRID, mix, times};

/// Parts of the share that the safe test looks for, beside "never".
const PARTS: [f64; 4] = [2.0, 3.0, 5.0, 10.0];
/// Most events that are said to be needed.
const NEEDED_MAX: u64 = 1 << 50;

/// Shares as the formulas can bear them: above 0, below 1.
fn bearable(share: f64) -> f64 {
    share.clamp(1e-12, 1.0 - 1e-9)
}

/// `ln E` against "the share is at most `share`", after `bad` of `count`: the mean over the grid of likelihood ratios, `k ln g + (n − k) ln((1 − g p)/(1 − p))`
/// for `g p < 1`. 0 where no factor fits.
pub fn log_e_above(share: f64, count: u64, bad: u64) -> f64 {
    let p = bearable(share);
    let (bad, good) = parts(count, bad);
    let fitting = GRID.iter().filter(|&&factor| factor * p < 1.0);
    let weight = 1.0 / fitting.clone().count() as f64;
    if !weight.is_finite() {
        return 0.0;
    }
    mix(fitting.map(|factor| (weight, times(bad, factor.ln()) + times(good, (-factor * p).ln_1p() - (-p).ln_1p()))))
}

/// `ln E` against "the share is at least `share`": weight 1/2 on "never" (`(1 − p)^−n` without a bad event, else 0), and 1/8 each on a half, a third, a fifth and a
/// tenth of it. Clean events until 40: 39 at 10 %, 405 at 1 %, 4,062 at .1 %.
pub fn log_e_below(share: f64, count: u64, bad: u64) -> f64 {
    let p = bearable(share);
    let (bad, good) = parts(count, bad);
    let never = if bad == 0 { -times(good, (-p).ln_1p()) } else { f64::NEG_INFINITY };
    let rarer = PARTS.iter().map(|part| (0.125, -times(bad, part.ln()) + times(good, (-p / part).ln_1p() - (-p).ln_1p())));
    mix(std::iter::once((0.5, never)).chain(rarer))
}

/// Events, none of them bad, until [`log_e_below`] reaches `ln_threshold`. Found by doubling and bisection, as the value rises with every clean event.
pub fn clean_events_needed(share: f64, count: u64, bad: u64, ln_threshold: f64) -> u64 {
    let reached = |more: u64| log_e_below(share, count.saturating_add(more), bad) >= ln_threshold;
    if reached(0) {
        return 0;
    }
    let mut high = 1_u64;
    while !reached(high) && high < NEEDED_MAX {
        high *= 2;
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if reached(middle) { high = middle } else { low = middle }
    }
    high
}

/// The confidence sequence of the share: every share that neither test rejects at `alpha`/2. The union of both errors, at all
/// times together, is at most `alpha`, because only the tests of the true share can err.
pub fn share_sequence(count: u64, bad: u64, alpha: f64) -> Interval {
    if count == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let limit = (2.0 / alpha.clamp(1e-12, 1.0)).ln();
    let seen = bad.min(count) as f64 / count as f64;
    let edge = |inside: f64, outside: f64, rejected: &dyn Fn(f64) -> bool| {
        if !rejected(outside) {
            return outside;
        }
        let (mut inside, mut outside) = (inside, outside);
        for _ in 0..60 {
            let middle = 0.5 * (inside + outside);
            if rejected(middle) { outside = middle } else { inside = middle }
        }
        0.5 * (inside + outside)
    };
    let low = if bad == 0 { 0.0 } else { edge(seen, 1e-12, &|share| log_e_above(share, count, bad) >= limit) };
    let high = if bad >= count { 1.0 } else { edge(seen, 1.0 - 1e-12, &|share| log_e_below(share, count, bad) >= limit) };
    Interval { low: if low <= 1e-12 { 0.0 } else { low }, high: if high >= 1.0 - 1e-12 { 1.0 } else { high } }
}

/// Events that are still needed until the share is shown to lie below `bound` (or above it), if it stays as it is now;
/// `None` when more than 10⁹, or when the share is the bound.
pub fn events_until_decided(bound: f64, count: u64, bad: u64, alpha: f64) -> Option<u64> {
    let limit = (2.0 / alpha.clamp(1e-12, 1.0)).ln();
    let seen = if count == 0 { 0.0 } else { bad as f64 / count as f64 };
    let decided = |more: u64| {
        let (total, then_bad) = (count + more, bad + (seen * more as f64).round() as u64);
        let log_e = if seen < bound { log_e_below(bound, total, then_bad) } else { log_e_above(bound, total, then_bad) };
        log_e >= limit
    };
    let mut high = 1_u64;
    while !decided(high) {
        high *= 2;
        if high > 1_000_000_000 {
            return None;
        }
    }
    let mut low = high / 2;
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if decided(middle) { high = middle } else { low = middle }
    }
    Some(if decided(0) { 0 } else { high })
}

fn parts(count: u64, bad: u64) -> (u64, u64) {
    let bad = bad.min(count);
    (bad, count - bad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::draw::Draw;
    use proptest::prelude::*;

    #[test]
    fn clean_events_needed_are_as_specified() {
        for (bound, clean) in [(0.1, 39), (0.01, 405), (0.001, 4_062)] {
            assert_eq!(events_until_decided(bound, 0, 0, 0.05), Some(clean), "bound {bound}");
            assert!(share_sequence(clean, 0, 0.05).high < bound && share_sequence(clean - 1, 0, 0.05).high >= bound);
        }
    }

    #[test]
    fn the_true_share_is_rarely_ever_left_out() {
        // At each of 3,000 events; level .05; 300 runs: 15 expected at most, 27 is three deviations above.
        for (seed, share) in [(3, 0.02), (4, 0.3)] {
            let mut draw = Draw::new(seed);
            let mut missed = 0;
            for _ in 0..300 {
                let mut bad = 0;
                missed += u32::from((1..=3_000_u64).any(|count| {
                    bad += u64::from(draw.uniform() < share);
                    let limit = 40_f64.ln();
                    log_e_above(share, count, bad) >= limit || log_e_below(share, count, bad) >= limit
                }));
            }
            assert!(missed <= 27, "seed {seed} share {share}: {missed} of 300");
        }
    }

    #[test]
    fn a_value_worked_out_by_hand_is_met() {
        // One bad of 2 at .5: only 1.1, 1.25 and 1.5 fit; terms g (1 - g/2) / (1/2) = .99, .9375, .75.
        let expected = ((0.99 + 0.9375 + 0.75) / 3.0_f64).ln();
        assert!((log_e_above(0.5, 2, 1) - expected).abs() < 1e-12);
    }

    #[test]
    fn clean_events_needed_start_from_what_was_seen() {
        let needed = |share, count, bad| clean_events_needed(share, count, bad, 40.0_f64.ln());
        assert_eq!([needed(0.1, 0, 0), needed(0.01, 0, 0), needed(0.001, 0, 0)], [39, 405, 4_062]);
        assert_eq!((needed(0.01, 400, 0), needed(0.01, 405, 0)), (5, 0));
        assert!(needed(0.01, 400, 1) > 5);
        assert_eq!(needed(1.0, 0, 0), 1, "one clean event shows that not all are bad");
    }

    /// Expected value of `E` after one more event, over its value before; 1 for a martingale.
    fn step(test: fn(f64, u64, u64) -> f64, parameter: f64, count: u64, bad: u64, p: f64) -> f64 {
        let now = test(parameter, count, bad);
        let (clean, worse) = (test(parameter, count + 1, bad), test(parameter, count + 1, bad + 1));
        p * (worse - now).exp() + (1.0 - p) * (clean - now).exp()
    }

    proptest! {
        #[test]
        fn at_the_edge_of_the_hypothesis_every_step_is_fair(p in 1e-5_f64..0.9, count in 0_u64..50_000, part in 0.0_f64..1.0) {
            let bad = (part * part * part * count as f64) as u64;
            prop_assert!((step(log_e_above, p, count, bad, p) - 1.0).abs() < 1e-6);
            prop_assert!((step(log_e_below, p, count, bad, p) - 1.0).abs() < 1e-6);
        }

        #[test]
        fn inside_the_hypothesis_no_step_gains(p in 1e-4_f64..0.9, inside in 0.0_f64..1.0, count in 0_u64..50_000, part in 0.0_f64..1.0) {
            let bad = (part * count as f64) as u64;
            prop_assert!(step(log_e_above, p, count, bad, p * inside) <= 1.0 + 1e-6);
            prop_assert!(step(log_e_below, p, count, bad, p + (1.0 - p) * inside) <= 1.0 + 1e-6);
        }

        #[test]
        fn the_values_are_finite_whatever_was_counted(p in 0.0_f64..=1.0, count in 0_u64..1 << 40, part in 0.0_f64..=1.0) {
            let bad = (part * count as f64) as u64;
            prop_assert!(log_e_above(p, count, bad).is_finite() && log_e_below(p, count, bad).is_finite());
        }

        #[test]
        fn the_interval_holds_what_was_seen_and_shrinks(count in 10_u64..100_000, share in 0.0f64..=1.0) {
            let bad = (count as f64 * share) as u64;
            let interval = share_sequence(count, bad, 0.05);
            prop_assert!(interval.contains(bad as f64 / count as f64));
            let later = share_sequence(count * 8, bad * 8, 0.05);
            prop_assert!(later.high - later.low <= interval.high - interval.low + 1e-9);
        }

        #[test]
        fn what_is_said_to_be_needed_decides(count in 0_u64..5_000, bad_share in 0.0f64..0.2, bound in 0.005f64..0.1) {
            let bad = (count as f64 * bad_share) as u64;
            if let Some(more) = events_until_decided(bound, count, bad, 0.05) {
                let seen = if count == 0 { 0.0 } else { bad as f64 / count as f64 };
                let (total, then_bad) = (count + more, bad + (seen * more as f64).round() as u64);
                let interval = share_sequence(total, then_bad, 0.05);
                prop_assert!(interval.high <= bound + 1e-6 || interval.low >= bound - 1e-6, "{interval:?} bound {bound}");
            }
        }
    }
}
