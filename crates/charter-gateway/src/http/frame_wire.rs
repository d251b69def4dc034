//! The socket as h2 sees it: what comes in is counted, what goes out is noted.

use super::frames::{Allowance, Frames};
use super::watch::Watch;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

pub(super) struct FrameWire {
    stream: TcpStream,
    watch: Arc<Watch>,
    frames: Frames,
    allowance: Arc<Allowance>,
    is_flooded: Arc<AtomicBool>,
    /// Whether h2 has this socket already.
    has_begun: bool,
}

impl FrameWire {
    /// Sets `is_flooded` when the peer sent more control frames than it may.
    pub(super) fn new(stream: TcpStream, watch: Arc<Watch>, allowance: Arc<Allowance>, is_flooded: Arc<AtomicBool>) -> Self {
        Self { stream, watch, frames: Frames::default(), allowance, is_flooded, has_begun: false }
    }
}

impl AsyncRead for FrameWire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        self.has_begun = true;
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if self.watch.awaits_head() {
            self.watch.begin_head();
        }
        let Self { watch, frames, allowance, is_flooded, .. } = &mut *self;
        let fresh = buffer.filled().get(before..).unwrap_or_default();
        if frames.feed(fresh, allowance, watch.now_ms()) {
            Poll::Ready(Ok(()))
        } else {
            is_flooded.store(true, Ordering::Relaxed);
            Poll::Ready(Err(Error::new(ErrorKind::InvalidData, "more control frames than the peer may send")))
        }
    }
}

impl AsyncWrite for FrameWire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.watch.wrote();
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, slices))?;
        self.watch.wrote();
        Poll::Ready(Ok(written))
    }

    /// h2 asks once before it begins, to know which payloads to copy behind their head: with "no" those below 1 KiB instead of 256 bytes, and an answer
    /// whose data is copied leaves with its trailers in one write. Longer payloads are still written from where they lie.
    fn is_write_vectored(&self) -> bool {
        self.has_begun && self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
