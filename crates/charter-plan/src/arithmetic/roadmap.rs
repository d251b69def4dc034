//! When phases end, and how much work is in them.

use super::derivation::{Derivation, number};
use charter_spec::quantity::Quantity;

const HOUR_NANOS: f64 = 3_600e9;
const DAY_NANOS: f64 = 24.0 * HOUR_NANOS;
const WEEK_NANOS: f64 = 7.0 * DAY_NANOS;
/// Hours of a day of work, and days of a week of it.
const WORK_DAY_HOURS: f64 = 8.0;
const WORK_WEEK_DAYS: f64 = 5.0;

/// Work as weeks of one person: a week written as days of work has five of them, a day eight hours, so that `5d` and `40h` are `1w`. Whole weeks, months and
/// years are those of the calendar.
///
/// `work` is a length of time; of anything else the result means nothing.
pub fn person_weeks(work: &Quantity) -> f64 {
    // The unit as written, in nanoseconds.
    let unit = work.unit.factor / work.unit.divisor * 10_f64.powi(work.unit.exponent);
    if unit >= WEEK_NANOS {
        work.base / WEEK_NANOS
    } else if unit >= DAY_NANOS {
        work.base / DAY_NANOS / WORK_WEEK_DAYS
    } else {
        work.base / HOUR_NANOS / WORK_DAY_HOURS / WORK_WEEK_DAYS
    }
}

/// Shortest and longest duration of a phase, in weeks; equal when the charter gives one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    pub name: String,
    pub weeks_min: f64,
    pub weeks_max: f64,
}

/// The earliest end of the last of `phases`, run one after another from the start of the first.
pub fn earliest_end_weeks(phases: &[Phase]) -> Derivation {
    total(phases, |phase| phase.weeks_min)
}

/// The latest end under the same assumption.
pub fn latest_end_weeks(phases: &[Phase]) -> Derivation {
    total(phases, |phase| phase.weeks_max)
}

fn total(phases: &[Phase], weeks: impl Fn(&Phase) -> f64) -> Derivation {
    let figure: f64 = phases.iter().map(&weeks).sum();
    let terms: Vec<String> = phases.iter().map(|phase| format!("{} {}", phase.name, number(weeks(phase)))).collect();
    Derivation::new(figure, "weeks").step(format!("{} = {} weeks", terms.join(" + "), number(figure)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn five_days_of_work_are_a_week_of_it() {
        let weeks = |text: &str| person_weeks(&charter_spec::quantity::parse_quantity(text).unwrap());
        for (text, expected) in [("1w", 1.0), ("5d", 1.0), ("40h", 1.0), ("10d", 2.0), ("2h", 0.05), ("30min", 0.0125), ("3.5w", 3.5)] {
            assert!((weeks(text) - expected).abs() < 1e-12, "{text} is {}", weeks(text));
        }
        // A month of 730 hours on the calendar.
        assert!((weeks("1 month") - 730.0 / 168.0).abs() < 1e-12);
    }

    #[test]
    fn two_four_and_six_weeks_are_twelve() {
        let phases: Vec<Phase> = [("discovery", 2.0, 4.0), ("poc", 4.0, 6.0), ("mvp", 6.0, 12.0)]
            .map(|(name, weeks_min, weeks_max)| Phase { name: name.to_owned(), weeks_min, weeks_max })
            .into();
        assert_eq!(earliest_end_weeks(&phases).steps, ["discovery 2 + poc 4 + mvp 6 = 12 weeks"]);
        assert_eq!(latest_end_weeks(&phases).figure, 22.0);
    }

    proptest! {
        #[test]
        fn the_latest_end_is_never_before_the_earliest(boxes in proptest::collection::vec((0.0..50.0_f64, 0.0..50.0_f64), 1..20)) {
            let phases: Vec<Phase> = boxes
                .iter()
                .map(|(least, more)| Phase { name: "phase".to_owned(), weeks_min: *least, weeks_max: least + more })
                .collect();
            prop_assert!(earliest_end_weeks(&phases).figure <= latest_end_weeks(&phases).figure);
        }
    }
}
