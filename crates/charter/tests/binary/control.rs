//! Orders from a shell to a running server: rollouts, flags, and what is said when they cannot be carried out.

use crate::support::{CHARTER, DIAMOND, Server, ask, copy_of_shop, load};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// `charter WORDS --admin ADDRESS`
fn charter(admin: &str, words: &[&str]) -> Output {
    Command::new(CHARTER).args(words).args(["--admin", admin]).output().expect("charter runs")
}

/// What a command prints as JSON, where it ends well.
fn told(admin: &str, words: &[&str]) -> Value {
    let output = charter(admin, &[words, &["--format", "json"]].concat());
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The exit code and what stands on standard error.
fn refused(admin: &str, words: &[&str]) -> (Option<i32>, String) {
    let output = charter(admin, words);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_rollout_is_moved_from_a_shell_and_goes_on_after_a_kill() {
    let folder = copy_of_shop();
    let state = folder.path().join(".charter");
    let kept = ["--no-watch", "--state", state.to_str().expect("a path")];
    let mut server = Server::start(folder.path(), &kept);
    let phase = |admin: &str| told(admin, &["rollout", "status", "pricing-v3"])["phase"].clone();
    assert_eq!(phase(&server.admin), "waiting");
    let started = told(&server.admin, &["rollout", "start", "pricing-v3", "--by", "anna", "--reason", "trial"]);
    assert_eq!((&started["kept"], &started["state"]["phase"], &started["state"]["run"]), (&json!(true), &json!("shadow"), &json!(1)));
    assert_eq!(started["state"]["by"], "anna (trial)");
    let (code, message) = refused(&server.admin, &["rollout", "start", "pricing-v3"]);
    assert_eq!(code, Some(1), "{message}");
    assert!(message.contains("allowed: `pause`, `promote`, `abort`"), "{message}");
    assert_eq!(told(&server.admin, &["rollout", "promote", "pricing-v3"])["state"]["weight"], 500);
    let outcome = load(&server.data, "pricing", DIAMOND, 300.0, 2);
    assert_eq!(outcome.report.total.errors.total(), 0, "{:?}", outcome.report.total.errors);
    assert_eq!(told(&server.admin, &["rollout", "pause", "pricing-v3"])["state"]["phase"], "paused");

    let before = told(&server.admin, &["rollout", "status", "pricing-v3"]);
    server.kill();
    let server = Server::start(folder.path(), &kept);
    let after = told(&server.admin, &["rollout", "status", "pricing-v3"]);
    for part in ["run", "phase", "weight", "started_ms", "by"] {
        assert_eq!(after[part], before[part], "{part}");
    }
    let calls = |status: &Value| status["guardrails"][0]["stable"]["calls"].as_u64().expect("a count");
    // What was counted within the last second may be lost, and nothing is counted twice.
    assert!((300..=calls(&before)).contains(&calls(&after)), "{before:#}\n{after:#}");

    let shown = charter(&server.admin, &["rollout", "status", "pricing-v3"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    for part in [
        "pricing@v2 → pricing@v3   paused, run 1",
        "▸5 ─ 10 ─ 25 ─ 50 ─ 100 %",
        "ratio(error) <= 2%",
        "may be told to resume, promote, abort",
    ] {
        assert!(shown.contains(part), "`{part}` is missing:\n{shown}");
    }
    assert_eq!(told(&server.admin, &["rollout", "resume", "pricing-v3"])["state"]["phase"], "canary");
    assert_eq!(told(&server.admin, &["rollout", "abort", "pricing-v3"])["state"]["phase"], "rolled-back");
    let records = told(&server.admin, &["rollout", "records", "pricing-v3"]);
    let verdicts: Vec<&str> = records.as_array().expect("a list").iter().filter_map(|line| line["record"]["verdict"].as_str()).collect();
    assert_eq!(verdicts, ["started", "promoted", "paused", "resumed", "aborted"]);
}

#[test]
fn a_watch_outlives_a_kill_and_ends_with_its_rollout() {
    let folder = copy_of_shop();
    let state = folder.path().join(".charter");
    let kept = ["--no-watch", "--state", state.to_str().expect("a path")];
    let mut server = Server::start(folder.path(), &kept);
    let (data, admin) = (server.data.clone(), server.admin.clone());
    told(&admin, &["rollout", "start", "pricing-v3", "--by", "anna"]);
    let mut watch = Command::new(CHARTER)
        .args(["rollout", "status", "pricing-v3", "--watch", "--format", "json", "--admin", &admin])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("charter runs");
    let mut shown = BufReader::new(watch.stdout.take().expect("output")).lines().map_while(Result::ok);
    let mut said = BufReader::new(watch.stderr.take().expect("errors")).lines().map_while(Result::ok);
    let mut sees = |phase: &str| shown.by_ref().find(|line| line.trim_start().starts_with(&format!("\"phase\": \"{phase}\"")));
    assert!(sees("shadow").is_some());
    server.kill();
    let lost = said.next().expect("a word about the silence");
    assert!(lost.contains("no server answers") && lost.contains("waiting 15 s for it to come back"), "{lost}");
    let _server = Server::start_both_at(folder.path(), &data, &admin, &kept);
    assert_eq!(told(&admin, &["rollout", "abort", "pricing-v3", "--by", "anna"])["state"]["run"], 1, "the run from before the kill");
    assert!(sees("rolled-back").is_some());
    assert_eq!(watch.wait().expect("ended").code(), Some(1), "a rollout that was taken back is a finding");
}

/// Callers' words over the wire: what each became, in order, and what a request must be to be read.
#[test]
fn feedback_over_http_says_of_each_word_what_became_of_it() {
    let folder = copy_of_shop();
    let path = folder.path().join("charter.yaml");
    let text = std::fs::read_to_string(&path).expect("the charter");
    let rails = "ratio(disagreement) <= 10%]";
    assert!(text.contains(rails));
    std::fs::write(&path, text.replace(rails, "ratio(disagreement) <= 10%, \"ratio(feedback == bad) <= 5%\"]")).expect("written");
    let server = Server::start(folder.path(), &["--no-watch"]);
    let say = |rollout: &str, body: &str| {
        let (status, answer) = ask(&server.admin, "POST", &format!("/rollouts/{rollout}/feedback"), body.as_bytes());
        (status, serde_json::from_str::<Value>(&answer).unwrap_or_else(|_| panic!("no JSON: {answer}")))
    };
    let early = say("pricing-v3", r#"[{"id":"early","model":"pricing@v2"}]"#);
    assert_eq!((early.0, &early.1[0]["state"]["received"]), (200, &json!("not-split")), "{}", early.1);
    told(&server.admin, &["rollout", "start", "pricing-v3"]);
    told(&server.admin, &["rollout", "promote", "pricing-v3"]);
    let body = r#"[{"id":"a","model":"pricing@v3","unit":"user-7"},{"id":"a","model":"pricing@v3"},{"id":"b","model":"pricing@v2","asked_unix_ms":1},
        {"id":"c","model":"fraud@v2"}]"#;
    let (status, words) = say("pricing-v3", body);
    assert_eq!(status, 200, "{words}");
    let received: Vec<&Value> = (0..3).map(|at| &words[at]["state"]["received"]).collect();
    assert_eq!(received, ["counted", "duplicate", "not-split"], "{words:#}");
    assert_eq!((&words[0]["id"], &words[0]["taken"], &words[0]["state"]["candidate"]), (&json!("a"), &json!(true), &json!(true)));
    assert_eq!(words[3]["taken"], false);
    assert!(words[3]["reason"].as_str().is_some_and(|reason| reason.contains("from pricing@v2 to pricing@v3")), "{words:#}");
    let status = told(&server.admin, &["rollout", "status", "pricing-v3"]);
    let rails = status["guardrails"].as_array().expect("guardrails");
    let heard = rails.iter().find(|rail| rail["name"] == "ratio(feedback == bad) <= 5%").expect("the guardrail");
    assert_eq!((&heard["candidate"]["bad"], &heard["stable"]["bad"]), (&json!(1), &json!(0)), "{heard:#}");

    let many = format!("[{}]", vec![r#"{"id":"x","model":"pricing@v3"}"#; 501].join(","));
    for (rollout, body, expected) in [
        ("nothing", r#"[{"id":"a","model":"pricing@v3"}]"#, 404),
        ("pricing-v3", r#"{"id":"a","model":"pricing@v3"}"#, 400),
        ("pricing-v3", r#"[{"id":"a"}]"#, 400),
        ("pricing-v3", r#"[{"id":"a","model":"pricing@v3","good":true}]"#, 400),
        ("pricing-v3", &many, 400),
    ] {
        let (status, answer) = say(rollout, body);
        assert_eq!(status, expected, "{rollout} {body:.60}: {answer}");
        assert!(answer["error"].as_str().is_some_and(|error| !error.is_empty()), "{answer}");
    }
    assert_eq!(ask(&server.admin, "GET", "/rollouts/pricing-v3/feedback", b"").0, 405);
}

#[test]
fn evaluations_of_flags_are_counted_by_what_they_gave() {
    let folder = copy_of_shop();
    let server = Server::start(folder.path(), &["--no-watch"]);
    let ask_flag = |path: &str, context: &str| ask(&server.data, "POST", &format!("/ofrep/v1/evaluate/flags{path}"), context.as_bytes()).0;
    let (nobody, eu) = (r#"{"context":{}}"#, r#"{"context":{"targetingKey":"user-7","region":"eu"}}"#);
    assert_eq!(
        [ask_flag("/buy-later", nobody), ask_flag("/fresh-prices", eu), ask_flag("/made-up", nobody), ask_flag("", eu)],
        [200, 200, 404, 200]
    );
    let metrics = ask(&server.admin, "GET", "/metrics", b"").1;
    let counted = |labels: &str| {
        let line = metrics.lines().filter(|line| line.starts_with("charter_flag_evaluations_total{") && line.contains(labels));
        line.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum::<u64>()
    };
    assert_eq!(counted(r#"flag="buy-later",variant="model",reason="static""#), 2, "{metrics}");
    assert_eq!(counted(r#"flag="fresh-prices""#), 2);
    assert_eq!(counted(r#"flag="",variant="",reason="flag-not-found""#), 1);
    assert!(!metrics.contains("made-up"), "{metrics}");
}

#[test]
fn a_flag_turns_a_rung_off_and_on_under_load_and_no_request_fails() {
    let folder = copy_of_shop();
    let path = folder.path().join("charter.yaml");
    let text = std::fs::read_to_string(&path).expect("the charter");
    std::fs::write(&path, text.replace("\nflags:\n", "\nflags:\n  full-prices:\n    turns: [pricing/full]\n    owner: security\n"))
        .expect("written");
    let server = Server::start(folder.path(), &["--no-watch"]);
    let rung = || {
        let (status, body) = ask(&server.data, "POST", "/v2/models/pricing/infer", DIAMOND.as_bytes());
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<Value>(&body).expect("JSON")["parameters"]["rung"].clone()
    };
    let outcome = std::thread::scope(|scope| {
        let loaded = scope.spawn(|| load(&server.data, "pricing", DIAMOND, 300.0, 4));
        for _ in 0..3 {
            let before = stepped_down(&server.admin);
            assert_eq!(told(&server.admin, &["flag", "set", "full-prices", "false"])["kept"], true);
            assert_ne!(rung(), "full");
            // Calls of the load among them, however late it began.
            while stepped_down(&server.admin) < before + 5 && !loaded.is_finished() {
                std::thread::park_timeout(Duration::from_millis(5));
            }
            assert_eq!(told(&server.admin, &["flag", "release", "full-prices"])["kept"], true);
            assert_eq!(rung(), "full");
        }
        loaded.join().expect("the load ran")
    });
    let total = &outcome.report.total;
    assert_eq!(total.errors.total(), 0, "{:?}", total.errors);
    assert!(total.rungs.len() > 1, "some calls were answered while the rung was off: {:?}", total.rungs);
    assert!(stepped_down(&server.admin) > 0);
}

/// Calls of `pricing` that a flag kept from its first rung.
fn stepped_down(admin: &str) -> u64 {
    let metrics = ask(admin, "GET", "/metrics", b"").1;
    let turned = "charter_step_downs_total{route=\"pricing\",rung=\"full\",reason=\"flag\"} ";
    let count = metrics.split(turned).nth(1).and_then(|rest| rest.lines().next()).and_then(|count| count.parse::<u64>().ok());
    count.unwrap_or(0)
}

#[test]
fn a_wrong_name_suggests_the_nearest_and_an_absent_server_says_how_to_start_one() {
    let folder = copy_of_shop();
    let server = Server::start(folder.path(), &["--no-watch"]);
    let admin = &server.admin;
    for (words, says) in [
        (["rollout", "start", "pricng-v3"].as_slice(), "there is no rollout `pricng-v3`; did you mean `pricing-v3`?"),
        (&["flag", "release", "buy-latr"], "there is no flag `buy-latr`; did you mean `buy-later`?"),
        (&["flag", "set", "buy-later", "maybe"], "flag `buy-later` has no variant `maybe`"),
        (&["experiment", "report", "checkout"], "there is no experiment `checkout`; the charter that is served has none"),
        (&["rollout", "start", "pricing-v3", "--by", "a\nb"], "`by` is 1 to 200 characters"),
    ] {
        let (code, message) = refused(admin, words);
        assert_eq!(code, Some(1), "{message}");
        assert!(message.contains(says), "{message}");
    }
    let (code, message) = refused(&server.data, &["rollout", "list"]);
    assert_eq!(code, Some(1), "the data plane has no rollouts: {message}");
    let (code, message) = refused("127.0.0.1:1", &["flag", "list"]);
    assert_eq!(code, Some(3));
    assert!(message.contains("no server answers at http://127.0.0.1:1: start one with `charter serve`"), "{message}");
    assert_eq!(refused("nonsense://x", &["flag", "list"]).0, Some(2));
}

#[test]
fn orders_that_cannot_be_read_change_nothing_and_say_why() {
    let folder = copy_of_shop();
    let server = Server::start(folder.path(), &["--no-watch"]);
    let long = format!("{{\"by\":\"{}\"}}", "a".repeat(201));
    let deep = "[".repeat(50_000);
    let large = " ".repeat(70_000);
    let cases: [(&str, &str, &str, u16); 15] = [
        ("POST", "/rollouts/pricing-v3/start", "[]", 400),
        ("POST", "/rollouts/pricing-v3/start", "{\"who\":\"me\"}", 400),
        ("POST", "/rollouts/pricing-v3/start", "{\"by\":\"\\u001b[31m\"}", 400),
        ("POST", "/rollouts/pricing-v3/start", &long, 400),
        ("POST", "/rollouts/pricing-v3/start", &deep, 400),
        ("POST", "/rollouts/pricing-v3/start", &large, 413),
        ("POST", "/rollouts/pricing-v3/destroy", "", 404),
        ("POST", "/rollouts/nothing/start", "", 404),
        ("GET", "/rollouts/pricing-v3/start", "", 405),
        ("GET", "/rollouts/pricing-v3/records?after=-1", "", 400),
        ("POST", "/flags/buy-later", "{}", 400),
        ("POST", "/flags/buy-later", "{\"variant\":\"false\",\"release\":true}", 400),
        ("POST", "/flags/buy-later", "[\"false\",false,null]", 400),
        ("POST", "/experiments/nothing/outcomes", "[{\"id\":\"1\",\"unit\":\"u\",\"name\":\"n\",\"value\":1,\"at_unix_ms\":1}]", 404),
        ("DELETE", "/rollouts/pricing-v3", "", 405),
    ];
    for (method, path, body, expected) in cases {
        let (status, answer) = ask(&server.admin, method, path, body.as_bytes());
        assert_eq!(status, expected, "{method} {path} {:.60}: {answer}", body);
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert!(answer["error"].as_str().is_some_and(|error| !error.is_empty()), "{answer}");
    }
    assert_eq!(told(&server.admin, &["rollout", "status", "pricing-v3"])["run"], 0);
    let flags = told(&server.admin, &["flag", "list"]);
    assert!(flags.as_array().expect("a list").iter().all(|flag| flag["chosen"].is_null()), "{flags}");
}
