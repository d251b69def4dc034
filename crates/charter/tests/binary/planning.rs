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
    assert!(shown(&svg).starts_with("<svg ") && shown(&svg).contains("ead of own"), "{}", shown(&svg));
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
    for line in ["matters to stakeholders.buyer", "kept by routes.fraud", "to be proved by evaluation", "answered by decisions.adr-002"] {
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

/// Each held-out row of the shop's payment risk twice in a row, so that a cache has something to find.
fn shop_with_repeats() -> tempfile::TempDir {
    let folder = copy_of_shop();
    let rows = folder.path().join("samples/fraud.csv");
    let text = std::fs::read_to_string(&rows).expect("the rows");
    let (head, body) = text.split_once('\n').expect("a head");
    let twice: String = body.lines().flat_map(|line| [line, "\n", line, "\n"]).collect();
    std::fs::write(&rows, format!("{head}\n{twice}")).expect("written");
    folder
}

#[test]
fn a_cascade_and_a_cache_are_measured_and_what_answered_is_counted() {
    let folder = shop_with_repeats();
    let path = path(folder.path());
    let only: &[&str] = &["--only", "as it is", "--only", "v1 first at 0.8", "--only", "kept 60 s"];
    let (measured, _) = json(&[&["tradeoff", "fraud", &path, "--duration", "2", "--rate", "100"], only].concat());
    let points = measured["points"].as_array().expect("points");
    assert_eq!((points.len(), &measured["not_measured"]), (3, &serde_json::json!([])), "{measured:#}");
    let calls = |at: usize, label: &str| {
        let calls = points[at]["counted"]["calls"].as_array().expect("calls");
        calls.iter().find(|call| call[0] == label).and_then(|call| call[1].as_u64()).unwrap_or_else(|| panic!("{label} in {calls:?}"))
    };
    let requests = |at: usize| points[at]["counted"]["requests"].as_u64().expect("requests");
    // As it is one version answers; in the cascade all go to the light one, and only what it is not sure of to the other.
    assert_eq!((calls(0, "fraud@v2"), calls(0, "fraud@v1")), (requests(0), 0));
    let (light, heavy) = (calls(1, "fraud@v1"), calls(1, "fraud@v2"));
    assert!(light == requests(1) && heavy > 0 && heavy < light, "{light} and {heavy} of {}", requests(1));
    // Each row comes twice, and the rows are sent in their order: the second finds what the first left.
    let (asked, given) = (&points[2]["counted"]["cache"][0], &points[2]["counted"]["cache"][1]);
    let (asked, given) = (asked.as_f64().expect("asked"), given.as_f64().expect("given"));
    assert!(asked > 100.0 && (given / asked - 0.5).abs() < 0.05, "{given} of {asked}");
    assert!(calls(2, "fraud@v2") < requests(2) * 6 / 10, "{:#}", points[2]);
    for point in points {
        // Money by the charter's own price, and never fewer replicas than it says.
        assert_eq!((point["cost_unit"].as_str(), point["bill"]["replicas"]["figure"].as_f64()), (Some("USD/1000"), Some(3.0)), "{point:#}");
        assert_eq!(point["bill"]["per_month"]["figure"].as_f64(), Some(450.0), "{point:#}");
        assert!(point["quality"]["estimate"]["figure"].as_f64() > Some(0.0), "{point:#}");
    }
    let told = shown(&charter(&[&["tradeoff", "fraud", &path, "--from-evidence"], only].concat()));
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for line in
        ["What answered", "of the answers came from the cache", "to fraud@v1 and", "the bill is the same for all of them, 3 replicas"]
    {
        assert!(told.contains(line), "`{line}` is missing in\n{told}");
    }
    // Without a price nothing is made up.
    let (unpriced, _) =
        json(&["tradeoff", "fraud", &path, "--only", "as it is", "--duration", "1", "--rate", "50", "--set", "capacity.fraud.device=gpu"]);
    let point = &unpriced["points"][0];
    assert_eq!((point["cost_unit"].as_str(), &point["bill"]), (Some("CPU s/1000"), &Value::Null), "{point:#}");
    assert!(unpriced["limits"]["missing"].to_string().contains("cannot be held against processor seconds"), "{:#}", unpriced["limits"]);
}

#[test]
fn too_few_rows_measure_no_cache_and_kinds_that_do_not_follow_say_why() {
    let folder = copy_of_shop();
    let path = path(folder.path());
    let rows = folder.path().join("samples/pricing.csv");
    let text = std::fs::read_to_string(&rows).expect("the rows");
    let few: String = text.lines().take(41).flat_map(|line| [line, "\n"]).collect();
    std::fs::write(&rows, few).expect("written");
    let (measured, _) = json(&["tradeoff", "pricing", &path, "--only", "kept 60 s", "--rate", "100", "--duration", "5"]);
    let reason = measured["not_measured"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("there are 40 held-out requests") && reason.contains("more `samples:`"), "{measured:#}");
    let (whole, _) = json(&["tradeoff", "pricing", &path, "--from-evidence"]);
    assert!(
        whole["without"][0].as_str().is_some_and(|why| why.starts_with("no cascade: `pricing` is of the task `regression`")),
        "{whole:#}"
    );
}

#[test]
fn a_charter_that_this_version_cannot_serve_has_a_status_and_is_not_measured() {
    let hospital = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/hospital-assistant");
    let path = path(&hospital);
    let status = charter(&["status", &path]);
    let text = shown(&status);
    assert!(text.starts_with("this version cannot serve the charter") && text.contains("Y111: route `ask`"), "{text}");
    assert!(text.contains("decided by arithmetic over the charter") && text.contains("needs a person's review"), "{text}");
    let (report, code) = json(&["status", &path]);
    assert_eq!((&report["plan"], code), (&Value::Null, status.status.code()));
    assert!(report["not_served"][0].as_str().is_some_and(|line| line.contains("charter.yaml:")), "{report:#}");
    assert!(report["requirements"].as_array().is_some_and(|lines| lines.len() > 10));
    for command in [&["plan", &path][..], &["tradeoff", "ask", &path]] {
        let output = charter(command);
        let text = shown(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("error[Y111]") && text.contains("this version cannot serve the charter (Y111)"), "{text}");
        assert!(!text.contains("Y121") && !text.contains("measuring"), "{text}");
    }
    let gate = shown(&charter(&["gate", "poc", &path]));
    assert!(!gate.contains("does not compile") && gate.contains("`charter plan` says"), "{gate}");
}

/// Each names what is wrong, where, and what to write instead.
#[test]
fn a_wrong_command_line_says_what_to_write_instead() {
    let shop = path(&shop());
    let folder = tempfile::tempdir().expect("a folder");
    let (empty, broken) = (folder.path().join("empty"), folder.path().join("broken"));
    std::fs::create_dir(&empty).expect("a folder");
    std::fs::create_dir(&broken).expect("a folder");
    std::fs::write(broken.join("charter.yaml"), "charter: 1\nsystem: x\ntitle: X\nowner: a\nload: { peak: 10 ms }\n").expect("written");
    let (empty, broken) = (path(&empty), path(&broken));
    for command in [
        &["check"][..],
        &["explain", "load"],
        &["decide", "x"],
        &["tradeoff", "x"],
        &["trace", "x"],
        &["gate", "x"],
        &["status"],
        &["docs"],
        &["export", "openslo"],
    ] {
        for place in ["nowhere", &empty] {
            let output = charter(&[command, &[place]].concat());
            assert_eq!(output.status.code(), Some(3), "{command:?}: {}", shown(&output));
            assert!(shown(&output).contains("name the folder that holds"), "{command:?}: {}", shown(&output));
        }
    }
    for command in [&["explain", "frod"][..], &["decide", "x"], &["trace", "x"], &["gate", "x"]] {
        let text = shown(&charter(&[command, &[&broken]].concat()));
        assert!(text.contains("1 error of reading") && text.contains("`charter check` shows"), "{command:?}: {text}");
    }
    for (arguments, told) in [
        (vec!["explain", "frod", &shop], "`charter trace` lists what there is"),
        (vec!["explain", "", &shop], "an id is missing"),
        (vec!["tradeoff", &shop], "the route is missing: `charter tradeoff ROUTE"),
        (vec!["gate", &shop], "the phase is missing: `charter gate PHASE"),
        (vec!["tradeoff", "fraud", &shop, "--rate", "-1"], "--rate -1 is no rate; write requests a second above 0"),
        (vec!["tradeoff", "fraud", &shop, "--duration", "0"], "0 is not in 1..=86400"),
        (vec!["tradeoff", "fraud", &shop, "--quality", "payment-risk-recal"], "did you mean `payment-risk-recall`?"),
        (vec!["tradeoff", "fraud", &shop, "--quality", "peak-latency"], "these do: payment-risk-recall, payment-risk-gain"),
        (vec!["tradeoff", "fraud", &shop, "--only", "v9"], "no candidate is called `v9`; there are: as it is, v1,"),
        (vec!["tradeoff", "fraud", &shop, "--candidate", "x"], "write `NAME: path=value; path=value`"),
        (vec!["tradeoff", "fraud", &shop, "--candidate", "x: y"], "`y` holds no `=`"),
        (vec!["status", &shop, "--evidence", "/nowhere"], "--evidence: `/nowhere` is not there; name the folder"),
        (vec!["trace", "fraud", &shop, "--evidence", file!()], "name the folder that `charter verify` keeps its results in"),
        (vec!["check", &shop, "--diff", "--format", "sarif"], "leave `--diff` out for SARIF"),
        (vec!["check", &shop, "--today", "yesterday"], "write --today 2026-11-23"),
        (vec!["check", &shop, "--set", "load.peek=1rps"], "did you mean `peak`?"),
        (vec!["check", &shop, "--set", "load.peak=10ms"], "write a rate such as"),
        (vec!["decide", "adr-001", &shop, "--set", "decisions.adr-001.criteria.latency=30ms"], "write a share such as"),
        (vec!["export", "opensol", &shop], "did you mean `openslo`?"),
        (vec!["export", "openslo", &shop, "--out", "/dev/null/x"], "by `--out`"),
        (vec!["docs", &shop, "--out", "/dev/null/x"], "name another one by `--out`"),
    ] {
        let output = charter(&arguments);
        let text = shown(&output);
        assert!(matches!(output.status.code(), Some(2 | 3)), "{arguments:?}: {text}");
        assert!(text.contains(told), "{arguments:?}: `{told}` is missing in\n{text}");
        assert!(!text.contains("check --fix"), "nothing of a command line is mended: {text}");
    }
}
