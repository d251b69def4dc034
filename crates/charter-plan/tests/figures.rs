//! Figures of small charters against what a reader computes by hand: where phases may swap their order, shares do not add up, options are level.

#![allow(clippy::expect_used, reason = "a test that cannot go on says so by panicking")]

mod charters;

use charter_plan::criterion::Facts;
use charter_plan::decision::{DecisionReport, DecisionState, decisions};
use charter_plan::resolved::{Figure, Resolved};
use charter_plan::standing::standings;
use charter_spec::quantity::Date;
use charters::Case;

fn resolved(text: &str) -> Resolved {
    Case::new(&format!("charter: 1\nsystem: test\n{text}")).resolved()
}

fn value(figure: Option<&Figure>) -> f64 {
    figure.map_or(f64::NAN, |figure| (figure.value() * 1e6).round() / 1e6)
}

#[test]
fn the_latest_end_follows_whatever_may_be_last() {
    let found = resolved(
        "roadmap:
  start: { box: 1w }
  open: { box: 2-10w, after: start }
  steady: { box: 4-5w, after: start }
  end: { box: 2w, after: [open, steady] }
",
    );
    let end = found.roadmap.of("end").expect("a phase");
    // At the earliest after `steady`, at the latest after `open`.
    assert_eq!((value(end.earliest_end_weeks.as_ref()), value(end.latest_end_weeks.as_ref())), (7.0, 13.0));
    let steps = &end.latest_end_weeks.as_ref().expect("an end").derivation.steps;
    assert_eq!(steps, &["start 1 + open 10 + end 2 = 13 weeks"]);
    let names = |chain: &[charter_spec::Id]| chain.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&end.chain), ["start", "steady", "end"]);
    assert_eq!(names(&end.latest_chain), ["start", "open", "end"]);
}

#[test]
fn work_in_days_and_hours_is_counted_in_weeks_of_work() {
    let found = resolved("roadmap:\n  a: { box: 4w, do: { x: { effort: 5d }, y: { effort: 40h }, z: { effort: 1.5w } } }\n");
    assert_eq!(value(found.roadmap.effort_weeks.as_ref()), 3.5);
}

const SHARED: &str = "currency: USD
load: { peak: 1000 rps, mix: { a: 33.3%, b: 33.3%, c: 33.3% } }
models:
  m: { task: regression, versions: { v1: { onnx: m.onnx } } }
  n: { task: regression, versions: { v1: { onnx: n.onnx } } }
routes:
  a: { answer: { model: m@v1 } }
  b: { answer: { ensemble: { one: { model: m@v1 }, two: { model: n@v1 }, three: { model: m@v1 } } } }
  c: { answer: { model: n@v1 } }
  silent: { answer: { model: n@v1 } }
capacity:
  a: { throughput: 1000 rps/replica, device: cpu }
  b: { throughput: 1000 rps/replica, device: cpu }
  c: { throughput: 1000 rps/replica, device: cpu }
  silent: { throughput: 1000 rps/replica, device: cpu, replicas: 2 }
cost: { ceiling: 5000 USD/month, unit: { cpu: 100 USD/month }, fixed: { kafka: 1000 USD/month } }
";

#[test]
fn each_split_of_the_bill_adds_up_to_it() {
    let found = resolved(SHARED);
    let total = value(found.cost.total.as_ref());
    assert_eq!(total, 1_500.0);
    let split = &found.attribution;
    for shares in [&split.by_route, &split.by_model, &split.by_team] {
        let sum: f64 = shares.iter().map(|share| share.per_month.value()).sum();
        assert!((sum - total).abs() < 1e-6, "{shares:?}");
    }
    let of = |name: &str| value(split.by_route.iter().find(|share| share.name == name).map(|share| &share.per_month));
    // No load reaches `silent`, and its replicas are paid for all the same.
    assert_eq!((of("a"), of("silent")), (433.333_333, 200.0));
    // `b` asks m twice and n once: two models share it.
    let m = split.by_model.iter().find(|share| share.name == "m").map(|share| &share.per_month);
    assert_eq!(value(m), 650.0);
}

#[test]
fn a_bill_without_a_load_asks_for_the_load() {
    let found = resolved(&SHARED.replace("load: { peak: 1000 rps, mix: { a: 33.3%, b: 33.3%, c: 33.3% } }\n", ""));
    let missing: Vec<&str> = found.cost.items.iter().flat_map(|item| &item.missing).map(String::as_str).collect();
    assert_eq!(missing, ["load.peak", "load.peak", "load.peak"]);
    let found = resolved(&SHARED.replace("a: { throughput: 1000 rps/replica, device: cpu }", "a: { device: cpu }"));
    let missing: Vec<&str> = found.cost.items.iter().flat_map(|item| &item.missing).map(String::as_str).collect();
    assert_eq!(missing, ["capacity.a.throughput"]);
}

fn decision(text: &str) -> DecisionReport {
    let case = Case::new(&format!("charter: 1\nsystem: test\ndecisions:\n  d:\n    status: accepted\n{text}"));
    let resolved = case.resolved();
    let lines = standings(&resolved, None, &[], jiff::Timestamp::UNIX_EPOCH);
    let today = Date::parse("2026-11-23").expect("a date");
    let facts = Facts { resolved: &resolved, files: &case.files, plan: None, standings: &lines, evidence: &[], sign_offs: &[], today };
    decisions(&facts).remove(0)
}

#[test]
fn options_that_are_level_stay_in_the_order_of_the_document() {
    // 0.333 × 5 + 0.333 × 4 + 0.333 × 3 and the same the other way round differ in the last bit.
    let found = decision(
        "    criteria: { p: 33.3%, q: 33.3%, r: 33.3% }
    options:
      x: { scores: [5, 4, 3], chosen: true }
      y: { scores: [3, 4, 5] }
",
    );
    let ranked: Vec<(&str, Option<usize>)> = found.options.iter().map(|option| (option.name.as_str(), option.rank)).collect();
    assert_eq!(ranked, [("x", Some(1)), ("y", Some(1))]);
    assert_eq!(found.sensitivity.expect("a matrix").winner, "x");
}

#[test]
fn a_decision_that_took_nothing_is_not_called_firm() {
    let found = decision("    criteria: { p: 100% }\n    options:\n      x: { scores: [5] }\n      y: { scores: [1] }\n");
    assert_eq!((found.state, found.why.as_str()), (DecisionState::Unweighed, "accepted, and no option is said to be `chosen`"));
}
