//! Figures against scikit-learn's on the same data (`fixtures/metrics.py` writes them), and their intervals against each other.

#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

use charter_plan::plan::Operator;
use charter_verify::evaluation::{Answers, Case, Condition, Estimate, Metric, estimate, estimate_classes, estimate_uplift, groups};
use charter_verify::samples::Samples;
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/metrics.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
}

fn scores(values: Vec<f64>) -> Answers {
    Answers::Numbers { width: 1, values }
}

fn all(case: &Case) -> Vec<usize> {
    (0..case.rows()).collect()
}

fn near(estimate: &Estimate, expected: &Value, what: &str) {
    let (figure, expected) = (estimate.figure.unwrap(), expected.as_f64().unwrap());
    assert!((figure - expected).abs() < 1e-9 * expected.abs().max(1.0), "{what}: {figure}, scikit-learn says {expected}");
    let interval = estimate.interval.unwrap();
    assert!(interval.contains(figure) && interval.low < interval.high, "{what}: {figure} in {interval:?}");
}

#[test]
fn scores_are_judged_as_scikit_learn_does() {
    let expected = &fixture()["binary"];
    let (labels, answers) = (texts(&expected["truth"]), scores(numbers(&expected["score"])));
    let judged = |metric: Metric, condition: Option<Condition>| {
        let case = Case::new(metric, condition.is_some(), &labels, &answers, None, None).unwrap();
        estimate(&case, metric, condition, &all(&case), 1)
    };
    near(&judged(Metric::Auc, None), &expected["auc"], "auc");
    near(&judged(Metric::AveragePrecision, None), &expected["ap"], "average precision");
    near(&judged(Metric::Accuracy, None), &expected["accuracy"], "accuracy");
    for (metric, name) in [(Metric::Precision, "precision"), (Metric::Recall, "recall"), (Metric::F1, "f1")] {
        near(&judged(metric, None), &expected["positive"][name], name);
        let case = Case::new(metric, false, &labels, &answers, None, None).unwrap();
        let by_class = estimate_classes(&case, metric, &all(&case), 1);
        assert_eq!(by_class.iter().map(|(class, _)| class.as_str()).collect::<Vec<_>>(), ["negative", "positive"]);
        near(&by_class[0].1, &expected["negative"][name], name);
        near(&by_class[1].1, &expected["positive"][name], name);
    }
    let at_rate = Condition { metric: Metric::FalsePositiveRate, operator: Operator::LessOrEqual, limit: 0.10 };
    near(&judged(Metric::Recall, Some(at_rate)), &expected["recall_at_fpr_10"], "recall at fpr <= 10 %");
    let at_recall = Condition { metric: Metric::Recall, operator: Operator::GreaterOrEqual, limit: 0.60 };
    near(&judged(Metric::Precision, Some(at_recall)), &expected["precision_at_recall_60"], "precision at recall >= 60 %");
}

#[test]
fn called_classes_are_judged_one_by_one_and_by_their_mean() {
    let expected = &fixture()["classes"];
    let (labels, answers) = (texts(&expected["truth"]), Answers::Texts(texts(&expected["guess"])));
    let case = Case::new(Metric::Recall, false, &labels, &answers, None, None).unwrap();
    for (metric, name) in [(Metric::Precision, "precision"), (Metric::Recall, "recall"), (Metric::F1, "f1")] {
        for (class, estimate) in estimate_classes(&case, metric, &all(&case), 1) {
            let expected = expected["classes"][&class][name].as_f64().unwrap();
            assert!((estimate.figure.unwrap() - expected).abs() < 1e-9, "{name} of {class}: {estimate:?}");
            // Nobody is ever called `escalate`: scikit-learn says 0, and so do we, with a flag.
            assert_eq!(estimate.undefined.is_some(), class == "escalate" && metric == Metric::Precision, "{name} of {class}");
        }
        near(&estimate(&case, metric, None, &all(&case), 1), &expected["macro"][name], name);
    }
    near(&estimate(&case, Metric::Accuracy, None, &all(&case), 1), &expected["accuracy"], "accuracy");
}

#[test]
fn numbers_and_orders_are_judged_as_scikit_learn_does() {
    let fixture = fixture();
    let expected = &fixture["regression"];
    let (labels, answers) = (texts(&expected["truth"]), scores(numbers(&expected["guess"])));
    for name in ["mae", "mape", "rmse", "r2"] {
        let metric = Metric::parse(name).unwrap();
        let case = Case::new(metric, false, &labels, &answers, None, None).unwrap();
        near(&estimate(&case, metric, None, &all(&case), 1), &expected[name], name);
    }
    let expected = &fixture["ranking"];
    let (labels, answers, sets) = (texts(&expected["relevance"]), scores(numbers(&expected["score"])), texts(&expected["set"]));
    for name in ["ndcg@3", "ndcg@10"] {
        let metric = Metric::parse(name).unwrap();
        let case = Case::new(metric, false, &labels, &answers, None, Some(&sets)).unwrap();
        let estimate = estimate(&case, metric, None, &all(&case), 1);
        near(&estimate, &expected[name], name);
        assert_eq!(estimate.count, 40);
    }
}

#[test]
fn one_class_only_is_undefined_and_not_a_figure() {
    let case = Case::new(Metric::Auc, false, &texts(&serde_json::json!(["1", "1"])), &scores(vec![0.1, 0.2]), None, None).unwrap();
    let estimate = estimate(&case, Metric::Auc, None, &all(&case), 1);
    assert_eq!((estimate.figure, estimate.interval, estimate.undefined), (None, None, Some("only one class")));
}

#[test]
fn lists_are_judged_against_their_one_right_item_and_a_baseline() {
    let labels = texts(&serde_json::json!(["7", "3", "9", "4"]));
    let answers = Answers::Numbers { width: 2, values: vec![7.0, 1.0, 1.0, 3.0, 5.0, 6.0, 4.0, 2.0] };
    let baseline = Answers::Numbers { width: 2, values: vec![1.0, 7.0, 1.0, 3.0, 9.0, 6.0, 1.0, 2.0] };
    let case = |answers| Case::new(Metric::Hit(1), false, &labels, answers, None, None).unwrap();
    let (own, other) = (case(&answers), case(&baseline));
    let hits = estimate(&own, Metric::Hit(1), None, &all(&own), 1);
    assert_eq!((hits.figure, hits.method, hits.count), (Some(0.5), "wilson", 4));
    let uplift = estimate_uplift(&own, &other, Metric::Hit(1), None, &all(&own), 1);
    assert_eq!(uplift.figure, Some(1.0));
    assert_eq!(uplift, estimate_uplift(&own, &other, Metric::Hit(1), None, &all(&own), 1));
}

#[test]
fn an_uplift_is_a_gain_whichever_way_the_metric_points() {
    let expected = &fixture()["regression"];
    let truth = numbers(&expected["truth"]);
    let labels = texts(&expected["truth"]);
    let case = |values: Vec<f64>| Case::new(Metric::MeanAbsoluteError, false, &labels, &scores(values), None, None).unwrap();
    let (own, other) = (case(truth.iter().map(|value| value + 10.0).collect()), case(truth.iter().map(|value| value + 40.0).collect()));
    let uplift = estimate_uplift(&own, &other, Metric::MeanAbsoluteError, None, &all(&own), 1);
    assert!((uplift.figure.unwrap() - 0.75).abs() < 1e-9, "{uplift:?}");
    let area = &fixture()["binary"];
    let (labels, score) = (texts(&area["truth"]), numbers(&area["score"]));
    let binary = |values: Vec<f64>| Case::new(Metric::Auc, false, &labels, &scores(values), None, None).unwrap();
    let (own, other) = (binary(score.clone()), binary(vec![0.5; score.len()]));
    let uplift = estimate_uplift(&own, &other, Metric::Auc, None, &all(&own), 1);
    assert!((uplift.figure.unwrap() - (area["auc"].as_f64().unwrap() / 0.5 - 1.0)).abs() < 1e-9);
    assert!(uplift.interval.unwrap().low > 0.0);
}

#[test]
fn groups_split_the_rows_and_nothing_is_lost() {
    let samples = Samples::parse("home_group,label\nrent,1\nown,0\nrent,0\n,1\n").unwrap();
    let groups = groups(&samples, "home-group").unwrap();
    assert_eq!(groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["home_group=", "home_group=own", "home_group=rent"]);
    let mut rows: Vec<usize> = groups.into_iter().flat_map(|group| group.rows).collect();
    rows.sort_unstable();
    assert_eq!(rows, [0, 1, 2, 3]);
}
