//! How long calls of a model take, and so which are short enough for an async worker.
//!
//! Rows cost the same each, so two measurements give a line. The length of an open dimension may cost its square or worse, so it is measured at steps, and a call
//! is taken to cost what the next longer step does. Measuring does not belong here.

use std::time::Duration;

/// A call expected to take longer than this does not run on an async worker.
pub(super) const SHORT: Duration = Duration::from_millis(1);
/// Rows of the second measurement.
pub(super) const MANY: usize = 32;
/// Most rows of a short call, however little a row seems to cost.
const ROWS_SHORT_MAX: usize = 1 << 16;

/// How long calls take: for each measured length of the open dimensions, shortest first, the most rows of a short call. Where nothing was measured every call is long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost(Vec<Step>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    /// Length of every open dimension; 1 where none is open.
    length: usize,
    rows_short_max: usize,
}

impl Cost {
    /// Whether a call of `rows` is short whose open dimensions are at most `longest` long. Longer ones than were measured are not.
    pub(super) fn is_short(&self, rows: usize, longest: usize) -> bool {
        self.0.iter().find(|step| step.length >= longest).is_some_and(|step| rows <= step.rows_short_max)
    }

    /// Adds what a longer step allows; lengths come in ascending order.
    pub(super) fn push(&mut self, length: usize, rows_short_max: usize) {
        self.0.push(Step { length, rows_short_max });
    }
}

/// Most rows of a short call, from how long one row takes and how long [`MANY`] do; 0 when even one is long.
pub(super) fn rows_short(one: Duration, many: Duration) -> usize {
    if one > SHORT {
        return 0;
    }
    let per_row_ns = many.saturating_sub(one).as_nanos() / (MANY as u128 - 1);
    let left_ns = SHORT.saturating_sub(one).as_nanos();
    // A model whose rows cost nothing measurable still gets an end.
    let rows = left_ns.checked_div(per_row_ns).map_or(u128::MAX, |rows| rows + 1);
    usize::try_from(rows).unwrap_or(usize::MAX).min(ROWS_SHORT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_call_is_short_while_the_line_stays_below_a_millisecond() {
        let rows = |one, many| rows_short(Duration::from_micros(one), Duration::from_micros(many));
        assert!((33..35).contains(&rows(10, 10 + 31 * 30)));
        assert_eq!(rows(2000, 2000), 0);
        assert_eq!(rows(3, 3), ROWS_SHORT_MAX);
        assert!(rows(999, 40_000) >= 1);
        assert!(!Cost::default().is_short(1, 1));
    }

    #[test]
    fn a_wide_call_is_long_before_a_narrow_one_is() {
        let mut cost = Cost::default();
        for (length, rows) in [(1, 1000), (16, 100), (64, 3), (256, 0)] {
            cost.push(length, rows);
        }
        assert!(cost.is_short(1000, 1) && !cost.is_short(1001, 1));
        assert!(cost.is_short(100, 2) && !cost.is_short(101, 2), "between two steps the longer one counts");
        assert!(cost.is_short(3, 64) && !cost.is_short(1, 65), "the longer step is long");
        assert!(!cost.is_short(1, 257), "nothing is known of longer ones");
    }

    proptest! {
        #[test]
        fn fewer_rows_of_less_length_are_never_longer(
            steps in proptest::collection::vec(0_usize..50, 0..6), rows in 1_usize..60, longest in 1_usize..300, less in 0_usize..60, shorter in 0_usize..300,
        ) {
            let mut cost = Cost::default();
            let mut most = usize::MAX;
            for (index, rows) in steps.into_iter().enumerate() {
                most = most.min(rows);
                cost.push(4_usize.pow(index as u32), most);
            }
            if cost.is_short(rows, longest) {
                prop_assert!(cost.is_short(rows.saturating_sub(less), longest.saturating_sub(shorter).max(1)));
            }
        }
    }
}
