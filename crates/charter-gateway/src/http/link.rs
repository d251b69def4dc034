//! One connection: hyper reads heads, the strict rules and the handler answer, the watch says when it is too late.

use super::body::Collected;
use super::hosts::Hosts;
use super::reply::{self, Reply};
use super::traffic::Traffic;
use super::watch::Watch;
use super::wire::Wire;
use super::{Handle, Received, body, strict};
use crate::errors::{Code, Refusal};
use futures_util::FutureExt;
use http::header::CONNECTION;
use http::{HeaderValue, Request};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use tokio::net::TcpStream;

/// The least that hyper takes for its buffer.
const BUFFER_BYTES_MIN: usize = 8 << 10;

/// What a connection needs of its listener.
pub(super) struct Link<H> {
    pub(super) handler: Arc<H>,
    pub(super) hosts: Arc<Hosts>,
    pub(super) traffic: Arc<Traffic>,
    pub(super) watch: Arc<Watch>,
    /// Chance for this connection, and how many requests took from it.
    pub(super) seed: u64,
    pub(super) requests: AtomicU64,
}

/// How a connection ended.
enum End {
    Closed,
    /// Too slow.
    Expired,
    /// The parser answered by itself; it knows no more of the request than that.
    Refused(Code),
}

/// Serves a connection to its end.
pub(super) async fn serve<H: Handle>(stream: TcpStream, link: Link<H>, header_bytes_max: usize) {
    let watch = Arc::clone(&link.watch);
    let traffic = Arc::clone(&link.traffic);
    let wire = TokioIo::new(Wire::new(stream, Arc::clone(&watch), header_bytes_max));
    let link = Arc::new(link);
    let service = service_fn(move |request| {
        let link = Arc::clone(&link);
        async move { Ok::<_, Infallible>(link.answer(request).await) }
    });
    let mut builder = http1::Builder::new();
    // The watch keeps time; hyper's own timer would be set anew for every request.
    builder.header_read_timeout(None).max_buf_size(header_bytes_max.max(BUFFER_BYTES_MIN)).half_close(false);
    let mut connection = Box::pin(builder.serve_connection(wire, service));
    let end = poll_fn(|context| {
        let alarms = watch.alarms(context.waker());
        if alarms.expired && !watch.may_refuse() {
            return Poll::Ready(End::Expired);
        }
        if alarms.draining {
            connection.as_mut().graceful_shutdown();
        }
        match connection.as_mut().poll(context) {
            Poll::Ready(Err(error)) if error.is_parse_too_large() => Poll::Ready(End::Refused(Code::HeadTooLarge)),
            Poll::Ready(Err(error)) if error.is_parse() => Poll::Ready(End::Refused(Code::BadRequest)),
            Poll::Ready(_) => Poll::Ready(End::Closed),
            // What lay in the socket was read by now; a head that is not whole yet has no request that could finish.
            Poll::Pending if alarms.draining && watch.awaits_head() => Poll::Ready(End::Closed),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    match end {
        End::Expired if !watch.is_lingering() => Traffic::add(&traffic.connections_expired, 1),
        End::Refused(code) => traffic.refuse(code),
        End::Expired | End::Closed => {}
    }
}

impl<H: Handle> Link<H> {
    async fn answer(&self, request: Request<Incoming>) -> Reply {
        let (parts, body) = request.into_parts();
        self.watch.begin_request(body.size_hint().exact());
        let mut reply = match self.receive(&parts, body).await {
            Err(refusal) => {
                self.traffic.refuse(refusal.code);
                reply::refusal(&refusal)
            }
            Ok(Collected { bytes: body, held }) => {
                let seed = self.next_seed();
                let received = Received { method: parts.method, uri: parts.uri, headers: parts.headers, body, held, seed };
                match AssertUnwindSafe(self.handler.handle(received)).catch_unwind().await {
                    Ok(reply) => reply,
                    Err(_) => {
                        Traffic::add(&self.traffic.panics, 1);
                        tracing::error!("a handler panicked; the request is answered with an error and the server goes on");
                        reply::refusal(&Refusal::new(Code::Internal, "the request could not be answered"))
                    }
                }
            }
        };
        if !self.watch.end_request() {
            reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        reply
    }

    async fn receive(&self, parts: &http::request::Parts, body: Incoming) -> Result<Collected, Refusal> {
        if self.watch.head_is_too_large() {
            return Err(Refusal::new(Code::HeadTooLarge, "the request line and headers are larger than this server takes"));
        }
        strict::check(parts, &self.hosts)?;
        if body.is_end_stream() {
            return Ok(Collected::default());
        }
        let body = body::collect(body, self.handler.body_bytes_max(), &self.watch, &self.traffic).await?;
        self.traffic.body_bytes_received.add(body.bytes.len() as u64);
        Ok(body)
    }

    /// A value that no other request of this connection gets.
    fn next_seed(&self) -> u64 {
        let count = self.requests.load(Ordering::Relaxed);
        self.requests.store(count + 1, Ordering::Relaxed);
        mix(self.seed, count)
    }
}

/// The value at a position of the sequence that a seed begins (Steele et al., SplitMix64, 2014).
pub(crate) fn mix(seed: u64, count: u64) -> u64 {
    let mut mixed = seed.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
