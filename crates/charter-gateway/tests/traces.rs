//! Traces over OTLP: a span a call arrives at a collector, below the caller's own. One test, as telemetry is set up once a process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support {
    #[path = "../support/client.rs"]
    pub(crate) mod client;
    #[path = "../support/mod.rs"]
    pub(crate) mod server;
}

use bytes::Bytes;
use charter_gateway::{GatewayConfig, Telemetry, TelemetryConfig};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use support::client::{floats, infer};
use support::server::{Server, plan};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// A collector that takes everything: gRPC over HTTP/2, one empty message and a good status back. Gives out each export's path and
/// protobuf.
async fn collector(exports: mpsc::UnboundedSender<(String, Vec<u8>)>) -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let exports = exports.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let exports = exports.clone();
                async move {
                    let path = request.uri().path().to_owned();
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    exports.send((path, body.get(5..).unwrap_or_default().to_vec())).unwrap();
                    let trailers = HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"))]);
                    let frames = [Frame::data(Bytes::from_static(&[0; 5])), Frame::trailers(trailers)].map(Ok::<_, Infallible>);
                    Response::builder().header("content-type", "application/grpc").body(StreamBody::new(futures_util::stream::iter(frames)))
                }
            });
            tokio::spawn(http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_a_call_arrives_and_holds_no_header_or_body() {
    let (sender, mut exports) = mpsc::unbounded_channel();
    let collector = collector(sender).await;
    let config =
        TelemetryConfig { otlp_endpoint: Some(format!("http://{collector}")), filter: "off".to_owned(), ..TelemetryConfig::default() };
    let telemetry = Telemetry::start(&config).unwrap();
    let server = Server::start(plan(), GatewayConfig::default()).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let headers = format!("traceparent: 00-{trace}-b7ad6b7169203331-01\r\nauthorization: Bearer canary-secret\r\n");
    let answer = infer(server.data, "falls", &headers, floats(r#""id":"canary-body","#).as_bytes()).await;
    assert_eq!(answer.status, 200);
    let stopping = tokio::task::spawn_blocking(|| telemetry.stop());
    let (path, protobuf) = timeout(Duration::from_secs(20), exports.recv()).await.expect("no export").unwrap();
    stopping.await.unwrap();
    assert_eq!(path, "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    let trace_id: Vec<u8> = (0..16).map(|byte| u8::from_str_radix(&trace[byte * 2..byte * 2 + 2], 16).unwrap()).collect();
    let parent = [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31];
    for part in [
        &b"call"[..],
        b"route",
        b"falls",
        b"rung",
        b"fallback",
        b"mean@v3",
        b"degraded",
        b"failed",
        b"charter",
        plan().fingerprint.as_bytes(),
        &trace_id,
        &parent,
    ] {
        assert!(holds(&protobuf, part), "{}", String::from_utf8_lossy(part));
    }
    assert!(!holds(&protobuf, b"canary"));
}
