//! When phases end.

use super::derivation::{Derivation, number};

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
