//! Decisions, traces, gates, what-ifs and trade-offs on the command line.

use crate::support::{CHARTER, copy_of_shop, shop};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn charter(arguments: &[&str]) -> Output {
    Command::new(CHARTER).args(arguments).output().expect("charter runs")
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn json(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = charter(&[arguments, &["--format", "json"]].concat());
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {}", shown(&output)));
    (value, output.status.code())
}

fn path(folder: &Path) -> String {
    folder.display().to_string()
}

/// A charter with decisions and a gate that only people answer, in a folder of its own.
fn planned() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "charter: 1
system: planned
title: What people decide
owner: architect
currency: USD
load: { peak: 100 rps, average: 40 rps }
stakeholders: { board: { name: Grace Hopper, signs: [launch], cares: [kind] } }
quality: { kind: { artifact: system, measure: feedback >= 4, proof: review, priority: [high, high] } }
decisions:
  where:
    status: accepted
    question: Where does it run?
    answers: [kind]
    criteria: { cost: 50%, speed: 50% }
    options:
      own:  { scores: [4, 3], chosen: true, cost: 500 USD/month }
      rent: { scores: [4, 2.5], because_not: dear at our volume, cost_per_call: 0.25 USD/thousand }
roadmap:
  launch: { box: 4w, gate: { go: [kind], stop: else } }
";
    std::fs::write(folder.path().join("charter.yaml"), text).expect("written");
    folder
}

#[test]
fn a_decision_is_weighed_and_an_unknown_one_suggested() {
    let folder = planned();
    let path = path(folder.path());
    let all = charter(&["decide", &path]);
    assert_eq!(all.status.code(), Some(0), "{}", shown(&all));
    assert!(shown(&all).contains("fragile  where  own"), "{}", shown(&all));
    let one = shown(&charter(&["decide", "where", &path]));
    for line in ["own leads rent by 0.25", "Break-even", "cost the same at 2,000,000 requests/month", "not chosen: dear at our volume"] {
        assert!(one.contains(line), "`{line}` is missing in\n{one}");
    }
    let (report, _) = json(&["decide", "where", &path]);
    assert_eq!((report["state"].as_str(), report["sensitivity"]["winner"].as_str()), (Some("fragile"), Some("own")));
    let svg = charter(&["decide", "where", &path, "--format", "svg"]);
    assert!(shown(&svg).starts_with("<svg xmlns=") && shown(&svg).contains("lead of own"), "{}", shown(&svg));
    let unknown = charter(&["decide", "wehre", &path]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(shown(&unknown).contains("no decision is called `wehre`; did you mean `where`?"), "{}", shown(&unknown));
    // The weight at which it is told to turn over does turn it over.
    let set = "decisions.where.options.own.scores=[2, 3]";
    let turned = shown(&charter(&["decide", "where", &path, "--set", set]));
    assert!(turned.contains("`own` was chosen, and `rent` scores higher"), "{turned}");
}

#[test]
fn a_gate_waits_for_people_and_keeps_what_they_sign() {
    let folder = planned();
    let path = path(folder.path());
    let gate = |more: &[&str]| json(&[&["gate", "launch", &path], more].concat());
    let (report, code) = gate(&[]);
    assert_eq!((report["answer"]["kind"].as_str(), code), (Some("open"), Some(1)), "{report:#}");
    gate(&["--sign", "Ada", "--scope", "kind", "--note", "asked thirty users"]);
    let (report, code) = gate(&["--sign", "Grace Hopper"]);
    assert_eq!((report["answer"]["word"].as_str(), code), (Some("go"), Some(0)), "{report:#}");
    let records = folder.path().join("evidence/sign-offs");
    let kept = || std::fs::read_dir(&records).map(Iterator::count).unwrap_or(0);
    assert_eq!(kept(), 2);
    // What was signed changes: the signature is stale.
    let file = folder.path().join("charter.yaml");
    let text = std::fs::read_to_string(&file).expect("the charter");
    std::fs::write(&file, text.replace("feedback >= 4", "feedback >= 3")).expect("written");
    let (report, code) = gate(&[]);
    assert_eq!((report["answer"]["kind"].as_str(), code), (Some("open"), Some(1)), "{report:#}");
    std::fs::write(&file, text).expect("written");
    assert_eq!(gate(&[]).1, Some(0));
    let (report, code) = gate(&["--revoke", "Grace Hopper"]);
    assert_eq!((report["answer"]["kind"].as_str(), code, kept()), (Some("open"), Some(1), 3), "{report:#}");
    for (wrong, told) in [
        (vec!["gate", "lunch", &path], "no phase is called `lunch`; did you mean `launch`?"),
        (vec!["gate", "launch", &path, "--sign", "Ada", "--scope", "kin"], "did you mean `kind`?"),
        (vec!["gate", "launch", &path, "--sign", "Ada", "--as", "bord"], "no stakeholder is called `bord`; did you mean `board`?"),
        (vec!["gate", "launch", &path, "--revoke", "Nobody"], "`Nobody` has not signed"),
    ] {
        let output = charter(&wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(shown(&output).contains(told), "{}", shown(&output));
    }
    assert_eq!(kept(), 3);
}

#[test]
fn the_shop_is_traced_and_its_gaps_are_told() {
    let path = path(&shop());
    let (whole, code) = json(&["trace", &path]);
    assert_eq!(code, Some(0), "{}", whole["gaps"]);
    assert_eq!(whole["matrix"].as_array().map(Vec::len), Some(19));
    let one = shown(&charter(&["trace", "payment-risk-recall", &path]));
    for line in ["matters to stakeholders.buyer", "kept by routes.fraud", "proved by evaluation", "answered by decisions.adr-002"] {
        assert!(one.contains(line), "`{line}` is missing in\n{one}");
    }
    let unknown = charter(&["trace", "payment-risk-recal", &path]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(shown(&unknown).contains("did you mean `payment-risk-recall`?"), "{}", shown(&unknown));
}

#[test]
fn what_if_shows_before_and_after_and_refuses_what_cannot_be() {
    let path = path(&shop());
    let told = shown(&charter(&["explain", "capacity.recommendation", &path, "--set", "load.peak=20000rps"]));
    let moved = |line: &str| {
        line.contains("capacity.recommendation: replicas") && line.contains("3 replicas") && line.ends_with("6 replicas    +100 %")
    };
    assert!(told.contains("What changes") && told.lines().any(moved), "{told}");
    let (changed, _) = json(&["explain", "cost", &path, "--set", "cost.unit.cpu=5000 USD/month"]);
    assert!(changed["turns"].as_array().is_some_and(|turns| turns.iter().any(|turn| turn["after"] == "broken")), "{changed:#}");
    let checked = shown(&charter(&["check", &path, "--set", "capacity.safety=1.2"]));
    assert!(checked.contains("against the charter as it is written:\n  + "), "{checked}");
    for (set, told) in [("load.peek=1rps", "did you mean `peak`?"), ("load.peak=20000ms", "20000ms"), ("nonsense", "holds no `=`")] {
        let output = charter(&["explain", "load", &path, "--set", set]);
        assert_eq!(output.status.code(), Some(2), "{set}: {}", shown(&output));
        assert!(shown(&output).contains(told), "{set}: {}", shown(&output));
    }
}

#[test]
fn a_trade_off_is_measured_kept_and_taken_again_from_evidence() {
    let folder = copy_of_shop();
    let path = path(folder.path());
    let some: &[&str] = &["--only", "as it is", "--only", "rung rule", "--duration", "2", "--rate", "50"];
    let (measured, _) = json(&[&["tradeoff", "fraud", &path], some].concat());
    let points = measured["points"].as_array().expect("points");
    assert_eq!(points.len(), 2, "{measured:#}");
    for point in points {
        let (low, figure, high) = (&point["cost"]["low"], &point["cost"]["figure"], &point["cost"]["high"]);
        assert!(low.as_f64() <= figure.as_f64() && figure.as_f64() <= high.as_f64() && low.as_f64() > Some(0.0), "{point:#}");
        assert_eq!(point["answered"], 1.0, "{point:#}");
    }
    assert!(points[0]["quality"]["estimate"]["figure"].as_f64() > points[1]["quality"]["estimate"]["figure"].as_f64(), "{measured:#}");
    let again: &[&str] = &["--only", "as it is", "--only", "rung rule", "--from-evidence"];
    let (kept, _) = json(&[&["tradeoff", "fraud", &path], again].concat());
    assert_eq!(kept["points"], measured["points"]);
    let svg = charter(&[&["tradeoff", "fraud", &path, "--format", "svg"], again].concat());
    assert!(String::from_utf8_lossy(&svg.stdout).starts_with("<svg xmlns="), "{}", shown(&svg));
    let unknown = charter(&["tradeoff", "fruad", &path]);
    assert!(shown(&unknown).contains("no route is called `fruad`; did you mean `fraud`?"), "{}", shown(&unknown));
}
