//! The area under the ROC curve and its interval.

use super::Interval;
use super::proportion::wilson_interval;
use super::special::two_sided_z;

/// The area under the ROC curve: P(positive scores above negative) + half P(tie), from midranks (Mann and Whitney).
/// None when one class is missing or a score is not a number.
pub fn area_under_curve(positives: &[f64], negatives: &[f64]) -> Option<f64> {
    placements(positives, negatives).map(|(of_positives, _)| mean(&of_positives))
}

/// DeLong's interval for the area (Biometrics 44, 1988), in the rank form of Sun and Xu (IEEE Signal Processing
/// Letters 21, 2014), on the logit scale so that it stays in [0, 1] (Pepe, "The Statistical Evaluation of Medical
/// Tests", 2003, §5.2). With complete separation the variance is 0 and DeLong says nothing: then Wilson's bound on the
/// smaller class stands in, which is wider. None as for [`area_under_curve`].
pub fn delong_interval(positives: &[f64], negatives: &[f64], confidence: f64) -> Option<Interval> {
    let (of_positives, of_negatives) = placements(positives, negatives)?;
    let area = mean(&of_positives);
    let variance = share_of_variance(&of_positives, area) + share_of_variance(&of_negatives, area);
    if variance <= 0.0 || area <= 0.0 || area >= 1.0 {
        let trials = positives.len().min(negatives.len()) as u64;
        return Some(wilson_interval((area * trials as f64).round() as u64, trials, confidence));
    }
    let logit = (area / (1.0 - area)).ln();
    let half = two_sided_z(confidence) * variance.sqrt() / (area * (1.0 - area));
    let expit = |x: f64| 1.0 / (1.0 + (-x).exp());
    Some(Interval { low: expit(logit - half), high: expit(logit + half) })
}

/// For each positive the share of negatives below it, for each negative the share of positives above it; ties count half.
fn placements(positives: &[f64], negatives: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
    if positives.is_empty() || negatives.is_empty() || positives.iter().chain(negatives).any(|score| score.is_nan()) {
        return None;
    }
    let (sorted_positives, sorted_negatives) = (sorted(positives), sorted(negatives));
    let below = |sorted: &[f64], score: f64| {
        let strictly = sorted.partition_point(|other| *other < score);
        let at_most = sorted.partition_point(|other| *other <= score);
        (strictly + at_most) as f64 / (2 * sorted.len()) as f64
    };
    let of_positives = positives.iter().map(|score| below(&sorted_negatives, *score)).collect();
    let of_negatives = negatives.iter().map(|score| 1.0 - below(&sorted_positives, *score)).collect();
    Some((of_positives, of_negatives))
}

fn sorted(scores: &[f64]) -> Vec<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sample variance of the placements divided by their number; 0 for a single one.
fn share_of_variance(placements: &[f64], mean: f64) -> f64 {
    let n = placements.len() as f64;
    let squares: f64 = placements.iter().map(|placement| (placement - mean).powi(2)).sum();
    squares / (n - 1.0).max(1.0) / n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;
    use proptest::prelude::*;

    #[test]
    fn the_interval_covers_the_true_area_as_often_as_it_says() {
        // Two exponentials with rates 1 and 1/3: the area is 3/4.
        let mut random = Random::seeded(11);
        let covered = (0..1_000)
            .filter(|_| {
                let positives: Vec<f64> = (0..60).map(|_| random.exponential(3.0)).collect();
                let negatives: Vec<f64> = (0..140).map(|_| random.exponential(1.0)).collect();
                delong_interval(&positives, &negatives, 0.95).unwrap().contains(0.75)
            })
            .count();
        assert!((930..970).contains(&covered), "covered {covered} of 1000");
    }

    #[test]
    fn complete_separation_is_not_taken_as_certainty() {
        let interval = delong_interval(&[2.0, 3.0, 4.0], &[0.0, 1.0], 0.95).unwrap();
        assert!(interval.high == 1.0 && interval.low < 0.5, "{interval:?}");
        assert_eq!(delong_interval(&[1.0], &[], 0.95), None);
        assert_eq!(area_under_curve(&[f64::NAN], &[1.0]), None);
    }

    proptest! {
        #[test]
        fn the_area_counts_pairs_and_mirrors(positives in prop::collection::vec(0u8..9, 1..30), negatives in prop::collection::vec(0u8..9, 1..30)) {
            let numbers = |scores: &[u8]| scores.iter().map(|score| f64::from(*score)).collect::<Vec<_>>();
            let (p, n) = (numbers(&positives), numbers(&negatives));
            let mut pairs = 0.0;
            for a in &p {
                for b in &n {
                    pairs += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                }
            }
            let area = area_under_curve(&p, &n).unwrap();
            prop_assert!((area - pairs / (p.len() * n.len()) as f64).abs() < 1e-12);
            prop_assert!((area_under_curve(&n, &p).unwrap() + area - 1.0).abs() < 1e-12);
            let interval = delong_interval(&p, &n, 0.95).unwrap();
            prop_assert!(0.0 <= interval.low && interval.low <= interval.high && interval.high <= 1.0);
        }
    }
}
