//! `ModelStreamInfer`: one request after another, each answered in its turn.
//!
//! A request that fails is answered with its error and the stream goes on; a message that cannot be taken ends it. The next request is taken when
//! the caller has room for an answer, so a stream holds one of each.
//!
//! Source: Triton, `grpc_service.proto`, `ModelStreamInfer`.

use super::call::{Rpc, common, end, fine, head, panicked, prefix};
use super::field::{put_head, put_text};
use super::inbox::{Inbox, Message, PREFIX_BYTES};
use super::infer::Asking;
use super::status::{self, Failure};
use super::{Grpc, request, response, timeout};
use crate::errors::{Code, Refusal};
use crate::http::http2::{Surroundings, seed_of};
use bytes::Bytes;
use futures_util::FutureExt;
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::HeaderMap;
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, timeout as within};

/// Why a stream ends: its caller is done, its caller is gone, or a status.
pub(super) enum Ending {
    Done,
    Gone,
    Failed(Failure),
}

impl From<Refusal> for Ending {
    fn from(refusal: Refusal) -> Self {
        Self::Failed(refusal.into())
    }
}

/// What stays the same through a stream.
struct Exchange<'a> {
    grpc: &'a Grpc,
    surroundings: &'a Surroundings,
    headers: &'a HeaderMap,
    deadline: Option<Instant>,
    idle: Duration,
}

/// Answers a stream to its end.
pub(super) async fn run(
    grpc: &Grpc,
    headers: &HeaderMap,
    seed: u64,
    mut inbox: Inbox,
    mut respond: SendResponse<Bytes>,
    surroundings: &Surroundings,
) {
    // Without a plan's name: each request of a stream is answered by the plan of its time.
    let own = common(Rpc::StreamInfer, headers);
    let deadline = match timeout::read(headers) {
        Ok(timeout_ms) => timeout_ms.map(|ms| Instant::now() + Duration::from_millis(ms.into())),
        Err(refusal) => {
            surroundings.traffic.refuse(refusal.code);
            return end(&mut respond, &refusal.into(), own);
        }
    };
    let Ok(mut out) = respond.send_response(head(own), false) else { return };
    let idle = Duration::from_millis(surroundings.limits.idle_ms_max.into());
    let exchange = Exchange { grpc, surroundings, headers, deadline, idle };
    let mut count = 0;
    let ending = loop {
        if let Err(ending) = exchange.turn(&mut inbox, &mut out, seed_of(seed, count)).await {
            break ending;
        }
        count += 1;
    };
    match ending {
        Ending::Gone => {}
        Ending::Done => drop(out.send_trailers(fine())),
        Ending::Failed(failure) => {
            surroundings.traffic.refuse(failure.refusal.code);
            let mut trailers = HeaderMap::new();
            status::write(&mut trailers, &failure);
            let _ = out.send_trailers(trailers);
        }
    }
}

impl Exchange<'_> {
    /// One request and its answer.
    async fn turn(&self, inbox: &mut Inbox, out: &mut SendStream<Bytes>, seed: u64) -> Result<(), Ending> {
        let Some(Message { bytes, held: _held }) = self.next(inbox, out).await? else { return Err(Ending::Done) };
        let timeout_ms = match self.left() {
            Some(left) if left.is_zero() => return Err(overdue().into()),
            left => left.map(|left| u32::try_from(left.as_millis()).unwrap_or(u32::MAX).max(1)),
        };
        let id = request::outline(&bytes).map(|outline| outline.id.to_owned()).unwrap_or_default();
        let asking = Asking { headers: self.headers, timeout_ms, seed };
        let surface = self.grpc.oip.surface();
        let inferred = AssertUnwindSafe(self.grpc.infer(&surface, bytes, asking, 0)).catch_unwind();
        let inferred = unless_gone(out, inferred).await?.unwrap_or_else(|_| Err(panicked(&self.surroundings.traffic)));
        let mut framed = vec![0; PREFIX_BYTES];
        match inferred {
            Ok(inferred) => {
                put_head(&mut framed, 2, inferred.message.len());
                framed.extend_from_slice(&inferred.message);
            }
            Err(Failure { refusal, .. }) => {
                let mut inner = Vec::new();
                response::encode_failure(&mut inner, &id, refusal.code.name());
                put_text(&mut framed, 1, &refusal.message);
                put_head(&mut framed, 2, inner.len());
                framed.append(&mut inner);
            }
        }
        prefix(&mut framed);
        send(out, framed, self.idle).await
    }

    /// The next request; `None` when the caller is done.
    async fn next(&self, inbox: &mut Inbox, out: &mut SendStream<Bytes>) -> Result<Option<Message>, Ending> {
        let patience = self.left().map_or(self.idle, |left| left.min(self.idle));
        let mut draining = self.surroundings.draining.clone();
        let next = async {
            tokio::select! {
                biased;
                message = inbox.next(patience) => message,
                _ = draining.wait_for(|draining| *draining) => Err(Refusal::new(Code::Draining, "the server is shutting down")),
            }
        };
        unless_gone(out, next).await?.map_err(|refusal| {
            let is_overdue = self.left().is_some_and(|left| left.is_zero());
            if is_overdue { overdue().into() } else { refusal.into() }
        })
    }

    fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
}

fn overdue() -> Refusal {
    Refusal::new(Code::DeadlineExceeded, "the stream's deadline has passed")
}

/// Sends a message when the caller has room for a part of it; the rest waits in the stream, and the next request waits for it.
pub(super) async fn send(out: &mut SendStream<Bytes>, framed: Vec<u8>, patience: Duration) -> Result<(), Ending> {
    out.reserve_capacity(framed.len());
    if out.capacity() == 0 {
        let room = within(patience, poll_fn(|context| out.poll_capacity(context))).await;
        let slow = |_| Refusal::new(Code::RequestTimeout, "the answer was not taken in time");
        room.map_err(slow)?.ok_or(Ending::Gone)?.map_err(|_| Ending::Gone)?;
    }
    out.send_data(Bytes::from(framed), false).map_err(|_| Ending::Gone)
}

/// Goes on until the caller resets the stream.
async fn unless_gone<F: Future>(out: &mut SendStream<Bytes>, future: F) -> Result<F::Output, Ending> {
    let mut future = pin!(future);
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        let reset: Poll<Result<Reason, h2::Error>> = out.poll_reset(context);
        reset.map(|_| Err(Ending::Gone))
    })
    .await
}
