//! What a body takes of the process's memory: alone in its file, because other tests of a process take memory too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support {
    #[path = "../support/client.rs"]
    pub(crate) mod client;
    #[path = "../support/mod.rs"]
    pub(crate) mod server;
}

use charter_gateway::GatewayConfig;
use support::client::{Client, floats, raw};
use support::server::{Server, plan};

#[tokio::test]
async fn a_body_in_chunks_of_one_byte_is_bounded_in_work_and_memory() {
    let mut plan = plan();
    plan.limits.body_bytes_max = 2 << 20;
    let server = Server::start(plan, GatewayConfig::default()).await;
    let resident = || {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap().split(' ').nth(1).unwrap().parse::<usize>().unwrap();
        pages * 4096
    };
    let body = b"1\r\n \r\n".repeat(4 << 20);
    let before = resident();
    let mut client = Client::connect(server.data).await;
    client.send(b"POST /v2/models/fraud/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n").await.unwrap();
    // The server answers before all is sent, and takes the rest without keeping it.
    let _ = client.send(&body).await;
    assert_eq!(client.receive().await.unwrap().status, 413);
    assert!(resident().saturating_sub(before) < 16 << 20, "more than twice the limit and its buffers");
    let spaces = [b"1\r\n \r\n".repeat(100_000), format!("{:x}\r\n{}\r\n0\r\n\r\n", floats("").len(), floats("")).into_bytes()].concat();
    let head = b"POST /v2/models/fraud/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(raw(server.data, &[&head[..], &spaces].concat()).await.unwrap().status, 200);
}
