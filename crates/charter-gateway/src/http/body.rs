//! A request's body: whole, bounded, and in one piece.
//!
//! Work for each chunk is constant: bytes are copied once into a buffer that grows with what came, never with what was announced. What a
//! large body takes of the memory for bodies is given back with its request's end, not with its last byte.

use super::traffic::Traffic;
use super::watch::Watch;
use crate::errors::{Code, Refusal};
use bytes::Bytes;
use http_body::Body;
use hyper::body::Incoming;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;

/// Bodies in several pieces may hold this many times the largest body in memory, all together.
const HELD_BODIES_MAX: u64 = 32;

/// A whole body, and its share of the memory for bodies.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) bytes: Bytes,
    /// `None` for a body that came in one piece: it lies in the connection's own buffer.
    pub(crate) held: Option<Held>,
}

/// Reads the whole body.
///
/// # Errors
/// Too large, too slow, too many at once, or cut off.
pub(super) async fn collect(mut body: Incoming, bytes_max: u64, watch: &Watch, traffic: &Arc<Traffic>) -> Result<Collected, Refusal> {
    if body.size_hint().lower() > bytes_max {
        return Err(too_large(bytes_max));
    }
    let Some(first) = next(&mut body, watch).await? else {
        return Ok(Collected::default());
    };
    if first.len() as u64 > bytes_max {
        return Err(too_large(bytes_max));
    }
    if body.is_end_stream() {
        return Ok(Collected { bytes: first, held: None });
    }
    let mut held = Held::new(traffic);
    held.grow(first.len(), bytes_max)?;
    let mut whole = Vec::from(first);
    while let Some(piece) = next(&mut body, watch).await? {
        if (whole.len() + piece.len()) as u64 > bytes_max {
            return Err(too_large(bytes_max));
        }
        held.grow(piece.len(), bytes_max)?;
        whole.extend_from_slice(&piece);
    }
    Ok(Collected { bytes: Bytes::from(whole), held: Some(held) })
}

async fn next(body: &mut Incoming, watch: &Watch) -> Result<Option<Bytes>, Refusal> {
    loop {
        let frame = poll_fn(|context| {
            if watch.is_late() {
                return Poll::Ready(Err(Refusal::new(Code::RequestTimeout, "the body came too slowly")));
            }
            Pin::new(&mut *body).poll_frame(context).map(Ok)
        });
        match frame.await? {
            None => return Ok(None),
            // Trailers carry nothing that is used.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data()
                    && !data.is_empty()
                {
                    return Ok(Some(data));
                }
            }
            Some(Err(_)) => return Err(Refusal::new(Code::BadRequest, "the body was cut off or is not framed as its head says")),
        }
    }
}

pub(crate) fn too_large(bytes_max: u64) -> Refusal {
    Refusal::new(Code::BodyTooLarge, format!("the body is larger than {bytes_max} bytes; send fewer rows at once"))
}

/// A share of the memory for bodies, given back when dropped, also when the request is cancelled.
pub(crate) struct Held {
    traffic: Arc<Traffic>,
    bytes: u64,
}

impl Held {
    /// Nothing yet.
    pub(crate) fn new(traffic: &Arc<Traffic>) -> Self {
        Self { traffic: Arc::clone(traffic), bytes: 0 }
    }

    /// # Errors
    /// [`Code::MemoryLimit`] when all bodies together would hold more than they may.
    pub(crate) fn grow(&mut self, bytes: usize, bytes_max: u64) -> Result<(), Refusal> {
        self.bytes += bytes as u64;
        let before = self.traffic.body_bytes_held.fetch_add(bytes as u64, Ordering::Relaxed);
        if before + bytes as u64 > bytes_max.saturating_mul(HELD_BODIES_MAX) {
            return Err(Refusal::new(Code::MemoryLimit, "too many large bodies are in memory at once; try again later"));
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        Traffic::subtract(&self.traffic.body_bytes_held, self.bytes);
    }
}
