//! Many large bodies at once: alone in its file, because other tests look at the memory of their process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support {
    #[path = "../support/client.rs"]
    pub(crate) mod client;
    #[path = "../support/mod.rs"]
    pub(crate) mod server;
}

use charter_gateway::GatewayConfig;
use charter_plan::Plan;
use support::client::{Client, floats, get, infer, post};
use support::server::{Server, plan};

/// The `hangs` route, with time enough to look at what a request holds.
fn patient() -> Plan {
    let mut plan = plan();
    plan.limits.body_bytes_max = 64 << 10;
    let route = plan.routes.iter_mut().find(|route| route.name == "hangs").unwrap();
    route.timeout_ms = 2_000;
    if let charter_plan::plan::Node::Ladder { rungs } = &mut route.node {
        rungs[0].within_ms = 2_000;
    }
    plan
}

#[tokio::test]
async fn large_bodies_count_as_held_until_their_requests_are_answered() {
    let server = Server::start(patient(), GatewayConfig::default()).await;
    let body = floats(&" ".repeat(60 << 10));
    let request = post("/v2/models/hangs/infer", "", body.as_bytes());
    let mut clients = Vec::new();
    for _ in 0..40 {
        let mut client = Client::connect(server.data).await;
        client.send(&request).await.unwrap();
        clients.push(client);
    }
    let mut refused = 0;
    for client in &mut clients {
        let answer = client.receive().await.unwrap();
        if answer.status == 503 {
            assert_eq!((answer.json()["code"].as_str(), answer.header("retry-after")), (Some("memory-limit"), Some("1")));
            refused += 1;
        } else {
            assert_eq!(answer.status, 504);
        }
    }
    assert!((4..20).contains(&refused), "{refused} of 40 were refused, where 32 of the largest have room");
    let metrics = get(server.admin, "/metrics").await.text();
    assert!(metrics.contains("charter_body_bytes_held{plane=\"data\"} 0\n"), "{metrics}");
    assert_eq!(infer(server.data, "fraud", "", body.as_bytes()).await.status, 200);
}
