//! Few file descriptors: alone in its file, because the limit is the whole process's.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support {
    #[path = "../support/client.rs"]
    pub(crate) mod client;
    #[path = "../support/mod.rs"]
    pub(crate) mod server;
}

use charter_gateway::GatewayConfig;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use support::client::{Client, get};
use support::server::{Server, plan};

/// Both ends of each connection are in this process.
const FILES_SOFT: u64 = 60;
const FILES_HARD: u64 = 200;

#[tokio::test]
async fn connections_leave_files_for_the_admin_side() {
    setrlimit(Resource::Nofile, Rlimit { current: Some(FILES_SOFT), maximum: Some(FILES_HARD) }).unwrap();
    let config = GatewayConfig { connections_per_peer_max: Some(10_000), ..GatewayConfig::default() };
    let server = Server::start(plan(), config).await;
    assert_eq!(getrlimit(Resource::Nofile).current, Some(FILES_HARD), "the soft limit is raised as far as it may be");
    let mut clients = Vec::new();
    let mut refused = 0;
    for _ in 0..80 {
        let mut client = Client::connect(server.data).await;
        let _ = client.send(b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        match client.receive().await {
            Some(answer) => {
                assert_eq!(answer.status, 200);
                clients.push(client);
            }
            None => refused += 1,
        }
    }
    assert_eq!((clients.len(), refused), (72, 8), "128 of 200 files are kept");
    assert_eq!(get(server.admin, "/livez").await.status, 200);
}
