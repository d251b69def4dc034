//! Several questions at once: false discoveries among metrics, closed testing among arms.

/// Benjamini and Hochberg's adjusted p-values (JRSS B 57, 1995), in the order given: reject where at most the level.
pub fn false_discovery_adjusted(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[b].total_cmp(&p_values[a]));
    let mut adjusted = vec![1.0; p_values.len()];
    let (mut least, count) = (1.0_f64, p_values.len() as f64);
    for (from_top, index) in order.into_iter().enumerate() {
        least = least.min(p_values[index] * count / (count - from_top as f64));
        adjusted[index] = least;
    }
    adjusted
}

/// Closed testing over all sets of hypotheses with the mean as merging function (Vovk and Wang, "E-values: calibration,
/// combination and applications", Annals of Statistics 49, 2021, algorithm 1): the adjusted e-value of a hypothesis is the least
/// mean of any set with it. Holds under any dependence, as that of arms with one control. Takes and gives logarithms.
pub fn closed_log_e(log_e_values: &[f64]) -> Vec<f64> {
    let mut sorted = log_e_values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let adjusted = |own: f64| {
        let mut others = sorted.clone();
        if let Some(at) = others.iter().position(|&other| other.total_cmp(&own).is_eq()) {
            others.remove(at);
        }
        // Means in units of the own value, so that large e-values do not overflow.
        let (mut least, mut sum, mut members) = (own, 1.0, 1.0_f64);
        for other in others {
            sum += (other - own).min(700.0).exp();
            members += 1.0;
            least = least.min(own + (sum / members).ln());
        }
        least
    };
    log_e_values.iter().map(|&own| adjusted(own)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn adjusted_p_values_match_scipy() {
        // scipy.stats.false_discovery_control.
        let adjusted = false_discovery_adjusted(&[0.01, 0.04, 0.03, 0.005]);
        for (value, expected) in adjusted.iter().zip([0.02, 0.04, 0.04, 0.02]) {
            assert!((value - expected).abs() < 1e-15, "{adjusted:?}");
        }
        assert!(false_discovery_adjusted(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn closed_testing_equals_trying_every_set(values in prop::collection::vec(-3.0f64..6.0, 1..6)) {
            let adjusted = closed_log_e(&values);
            for (index, &value) in adjusted.iter().enumerate() {
                let least = (1_u32..1 << values.len())
                    .filter(|set| set >> index & 1 == 1)
                    .map(|set| {
                        let members: Vec<f64> = (0..values.len()).filter(|at| set >> at & 1 == 1).map(|at| values[at].exp()).collect();
                        members.iter().sum::<f64>() / members.len() as f64
                    })
                    .fold(f64::INFINITY, f64::min);
                prop_assert!((value.exp() - least).abs() < 1e-9 * least.max(1.0), "{value} {least}");
            }
        }
    }
}
