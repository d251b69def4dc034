//! Length-prefixed messages of a stream as they come in: one flag, four bytes of length, the message.
//!
//! A message that came in one piece is not copied. What comes in several grows with what came, never with what was announced, and counts among the
//! bodies in memory until it is answered.
//!
//! Source: gRPC over HTTP/2, "Length-Prefixed-Message".

use crate::errors::{Code, Refusal};
use crate::http::body::{Held, too_large};
use crate::http::http2::Surroundings;
use bytes::{Bytes, BytesMut};
use h2::RecvStream;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

pub(super) const PREFIX_BYTES: usize = 5;

/// A message slower than this is given up after [`GRACE`], and at the latest after [`MESSAGE_TIME_MAX`].
const RATE_BYTES_PER_S_MIN: u64 = 1_000;
const GRACE: Duration = Duration::from_secs(5);
const MESSAGE_TIME_MAX: Duration = Duration::from_secs(60);

pub(super) struct Inbox {
    body: RecvStream,
    surroundings: Arc<Surroundings>,
    bytes_max: u64,
    /// What came and was not taken.
    rest: Bytes,
    /// Time that was spent waiting for the last message.
    pub(super) waited: Duration,
}

/// A whole message, and its share of the memory for bodies.
pub(super) struct Message {
    pub(super) bytes: Bytes,
    pub(super) held: Option<Held>,
}

impl Inbox {
    pub(super) fn new(body: RecvStream, surroundings: Arc<Surroundings>, bytes_max: u64) -> Self {
        Self { body, surroundings, bytes_max, rest: Bytes::new(), waited: Duration::ZERO }
    }

    /// The one message of a call.
    ///
    /// # Errors
    /// No message, more than one, or whatever [`next`](Self::next) says.
    pub(super) async fn only(&mut self) -> Result<Message, Refusal> {
        let lacking = || Refusal::new(Code::BadRequest, "the call has no message");
        let message = self.next(GRACE).await?.ok_or_else(lacking)?;
        if self.rest.is_empty() && !self.body.is_end_stream() {
            self.rest = self.piece(GRACE).await?.unwrap_or_default();
        }
        if self.rest.is_empty() { Ok(message) } else { Err(Refusal::new(Code::BadRequest, "the call has more than one message")) }
    }

    /// The next message; `None` at the end. Waits at most `patience` for it to begin.
    ///
    /// # Errors
    /// Too large, too slow, too many at once, compressed, or cut off.
    pub(super) async fn next(&mut self, patience: Duration) -> Result<Option<Message>, Refusal> {
        self.waited = Duration::ZERO;
        if self.rest.is_empty() {
            match self.piece(patience).await? {
                Some(piece) => self.rest = piece,
                None => return Ok(None),
            }
        }
        if let Some(length) = self.length(&self.rest)?
            && let Some(end) = length.checked_add(PREFIX_BYTES)
            && self.rest.len() >= end
        {
            let bytes = self.rest.split_to(end).slice(PREFIX_BYTES..);
            self.body_bytes(end);
            return Ok(Some(Message { bytes, held: None }));
        }
        self.gather().await.map(Some)
    }

    /// A message that comes in several pieces.
    async fn gather(&mut self) -> Result<Message, Refusal> {
        let began = Instant::now();
        let mut held = Held::new(&self.surroundings.traffic);
        let mut whole = BytesMut::from(std::mem::take(&mut self.rest));
        held.grow(whole.len(), self.bytes_max)?;
        loop {
            let end = self.length(&whole)?.map(|length| length.saturating_add(PREFIX_BYTES));
            if let Some(end) = end.filter(|end| whole.len() >= *end) {
                self.body_bytes(end);
                let bytes = whole.split_to(end).freeze().slice(PREFIX_BYTES..);
                self.rest = whole.freeze();
                return Ok(Message { bytes, held: Some(held) });
            }
            let piece = self.piece(GRACE).await?.ok_or_else(cut_off)?;
            let spent = began.elapsed();
            let is_slow = spent > GRACE && (whole.len() as u64) < spent.as_secs().saturating_mul(RATE_BYTES_PER_S_MIN);
            if is_slow || spent > MESSAGE_TIME_MAX {
                return Err(too_slow());
            }
            held.grow(piece.len(), self.bytes_max)?;
            whole.extend_from_slice(&piece);
        }
    }

    /// Length of the message that the bytes begin with; `None` while its prefix is not whole.
    fn length(&self, bytes: &[u8]) -> Result<Option<usize>, Refusal> {
        let Some((prefix, _)) = bytes.split_first_chunk::<PREFIX_BYTES>() else { return Ok(None) };
        let [flag, length @ ..] = *prefix;
        let length = u32::from_be_bytes(length);
        match flag {
            0 if u64::from(length) > self.bytes_max => Err(too_large(self.bytes_max)),
            0 => Ok(Some(length as usize)),
            1 => Err(Refusal::new(Code::BadEncoding, "the message is compressed; send it uncompressed")),
            _ => Err(Refusal::new(Code::BadRequest, "the flag before a message is neither 0 nor 1")),
        }
    }

    /// The next bytes that are not empty.
    async fn piece(&mut self, patience: Duration) -> Result<Option<Bytes>, Refusal> {
        loop {
            let body = &mut self.body;
            let mut data = poll_fn(|context| body.poll_data(context));
            // Most messages came with their head: no clock is asked and no timer set for them.
            let polled = futures_util::poll!(&mut data);
            let data = match polled {
                std::task::Poll::Ready(data) => data,
                std::task::Poll::Pending => {
                    let began = Instant::now();
                    let data = timeout(patience, data).await.map_err(|_| too_slow())?;
                    self.waited += began.elapsed();
                    data
                }
            };
            match data {
                None => return Ok(None),
                Some(Err(_)) => return Err(cut_off()),
                Some(Ok(piece)) => {
                    // The bytes are in our hands now; a peer that is to be slowed down is so by the limits on calls and memory.
                    let _ = self.body.flow_control().release_capacity(piece.len());
                    if !piece.is_empty() {
                        return Ok(Some(piece));
                    }
                }
            }
        }
    }

    fn body_bytes(&self, count: usize) {
        self.surroundings.traffic.body_bytes_received.add(count as u64);
    }
}

fn too_slow() -> Refusal {
    Refusal::new(Code::RequestTimeout, "the message came too slowly")
}

fn cut_off() -> Refusal {
    Refusal::new(Code::BadRequest, "the stream was cut off in a message")
}
