//! One HTTP/2 connection: h2 reads frames, the handler answers streams, the watch says when it is too late.
//!
//! All requests of a connection run on its own task: those that came together are begun together, what is computed in process is answered at once
//! and all answers leave in one write. What waits is kept beside, bounded by the limit on streams. Long computations leave the task by the
//! backend's own means. What a stream's path means belongs to the handler.

use super::frame_wire::FrameWire;
use super::frames::Allowance;
use super::hosts::Hosts;
pub(crate) use super::link::mix as seed_of;
use super::listener::Guest;
use super::traffic::Traffic;
use super::watch::Watch;
use bytes::Bytes;
use charter_plan::plan::Limits;
use futures_util::stream::{FuturesUnordered, Stream};
use h2::server::{Builder, Connection, SendResponse};
use h2::{Ping, PingPong, Reason, RecvStream};
use http::Request;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tokio::sync::watch::Receiver;

/// Streams that a connection may have open.
const STREAMS_MAX: u32 = 100;
/// Streams that were reset before anyone looked at them.
const PENDING_RESETS_MAX: usize = 20;
const ERROR_RESETS_MAX: usize = 200;
/// Bytes of bodies that nobody has read yet, for one stream and for all of a connection.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;
/// Bytes of names and values in a request's headers, with 32 for each (RFC 9113, 6.5.2).
const HEADER_LIST_MAX: u32 = 16 << 10;

/// A call that is under way.
pub(crate) type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What answers the streams of an HTTP/2 listener.
pub(crate) trait HandleStream: Send + Sync + 'static {
    /// Answers one stream; must not panic, as all streams of the connection would end with it.
    fn begin(self: Arc<Self>, surroundings: &Arc<Surroundings>, stream: Incoming) -> Running;
}

/// A request and the way to answer it.
pub(crate) struct Incoming {
    pub(crate) request: Request<RecvStream>,
    pub(crate) respond: SendResponse<Bytes>,
    /// Chance for this request.
    pub(crate) seed: u64,
}

/// What all streams of a connection share.
pub(crate) struct Surroundings {
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) limits: Limits,
    pub(crate) draining: Receiver<bool>,
}

/// How a connection goes on after a look at it.
enum Look {
    Open,
    Closed,
    Expired,
}

/// Serves a connection to its end.
pub(crate) async fn serve<H: HandleStream>(stream: TcpStream, handler: Arc<H>, guest: Guest) {
    let Guest { hosts, traffic, watch, limits, seed, draining } = guest;
    let allowance = Arc::new(Allowance::new(watch.now_ms()));
    let is_flooded = Arc::new(AtomicBool::new(false));
    let wire = FrameWire::new(stream, Arc::clone(&watch), Arc::clone(&allowance), Arc::clone(&is_flooded));
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEADER_LIST_MAX.min(limits.header_bytes_max))
        .max_pending_accept_reset_streams(PENDING_RESETS_MAX)
        .max_local_error_reset_streams(Some(ERROR_RESETS_MAX))
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    let mut handshake = pin!(builder.handshake::<_, Bytes>(wire));
    let shaken = poll_fn(|context| {
        let alarms = watch.alarms(context.waker());
        if alarms.expired {
            return Poll::Ready(Err(true));
        }
        match handshake.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(result.map_err(|_| false)),
            Poll::Pending if alarms.draining => Poll::Ready(Err(false)),
            Poll::Pending => Poll::Pending,
        }
    });
    let end = match shaken.await {
        Err(true) => Look::Expired,
        Err(false) => Look::Closed,
        Ok(mut connection) => {
            watch.end_request();
            let pings = connection.ping_pong();
            let surroundings = Surroundings { hosts, traffic: Arc::clone(&traffic), limits, draining };
            let mut link = Link {
                connection,
                handler,
                surroundings: Arc::new(surroundings),
                calls: FuturesUnordered::new(),
                fresh: Vec::new(),
                allowance,
                pings,
                is_pinged: false,
                seed,
                requests: 0,
            };
            poll_fn(|context| match link.look(&watch, context) {
                Look::Open => Poll::Pending,
                end => Poll::Ready(end),
            })
            .await
        }
    };
    if matches!(end, Look::Expired) || is_flooded.load(Ordering::Relaxed) {
        Traffic::add(&traffic.connections_expired, 1);
    }
}

struct Link<H> {
    connection: Connection<FrameWire, Bytes>,
    handler: Arc<H>,
    surroundings: Arc<Surroundings>,
    /// INVARIANT: no more than [`STREAMS_MAX`], which h2 enforces.
    calls: FuturesUnordered<Running>,
    /// Requests that came together; empty between looks.
    fresh: Vec<Incoming>,
    allowance: Arc<Allowance>,
    pings: Option<PingPong>,
    /// Whether the peer owes us a pong.
    is_pinged: bool,
    seed: u64,
    requests: u64,
}

impl<H: HandleStream> Link<H> {
    /// Does all that can be done now.
    fn look(&mut self, watch: &Watch, context: &mut Context<'_>) -> Look {
        if self.heed(watch, context) {
            return Look::Expired;
        }
        loop {
            // What was answered in the last round leaves here, in one write.
            loop {
                match pin!(self.connection.accept()).poll(context) {
                    Poll::Ready(Some(Ok((request, respond)))) => {
                        let seed = seed_of(self.seed, self.requests);
                        self.requests += 1;
                        self.fresh.push(Incoming { request, respond, seed });
                    }
                    Poll::Ready(Some(Err(_)) | None) => return Look::Closed,
                    Poll::Pending => break,
                }
            }
            if !self.answer(watch, context) {
                return Look::Open;
            }
        }
    }

    /// Hears alarms and pongs; true when the connection is over.
    fn heed(&mut self, watch: &Watch, context: &mut Context<'_>) -> bool {
        let alarms = watch.alarms(context.waker());
        if alarms.draining {
            self.connection.graceful_shutdown();
        }
        if alarms.expired && !self.is_alive(watch) {
            self.connection.abrupt_shutdown(Reason::NO_ERROR);
            // Says goodbye if the socket takes it now.
            let _ = pin!(self.connection.accept()).poll(context);
            return true;
        }
        if let Some(pings) = &mut self.pings
            && self.is_pinged
            && pings.poll_pong(context).is_ready()
        {
            self.is_pinged = false;
        }
        false
    }

    /// Begins what came and goes on with what waits; false when nothing was to do.
    fn answer(&mut self, watch: &Watch, context: &mut Context<'_>) -> bool {
        let has_begun = !self.fresh.is_empty();
        let mut ended = 0;
        if has_begun {
            watch.begin_request(Some(0));
        }
        for stream in self.fresh.drain(..) {
            let mut call = Arc::clone(&self.handler).begin(&self.surroundings, stream);
            match call.as_mut().poll(context) {
                Poll::Ready(()) => ended += 1,
                Poll::Pending => self.calls.push(call),
            }
        }
        while let Poll::Ready(Some(())) = Pin::new(&mut self.calls).poll_next(context) {
            ended += 1;
        }
        if ended > 0 {
            self.allowance.give(ended);
            if self.calls.is_empty() {
                watch.end_request();
            }
        }
        has_begun || ended > 0
    }

    /// Whether a connection that is overdue may stay: it has calls, whose own limits bound them, and its peer answered the last ping.
    fn is_alive(&mut self, watch: &Watch) -> bool {
        if self.calls.is_empty() || self.is_pinged {
            return false;
        }
        if let Some(pings) = &mut self.pings {
            self.is_pinged = pings.send_ping(Ping::opaque()).is_ok();
        }
        watch.begin_request(Some(0));
        true
    }
}
