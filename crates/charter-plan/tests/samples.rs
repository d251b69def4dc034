//! Held-out rows against the measures that are judged on them.

mod charters;

use charter_plan::artifact::{SampleFacts, Samples};
use charter_plan::compile::check_samples;
use charters::Case;

/// A charter with one scenario over one route.
fn case(scenario: &str) -> Case {
    let charter = format!(
        "charter: 1
system: test
quality:
  good: {{ artifact: r, samples: rows.csv, {scenario} }}
models:
  m: {{ task: classification, versions: {{ v1: {{ onnx: m.onnx }} }} }}
routes:
  r: {{ answer: {{ model: m@v1 }} }}
"
    );
    Case::new(&charter).model("m.onnx", &["amount:FP32"], &["score:FP32"])
}

/// Message, place and way out of each problem, for a file of these columns.
fn told(case: &Case, columns: &[&str], rows: u64) -> Vec<(String, String, String)> {
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    let samples = Samples::from([("rows.csv".to_owned(), SampleFacts { columns, rows })]);
    let problems = check_samples(&case.resolved(), &case.compiled().plan, &samples);
    problems
        .into_iter()
        .map(|problem| {
            assert_eq!(problem.code, "Y126");
            assert!(problem.is_error());
            let place = case.files.text(problem.span()).unwrap_or("").to_owned();
            (problem.message, place, problem.help.unwrap_or_default())
        })
        .collect()
}

#[test]
fn columns_that_are_there_are_no_problem_with_either_dash() {
    let case = case("measure: uplift(auc vs amount-rule) >= 10%, label: is-bad, by: [home_group]");
    assert!(told(&case, &["amount", "amount_rule", "is_bad", "home-group"], 3).is_empty());
    assert!(check_samples(&case.resolved(), &case.compiled().plan, &Samples::new()).is_empty(), "a missing file is told elsewhere");
}

#[test]
fn a_label_that_is_not_there_is_shown_with_the_one_meant() {
    let problems = told(&case("measure: auc >= 0.8, label: labell"), &["amount", "label"], 3);
    assert_eq!(problems.len(), 1, "{problems:?}");
    let (message, place, help) = &problems[0];
    assert_eq!(message, "`labell`, the column of the truth, is not in `rows.csv`");
    assert_eq!(place, "labell");
    assert_eq!(help, "did you mean `label`?");
}

#[test]
fn a_label_that_nobody_names_is_shown_at_the_measure() {
    let problems = told(&case("measure: auc >= 0.8"), &["amount", "truth"], 3);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].1, "auc >= 0.8");
    assert!(problems[0].2.contains("`amount`, `truth`"), "{problems:?}");
}

#[test]
fn groups_and_baselines_are_shown_where_they_are_named() {
    let case = case("measure: uplift(auc vs amount_rul) >= 10%, label: label, by: [region]");
    let problems = told(&case, &["amount", "amount_rule", "label"], 3);
    let places: Vec<&str> = problems.iter().map(|problem| problem.1.as_str()).collect();
    assert_eq!(places, ["region", "amount_rul"]);
    assert_eq!(problems[1].2, "did you mean `amount_rule`?");
}

#[test]
fn classes_are_no_column() {
    assert!(told(&case("measure: f1 >= 0.8, label: label, by: [class]"), &["amount", "label"], 3).is_empty());
}

#[test]
fn a_file_without_rows_proves_nothing() {
    let problems = told(&case("measure: auc >= 0.8, label: label"), &["amount", "label"], 0);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].1, "rows.csv");
}
