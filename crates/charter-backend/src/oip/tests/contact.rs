//! A server that is not there yet, goes away or refuses: who asks it again, and when.

use super::*;
use crate::oip::pace::{Backoff, Pace};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::TcpListener;

const AT_ONCE: Backoff = Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(5) };
/// Longer than any test waits.
const NEVER: Backoff = Backoff { first: Duration::from_secs(3600), longest: Duration::from_secs(3600) };

fn remote_at(url: &str, contact: Backoff, refusal: Backoff) -> Remote {
    Remote::open_at_pace(&subject(), url, "m", None, Pace { contact, refusal }).unwrap_or_else(|error| panic!("{error:?}"))
}

async fn until(condition: impl Fn() -> bool) {
    let turning = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, turning).await.expect("the condition holds in the end");
}

fn script(request: &Received) -> Reaction {
    match request.path.as_str() {
        "/v2/models/m/infer" => ok(ANSWER),
        _ => ok("{}"),
    }
}

#[tokio::test]
async fn a_server_that_comes_up_later_is_found_without_a_call() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let remote = remote_at(&format!("http://{address}"), AT_ONCE, NEVER);
    // Contacts wait for each other in turn: when the last call was told, the first contact in the background has failed too.
    for _ in 0..3 {
        assert_eq!(call(&remote).await.expect_err("down").failure, Failure::Connect);
    }
    assert!(!remote.ready());
    let server = Server::start_at(address, script).await;
    until(|| remote.ready()).await;
    assert_eq!(server.received("/v2/models/m/infer").len(), 0);
    assert_eq!(call(&remote).await, Ok(expected()));
}

#[tokio::test]
async fn a_server_that_went_away_is_found_again_without_a_call() {
    let first = serving("", |_| ok(ANSWER)).await;
    let remote = remote_at(&first.url(), AT_ONCE, NEVER);
    assert!(call(&remote).await.is_ok());
    let address = first.address();
    drop(first);
    let lost = async { while call(&remote).await.expect_err("gone").failure != Failure::Connect {} };
    tokio::time::timeout(PATIENCE, lost).await.expect("a connect failure");
    assert!(!remote.ready());
    let second = Server::start_at(address, script).await;
    until(|| remote.ready()).await;
    assert_eq!(second.received("/v2/models/m/infer").len(), 0);
    assert_eq!(call(&remote).await, Ok(expected()));
}

#[tokio::test]
async fn a_model_that_loads_slowly_is_found_ready_without_a_call() {
    let loaded = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&loaded);
    let server = Server::start(move |request| match request.path.as_str() {
        "/v2/models/m/ready" if !seen.load(Ordering::SeqCst) => refusal("400 Bad Request"),
        _ => script(request),
    })
    .await;
    let remote = remote_at(&server.url(), AT_ONCE, AT_ONCE);
    until(|| server.received("/v2/models/m/ready").len() >= 3).await;
    assert!(!remote.ready());
    loaded.store(true, Ordering::SeqCst);
    until(|| remote.ready()).await;
}

#[tokio::test]
async fn nobody_asks_for_a_backend_that_is_gone() {
    let server = Server::start(|_| refusal("400 Bad Request")).await;
    let remote = remote_at(&server.url(), AT_ONCE, AT_ONCE);
    until(|| server.received("/v2/models/m/ready").len() >= 3).await;
    assert!(server.connections_open() > 0);
    drop(remote);
    until(|| server.connections_open() == 0).await;
}

#[tokio::test]
async fn a_server_that_refuses_calls_is_not_asked_with_every_call() {
    for line in ["401 Unauthorized", "403 Forbidden", "404 Not Found", "405 Method Not Allowed"] {
        let server = serving("", move |_| refusal(line)).await;
        let remote = remote_at(&server.url(), AT_ONCE, NEVER);
        let first = call(&remote).await.expect_err("refused");
        assert_eq!(first.failure, Failure::Unavailable, "{line}");
        assert!(!remote.ready(), "{line}");
        for _ in 0..20 {
            assert_eq!(call(&remote).await, Err(first.clone()), "{line}");
        }
        for path in ["/v2/models/m/infer", "/v2/models/m/ready", "/v2/models/m", "/v2"] {
            assert_eq!(server.received(path).len(), 1, "{line} {path}");
        }
    }
}

#[tokio::test]
async fn a_server_that_refused_is_called_again_after_the_pause() {
    let allowed = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&allowed);
    let server = serving("", move |_| if seen.load(Ordering::SeqCst) { ok(ANSWER) } else { refusal("403 Forbidden") }).await;
    let remote = remote_at(&server.url(), AT_ONCE, AT_ONCE);
    assert_eq!(call(&remote).await.expect_err("refused").failure, Failure::Unavailable);
    allowed.store(true, Ordering::SeqCst);
    until(|| remote.ready()).await;
    assert_eq!(call(&remote).await, Ok(expected()));
}
