//! Clients that are slow, oversized, ambiguous or hostile.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support {
    #[path = "../support/client.rs"]
    pub(crate) mod client;
    #[path = "../support/mod.rs"]
    pub(crate) mod server;
}

use charter_gateway::GatewayConfig;
use charter_plan::Plan;
use std::time::{Duration, Instant};
use support::client::{Client, floats, get, infer, post, raw};
use support::server::{Server, plan};

async fn start() -> Server {
    Server::start(plan(), GatewayConfig::default()).await
}

fn impatient() -> Plan {
    let mut plan = plan();
    plan.limits.first_byte_ms_max = 300;
    plan.limits.header_ms_max = 600;
    plan.limits.idle_ms_max = 300;
    plan.limits.body_bytes_max = 2 << 20;
    plan
}

#[tokio::test]
async fn silent_slow_and_idle_clients_are_closed() {
    let server = Server::start(impatient(), GatewayConfig::default()).await;
    let started = Instant::now();
    let mut silent = Client::connect(server.data).await;
    let mut partial = Client::connect(server.data).await;
    partial.send(b"POST /v2/models/fraud/infer HTTP/1.1\r\nHost: loc").await.unwrap();
    let mut idle = Client::connect(server.data).await;
    idle.send(b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert_eq!(idle.receive().await.unwrap().status, 200);
    assert!(silent.is_closed().await);
    assert!(idle.is_closed().await);
    assert!(partial.is_closed().await);
    assert!(started.elapsed() >= Duration::from_millis(500));
}

#[tokio::test]
async fn a_body_that_trickles_is_refused() {
    let server = start().await;
    let mut client = Client::connect(server.data).await;
    client.send(b"POST /v2/models/fraud/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n{").await.unwrap();
    let answer = client.receive().await.unwrap();
    assert_eq!((answer.status, answer.json()["code"].as_str(), answer.header("connection")), (408, Some("request-timeout"), Some("close")));
}

#[tokio::test]
async fn oversized_heads_and_bodies_are_refused() {
    let server = Server::start(impatient(), GatewayConfig::default()).await;
    let head = format!("GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "a".repeat(100_000));
    assert_eq!(raw(server.data, head.as_bytes()).await.unwrap().status, 431);
    let many: String = (0..200).map(|number| format!("X{number}: a\r\n")).collect();
    assert_eq!(raw(server.data, format!("GET /v2 HTTP/1.1\r\nHost: localhost\r\n{many}\r\n").as_bytes()).await.unwrap().status, 431);
    let announced = b"POST /v2/models/fraud/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n";
    let answer = raw(server.data, announced).await.unwrap();
    assert_eq!((answer.status, answer.json()["code"].as_str()), (413, Some("body-too-large")));
}

#[tokio::test]
async fn only_hosts_of_ours_are_answered() {
    let server = start().await;
    let ask = |host: &str| format!("GET /v2 HTTP/1.1\r\n{host}\r\n").into_bytes();
    for (host, status) in [
        ("Host: localhost\r\n", 200),
        ("Host: evil.example\r\n", 421),
        ("", 400),
        ("Host: localhost\r\nHost: localhost\r\n", 400),
        ("Host: a b\r\n", 400),
        ("Host: user@localhost\r\n", 400),
    ] {
        assert_eq!(raw(server.data, &ask(host)).await.unwrap().status, status, "{host:?}");
    }
    let absolute = b"GET http://evil.example/v2 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(raw(server.data, absolute).await.unwrap().status, 400);
}

#[tokio::test]
async fn ambiguous_requests_are_refused_and_the_connection_closed() {
    let server = start().await;
    let host = "Host: localhost\r\n";
    for request in [
        format!("POST /v2 HTTP/1.1\r\n{host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("POST /v2 HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
        format!("POST /v2 HTTP/1.1\r\n{host}Content-Length: 0\r\nContent-Length: 0\r\n\r\n"),
        format!("POST /v2 HTTP/1.1\r\n{host}Content-Length: 0, 0\r\n\r\n"),
        format!("POST /v2 HTTP/1.1\r\n{host}Content-Length: +2\r\n\r\nhi"),
        format!("POST /v2 HTTP/1.1\r\n{host}Content-Length: 18446744073709551617\r\n\r\nhi"),
        format!("POST /v2 HTTP/1.1\r\n{host}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        format!("POST /v2 HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
        format!("POST /v2 HTTP/1.0\r\n{host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("POST /v2 HTTP/1.1\r\n{host}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        "GET /v2 HTTP/1.1\nHost: localhost\n\n".to_owned(),
        "GET /v2 HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n".to_owned(),
        format!("GET /v2 HTTP/1.1\r\n{host}X: a\r\n b\r\n\r\n"),
        format!("GET /v2 HTTP/1.1\r\n{host}X: a\0b\r\n\r\n"),
        format!("GET /v2 HTTP/1.1\r\n{host}X: a\rb\r\n\r\n"),
    ] {
        let mut client = Client::connect(server.data).await;
        client.send(request.as_bytes()).await.unwrap();
        let answer = client.receive().await;
        assert!(answer.as_ref().is_none_or(|answer| answer.status == 400), "{request:?}: {answer:?}");
        // Whatever follows must not be read as a request.
        let _ = client.send(b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        assert!(client.receive().await.is_none_or(|answer| answer.status == 400 && answer.body.is_empty()), "{request:?}");
    }
}

#[tokio::test]
async fn a_smuggled_request_is_never_answered() {
    let server = start().await;
    // A parser that believes the length would see a second request in the first one's body, and the other way round.
    let inner = "GET /v2/models HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut client = Client::connect(server.data).await;
    client.send(format!("POST /v2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n{inner}").as_bytes()).await.unwrap();
    assert_eq!(client.receive().await.unwrap().header("connection"), Some("close"));
    assert!(client.receive().await.is_none());
    let mut client = Client::connect(server.data).await;
    client
        .send(format!("POST /v2 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}").as_bytes())
        .await
        .unwrap();
    assert_eq!(client.receive().await.unwrap().header("connection"), Some("close"));
    assert!(client.receive().await.is_none());
}

#[tokio::test]
async fn paths_lead_nowhere_but_to_routes() {
    let server = start().await;
    for path in [
        "/v2/models/../x",
        "/v2/models/%2e%2e/x",
        "/v2/models/%00",
        "/v2/models/%ff",
        "/v2/models/..%2f..%2fetc%2fpasswd",
        "/v2/models/%5c..%5cx",
        "//v2",
    ] {
        assert_eq!(get(server.data, path).await.status, 400, "{path}");
    }
    for path in ["/v2/models/fraud/../closed", "/v2/models/fraud/file", "/metrics", "/status", "/reload"] {
        assert!(matches!(get(server.data, path).await.status, 400 | 404), "{path}");
    }
}

#[tokio::test]
async fn counts_and_shapes_without_measure_are_refused_at_once() {
    let server = start().await;
    let inputs = vec!["{}"; 1_000_000].join(",");
    let outputs = vec![r#"{"name":"score"}"#; 500_000].join(",");
    let input = |shape: &str| format!(r#"{{"inputs":[{{"name":"input","shape":{shape},"datatype":"FP32","data":[1]}}]}}"#);
    for body in [
        format!(r#"{{"inputs":[{inputs}]}}"#),
        format!(r#"{{"outputs":[{outputs}],"inputs":[]}}"#),
        input("[4294967296,4294967296]"),
        input("[-1]"),
        input("[0]"),
        input("[1,30.5]"),
        input("[1,1,1,1,1,1,1,1,1]"),
        input("[18446744073709551615,30]"),
        "[".repeat(1_000_000),
        r#"{"a":"#.repeat(1_000_000),
        "1".repeat(1_000_000),
    ] {
        let started = Instant::now();
        let answer = infer(server.data, "fraud", "", body.as_bytes()).await;
        assert_eq!(answer.status, 400);
        // Milliseconds on an idle machine; far more only for work that grows faster than the body.
        assert!(started.elapsed() < Duration::from_secs(5), "{:?} for {}", started.elapsed(), &body[..body.len().min(40)]);
    }
}

#[tokio::test]
async fn ten_thousand_mutated_requests_never_break_the_server() {
    let seed = 0x0d1e_5eed_0f7e_57ab;
    println!("seed {seed:#x}");
    let mut chance = Chance(seed);
    let server = start().await;
    let json = r#"{"inputs":[{"name":"input","shape":[1,30],"datatype":"FP32","parameters":{"binary_data_size":120}}]}"#;
    let binary = [json.as_bytes(), &1.0_f32.to_le_bytes().repeat(30)].concat();
    let valid = [
        (floats(r#""id":"7","parameters":{"a":[1]},"#).into_bytes(), String::new()),
        (binary, format!("Inference-Header-Content-Length: {}\r\n", json.len())),
    ];
    let words: [&[u8]; 14] =
        [b"[", b"]", b"{", b"}", b"\"", b",", b":", b"-1", b"1e999", b"null", b"9999999999999999999999", b"\\u0000", b"\xff", b"data"];
    let mut client = Client::connect(server.data).await;
    let mut answered = [0; 2];
    for round in 0..10_000 {
        let (body, header) = &valid[round % 2];
        let mut body = body.clone();
        for _ in 0..1 + pick(&mut chance, 4) {
            mutate(&mut body, &words, &mut chance);
        }
        client.send(&post("/v2/models/fraud/infer", header, &body)).await.unwrap();
        let answer = client.receive().await.expect("the connection stays");
        assert!(matches!(answer.status, 200 | 400), "round {round}: {} {}", answer.status, answer.text());
        answered[usize::from(answer.status == 400)] += 1;
        if answer.status == 400 {
            let text = answer.text();
            assert!(!["/root", "/src", "0x", "panicked", "RUST", "core::", "thread"].iter().any(|word| text.contains(word)), "{text}");
        }
    }
    assert!(answered[0] > 100 && answered[1] > 1_000, "{answered:?}");
}

/// Marsaglia's xorshift64.
struct Chance(u64);

fn pick(chance: &mut Chance, below: usize) -> usize {
    chance.0 ^= chance.0 << 13;
    chance.0 ^= chance.0 >> 7;
    chance.0 ^= chance.0 << 17;
    (chance.0 >> 33) as usize % below
}

fn mutate(body: &mut Vec<u8>, words: &[&[u8]], chance: &mut Chance) {
    let at = pick(chance, body.len().max(1));
    if body.is_empty() {
        body.push(b' ');
    }
    match pick(chance, 5) {
        0 => body[at] = pick(chance, 256) as u8,
        1 => drop(body.remove(at)),
        2 => body.truncate(at.max(1)),
        3 => {
            let end = (at + pick(chance, 40)).min(body.len());
            let piece = body[at..end].to_vec();
            body.splice(at..at, piece);
        }
        _ => drop(body.splice(at..at, words[pick(chance, words.len())].iter().copied())),
    }
}

#[tokio::test]
async fn a_peer_has_its_share_of_connections() {
    let server = Server::start(plan(), GatewayConfig { connections_per_peer_max: Some(2), ..GatewayConfig::default() }).await;
    let mut first = Client::connect(server.data).await;
    let mut second = Client::connect(server.data).await;
    for client in [&mut first, &mut second] {
        client.send(b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        assert_eq!(client.receive().await.unwrap().status, 200);
    }
    assert!(Client::connect(server.data).await.is_closed().await);
}

#[tokio::test]
async fn a_drain_lets_requests_in_flight_finish() {
    let mut server = start().await;
    let mut busy = Client::connect(server.data).await;
    let mut idle = Client::connect(server.data).await;
    idle.send(b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert_eq!(idle.receive().await.unwrap().status, 200);
    busy.send(&post("/v2/models/hangs/infer", "", floats("").as_bytes())).await.unwrap();
    // The request is in flight once its model was called.
    while !get(server.admin, "/metrics").await.text().contains("charter_connections_open{plane=\"data\"} 2") {
        tokio::task::yield_now().await;
    }
    server.stop();
    assert!(idle.is_closed().await);
    let answer = busy.receive().await.expect("an answer, not a cut");
    assert!(matches!(answer.status, 503 | 504));
    drop(busy);
    assert_eq!((&mut server.task).await.unwrap().cut, 0);
    assert!(tokio::net::TcpStream::connect(server.data).await.is_err());
}

#[tokio::test]
async fn refusals_before_the_handler_are_counted_by_code() {
    let server = Server::start(impatient(), GatewayConfig::default()).await;
    let large = b"POST /v2/models/fraud/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n";
    assert_eq!(raw(server.data, large).await.unwrap().status, 413);
    assert_eq!(raw(server.data, b"GET /v2 HTTP/1.1\r\nHost: evil.example\r\n\r\n").await.unwrap().status, 421);
    assert_eq!(raw(server.data, b"GET /v2//x HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap().status, 400);
    // What no parser takes is answered by the parser itself.
    assert_eq!(raw(server.data, b"GET /v2 HTTP/1.1\nHost: localhost\n\n").await.unwrap().status, 400);
    let metrics = get(server.admin, "/metrics").await.text();
    for (code, count) in [("body-too-large", 1), ("bad-host", 1), ("bad-request", 2)] {
        let line = format!("charter_requests_refused_total{{plane=\"data\",code=\"{code}\"}} {count}\n");
        assert!(metrics.contains(&line), "{line}{metrics}");
    }
}

#[tokio::test]
async fn a_head_may_have_exactly_its_limit() {
    let server = start().await;
    let limit = plan().limits.header_bytes_max as usize;
    let head = |bytes: usize| {
        let frame = "GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: \r\n\r\n".len();
        format!("GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "a".repeat(bytes - frame)).into_bytes()
    };
    for (bytes, status) in [(limit - 1, 200), (limit, 200), (limit + 1, 431), (limit + 5_000, 431), (limit * 3, 431)] {
        // However the bytes come in.
        for piece in [1_000, 8_000, bytes] {
            let mut client = Client::connect(server.data).await;
            for part in head(bytes).chunks(piece) {
                if client.send(part).await.is_err() {
                    break;
                }
            }
            assert_eq!(client.receive().await.unwrap().status, status, "{bytes} bytes in pieces of {piece}");
        }
    }
}

#[tokio::test]
async fn a_body_length_near_the_largest_number_is_refused() {
    let server = start().await;
    for (length, status) in [("18446744073709551615", 400), ("18446744073709551614", 400), ("9999999999999999999", 413)] {
        let request = format!("POST /v2/models/fraud/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
        assert_eq!(raw(server.data, request.as_bytes()).await.unwrap().status, status, "{length}");
    }
}

#[tokio::test]
async fn a_drain_does_not_wait_for_heads() {
    let mut server = start().await;
    let mut silent = Client::connect(server.data).await;
    let mut partial = Client::connect(server.data).await;
    partial.send(b"GET /v2 HTTP/1.1\r\nHost: loc").await.unwrap();
    let mut known = Client::connect(server.data).await;
    known.send(b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert_eq!(known.receive().await.unwrap().status, 200);
    let started = Instant::now();
    server.stop();
    assert!(silent.is_closed().await && partial.is_closed().await && known.is_closed().await);
    assert_eq!((&mut server.task).await.unwrap().cut, 0);
    assert!(started.elapsed() < Duration::from_secs(9), "{:?}", started.elapsed());
}
