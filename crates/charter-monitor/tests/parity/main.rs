//! Holds the `evidently` and `nannyml` profiles, and the estimate without labels, to what those tools say of the same rows.
//!
//! The committed cases always run. `CHARTER_PARITY_CASES` names a further file, made by `generate.py`; its header has the commands.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use charter_monitor::drift::{Column, evidently, nannyml};
use charter_monitor::performance::{Answers, Calibration, Cbpe};
use charter_monitor::statistics::mersenne::Mersenne;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Relative, or absolute for what is below 1: sums are added in another order.
const TOLERANCE: f64 = 1e-9;
/// p-values of KS against many rows: SciPy takes Pelz and Good's approximation there, good to some 1e-7, where the distribution here is exact.
const TOLERANCE_P: f64 = 1e-7;

#[derive(Deserialize)]
struct Cases {
    columns: Vec<Case>,
    estimates: Vec<Estimate>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    kind: String,
    size: usize,
    evidently: Vec<Evidently>,
    nannyml: BTreeMap<String, Nannyml>,
    drawn: Option<Vec<Drawn>>,
    reference: Option<serde_json::Value>,
    current: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Evidently {
    test: String,
    score: f64,
    drifted: bool,
    #[serde(default)]
    default: bool,
}

#[derive(Deserialize)]
struct Nannyml {
    threshold: Option<f64>,
    chunks: Vec<(f64, bool)>,
}

#[derive(Deserialize)]
struct Drawn {
    seed: u32,
    rows: usize,
    #[serde(default)]
    scale: f64,
    #[serde(default)]
    power: u32,
}

#[derive(Deserialize)]
struct Estimate {
    name: String,
    size: usize,
    calibrated: bool,
    chunks: Vec<BTreeMap<String, EstimatedChunk>>,
    drawn: Option<Vec<Drawn>>,
    scores: Option<[Vec<f64>; 2]>,
    labels: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct EstimatedChunk {
    value: f64,
    sampling_error: f64,
    high: f64,
    low: f64,
    upper: f64,
    lower: f64,
    alert: bool,
}

fn cases() -> Vec<Cases> {
    let read = |text: &str| serde_json::from_str(text).unwrap();
    let mut cases = vec![read(include_str!("cases.json"))];
    if let Some(path) = std::env::var_os("CHARTER_PARITY_CASES") {
        cases.push(read(&std::fs::read_to_string(path).unwrap()));
    }
    cases
}

enum Held {
    Numbers(Vec<f64>),
    Texts(Vec<Option<String>>),
}

impl Held {
    fn of(value: &serde_json::Value, kind: &str) -> Self {
        let values = value.as_array().unwrap();
        if kind == "num" {
            return Self::Numbers(values.iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect());
        }
        Self::Texts(values.iter().map(|value| value.as_str().map(str::to_owned)).collect())
    }

    fn drawn(drawn: &Drawn) -> Self {
        let mut stream = Mersenne::new(drawn.seed);
        Self::Numbers((0..drawn.rows).map(|_| stream.uniform()).map(|u| u * u * drawn.scale).collect())
    }

    fn with<T>(&self, call: impl FnOnce(Column<'_>) -> T) -> T {
        match self {
            Self::Numbers(values) => call(Column::Numbers(values)),
            Self::Texts(texts) => {
                let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
                call(Column::Texts(&texts))
            }
        }
    }
}

fn held(case: &Case) -> (Held, Held) {
    match &case.drawn {
        Some(drawn) => (Held::drawn(&drawn[0]), Held::drawn(&drawn[1])),
        None => (Held::of(case.reference.as_ref().unwrap(), &case.kind), Held::of(case.current.as_ref().unwrap(), &case.kind)),
    }
}

fn near(found: f64, expected: f64, tolerance: f64, place: &str) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{place}: {found} against {expected}");
}

#[test]
fn columns_are_as_evidently_says() {
    let (mut compared, mut defaults) = (0, std::collections::BTreeSet::new());
    for case in cases().iter().flat_map(|cases| &cases.columns) {
        let (reference, current) = held(case);
        for said in &case.evidently {
            let test: evidently::Test = serde_json::from_value(said.test.clone().into()).unwrap();
            let found = reference.with(|reference| {
                current.with(|current| {
                    if said.default { evidently::column(&reference, &current) } else { evidently::column_by(test, &reference, &current) }
                })
            });
            let (found, place) = (found.unwrap(), format!("{}, {}", case.name, said.test));
            assert_eq!((found.test, found.drifted), (test, said.drifted), "{place}: {found:?}");
            let p = matches!(test, evidently::Test::KolmogorovSmirnov | evidently::Test::Z | evidently::Test::MannWhitney);
            near(found.score, said.score, if p { TOLERANCE_P } else { TOLERANCE }, &place);
            compared += 1;
            if said.default {
                defaults.insert(said.test.clone());
            }
        }
    }
    assert!(compared >= 100, "{compared}");
    assert!(["ks", "chisquare", "z", "wasserstein", "jensenshannon"].iter().all(|test| defaults.contains(*test)), "{defaults:?}");
}

#[test]
fn columns_are_as_nannyml_says() {
    let mut compared = 0;
    for case in cases().iter().flat_map(|cases| &cases.columns) {
        let (reference, current) = held(case);
        for (name, said) in &case.nannyml {
            let method: nannyml::Method = serde_json::from_value(name.clone().into()).unwrap();
            reference.with(|reference| {
                let fitted = nannyml::Fitted::new(method, &reference, case.size).unwrap();
                current.with(|current| {
                    let chunks: Vec<Column<'_>> = match current {
                        Column::Numbers(values) => values.chunks(case.size).map(Column::Numbers).collect(),
                        Column::Texts(texts) => texts.chunks(case.size).map(Column::Texts).collect(),
                        Column::Codes { .. } => Vec::new(),
                    };
                    assert_eq!(chunks.len(), said.chunks.len());
                    for (chunk, &(value, alert)) in chunks.iter().zip(&said.chunks) {
                        let (found, place) = (fitted.say(chunk).unwrap(), format!("{}, {name}", case.name));
                        near(found.value, value, TOLERANCE, &place);
                        assert_eq!(found.threshold.is_some(), said.threshold.is_some(), "{place}");
                        near(found.threshold.unwrap_or(0.0), said.threshold.unwrap_or(0.0), TOLERANCE, &place);
                        assert_eq!(found.alert, alert, "{place}");
                        compared += 1;
                    }
                });
            });
        }
    }
    assert!(compared >= 200, "{compared}");
}

/// Scores, answers, labels.
type Rows = (Vec<f64>, Vec<bool>, Vec<bool>);

fn rows(estimate: &Estimate) -> [Rows; 2] {
    let answered = |scores: Vec<f64>, labels: Vec<bool>| {
        let predicted = scores.iter().map(|&score| score >= 0.5).collect();
        (scores, predicted, labels)
    };
    if let (Some(scores), Some(labels)) = (&estimate.scores, &estimate.labels) {
        let labels = labels.iter().map(|&label| label == 1).collect();
        return [answered(scores[0].clone(), labels), answered(scores[1].clone(), Vec::new())];
    }
    let drawn = estimate.drawn.as_ref().unwrap();
    [&drawn[0], &drawn[1]].map(|drawn| {
        let mut stream = Mersenne::new(drawn.seed);
        let scores: Vec<f64> = (0..drawn.rows).map(|_| stream.uniform()).map(|u| if drawn.power == 1 { u } else { u * u }).collect();
        let truth = |score: f64| if drawn.power == 1 { score } else { score * score };
        let labels = scores.iter().map(|&score| stream.uniform() < truth(score)).collect();
        answered(scores, labels)
    })
}

#[test]
fn estimates_are_as_nannyml_says() {
    let mut kinds = std::collections::BTreeSet::new();
    for estimate in cases().iter().flat_map(|cases| &cases.estimates) {
        let [reference, current] = rows(estimate);
        let cbpe = Cbpe::fit(Answers { scores: &reference.0, predicted: &reference.1 }, &reference.2, estimate.size).unwrap();
        assert_eq!(matches!(cbpe.calibration(), Calibration::Isotonic(_)), estimate.calibrated, "{}", estimate.name);
        kinds.insert(estimate.calibrated);
        let found = cbpe.estimate(Answers { scores: &current.0, predicted: &current.1 }).unwrap();
        assert_eq!(found.len(), estimate.chunks.len());
        for (chunk, said) in found.iter().zip(&estimate.chunks) {
            for (one, expected) in chunk.iter().zip(cbpe.expected()) {
                let (said, place) = (&said[one.metric.name()], format!("{}, {:?}", estimate.name, one.metric));
                near(one.value.unwrap(), said.value, TOLERANCE, &place);
                near(one.sampling_error.unwrap(), said.sampling_error, TOLERANCE, &place);
                let (band, limits) = (one.band.unwrap(), expected.thresholds().unwrap());
                near(band.high, said.high, TOLERANCE, &place);
                near(band.low, said.low, TOLERANCE, &place);
                near(limits.high, said.upper, TOLERANCE, &place);
                near(limits.low, said.lower, TOLERANCE, &place);
                assert_eq!(one.alert, said.alert, "{place}");
            }
        }
    }
    assert_eq!(kinds.len(), 2);
}
