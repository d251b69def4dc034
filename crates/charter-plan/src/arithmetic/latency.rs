//! Latency budgets: sums, and what percentiles of stages say about the whole.

use super::derivation::{Derivation, number, percent};

/// What stages that each hold percentile `stage` guarantee for their sum, with nothing known of how they depend on each other.
///
/// Union bound (Boole): the sum is late only when some stage is, so `P(late) ≤ n × (1 − stage)`. For seven stages at p99: p93.
pub fn guaranteed_percentile(stages: u32, stage: f64) -> Derivation {
    let figure = (1.0 - f64::from(stages) * (1.0 - stage)).max(0.0);
    Derivation::new(figure, "ratio").step(format!("1 − {stages} × (1 − {}) = {}", percent(stage), percent(figure)))
}

/// The percentile that each of `stages` must hold so that the sum holds `whole`, with nothing known of dependence.
///
/// For p99 over seven stages: 99.857 %.
pub fn needed_percentile(stages: u32, whole: f64) -> Option<Derivation> {
    if stages == 0 {
        return None;
    }
    let figure = 1.0 - (1.0 - whole) / f64::from(stages);
    Some(Derivation::new(figure, "ratio").step(format!("1 − (1 − {}) ÷ {stages} = {}", percent(whole), percent(figure))))
}

/// Sum of stage budgets.
pub fn total_ms(stages: &[(String, f64)]) -> Derivation {
    let figure: f64 = stages.iter().map(|(_, budget_ms)| budget_ms).sum();
    let parts: Vec<String> = stages.iter().map(|(name, budget_ms)| format!("{name} {}", number(*budget_ms))).collect();
    Derivation::new(figure, "ms").step(format!("{} = {} ms", parts.join(" + "), number(figure)))
}

/// The longest of stages that run at the same time; `None` without one.
pub fn longest_ms(stages: &[(String, f64)]) -> Option<Derivation> {
    let figure = stages.iter().map(|(_, budget_ms)| *budget_ms).reduce(f64::max)?;
    let parts: Vec<String> = stages.iter().map(|(name, budget_ms)| format!("{name} {}", number(*budget_ms))).collect();
    Some(Derivation::new(figure, "ms").step(format!("longest of {} = {} ms", parts.join(", "), number(figure))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn seven_stages_at_p99_guarantee_p93() {
        assert!((guaranteed_percentile(7, 0.99).figure - 0.93).abs() < 1e-12);
        let needed = needed_percentile(7, 0.99).unwrap();
        assert!((needed.figure - 0.998_571_428).abs() < 1e-8);
        assert_eq!(needed.steps, ["1 − (1 − 99 %) ÷ 7 = 99.857 %"]);
    }

    #[test]
    fn too_many_stages_guarantee_nothing_rather_than_less_than_nothing() {
        assert_eq!(guaranteed_percentile(200, 0.99).figure, 0.0);
    }

    proptest! {
        #[test]
        fn what_is_needed_of_each_stage_guarantees_the_whole(stages in 1_u32..100, whole in 0.5..0.9999_f64) {
            let needed = needed_percentile(stages, whole).unwrap().figure;
            prop_assert!(needed >= whole && needed < 1.0);
            prop_assert!((guaranteed_percentile(stages, needed).figure - whole).abs() < 1e-9);
        }

        #[test]
        fn parallel_parts_take_no_longer_than_serial_ones(budgets in proptest::collection::vec(0.0..1e4_f64, 1..20)) {
            let stages: Vec<(String, f64)> = budgets.iter().map(|budget| ("stage".to_owned(), *budget)).collect();
            let longest = longest_ms(&stages).unwrap().figure;
            prop_assert!(longest <= total_ms(&stages).figure);
            prop_assert!(budgets.contains(&longest));
        }
    }
}
