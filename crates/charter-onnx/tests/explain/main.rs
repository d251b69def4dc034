//! Holds attributions to the `shap` package's, within 1e-5, on the shop's models and on one trained for this; and to what must always be true of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use charter_onnx::{Elements, ExplainError, LoadError, Model, TensorView, TreeExplainer, Workspace};
use proptest::prelude::*;
use serde::Deserialize;

const TOLERANCE: f64 = 1e-5;

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    model: String,
    known: Vec<Vec<Option<f64>>>,
    rows: Vec<Vec<Option<f64>>>,
    expected: f64,
    shap: Vec<Vec<f64>>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str::<Cases>(include_str!("cases.json")).unwrap().cases
}

fn file(model: &str) -> Vec<u8> {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = if model == "trained" {
        format!("{root}/tests/explain/{model}.onnx")
    } else {
        format!("{root}/../../examples/shop/models/{model}.onnx")
    };
    std::fs::read(path).unwrap()
}

fn row(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().map(|value| value.unwrap_or(f64::NAN)).collect()
}

fn explainer(case: &Case) -> TreeExplainer {
    let mut explainer = TreeExplainer::load(&file(&case.model)).unwrap();
    case.known.iter().for_each(|known| explainer.count(&row(known)).unwrap());
    explainer
}

#[test]
fn attributions_are_those_of_the_shap_package() {
    let cases = cases();
    assert_eq!(cases.len(), 5);
    for (case, prepared) in cases.iter().flat_map(|case| [(case, false), (case, true)]) {
        let mut explainer = explainer(case);
        if prepared {
            explainer.prepare(0).unwrap();
        }
        let near = |found: f64, said: f64, place: &str| {
            assert!((found - said).abs() <= TOLERANCE * said.abs().max(1.0), "{} {place}: {found} against {said}", case.model);
        };
        near(explainer.expected(0).unwrap(), case.expected, "expected");
        for (values, said) in case.rows.iter().zip(&case.shap) {
            let found = explainer.attribute(&row(values), 0).unwrap();
            assert_eq!(found.len(), said.len());
            found.iter().zip(said).enumerate().for_each(|(feature, (&found, &said))| near(found, said, &format!("feature {feature}")));
        }
    }
}

#[test]
fn margins_are_what_the_model_answers() {
    for case in cases().iter().filter(|case| ["search-ranking-v2", "trained"].contains(&case.model.as_str())) {
        let (explainer, bytes) = (explainer(case), file(&case.model));
        let model = Model::load(&bytes).unwrap();
        for values in &case.rows {
            let values = row(values);
            let narrow: Vec<f32> = values.iter().map(|&value| value as f32).collect();
            let shape = [1, narrow.len()];
            let inputs = [(model.inputs()[0].name.as_str(), TensorView::new(&shape, Elements::F32(&narrow)).unwrap())];
            let mut workspace = Workspace::new();
            let outputs = model.run(&mut workspace, &inputs).unwrap();
            let answered = f64::from(outputs.get(0).unwrap().as_f32().unwrap()[0]);
            assert!((explainer.margin(&values, 0).unwrap() - answered).abs() < 1e-5);
        }
    }
}

#[test]
fn features_come_from_the_call_itself() {
    let case = cases().remove(0);
    let (explainer, bytes) = (explainer(&case), file("fraud-v2"));
    let model = Model::load(&bytes).unwrap();
    let (shape, texts) = ([1, 1], [["rent".to_owned()], ["no".to_owned()], ["fixed".to_owned()]]);
    let numbers: Vec<[f32; 1]> = (0..8).map(|at| [10.0 * at as f32]).collect();
    let (mut number, mut text) = (numbers.iter(), texts.iter());
    let inputs: Vec<(&str, TensorView<'_>)> = model
        .inputs()
        .iter()
        .map(|input| {
            let view = match input.element {
                charter_onnx::ElementType::F32 => TensorView::new(&shape, Elements::F32(number.next().unwrap())),
                _ => TensorView::new(&shape, Elements::Text(text.next().unwrap())),
            };
            (input.name.as_str(), view.unwrap())
        })
        .collect();
    let mut workspace = Workspace::new();
    let outputs = model.run(&mut workspace, &inputs).unwrap();
    let features: Vec<f64> = outputs.tree_features().unwrap().as_f32().unwrap().iter().map(|&value| f64::from(value)).collect();
    assert_eq!((features.len(), features[3]), (11, 30.0));
    let answered = f64::from(outputs.get(0).unwrap().as_f32().unwrap()[0]);
    let margin = explainer.expected(0).unwrap() + explainer.attribute(&features, 0).unwrap().iter().sum::<f64>();
    assert!((1.0 / (1.0 + (-margin).exp()) - answered).abs() < 1e-5, "{margin} {answered}");
}

#[test]
fn columns_are_named_by_the_inputs_they_come_from() {
    let columns = |model: &str| TreeExplainer::load(&file(model)).unwrap().columns().unwrap().to_vec();
    let fraud = columns("fraud-v2");
    assert_eq!((fraud.len(), fraud[0].0.as_str(), fraud[10].0.as_str()), (11, "seniority", "job"));
    let search = columns("search-ranking-v2");
    assert!(search.iter().enumerate().all(|(at, column)| *column == ("features".to_owned(), at)));
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let linear = TreeExplainer::load(&file("fraud-v1"));
    assert!(matches!(linear, Err(LoadError::Unsupported { .. })), "{linear:?}");
    assert!(matches!(TreeExplainer::load(b"no model"), Err(LoadError::Malformed { .. })));
    let mut explainer = TreeExplainer::load(&file("trained")).unwrap();
    let values = vec![0.0; 5];
    assert_eq!(explainer.attribute(&values, 0), Err(ExplainError::NothingKnown));
    assert_eq!(explainer.prepare(0), Err(ExplainError::NothingKnown));
    assert_eq!(explainer.count(&values[..2]), Err(ExplainError::Width { wanted: 5, given: 2 }));
    explainer.count(&values).unwrap();
    assert_eq!(explainer.attribute(&values, 1), Err(ExplainError::Target));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Attributions and the expected margin add up to the row's, whatever the row and however few rows are known; a feature no tree reads gets nothing.
    #[test]
    fn attributions_add_up(
        values in prop::collection::vec(prop_oneof![-3f32..3.0, Just(f32::NAN), Just(f32::INFINITY)], 6),
        known in prop::collection::vec(prop::collection::vec(-2f32..2.0, 5), 1..20),
    ) {
        let mut explainer = TreeExplainer::load(&file("trained")).unwrap();
        let wide = |row: &[f32]| row.iter().map(|&value| f64::from(value)).collect::<Vec<f64>>();
        known.iter().for_each(|row| explainer.count(&wide(row)).unwrap());
        let plain = explainer.clone();
        explainer.prepare(0).unwrap();
        let (values, mean) = (wide(&values), known.iter().map(|row| explainer.margin(&wide(row), 0).unwrap()).sum::<f64>() / known.len() as f64);
        let found = explainer.attribute(&values, 0).unwrap();
        prop_assert!((explainer.expected(0).unwrap() - mean).abs() < 1e-9);
        prop_assert!((explainer.expected(0).unwrap() + found.iter().sum::<f64>() - explainer.margin(&values, 0).unwrap()).abs() < 1e-9, "{:?}", found);
        prop_assert_eq!(found[5], 0.0);
        let walked = plain.attribute(&values, 0).unwrap();
        prop_assert!(found.iter().zip(&walked).all(|(one, other)| (one - other).abs() < 1e-9), "{:?} {:?}", found, walked);
    }

    /// Against the definition on few features: the mean over all orders of what a feature adds, unknown ones following the known rows.
    #[test]
    fn attributions_are_shapley_values(pick in 0_usize..400, few in prop::collection::vec(0_usize..400, 3..60)) {
        let case = cases().pop().unwrap();
        let mut explainer = TreeExplainer::load(&file("trained")).unwrap();
        few.iter().for_each(|&at| explainer.count(&row(&case.known[at])).unwrap());
        let values = row(&case.known[pick]);
        let found = explainer.attribute(&values, 0).unwrap();
        let worth: Vec<f64> = (0_u32..32).map(|set| explainer.margin_knowing(&values, 0, |feature| set >> feature & 1 == 1).unwrap()).collect();
        let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
        for feature in 0..5_u32 {
            let shapley: f64 = (0_u32..32)
                .filter(|set| set >> feature & 1 == 0)
                .map(|set| {
                    let size = set.count_ones();
                    factorial(size) * factorial(4 - size) / factorial(5) * (worth[(set | 1 << feature) as usize] - worth[set as usize])
                })
                .sum();
            prop_assert!((found[feature as usize] - shapley).abs() < 1e-9, "{} against {}", found[feature as usize], shapley);
        }
    }
}
