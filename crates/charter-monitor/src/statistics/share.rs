//! Is a share of bad events below a bound, or above it? Tests and an interval that may be looked at after every event.
//!
//! E-processes: each is at most 1 in expectation under its null hypothesis at every time, so by Ville's inequality it ever
//! passes 1/a with a chance of at most a. What counts as bad does not belong here.

use super::Interval;

/// How much worse than the null the alternatives of the harm test are.
const WORSE: [f64; 8] = [1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0];
/// How much better than the null the alternatives of the safe test are, beside "never".
const BETTER: [f64; 4] = [2.0, 3.0, 5.0, 10.0];

/// Logarithm of the e-value against "the share is at most `share`", after `bad` of `count`: the mean over a grid of likelihood
/// ratios, k ln g + (n − k) ln((1 − g p)/(1 − p)) for g p < 1. 0 outside (0, 1).
pub fn log_e_above(share: f64, count: u64, bad: u64) -> f64 {
    if !(share > 0.0 && share < 1.0) {
        return 0.0;
    }
    let (bad, good) = parts(count, bad);
    let terms = WORSE
        .iter()
        .filter(|&&factor| factor * share < 1.0)
        .map(|&factor| bad * factor.ln() + good * ((-factor * share).ln_1p() - (-share).ln_1p()));
    let weight = WORSE.iter().filter(|&&factor| factor * share < 1.0).count();
    if weight == 0 { 0.0 } else { log_sum(terms) - (weight as f64).ln() }
}

/// Logarithm of the e-value against "the share is at least `share`": weight 1/2 on "never", and 1/8 each on a half, a third,
/// a fifth and a tenth of it. 405 clean events pass 40 at 1 %.
pub fn log_e_below(share: f64, count: u64, bad: u64) -> f64 {
    if !(share > 0.0 && share < 1.0) {
        return 0.0;
    }
    let (bad, good) = parts(count, bad);
    let never = if bad == 0.0 { 0.5_f64.ln() - good * (-share).ln_1p() } else { f64::NEG_INFINITY };
    let rarer =
        BETTER.iter().map(|&divisor| 0.125_f64.ln() - bad * f64::ln(divisor) + good * ((-share / divisor).ln_1p() - (-share).ln_1p()));
    log_sum(rarer.chain([never]))
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

fn parts(count: u64, bad: u64) -> (f64, f64) {
    let bad = bad.min(count);
    (bad as f64, (count - bad) as f64)
}

fn log_sum(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY { largest } else { largest + terms.map(|term| (term - largest).exp()).sum::<f64>().ln() }
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

    proptest! {
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
