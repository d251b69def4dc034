use super::*;
use crate::statistics::draw::Draw;
use crate::statistics::special::binomial_at_least;
use proptest::prelude::*;

const DAY: u64 = 86_400_000;

fn seen(age_ms: u64, arrived: bool) -> Observation {
    Observation { age_ms, arrived }
}

#[test]
fn the_curve_is_that_of_the_textbook() {
    // Weeks in remission under 6-MP (Freireich et al., Blood 21, 1963), as in Kleinbaum and Klein, Survival Analysis, table 2.2; by hand: 1 − 3/21,
    // then × (1 − 1/17), × (1 − 1/15), × (1 − 1/12), × (1 − 1/11), × (1 − 1/7), × (1 − 1/6).
    let came = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|week| seen(week, true));
    let awaited = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|week| seen(week, false));
    let curve = DelayCurve::fit(came.into_iter().chain(awaited)).unwrap();
    let survival = [
        (5, 1.0),
        (6, 0.857_1),
        (7, 0.806_7),
        (9, 0.806_7),
        (10, 0.752_9),
        (13, 0.690_2),
        (16, 0.627_5),
        (22, 0.537_8),
        (23, 0.448_2),
        (35, 0.448_2),
    ];
    for (week, without) in survival {
        assert!((1.0 - curve.share_by(week) - without).abs() < 5e-5, "{week}: {}", curve.share_by(week));
    }
    for (week, error) in [(5, 0.0), (6, 0.076_4), (10, 0.096_3), (23, 0.134_6)] {
        assert!((curve.error_at(week) - error).abs() < 6e-5, "{week}: {}", curve.error_at(week));
    }
    assert_eq!((curve.counts(), curve.len()), ((21, 9), 7));
}

#[test]
fn the_curve_is_that_of_lifelines() {
    // KaplanMeierFitter of lifelines 0.30.3 on the same 500 rows.
    let rows = (0..500_u64).map(|at| (at, (at * 7_919) % 1_009 + at % 5));
    let curve = DelayCurve::fit(rows.map(|(at, age)| seen(age, (at * 31) % 7 != 0 && age < 700))).unwrap();
    let expected = [
        (50, 0.959_780_821_246_083),
        (200, 0.829_277_363_345_613_9),
        (431, 0.618_687_651_709_745_6),
        (699, 0.361_405_159_145_166_3),
        (900, 0.361_405_159_145_166_3),
    ];
    for (age, without) in expected {
        assert!((1.0 - curve.share_by(age) - without).abs() < 1e-12, "{age}: {}", curve.share_by(age));
    }
    let half = (0..2_000).find(|&age| curve.share_by(age) >= 0.5);
    assert_eq!(half, Some(559));
}

#[test]
fn maturity_is_of_labels_not_of_predictions_and_waits_for_the_window() {
    let few = || (1..=1_000).map(|at| if at <= 100 { seen(at, true) } else { seen(200, false) });
    let curve = DelayCurve::fit(few()).unwrap();
    assert_eq!(curve.maturity(0.95, 150), Maturity::Known { delay_ms: 95 });
    assert_eq!(curve.maturity(0.95, 201), Maturity::Unknown { followed_ms: 200 });
    // A window cuts: of the 50 labels that come within it, 48 are 95 %.
    assert_eq!(curve.maturity(0.95, 50), Maturity::Known { delay_ms: 48 });
    let all = DelayCurve::fit((1..=100).map(|at| seen(at, true))).unwrap();
    assert_eq!((all.maturity(0.95, 500), all.share_by(100)), (Maturity::Known { delay_ms: 95 }, 1.0));
    let none = DelayCurve::fit([seen(7, false)]).unwrap();
    assert!(none.is_empty() && none.maturity(0.95, 5) == Maturity::Unknown { followed_ms: 7 });
    assert_eq!(DelayCurve::fit([]), None);
}

#[test]
fn censoring_does_not_shorten_the_delay() {
    // Predictions of the last 20 days, labels after an exponential delay of 5 days.
    let (mut draw, mut rows) = (Draw::new(4), Vec::new());
    for _ in 0..20_000 {
        let (age, delay) = (20.0 * draw.uniform(), -5.0 * (1.0 - draw.uniform()).ln());
        rows.push(seen((age.min(delay) * DAY as f64) as u64, delay <= age));
    }
    let curve = DelayCurve::fit(rows.iter().copied()).unwrap();
    assert!(curve.len() <= STEPS_MAX && curve.counts().1 > 10_000, "{}", curve.len());
    for days in [1, 3, 10, 15] {
        let truth = 1.0 - (-(days as f64) / 5.0).exp();
        let off = (curve.share_by(days * DAY) - truth).abs();
        assert!(off < 4.0 * curve.error_at(days * DAY) + 1e-3, "{days}: {off}");
    }
    // Those that came alone look faster.
    let came = DelayCurve::fit(rows.into_iter().filter(|one| one.arrived)).unwrap();
    assert!(came.share_by(3 * DAY) > curve.share_by(3 * DAY) + 0.05);
}

/// Rows whose label is positive as often as the score says, and comes the later the higher it is: between one day and five on average.
fn late_positives(draw: &mut Draw, rows: usize, days: f64) -> Vec<(Row, Observation)> {
    let one = |_| {
        let (score, age) = (draw.uniform(), days * draw.uniform());
        let (positive, delay) = (draw.uniform() < score, -(1.0 + 4.0 * score) * (1.0 - draw.uniform()).ln());
        let ms = |days: f64| (days * DAY as f64) as u64;
        let value = (delay <= age).then(|| f64::from(u8::from(positive)));
        (Row { score, age_ms: ms(age), value }, seen(ms(age.min(delay)), delay <= age))
    };
    (0..rows).map(one).collect()
}

#[test]
fn weights_undo_what_early_labels_distort() {
    let mut draw = Draw::new(9);
    let observed: Vec<(f64, Observation)> = late_positives(&mut draw, 40_000, 30.0).iter().map(|(row, seen)| (row.score, *seen)).collect();
    let weights = Weights::fit(&observed).unwrap();
    let rows: Vec<Row> = late_positives(&mut draw, 40_000, 4.0).into_iter().map(|(row, _)| row).collect();
    let came: Vec<f64> = rows.iter().filter_map(|row| row.value).collect();
    let naive = came.iter().sum::<f64>() / came.len() as f64;
    let estimate = weights.estimate(&rows);
    let value = estimate.value.unwrap();
    assert!(naive < 0.44, "{naive}");
    assert!((value - 0.5).abs() < 0.012, "{value}");
    assert_eq!(estimate.rows + estimate.too_young, 40_000);
    assert!(estimate.too_young > 500 && estimate.too_young < 8_000, "{estimate:?}");
    assert!(estimate.effective < estimate.labelled as f64 && estimate.coverage() < 0.7, "{estimate:?}");
}

#[test]
fn without_delay_weights_change_nothing_and_without_labels_nothing_is_told() {
    let observed: Vec<(f64, Observation)> = (0..1_000).map(|at| (f64::from(at), seen(1, true))).collect();
    let weights = Weights::fit(&observed).unwrap();
    let row = |score: f64, value| Row { score, age_ms: 1, value };
    let estimate = weights.estimate(&[row(1.0, Some(1.0)), row(999.0, Some(0.0)), row(f64::NAN, Some(0.0)), row(5e9, Some(0.0))]);
    assert_eq!((estimate.value, estimate.effective, estimate.coverage()), (Some(0.25), 4.0, 1.0));
    let none = weights.estimate(&[row(1.0, None), Row { score: 1.0, age_ms: 0, value: Some(1.0) }]);
    assert_eq!((none.value, none.rows, none.labelled, none.too_young), (None, 1, 0, 1));
    // A decile of few labels takes the curve of all.
    let few: Vec<(f64, Observation)> = (0..100).map(|at| (f64::from(at), seen(u64::from(at > 50), true))).collect();
    assert_eq!(Weights::fit(&few).unwrap().probability(99.0, 0), 0.51);
    assert_eq!(Weights::fit(&[]), None);
}

#[test]
fn silence_means_no_only_after_the_window_and_a_late_label_still_counts() {
    let label = Write { value: 1.0, event_ms: 900, received_ms: 1_500 };
    assert_eq!(standing(100, None, Some(1_000), 1_099), Standing::Open);
    assert_eq!(standing(100, None, Some(1_000), 1_100), Standing::ImplicitNegative);
    assert_eq!(standing(100, None, None, u64::MAX), Standing::Open);
    assert_eq!(standing(100, Some(label), Some(1_000), 1_499), Standing::ImplicitNegative);
    assert_eq!(standing(100, Some(label), Some(1_000), 1_500), Standing::Labelled(1.0));
    // A clock behind the prediction closes no window.
    assert_eq!(standing(100, None, Some(0), 50), Standing::Open);
}

#[test]
fn a_figure_is_restated_openly() {
    let figure =
        |at_ms, value, labelled, mature| Figure { version: 0, at_ms, value, labelled, implicit: 100 - labelled, rows: 100, mature };
    let mut figures = Figures::default();
    assert_eq!(figures.tell(figure(1, 0.5, 10, false)).map(|told| told.version), Some(1));
    assert_eq!(figures.tell(figure(2, 0.5, 10, false)), None);
    assert_eq!(figures.tell(figure(2, f64::NAN, 11, false)), None);
    figures.tell(figure(3, 0.75, 60, true));
    assert_eq!(figures.restated_by(), None);
    // A late positive.
    assert_eq!(figures.tell(figure(4, 0.625, 61, true)).map(|told| told.version), Some(3));
    assert_eq!((figures.restated_by(), figures.latest().map(|figure| figure.at_ms)), (Some(-0.125), Some(4)));
    for at in 0..100 {
        figures.tell(figure(5 + at, at as f64, 61, true));
    }
    assert_eq!(
        (figures.versions().len(), figures.versions()[0].version, figures.latest().map(|figure| figure.version)),
        (VERSIONS_MAX, 1, Some(103))
    );
}

#[test]
fn expected_labels_are_those_that_come() {
    // A hundred predictions every 10 ms, their labels after 1 to 100 ms.
    let curve = DelayCurve::fit((1..=100).map(|at| seen(at, true))).unwrap();
    let cohorts: Vec<Cohort> = (0..100).map(|at| Cohort { predicted_ms: 10 * at, rows: 100 }).collect();
    for (from, to) in [(0, 50), (500, 600), (517, 523), (990, 5_000)] {
        let come = cohorts
            .iter()
            .flat_map(|cohort| (1..=100).map(|delay| cohort.predicted_ms + delay))
            .filter(|at| (from..to).contains(at))
            .count();
        let arrival = Arrival::of(&curve, &cohorts, from, to, come as u64);
        assert!((arrival.expected - come as f64).abs() < 1e-6 * come as f64, "{arrival:?} {come}");
        assert_eq!(arrival.flow, Flow::Usual);
    }
    let flow = |observed| Arrival::of(&curve, &cohorts, 500, 600, observed).flow;
    let told = [0, 400, 700, 1_000, 1_300, 2_500].map(flow);
    assert_eq!(told, [Flow::Dry, Flow::Dry, Flow::Small, Flow::Usual, Flow::Small, Flow::Flooded]);
    assert_eq!(Arrival::of(&curve, &cohorts, 500, 500, 0).flow, Flow::Insufficient);
    assert_eq!(Arrival::of(&curve, &[], 500, 600, 50).flow, Flow::Insufficient);
}

#[test]
fn labels_that_come_as_ever_are_rarely_called_unusual() {
    let curve = DelayCurve::fit((1..=100).map(|at| seen(at, true))).unwrap();
    let cohorts: Vec<Cohort> = (0..20).map(|at| Cohort { predicted_ms: 10 * at, rows: 4 }).collect();
    let mut draw = Draw::new(21);
    let unusual = (0..2_000).filter(|_| {
        let come = cohorts
            .iter()
            .flat_map(|cohort| vec![cohort.predicted_ms; 4])
            .filter(|&at| (150..200).contains(&(at + 1 + draw.below(100))))
            .count();
        !matches!(Arrival::of(&curve, &cohorts, 150, 200, come as u64).flow, Flow::Usual)
    });
    let unusual = unusual.count() as u64;
    assert!(binomial_at_least(unusual, 2_000, 0.01) > 1e-3, "{unusual}");
}

fn words() -> impl Strategy<Value = Vec<Write>> {
    let word =
        (0_u8..3, 0_u64..12, 0_u64..50).prop_map(|(value, event_ms, received_ms)| Write { value: f64::from(value), event_ms, received_ms });
    prop::collection::vec(word, 1..40)
}

proptest! {
    #[test]
    fn the_last_word_by_its_own_time_holds_in_any_order(words in words(), again in prop::collection::vec(0_usize..40, 0..40)) {
        let (mut forth, mut back) = (Writes::default(), Writes::default());
        for (word, reverse) in words.iter().zip(words.iter().rev()) {
            forth.apply(*word);
            back.apply(*reverse);
        }
        prop_assert_eq!(forth.current(), back.current());
        if forth.history().len() < HISTORY_MAX {
            prop_assert_eq!(&forth, &back);
        }
        let latest = words.iter().map(|word| word.event_ms).max();
        prop_assert_eq!(forth.current().map(|word| word.event_ms), latest);
        prop_assert!(forth.history().len() <= HISTORY_MAX);
        // Told again, nothing changes.
        let before = forth.clone();
        for place in again {
            let word = words[place % words.len()];
            if before.history().iter().any(|known| known.event_ms == word.event_ms && known.value == word.value) {
                prop_assert_eq!(forth.apply(word), Outcome::Duplicate);
            }
        }
        prop_assert_eq!(forth.current(), before.current());
        if before.history().len() < HISTORY_MAX {
            prop_assert_eq!(&forth, &before);
        }
        let saved = serde_json::to_string(&forth).unwrap();
        prop_assert_eq!(serde_json::from_str::<Writes>(&saved).unwrap(), forth);
    }

    #[test]
    fn a_curve_rises_within_0_and_1_and_ignores_order(rows in prop::collection::vec((0_u64..60, any::<bool>()), 1..200)) {
        let curve = DelayCurve::fit(rows.iter().map(|&(age, arrived)| seen(age, arrived))).unwrap();
        prop_assert_eq!(&DelayCurve::fit(rows.iter().rev().map(|&(age, arrived)| seen(age, arrived))).unwrap(), &curve);
        let shares: Vec<f64> = (0..70).map(|age| curve.share_by(age)).collect();
        prop_assert!(shares.windows(2).all(|pair| pair[0] <= pair[1]) && shares.iter().all(|share| (0.0..=1.0).contains(share)));
        // With nobody awaited at an earlier age it is the plain share.
        let longest = rows.iter().map(|row| row.0).max().unwrap_or(0);
        let complete = DelayCurve::fit(rows.iter().map(|&(age, arrived)| seen(if arrived { age } else { longest + 1 }, arrived))).unwrap();
        for age in 0..60 {
            let came = rows.iter().filter(|row| row.1 && row.0 <= age).count() as f64 / rows.len() as f64;
            prop_assert!((complete.share_by(age) - came).abs() < 1e-9);
        }
    }
}

#[test]
fn each_word_is_told_what_became_of_it() {
    let mut writes = Writes::default();
    let word = |value, event_ms, received_ms| Write { value, event_ms, received_ms };
    let told = [
        writes.apply(word(0.0, 10, 11)),
        writes.apply(word(0.0, 10, 99)),
        writes.apply(word(1.0, 20, 21)),
        writes.apply(word(0.0, 15, 30)),
        writes.apply(word(1.0, 25, 31)),
        // Of the same time, the one that came later; a repetition of the earlier one overturns nothing.
        writes.apply(word(0.0, 25, 32)),
        writes.apply(word(1.0, 25, 33)),
    ];
    use Outcome::{Confirmed, Duplicate, First, Replaced, Superseded};
    assert_eq!(told, [First, Duplicate, Replaced, Superseded, Confirmed, Replaced, Duplicate]);
    assert_eq!(writes.current(), Some(word(0.0, 25, 32)));
    assert_eq!(writes.apply(word(f64::NAN, 30, 34)), Outcome::NotFinite);
    assert_eq!(writes.history().len(), 5);
}
