//! Intervals for counts out of counts.

use super::Interval;
use super::special::{binomial_at_most, two_sided_z};

/// Wilson's score interval for `successes` of `trials` (JASA 22, 1927): centre (p + z²/2n)/(1 + z²/n), half width
/// z √(p(1-p)/n + z²/4n²)/(1 + z²/n). No trials: [0, 1].
pub fn wilson_interval(successes: u64, trials: u64, confidence: f64) -> Interval {
    if trials == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (n, z) = (trials as f64, two_sided_z(confidence));
    let p = successes.min(trials) as f64 / n;
    let scale = 1.0 + z * z / n;
    let centre = (p + z * z / (2.0 * n)) / scale;
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / scale;
    // At the ends the formula is exact only up to rounding; there the bound is the end itself.
    Interval {
        low: if successes == 0 { 0.0 } else { (centre - half).max(0.0) },
        high: if successes >= trials { 1.0 } else { (centre + half).min(1.0) },
    }
}

/// The exact interval of Clopper and Pearson (Biometrika 26, 1934): covers at least as often as it says, always.
/// No trials: [0, 1].
pub fn clopper_pearson_interval(successes: u64, trials: u64, confidence: f64) -> Interval {
    let successes = successes.min(trials);
    let tail = (1.0 - confidence) / 2.0;
    let bisect = |below: &dyn Fn(f64) -> bool| {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if below(middle) { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    };
    let low = if successes == 0 { 0.0 } else { bisect(&|p| 1.0 - binomial_at_most(successes - 1, trials, p) < tail) };
    let high = if successes == trials { 1.0 } else { bisect(&|p| binomial_at_most(successes, trials, p) > tail) };
    Interval { low, high }
}

/// Newcombe's hybrid score interval for the difference p1 - p2 of two independent proportions (Statistics in Medicine
/// 17, 1998, method 10). Each argument is (successes, trials).
pub fn newcombe_difference(first: (u64, u64), second: (u64, u64), confidence: f64) -> Interval {
    if first.1 == 0 || second.1 == 0 {
        return Interval { low: -1.0, high: 1.0 };
    }
    let share = |(successes, trials): (u64, u64)| successes.min(trials) as f64 / trials as f64;
    let (p1, p2) = (share(first), share(second));
    let (one, two) = (wilson_interval(first.0, first.1, confidence), wilson_interval(second.0, second.1, confidence));
    let difference = p1 - p2;
    Interval {
        low: difference - ((p1 - one.low).powi(2) + (two.high - p2).powi(2)).sqrt(),
        high: difference + ((one.high - p1).powi(2) + (p2 - two.low).powi(2)).sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(interval: Interval, low: f64, high: f64) {
        assert!((interval.low - low).abs() < 6e-5 && (interval.high - high).abs() < 6e-5, "{interval:?}");
    }

    #[test]
    fn published_examples_come_out() {
        // Newcombe 1998, Statistics in Medicine 17:857, table I, methods 3 and 5.
        near(wilson_interval(81, 263, 0.95), 0.2553, 0.3662);
        near(wilson_interval(15, 148, 0.95), 0.0624, 0.1605);
        near(wilson_interval(0, 20, 0.95), 0.0, 0.1611);
        near(wilson_interval(1, 29, 0.95), 0.0061, 0.1718);
        near(clopper_pearson_interval(81, 263, 0.95), 0.2527, 0.3676);
        near(clopper_pearson_interval(0, 20, 0.95), 0.0, 0.1684);
        // Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
        near(newcombe_difference((56, 70), (48, 80), 0.95), 0.0524, 0.3339);
        near(newcombe_difference((9, 10), (3, 10), 0.95), 0.1705, 0.8090);
        near(newcombe_difference((10, 10), (0, 20), 0.95), 0.6791, 1.0);
    }

    proptest! {
        #[test]
        fn every_interval_holds_its_estimate_and_shrinks_with_the_sample(trials in 1u64..5_000, share in 0.0f64..=1.0) {
            let successes = (trials as f64 * share) as u64;
            let estimate = successes as f64 / trials as f64;
            let wilson = wilson_interval(successes, trials, 0.95);
            let exact = clopper_pearson_interval(successes, trials, 0.95);
            for interval in [wilson, exact] {
                prop_assert!(interval.low >= 0.0 && interval.high <= 1.0 && interval.low <= estimate + 1e-12 && estimate <= interval.high + 1e-12);
            }
            let larger = wilson_interval(successes * 4, trials * 4, 0.95);
            prop_assert!(larger.high - larger.low < wilson.high - wilson.low);
        }

        #[test]
        fn a_difference_turned_round_is_its_mirror(a in 0u64..50, b in 50u64..90, c in 0u64..70, d in 70u64..99) {
            let there = newcombe_difference((a, b), (c, d), 0.95);
            let back = newcombe_difference((c, d), (a, b), 0.95);
            prop_assert!((there.low + back.high).abs() < 1e-12 && (there.high + back.low).abs() < 1e-12);
            let difference = a as f64 / b as f64 - c as f64 / d as f64;
            prop_assert!(there.contains(difference) && there.low >= -1.0 - 1e-12 && there.high <= 1.0 + 1e-12);
        }
    }
}
