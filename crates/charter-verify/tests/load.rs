//! The generator against servers whose behaviour is known.

#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use charter_verify::load::{LoadOutcome, LoadReport, LoadScenario, Shape, Spacing, Target, Think, Traffic, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const FULL: &[u8] = b"HTTP/1.1 200 OK\r\ncharter-rung: full\r\ncontent-length: 2\r\n\r\nok";
const DEGRADED: &[u8] =
    b"HTTP/1.1 200 OK\r\ncharter-rung: degraded\r\ncharter-degraded: timeout\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
const OVERLOADED: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";

/// What the server does with its request number `n`.
type Behaviour = fn(u64) -> Act;

enum Act {
    Answer(&'static [u8]),
    Hang,
    Close,
}

/// A server on a thread of its own; ends with the test process.
fn serve(behaviour: Behaviour) -> (Target, Arc<AtomicU64>) {
    let (send, receive) = std::sync::mpsc::channel();
    let served = Arc::new(AtomicU64::new(0));
    let counter = served.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(connection(stream, behaviour, counter.clone()));
            }
        });
    });
    let address = receive.recv().unwrap();
    (Target::parse(&format!("http://{address}")).unwrap(), served)
}

async fn connection(mut stream: TcpStream, behaviour: Behaviour, served: Arc<AtomicU64>) {
    let mut request = [0; 4096];
    while stream.read(&mut request).await.is_ok_and(|count| count > 0) {
        match behaviour(served.fetch_add(1, Ordering::Relaxed)) {
            Act::Answer(bytes) => stream.write_all(bytes).await.unwrap(),
            Act::Hang => std::future::pending().await,
            Act::Close => return,
        }
    }
}

fn scenario(target: &Target, shape: Shape) -> LoadScenario {
    let route = |name: &str, weight| {
        let path = format!("/v2/models/{name}/infer");
        Traffic {
            name: name.into(),
            weight,
            requests: vec![target.post(&path, "application/json", &[], b"{}")],
            draw: charter_verify::load::Draw::AtRandom,
        }
    };
    LoadScenario {
        target: target.clone(),
        traffic: vec![route("fraud", 3.0), route("pricing", 1.0)],
        shape,
        warm_up: Duration::from_millis(100),
        duration: Duration::from_millis(900),
        timeout: Duration::from_secs(10),
        seed: 1,
        workers: 1,
    }
}

fn open(rate_per_second: f64, connections_max: usize) -> Shape {
    Shape::Open { rate_per_second, spacing: Spacing::Constant, connections_max }
}

fn ran(scenario: &LoadScenario) -> LoadOutcome {
    run(scenario, |_| ()).unwrap()
}

#[test]
fn an_open_loop_sends_its_rate_and_counts_routes_and_rungs() {
    let (target, served) = serve(|number| Act::Answer(if number % 10 == 0 { DEGRADED } else { FULL }));
    let report = ran(&scenario(&target, open(1_000.0, 32))).report;
    assert_eq!(report.total.requests, 900);
    assert_eq!(report.total.answered, 900);
    assert_eq!(served.load(Ordering::Relaxed), 1_000);
    assert_eq!(report.total.errors.total(), 0);
    assert_eq!(report.total.rungs.values().sum::<u64>(), 900);
    assert!((80..=100).contains(&report.total.rungs["degraded"]), "{:?}", report.total.rungs);
    assert_eq!(report.total.degraded_reasons["timeout"], report.total.rungs["degraded"]);
    assert!((600..750).contains(&report.routes[0].requests), "{}", report.routes[0].requests);
    assert_eq!(report.routes[0].requests + report.routes[1].requests, 900);
}

#[test]
fn equal_seeds_send_equal_requests_and_workers_share_the_rate() {
    let (target, served) = serve(|_| Act::Answer(FULL));
    let mut scenario = scenario(&target, Shape::Open { rate_per_second: 500.0, spacing: Spacing::Poisson, connections_max: 32 });
    let [first, second] = [ran(&scenario).report, ran(&scenario).report];
    let counts = |report: &LoadReport| report.routes.iter().map(|route| route.requests).collect::<Vec<_>>();
    assert_eq!(counts(&first), counts(&second));
    scenario.shape = open(500.0, 32);
    scenario.workers = 2;
    let before = served.load(Ordering::Relaxed);
    assert_eq!(ran(&scenario).report.total.requests, 450);
    assert_eq!(served.load(Ordering::Relaxed) - before, 500);
}

/// Blocks the server's only thread for 200 ms once, in the middle of the window.
fn stalls_once(number: u64) -> Act {
    if number == 500 {
        let until = Instant::now() + Duration::from_millis(200);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
    }
    Act::Answer(FULL)
}

#[test]
fn a_stall_shows_in_every_request_that_it_delayed() {
    let (target, _) = serve(stalls_once);
    let report = ran(&scenario(&target, open(1_000.0, 4))).report;
    // 200 of 900 requests were due during the stall: their delays run evenly from 200 ms down, so a ninth exceeds 100 ms.
    assert_eq!(report.total.requests, 900);
    assert!(report.total.latency.p90.value_ms > 80.0, "p90 {:?}", report.total.latency.p90);
    assert!(report.total.latency.max_ms > 190.0);
    // A client that measures from the send sees at most one slow request a connection: the omission that is corrected here.
    assert!(report.service.p90.value_ms < report.total.latency.p90.value_ms / 2.0, "service p90 {:?}", report.service.p90);
    assert!(report.generator.waited_for_connection > 100, "{:?}", report.generator);
}

#[test]
fn every_kind_of_failure_is_counted_as_itself() {
    let (target, _) = serve(|number| match number % 20 {
        3 => Act::Answer(OVERLOADED),
        7 => Act::Answer(b"gibberish\r\n\r\n"),
        11 => Act::Close,
        13 => Act::Hang,
        _ => Act::Answer(FULL),
    });
    let impatient = LoadScenario { timeout: Duration::from_millis(400), ..scenario(&target, open(200.0, 64)) };
    let report = ran(&impatient).report;
    let errors = report.total.errors;
    assert_eq!(report.total.requests, 180);
    assert_eq!(report.total.answered + errors.total(), 180);
    for count in [errors.status_5xx, errors.protocol, errors.reset, errors.timeout] {
        assert!((7..=11).contains(&count), "{errors:?}");
    }
    // The timeouts stand in the latencies.
    assert_eq!(report.total.latency.count, report.total.answered + errors.timeout);
    assert!(report.total.latency.max_ms >= 399.0);
}

#[test]
fn a_dead_server_fails_every_request_without_spinning() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let report = ran(&scenario(&target, open(200.0, 8))).report;
    assert_eq!((report.total.requests, report.total.errors.connect), (180, 180));
    let report = ran(&scenario(&target, Shape::Closed { users: 4, think: Think::None })).report;
    assert!(report.total.requests <= 4 * 90, "{}", report.total.requests);
    assert_eq!(report.total.errors.connect, report.total.requests);
}

#[test]
fn users_who_think_send_what_little_says() {
    let (target, _) = serve(|_| Act::Answer(FULL));
    let report = ran(&scenario(&target, Shape::Closed { users: 50, think: Think::Exponential(Duration::from_millis(100)) })).report;
    // Users = rate x (latency + think): 50 / 0.1 s = 500 a second; 450 expected in the window, standard deviation 21.
    assert!((250..=520).contains(&report.total.requests), "{}", report.total.requests);
    assert_eq!(report.generator.connections, 50);
    assert!(report.corrected.is_some());
}

#[test]
fn saturation_keeps_each_connection_busy() {
    let (target, served) = serve(|_| Act::Answer(FULL));
    let report = ran(&scenario(&target, Shape::Closed { users: 16, think: Think::None })).report;
    assert!(report.throughput_per_second > 1_000.0, "{}", report.throughput_per_second);
    assert_eq!(report.generator.connections, 16);
    assert!(served.load(Ordering::Relaxed) >= report.total.requests);
}

#[test]
fn a_scenario_out_of_range_is_refused_with_the_range() {
    let (target, _) = serve(|_| Act::Answer(FULL));
    let mut wrong = scenario(&target, open(f64::NAN, 4));
    assert!(run(&wrong, |_| ()).unwrap_err().to_string().contains("NaN requests a second"));
    wrong.shape = open(10.0, 0);
    assert!(run(&wrong, |_| ()).unwrap_err().to_string().contains("1 to 65536"));
    wrong.shape = open(10.0, 4);
    wrong.traffic[0].requests.clear();
    assert!(run(&wrong, |_| ()).unwrap_err().to_string().contains("`fraud` has no request"));
}
