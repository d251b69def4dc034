//! The socket as hyper sees it: what comes in is scanned and counted, what goes out is noted.

use super::scan::{Scan, Scanned};
use super::watch::Watch;
use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

pub(super) struct Wire {
    stream: TcpStream,
    watch: Arc<Watch>,
    scan: Scan,
    head_bytes_max: usize,
    /// Bytes of the head that comes in.
    head_bytes: usize,
    is_shut: bool,
}

const LINGER_READS_MAX: usize = 64;

impl Wire {
    pub(super) fn new(stream: TcpStream, watch: Arc<Watch>, head_bytes_max: usize) -> Self {
        Self { stream, watch, scan: Scan::default(), head_bytes_max, head_bytes: 0, is_shut: false }
    }

    /// Throws away what the client still sends, until it closes or the watch cuts it off: closing at once would reset the connection and
    /// may take the last answer with it.
    fn linger(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        let mut scratch = [0_u8; 8192];
        // Bounded for each poll, so that a fast sender does not keep the thread.
        for _ in 0..LINGER_READS_MAX {
            let mut buffer = ReadBuf::new(&mut scratch);
            if ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer)).is_err() || buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn heard(&mut self, fresh: &mut [u8]) {
        if !self.watch.in_head() {
            self.watch.count_body(fresh.len());
            return;
        }
        self.watch.begin_head();
        match self.scan.feed(fresh) {
            Scanned::More => self.head_bytes = self.head_bytes.saturating_add(fresh.len()),
            Scanned::End(at) => {
                // The parser's own limit depends on how the bytes come in; this one does not.
                let is_too_large = std::mem::take(&mut self.head_bytes).saturating_add(at) > self.head_bytes_max;
                self.watch.end_head(fresh.len() - at, is_too_large);
            }
            Scanned::Broken(at) => {
                // No parser of HTTP takes a NUL in a head: it answers 400 and closes, in its own words and state.
                if let Some(byte) = fresh.get_mut(at) {
                    *byte = 0;
                }
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        match buffer.filled_mut().get_mut(before..) {
            Some(fresh) if !fresh.is_empty() => self.heard(fresh),
            _ => {}
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
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

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        if !self.is_shut {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.is_shut = true;
            if !self.watch.begin_linger() {
                return Poll::Ready(Ok(()));
            }
        }
        self.linger(context)
    }
}
