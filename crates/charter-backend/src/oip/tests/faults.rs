//! What goes wrong at an upstream, and which kind of failure the guards are told.

use super::*;
use tokio::net::TcpListener;

async fn failure_of(infer: impl Fn(&Received) -> Reaction + Send + Sync + 'static) -> BackendError {
    let server = serving("", infer).await;
    call(&remote(&server)).await.expect_err("fails")
}

#[tokio::test]
async fn nobody_listening_is_a_connect_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let remote = Remote::open(&subject(), &format!("http://{address}"), "m", None).unwrap_or_else(|error| panic!("{error:?}"));
    let error = call(&remote).await.expect_err("fails");
    assert_eq!(error.failure, Failure::Connect);
    assert!(!error.message.contains(&address.port().to_string()), "an address leaked: {}", error.message);
    assert!(!remote.ready());
}

#[tokio::test]
async fn statuses_tell_whose_fault_it_is() {
    let wait = |seconds| Failure::Overloaded { retry_after: Some(Duration::from_secs(seconds)) };
    for (line, failure) in [
        ("400 Bad Request", Failure::Rejected),
        ("413 Content Too Large", Failure::Rejected),
        ("401 Unauthorized", Failure::Unavailable),
        ("404 Not Found", Failure::Unavailable),
        ("408 Request Timeout", Failure::Timeout),
        ("429 Too Many Requests", Failure::Overloaded { retry_after: None }),
        ("429 Too Many Requests\r\nretry-after: 7", wait(7)),
        ("429 Too Many Requests\r\nretry-after: 99999999999", wait(3600)),
        ("429 Too Many Requests\r\nretry-after: Wed, 21 Oct 2015 07:28:00 GMT", Failure::Overloaded { retry_after: None }),
        ("503 Service Unavailable\r\nretry-after: 2", wait(2)),
        ("503 Service Unavailable", Failure::Upstream),
        ("500 Internal Server Error", Failure::Upstream),
        ("504 Gateway Timeout", Failure::Timeout),
        ("204 No Content", Failure::BadOutput),
    ] {
        assert_eq!(failure_of(move |_| refusal(line)).await.failure, failure, "{line}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = serving("", |_| ok(ANSWER)).await;
    let line = format!("307 Temporary Redirect\r\nlocation: {}/v2/models/m/infer", elsewhere.url());
    assert_eq!(failure_of(move |_| refusal(&line)).await.failure, Failure::BadOutput);
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_broken_connection_is_a_reset() {
    let cut = |bytes: &'static [u8]| move |_: &Received| Reaction::SendAndBreak(bytes.to_vec());
    assert_eq!(failure_of(cut(b"")).await.failure, Failure::Reset);
    assert_eq!(failure_of(cut(b"HTTP/1.1 200 OK\r\ncontent-le")).await.failure, Failure::Reset);
    assert_eq!(failure_of(cut(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"outputs\":[")).await.failure, Failure::Reset);
}

#[tokio::test]
async fn garbage_is_bad_output_and_another_form_a_mismatch() {
    let half = |text: &str| ANSWER.replace(r#""data":[[0.25],[1]]"#, text);
    let mismatches = [
        r#"{"outputs":[]}"#.to_owned(),
        ANSWER.replace("\"score\"", "\"other\""),
        ANSWER.replace("\"FP32\"", "\"FP64\""),
        ANSWER.replace("\"shape\":[2,1]", "\"shape\":[1,1]"),
        ANSWER.replace("\"shape\":[2,1]", "\"shape\":[1,2]"),
        ANSWER.replace("\"shape\":[2,1]", "\"shape\":[2,1,1]"),
        ANSWER.replace("\"shape\":[2,1]", "\"shape\":[2,2]"),
        ANSWER.replace("\"shape\":[2,1]", "\"shape\":[]"),
        ANSWER.replace("\"shape\":[2]", "\"shape\":[2,2]"),
        ANSWER.replace("\"shape\":[2,1]", "\"shape\":[2,18446744073709551615]"),
    ];
    for body in mismatches {
        let text = body.clone();
        assert_eq!(failure_of(move |_| ok(&text)).await.failure, Failure::SchemaMismatch, "{body}");
    }
    let bodies = [
        "not json".to_owned(),
        "{}".to_owned(),
        ANSWER.replace("\"shape\":[2,1]", "\"shape\":null"),
        ANSWER.replace("\"shape\":[2,1]", "\"shape\":[2,-1]"),
        half(r#""data":[0.25]"#),
        half(r#""data":[0.25,1,2]"#),
        half(r#""data":[0.25,"x"]"#),
        half(r#""data":[0.25,NaN]"#),
        half(r#""parameters":{"binary_data_size":8}"#),
        half(r#""data":[0.25,1],"parameters":{"binary_data_size":0}"#),
        half(r#""parameters":{}"#),
    ];
    for body in bodies {
        let text = body.clone();
        assert_eq!(failure_of(move |_| ok(&text)).await.failure, Failure::BadOutput, "{body}");
    }
    assert_eq!(failure_of(|_| Reaction::Send(b"SSH-2.0-OpenSSH_9\r\n\r\n".to_vec())).await.failure, Failure::BadOutput);
    let lying = "HTTP/1.1 200 OK\r\ninference-header-content-length: 99\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(failure_of(move |_| Reaction::Send(lying.into())).await.failure, Failure::BadOutput);
    let packed = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(failure_of(move |_| Reaction::Send(packed.into())).await.failure, Failure::BadOutput);
}

#[tokio::test]
async fn an_answer_without_end_is_cut_at_the_limit() {
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n";
    assert_eq!(failure_of(move |_| Reaction::Flood(announced.into())).await.failure, Failure::BadOutput);
    let unannounced = "HTTP/1.1 200 OK\r\n\r\n";
    let error = failure_of(move |_| Reaction::Flood(unannounced.into())).await;
    assert_eq!((error.failure, error.message.as_str()), (Failure::BadOutput, "the upstream's answer is larger than 67108864 bytes"));
}

#[tokio::test]
async fn a_slow_server_is_left_when_the_call_is_dropped() {
    let server = serving("", |_| Reaction::Hang).await;
    let remote = remote(&server);
    let inputs = inputs();
    let call = call_within(&remote, &inputs, PATIENCE);
    assert!(tokio::time::timeout(Duration::from_millis(200), call).await.is_err());
    // The connection with the unanswered request is not used again.
    let call = call_within(&remote, &inputs, Duration::ZERO);
    assert_eq!(call.await.expect_err("no time").failure, Failure::Timeout);
}

#[tokio::test]
async fn a_model_that_is_not_ready_is_asked_again_later() {
    let ready = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = std::sync::Arc::clone(&ready);
    let server = Server::start(move |request| match request.path.as_str() {
        "/v2/models/m/ready" if !seen.load(std::sync::atomic::Ordering::SeqCst) => refusal("400 Bad Request"),
        "/v2/models/m/infer" => ok(ANSWER),
        _ => ok("{}"),
    })
    .await;
    let first = remote(&server);
    assert_eq!(call(&first).await.expect_err("not ready").failure, Failure::Unavailable);
    ready.store(true, std::sync::atomic::Ordering::SeqCst);
    // A call within the pause is told what is known.
    assert_eq!(call(&first).await.expect_err("still thought not ready").failure, Failure::Unavailable);
    assert!(call(&remote(&server)).await.is_ok());
}

#[tokio::test]
async fn after_a_lost_connection_the_server_is_met_again() {
    let server = serving("", |_| ok(ANSWER)).await;
    let url = server.url();
    let remote = remote(&server);
    assert!(call(&remote).await.is_ok());
    drop(server);
    let error = call(&remote).await.expect_err("gone");
    assert!(matches!(error.failure, Failure::Connect | Failure::Reset), "{error:?}");
    assert_eq!(call(&remote).await.expect_err("gone").failure, Failure::Connect);
    assert!(!remote.ready(), "{url} is gone");
}
