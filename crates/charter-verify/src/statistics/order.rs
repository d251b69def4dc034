//! Ranks that bound a quantile.

use super::special::binomial_at_most;

/// The ranks (1-based) of the order statistics that bound the `quantile` of a sample of `count` at this confidence, exact
/// for independent values of a continuous distribution: the number of values below the true quantile is
/// binomial(count, quantile) (David and Nagaraja, "Order Statistics", 3rd ed., §7.1). None on a side where even the
/// outermost value is no bound.
pub fn quantile_ranks(count: u64, quantile: f64, confidence: f64) -> (Option<u64>, Option<u64>) {
    let tail = (1.0 - confidence) / 2.0;
    // The largest rank with P(fewer than rank values lie below the quantile) <= tail.
    let low = first(count, |rank| binomial_at_most(rank, count, quantile) > tail);
    // The smallest rank with P(at least rank values lie below the quantile) <= tail.
    let high = first(count, |rank| 1.0 - binomial_at_most(rank, count, quantile) <= tail) + 1;
    ((low >= 1).then_some(low), (high <= count).then_some(high))
}

/// The first of 0..count for which a monotone predicate holds, else `count`.
fn first(count: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut below, mut above) = (0, count);
    while below < above {
        let middle = below + (above - below) / 2;
        if holds(middle) {
            above = middle;
        } else {
            below = middle + 1;
        }
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;
    use proptest::prelude::*;

    #[test]
    fn the_median_of_ten_lies_between_the_second_and_the_ninth() {
        // The textbook case: coverage of (2, 9) is 97.9 %, of (3, 8) only 89.1 %.
        assert_eq!(quantile_ranks(10, 0.5, 0.95), (Some(2), Some(9)));
    }

    #[test]
    fn a_tail_without_enough_values_has_no_upper_bound() {
        // 0.99^n <= 0.025 needs 368 values.
        assert_eq!(quantile_ranks(367, 0.99, 0.95).1, None);
        assert_eq!(quantile_ranks(368, 0.99, 0.95).1, Some(368));
        assert_eq!(quantile_ranks(0, 0.99, 0.95), (None, None));
    }

    #[test]
    fn the_interval_covers_at_least_as_often_as_it_says() {
        let (low, high) = quantile_ranks(500, 0.9, 0.95);
        let mut random = Random::seeded(3);
        let covered = (0..4_000)
            .filter(|_| {
                let below = (0..500).filter(|_| random.uniform() < 0.9).count() as u64;
                low.unwrap() <= below && below < high.unwrap()
            })
            .count();
        assert!((3_780..3_920).contains(&covered), "covered {covered} of 4000");
    }

    proptest! {
        #[test]
        fn ranks_stand_on_both_sides_of_the_quantile(count in 1u64..1_000_000, quantile in 0.01f64..0.999) {
            let (low, high) = quantile_ranks(count, quantile, 0.95);
            let centre = count as f64 * quantile;
            prop_assert!(low.is_none_or(|low| low >= 1 && low as f64 <= centre + 1.0));
            prop_assert!(high.is_none_or(|high| high <= count && high as f64 >= centre));
        }
    }
}
