//! Comparisons of made-up versions: what is different is found, what is the same is not.

use super::*;
use crate::statistics::draw::Draw;
use charter_engine::observation::Pair;
use charter_engine::tensor::{Tensor, Texts, Values};
use charter_plan::plan::{Agreement, Comparison, ComparisonId, RouteId};
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use proptest::prelude::*;

fn spec(name: &str, datatype: Datatype) -> TensorSpec {
    TensorSpec {
        name: name.into(),
        datatype,
        shape: vec![Dimension::Any],
        allows_nan: false,
        range: None,
        lengths: None,
        allowed: Vec::new(),
    }
}

fn settings(outputs: Vec<Agreement>) -> Comparison {
    Comparison {
        id: ComparisonId(0),
        name: "fraud".into(),
        route: RouteId(0),
        primary: "fraud@v2".into(),
        mirror: "fraud@v3".into(),
        share: 10_000,
        concurrency_max: 4,
        outputs,
        bound: 0.01,
        alpha: 0.05,
        slices: vec!["country".into(), "amount".into()],
    }
}

fn inputs() -> Vec<TensorSpec> {
    vec![spec("amount", Datatype::Fp64), spec("country", Datatype::Bytes)]
}

fn comparer(agreement: Agreement) -> Comparer {
    Comparer::new(settings(vec![agreement]), &inputs(), &[spec("answer", Datatype::Fp64)])
}

fn floats(values: &[f64]) -> Tensor {
    Tensor::new([values.len()].as_slice(), Values::Fp64(values.to_vec())).unwrap()
}

fn texts(values: &[&str]) -> Tensor {
    Tensor::new([values.len()].as_slice(), Values::Bytes(Texts::from_iter(values))).unwrap()
}

fn pair(primary: Option<Tensor>, mirror: Option<Tensor>, country: &str, amount: f64) -> Pair {
    let rows = primary.as_ref().or(mirror.as_ref()).map_or(1, Tensor::rows);
    Pair {
        comparison: ComparisonId(0),
        rows,
        inputs: vec![floats(&vec![amount; rows]), texts(&vec![country; rows])],
        primary: primary.map(|tensor| vec![tensor]),
        mirror: mirror.map(|tensor| vec![tensor]),
        primary_us: 1_000,
        mirror_us: 2_000,
        canary: false,
    }
}

const SCORE: Agreement = Agreement::Score { abs_tol: 1e-6, rel_tol: 1e-3 };

/// A model whose scores are wrong for one country in three of ten rows, and elsewhere once in a thousand.
fn wrong_in_one_country(comparer: &mut Comparer, seed: u64, calls: u64) {
    let mut draw = Draw::new(seed);
    for call in 0..calls {
        let country = ["DE", "FR", "PL", "NL"][draw.below(4) as usize];
        let score = draw.uniform();
        let wrong = draw.uniform() < if country == "PL" { 0.3 } else { 0.001 };
        let other = if wrong { score + 0.25 } else { score };
        let amount = 10_f64.powf(3.0 * draw.uniform());
        comparer.compare(&pair(Some(floats(&[score])), Some(floats(&[other])), country, amount), seed ^ call);
    }
}

#[test]
fn a_divergent_slice_is_found_and_no_other() {
    for seed in [21, 22, 23] {
        let mut comparer = comparer(SCORE);
        wrong_in_one_country(&mut comparer, seed, 4_000);
        let report = comparer.report();
        assert_eq!(report.verdict, Verdict::Divergent, "seed {seed}: {:?}", report.share);
        let found: Vec<(&str, &str)> = report.slices.iter().map(|slice| (slice.input.as_str(), slice.value.as_str())).collect();
        assert_eq!(found, [("country", "PL")], "seed {seed}");
        assert!((3.0..5.0).contains(&report.slices[0].lift), "{:?}", report.slices);
        assert!(report.table().contains("country = PL"), "{}", report.table());
    }
}

#[test]
fn four_hundred_and_five_clean_pairs_are_equivalent_at_one_percent() {
    let mut comparer = comparer(SCORE);
    for call in 0..405 {
        assert_eq!(comparer.verdict(), Verdict::NeedMore { more: Some(405 - call) });
        assert!(comparer.compare(&pair(Some(floats(&[0.5])), Some(floats(&[0.500_4])), "DE", 5.0), call).agrees);
    }
    assert_eq!(comparer.verdict(), Verdict::Equivalent);
    assert_eq!(comparer.totals(), (405, 0));
    let report = comparer.report();
    let ratio = report.latency.ratio[0].unwrap();
    assert!((1.8..2.2).contains(&ratio), "{ratio}");
    let [(name, OutputReport::Score(score))] = report.outputs.as_slice() else { unreachable!("one score: {report:?}") };
    assert_eq!((name.as_str(), score.within), ("answer", 405));
    assert!((score.max_difference - 0.000_4).abs() < 1e-12 && (score.mean_difference - 0.000_4).abs() < 1e-12);
}

#[test]
fn classes_are_counted_as_they_change() {
    let mut comparer = comparer(Agreement::Class);
    // The textbook table 20, 5, 10, 15: kappa .4.
    for (before, after, count) in [("yes", "yes", 20), ("yes", "no", 5), ("no", "yes", 10), ("no", "no", 15)] {
        let rows = (vec![before; count], vec![after; count]);
        let agrees = comparer.compare(&pair(Some(texts(&rows.0)), Some(texts(&rows.1)), "DE", 5.0), 1).agrees;
        assert_eq!(agrees, before == after);
    }
    (0..3).for_each(|_| comparer.labelled(true, false));
    (0..12).for_each(|_| comparer.labelled(false, true));
    comparer.labelled(true, true);
    let report = comparer.report();
    let [(_, OutputReport::Class(class))] = report.outputs.as_slice() else { unreachable!("one class: {report:?}") };
    assert_eq!((class.rows, class.equal), (50, 35));
    assert!((class.kappa.unwrap() - 0.4).abs() < 1e-12);
    assert_eq!(class.churn[0], Exchange { primary: "no".into(), mirror: "yes".into(), rows: 10 });
    let labels = report.labels.unwrap();
    assert_eq!((labels.labelled, labels.only_mirror_right), (16, 12));
    assert!((labels.p - 0.035_156_25).abs() < 1e-12);
}

#[test]
fn orders_and_texts_have_their_own_agreement() {
    let mut ranking = Comparer::new(settings(vec![Agreement::Ranking { k: 3, overlap_min: 0.6 }]), &inputs(), &[]);
    let row = |values: &[f64]| Tensor::new([1, values.len()].as_slice(), Values::Fp64(values.to_vec())).unwrap();
    // Places 3, 1, 0 against 3, 0, 1: the same three; then 3, 1, 0 against 2, 4, 0.
    let truth = row(&[0.5, 0.6, 0.1, 0.9, 0.2]);
    assert!(ranking.compare(&pair(Some(truth.clone()), Some(row(&[0.6, 0.5, 0.1, 0.9, 0.2])), "DE", 1.0), 1).agrees);
    assert!(!ranking.compare(&pair(Some(truth), Some(row(&[0.5, 0.1, 0.9, 0.2, 0.6])), "DE", 1.0), 1).agrees);
    let report = ranking.report();
    let [(_, OutputReport::Ranking(order))] = report.outputs.as_slice() else { unreachable!("one order: {report:?}") };
    assert!((order.overlap - (1.0 + 1.0 / 3.0) / 2.0).abs() < 1e-12, "{order:?}");

    for (normalised, agrees) in [(true, true), (false, false)] {
        let mut comparer = comparer(Agreement::Text { normalised });
        let told = comparer.compare(&pair(Some(texts(&["Good  day"])), Some(texts(&[" good day"])), "DE", 1.0), 1).agrees;
        assert_eq!(told, agrees);
        assert!(!comparer.compare(&pair(Some(texts(&["Good day"])), Some(texts(&["bad day"])), "DE", 1.0), 1).agrees);
    }
}

#[test]
fn what_callers_wrote_is_not_kept() {
    let mut comparer = comparer(Agreement::Text { normalised: false });
    let secret = "my card number is 4111 1111 1111 1111";
    comparer.compare(&pair(Some(texts(&[secret])), Some(texts(&["something private"])), "a rather long private country name", 123.456), 1);
    let saved = comparer.save().unwrap().to_string();
    for part in ["4111", "private", "123.456"] {
        assert!(!saved.contains(part), "{part} in {saved}");
    }
    assert!(saved.contains("amount = 123"), "{saved}");
}

#[test]
fn a_missing_answer_disagrees_and_two_missing_ones_say_nothing() {
    let mut comparer = comparer(SCORE);
    assert!(comparer.compare(&pair(None, None, "DE", 1.0), 1).agrees);
    assert!(!comparer.compare(&pair(Some(floats(&[1.0])), None, "DE", 1.0), 1).agrees);
    assert!(!comparer.compare(&pair(Some(floats(&[1.0])), Some(floats(&[1.0, 1.0])), "DE", 1.0), 1).agrees);
    // A candidate's call: what was asked afterwards is the stable version.
    let mut canary = pair(Some(floats(&[1.0])), None, "DE", 1.0);
    canary.canary = true;
    assert!(!comparer.compare(&canary, 1).agrees);
    let report = comparer.report();
    assert_eq!(comparer.totals(), (3, 3));
    assert_eq!(report.errors, ErrorParity { primary_only: 1, mirror_only: 1, both: 1 });
    assert_eq!((report.other_shape, report.canary_pairs, report.worst.len()), (1, 1, 3));
}

#[test]
fn what_is_kept_stays_within_its_bound() {
    let mut comparer = comparer(SCORE);
    let mut draw = Draw::new(9);
    for call in 0..3_000 {
        let (score, country) = (draw.uniform(), draw.bits().to_string());
        let mirror = Some(floats(&[score + draw.uniform()]));
        comparer.compare(&pair(Some(floats(&[score])), mirror, &country, draw.uniform()), call);
    }
    let saved = comparer.save().unwrap().to_string();
    assert!(saved.len() < 1_000_000, "{} bytes", saved.len());
    let worst = &comparer.report().worst;
    assert!(worst.len() == Comparer::REPORTED_PAIRS_MAX && worst.is_sorted_by(|a, b| a.severity >= b.severity));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn a_restored_comparison_goes_on_as_if_nothing_happened(seed in any::<u64>(), before in 0_u64..600, after in 1_u64..300) {
        let mut whole = comparer(SCORE);
        wrong_in_one_country(&mut whole, seed, before);
        let saved: serde_json::Value = serde_json::from_str(&whole.save().unwrap().to_string()).unwrap();
        let mut restored = Comparer::restore(settings(vec![SCORE]), &inputs(), &[spec("answer", Datatype::Fp64)], &saved).unwrap();
        wrong_in_one_country(&mut whole, !seed, after);
        wrong_in_one_country(&mut restored, !seed, after);
        prop_assert_eq!(whole.report(), restored.report());
        let mut other = settings(vec![SCORE]);
        other.mirror = "fraud@v4".into();
        prop_assert_eq!(Comparer::restore(other, &inputs(), &[], &saved).unwrap_err(), RestoreError::OtherSettings);
    }
}
