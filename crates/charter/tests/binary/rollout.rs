//! A live run: the shop under load, three bad versions and a good one, and a server killed in the middle.

use crate::support::{CHARTER, DIAMOND, Server, copy_of_shop, load};
use crate::upstream::{Manner, Upstream};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const RATE: f64 = 300.0;
const PATIENCE: Duration = Duration::from_secs(90);

/// The shop with a version of `pricing` on another server, and its rollout in seconds instead of minutes.
fn shop_with(upstream: &str) -> tempfile::TempDir {
    let folder = copy_of_shop();
    let path = folder.path().join("charter.yaml");
    let charter = std::fs::read_to_string(&path).expect("the charter");
    let version = "v3: { onnx: models/pricing-v3.onnx }";
    assert!(charter.contains(version));
    let remote = format!("{version}, remote: {{ oip: \"http://{upstream}\", model: pricing, version: v2 }}");
    let (before, rest) = charter.split_once("rollouts:\n").expect("rollouts");
    let (_, after) = rest.split_once("\nflags:\n").expect("flags behind them");
    let rollout = "rollouts:
  pricing-remote:
    route: pricing
    model: pricing
    from: v2
    to: remote
    shadow: 1s
    steps: [10%, 50%, 100%]
    dwell: 2s
    requests_min: 20
    guardrails: [ratio(error) <= 5%, ratio(latency > 20ms) <= 20%, ratio(disagreement) <= 1%]
    watch: 3s
    owner: data-sci

flags:
";
    std::fs::write(&path, format!("{before}{rollout}{after}").replace(version, &remote)).expect("written");
    folder
}

/// Sends diamonds until it is dropped, wherever the server stands now.
struct Traffic {
    address: Arc<Mutex<String>>,
    stop: Arc<AtomicBool>,
    /// Odd while the server is down on purpose.
    epoch: Arc<AtomicU64>,
    /// Calls without an answer while the server was up.
    failed: Arc<AtomicU64>,
    answered: Arc<AtomicU64>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Traffic {
    fn start(address: &str) -> Self {
        let traffic = Self {
            address: Arc::new(Mutex::new(address.to_owned())),
            stop: Arc::default(),
            epoch: Arc::default(),
            failed: Arc::default(),
            answered: Arc::default(),
            thread: None,
        };
        let (address, stop) = (Arc::clone(&traffic.address), Arc::clone(&traffic.stop));
        let (failed, answered, epoch) = (Arc::clone(&traffic.failed), Arc::clone(&traffic.answered), Arc::clone(&traffic.epoch));
        let thread = std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let began = epoch.load(Ordering::SeqCst);
                let now = address.lock().expect("not poisoned").clone();
                let outcome = load(&now, "pricing", DIAMOND, RATE, 1);
                // A second in which the server was killed, or was not back yet, counts for nothing.
                if began.is_multiple_of(2) && epoch.load(Ordering::SeqCst) == began {
                    failed.fetch_add(outcome.report.total.errors.total(), Ordering::Relaxed);
                    answered.fetch_add(outcome.report.total.answered, Ordering::Relaxed);
                }
            }
        });
        Self { thread: Some(thread), ..traffic }
    }

    /// Until it is turned to where the server is then.
    fn expect_a_kill(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }

    fn turn_to(&self, address: &str) {
        *self.address.lock().expect("not poisoned") = address.to_owned();
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }

    fn end(mut self) -> (u64, u64) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().expect("a thread").join().expect("the load ran");
        (self.answered.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }
}

fn charter(admin: &str, words: &[&str]) -> (bool, String) {
    let output = Command::new(CHARTER).args(words).args(["--admin", admin, "--format", "json"]).output().expect("charter runs");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

fn status(admin: &str) -> Value {
    let (fine, text) = charter(admin, &["rollout", "status", "pricing-remote"]);
    assert!(fine, "{text}");
    serde_json::from_str(&text).unwrap_or_else(|problem| panic!("{problem}: {text}"))
}

/// Waits for a phase; the status that shows it.
fn until(admin: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let now = status(admin);
        if is_so(&now) {
            return now;
        }
        assert!(Instant::now() < end, "not {what} in {PATIENCE:?}: {now:#}");
        std::thread::park_timeout(Duration::from_millis(100));
    }
}

fn phase(status: &Value) -> &str {
    status["phase"].as_str().unwrap_or_default()
}

/// Starts the rollout, once the candidate's server has been met.
fn start(admin: &str) {
    let end = Instant::now() + PATIENCE;
    loop {
        let (fine, text) = charter(admin, &["rollout", "start", "pricing-remote", "--by", "the test"]);
        if fine {
            return;
        }
        assert!(text.contains("not ready") && Instant::now() < end, "{text}");
        std::thread::park_timeout(Duration::from_millis(200));
    }
}

/// Starts the rollout with a bad version and waits until it is taken back; why it was.
fn taken_back(admin: &str, upstream: &Upstream, manner: Manner, run: u64) -> String {
    // In the shadow nobody would be hurt by errors or delays: those begin once callers get the version.
    let in_the_shadow = matches!(manner, Manner::Wrong { .. });
    upstream.behave(if in_the_shadow { manner } else { Manner::Good });
    start(admin);
    if !in_the_shadow {
        until(admin, "a canary", |status| phase(status) == "canary" && status["run"] == run);
        upstream.behave(manner);
    }
    let began = Instant::now();
    let ended = until(admin, "taken back", |status| phase(status) == "rolled-back" && status["run"] == run);
    assert_eq!(ended["weight"], 0, "{ended:#}");
    let reason = ended["reason"].as_str().unwrap_or_default().to_owned();
    println!("{manner:?}: taken back after {:.1} s: {reason}", began.elapsed().as_secs_f64());
    // From here on the version is not asked any more: at most a second's worth was under way.
    let asked = upstream.calls();
    std::thread::park_timeout(Duration::from_millis(1_500));
    let later = upstream.calls() - asked;
    assert!(later <= 30, "{later} calls after it was taken back");
    reason
}

fn records(admin: &str) -> Vec<Value> {
    let (fine, text) = charter(admin, &["rollout", "records", "pricing-remote"]);
    assert!(fine, "{text}");
    serde_json::from_str(&text).expect("records")
}

#[test]
fn bad_versions_are_taken_back_a_good_one_comes_in_and_a_kill_costs_nothing() {
    let upstream = Upstream::start();
    let folder = shop_with(&upstream.address);
    let state = folder.path().join("state");
    let serve = |path: &Path| Server::start(path, &["--no-watch", "--state", state.to_str().expect("a path")]);
    let mut server = serve(folder.path());
    upstream.stand_before(&server.data);
    let traffic = Traffic::start(&server.data);

    let wrong = taken_back(&server.admin, &upstream, Manner::Wrong { every: 33 }, 1);
    assert!(wrong.contains("disagree"), "{wrong}");
    let errors = taken_back(&server.admin, &upstream, Manner::Errors { every: 3 }, 2);
    assert!(errors.contains("error") || errors.contains("disagree"), "{errors}");
    let slow = taken_back(&server.admin, &upstream, Manner::Slow { by: Duration::from_millis(30) }, 3);
    assert!(slow.contains("latency") || slow.contains("slow"), "{slow}");

    upstream.behave(Manner::Good);
    start(&server.admin);
    let before = until(&server.admin, "a canary", |status| phase(status) == "canary" && status["run"] == 4);
    // What is kept is at most a second old.
    std::thread::park_timeout(Duration::from_millis(1_200));
    traffic.expect_a_kill();
    server.kill();
    server = serve(folder.path());
    upstream.stand_before(&server.data);
    traffic.turn_to(&server.data);
    let after = status(&server.admin);
    assert_eq!((&after["run"], &after["started_ms"]), (&before["run"], &before["started_ms"]), "the same run goes on: {after:#}");
    assert!(["canary", "watching", "done"].contains(&phase(&after)), "{after:#}");
    let calls = |status: &Value| status["guardrails"][0]["candidate"]["calls"].as_u64().unwrap_or_default();
    assert!(calls(&after) >= calls(&before), "what was counted before the kill still counts: {after:#}");
    let done = until(&server.admin, "done", |status| phase(status) == "done");
    assert_eq!((&done["weight"], &done["run"]), (&Value::from(10_000), &Value::from(4)), "{done:#}");

    let verdicts: Vec<String> =
        records(&server.admin).iter().map(|record| record["record"]["verdict"].as_str().unwrap_or_default().to_owned()).collect();
    println!("{}", verdicts.join(" "));
    assert_eq!(verdicts.iter().filter(|verdict| *verdict == "rolled-back").count(), 3);
    assert_eq!(verdicts.last().map(String::as_str), Some("done"));
    let (answered, failed) = traffic.end();
    println!("{answered} calls answered, {failed} not");
    assert_eq!(failed, 0, "callers never see a bad version's failure");
    assert!(answered > 1_000);
}
