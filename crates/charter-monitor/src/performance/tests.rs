//! What the estimates promise: right when the assumption holds, the same from a stream, state that adds up.

use super::*;
use crate::statistics::draw::Draw;
use proptest::prelude::*;

/// Scores, answers and labels; a label is positive with the chance `truth(score)`.
fn rows(draw: &mut Draw, count: usize, lift: f64, truth: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<bool>, Vec<bool>) {
    let scores: Vec<f64> = (0..count).map(|_| 1.0 / (1.0 + (-(draw.normal() * 1.5 + lift)).exp())).collect();
    let labels = scores.iter().map(|&score| draw.uniform() < truth(score)).collect();
    let predicted = scores.iter().map(|&score| score >= 0.5).collect();
    (scores, predicted, labels)
}

fn fitted(draw: &mut Draw) -> (Cbpe, Vec<f64>) {
    let (scores, predicted, labels) = rows(draw, 20_000, 0.0, |score| score * score);
    (Cbpe::fit(Answers { scores: &scores, predicted: &predicted }, &labels, 2_000).unwrap(), scores)
}

#[test]
fn the_estimate_is_what_is_realised_when_only_inputs_change() {
    let mut draw = Draw::new(17);
    let (cbpe, _) = fitted(&mut draw);
    assert!(matches!(cbpe.calibration(), Calibration::Isotonic(_)));
    // Lower scores come: recall falls, and nothing but inputs has changed.
    let (scores, predicted, labels) = rows(&mut draw, 20_000, -1.0, |score| score * score);
    let estimates = cbpe.estimate(Answers { scores: &scores, predicted: &predicted }).unwrap();
    assert_eq!(estimates.len(), 10);
    for (at, chunk) in estimates.iter().enumerate() {
        let part = at * 2_000..(at + 1) * 2_000;
        for one in chunk {
            let answers = Answers { scores: &scores[part.clone()], predicted: &predicted[part.clone()] };
            let real = super::cbpe::realised(one.metric, answers, &labels[part.clone()]).unwrap();
            // The band is made for the reference's mix of rows; twice as wide holds here.
            let (value, error) = (one.value.unwrap(), one.sampling_error.unwrap());
            assert!((value - real).abs() < 6.0 * error, "{:?} {value} {real} {error}", one.metric);
        }
        assert!(chunk.iter().any(|one| one.metric == Metric::Recall && one.low));
    }
}

#[test]
fn a_stream_says_the_same_for_the_whole_and_for_slices() {
    let mut draw = Draw::new(19);
    let (cbpe, reference) = fitted(&mut draw);
    let estimator = Estimator::new(cbpe.clone(), &reference).unwrap();
    let (scores, predicted, _) = rows(&mut draw, 2_000, 0.4, |score| score);
    let (mut first, mut second) = (estimator.window(), estimator.window());
    for (row, (&score, &predicted)) in scores.iter().zip(&predicted).enumerate() {
        let window = if row % 3 == 0 { &mut first } else { &mut second };
        estimator.add(window, score, predicted, Some(if row < 1_000 { "app" } else { "web" }));
    }
    estimator.add(&mut second, f64::NAN, true, None);
    let kept = serde_json::to_string(&second).unwrap();
    first.merge(&serde_json::from_str(&kept).unwrap()).unwrap();
    let told = estimator.estimate(&first, &Assumption::new()).unwrap();
    assert_eq!(told.standing, Standing::Untested);
    assert_eq!((told.rows, told.missing, told.slices.len()), (2_000, 1, 2));
    let close = |told: &[Estimated], part: std::ops::Range<usize>| {
        let whole = cbpe.estimate(Answers { scores: &scores[part.clone()], predicted: &predicted[part] }).unwrap().remove(0);
        for (one, other) in told.iter().zip(&whole) {
            let allowed = if one.metric == Metric::RocAuc { 1e-3 } else { 1e-9 };
            assert!((one.value.unwrap() - other.value.unwrap()).abs() < allowed, "{one:?} {other:?}");
            assert!((one.sampling_error.unwrap() - other.sampling_error.unwrap()).abs() < 1e-12);
        }
    };
    close(&told.whole, 0..2_000);
    close(&told.slices["app"], 0..1_000);
    close(&told.slices["web"], 1_000..2_000);
}

#[test]
fn labels_mark_an_estimate_invalid_and_give_it_a_new_map() {
    let mut draw = Draw::new(29);
    let (cbpe, reference) = fitted(&mut draw);
    let estimator = Estimator::new(cbpe, &reference).unwrap();
    // The same inputs now mean something else: half as many are positive.
    let (scores, predicted, labels) = rows(&mut draw, 4_000, 0.0, |score| 0.5 * score * score);
    let answers = Answers { scores: &scores, predicted: &predicted };
    let precision = |estimator: &Estimator, assumption: &Assumption| {
        let mut window = estimator.window();
        scores.iter().zip(&predicted).for_each(|(&score, &predicted)| estimator.add(&mut window, score, predicted, None));
        let told = estimator.estimate(&window, assumption).unwrap();
        (told.whole[2].value.unwrap(), told.standing)
    };
    let real = super::cbpe::realised(Metric::Precision, answers, &labels).unwrap();
    let mut assumption = Assumption::new();
    let (before, standing) = precision(&estimator, &assumption);
    assert!(before > real + 0.2 && standing == Standing::Untested, "nothing in the inputs tells: {before} {real}");
    scores.iter().zip(&labels).for_each(|(&score, &label)| assumption.add(score, estimator.probability(score), label));
    assert_eq!(precision(&estimator, &assumption).1, Standing::Invalid);
    let anew = estimator.clone().recalibrated(assumption.recalibrate().unwrap());
    let (after, standing) = precision(&anew, &assumption);
    assert!((after - real).abs() < 0.02 && standing == Standing::Untested, "{after} {real}");
    assert!(estimator.estimate(&anew.window(), &assumption).is_err() && estimator.window().merge(&anew.window()).is_err());
}

#[test]
fn what_cannot_be_estimated_is_refused() {
    let one = |scores: &[f64], labels: &[bool], size: usize| {
        Cbpe::fit(Answers { scores, predicted: &vec![true; scores.len()] }, labels, size).map(|_| ())
    };
    assert_eq!(one(&[], &[], 5), Err(EstimateError::Lengths));
    assert_eq!(one(&[0.1, 0.2], &[true], 5), Err(EstimateError::Lengths));
    assert_eq!(one(&[0.1, f64::NAN], &[true, false], 5), Err(EstimateError::Missing));
    assert_eq!(one(&[0.1, 0.2], &[true, false], 0), Err(EstimateError::ChunkSize));
    assert_eq!(one(&[0.2, 0.1, 0.3], &[true, false, false], 5), Err(EstimateError::TooFew));
    // One class alone: scores stay as they are, and an area has no value.
    let (scores, labels) = (vec![0.3; 40], vec![false; 40]);
    let cbpe = Cbpe::fit(Answers { scores: &scores, predicted: &[false; 40] }, &labels, 20).unwrap();
    assert_eq!((cbpe.calibration(), cbpe.expected()[0].realised), (&Calibration::AsIs, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn estimates_are_shares_and_do_not_depend_on_the_order_of_rows(seed in 0_u64..1_000, count in 40_usize..300) {
        let mut draw = Draw::new(seed);
        let (scores, predicted, labels) = rows(&mut draw, count, 0.0, |score| score);
        let Ok(cbpe) = Cbpe::fit(Answers { scores: &scores, predicted: &predicted }, &labels, 50) else { return Ok(()) };
        let whole = cbpe.estimate(Answers { scores: &scores[..40], predicted: &predicted[..40] }).unwrap().remove(0);
        let turned: (Vec<f64>, Vec<bool>) = (0..40).rev().map(|row| (scores[row], predicted[row])).unzip();
        let again = cbpe.estimate(Answers { scores: &turned.0, predicted: &turned.1 }).unwrap().remove(0);
        for (one, other) in whole.iter().zip(&again) {
            let (Some(a), Some(b)) = (one.value, other.value) else { continue };
            prop_assert!((0.0..=1.0).contains(&a) && (a - b).abs() < 1e-4, "{:?} {} {}", one.metric, a, b);
        }
        let kept: Cbpe = serde_json::from_str(&serde_json::to_string(&cbpe).unwrap()).unwrap();
        prop_assert_eq!(kept, cbpe);
    }
}
