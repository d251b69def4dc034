//! One keep-alive connection: sends a prepared request, reads its answer, one at a time.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::head::{self, Chunks, Framing};

/// Room for a head, and the largest piece of a body that one read takes.
const BUFFER_BYTES: usize = 16 * 1024;
/// Longest value of a counted header that is kept.
const LABEL_BYTES_MAX: usize = 64;
/// Largest body that is kept when the caller wants it; larger ones are a protocol failure.
const KEPT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Why a request has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// No connection could be opened.
    Connect,
    /// The connection was reset or closed before the answer was whole.
    Reset,
    /// No whole answer within the timeout.
    Timeout,
    /// The answer is not HTTP/1.1, or breaks a limit of this client.
    Protocol,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Connect => "no connection could be opened",
            Self::Reset => "the connection was closed before the answer was whole",
            Self::Timeout => "no whole answer came",
            Self::Protocol => "the answer is not HTTP/1.1, or larger than this client reads",
        })
    }
}

/// The facts of a whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Bytes received, head and framing included.
    pub bytes: u64,
}

/// A connection to a server, for one request at a time.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Box<[u8]>,
    filled: usize,
    /// Armed at most once a timeout, not once a request: it is moved only when it fires too early.
    alarm: Pin<Box<Sleep>>,
    reusable: bool,
    rung: Vec<u8>,
    degraded_reason: Vec<u8>,
    plan: Vec<u8>,
}

impl Connection {
    /// Opens a connection, until `deadline` at the latest.
    pub async fn open(address: SocketAddr, deadline: Instant) -> Result<Self, Failure> {
        let stream = match tokio::time::timeout_at(deadline.into(), TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(_)) => return Err(Failure::Connect),
            Err(_) => return Err(Failure::Timeout),
        };
        stream.set_nodelay(true).map_err(|_| Failure::Connect)?;
        Ok(Self {
            stream,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            filled: 0,
            alarm: Box::pin(tokio::time::sleep_until(deadline.into())),
            reusable: true,
            rung: Vec::new(),
            degraded_reason: Vec::new(),
            plan: Vec::new(),
        })
    }

    /// Whether another request can be sent: the last answer did not end the connection, and the server has not closed it since.
    pub fn is_reusable(&self) -> bool {
        // Between requests nothing may be readable; an end of stream or stray bytes both mean a new connection. Costs no
        // system call unless the runtime has seen an event.
        self.reusable && matches!(self.stream.try_read(&mut [0; 1]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    }

    /// The `charter-rung` header of the last answer; empty if it had none.
    pub fn rung(&self) -> &[u8] {
        &self.rung
    }

    /// The `charter-degraded` header of the last answer, the reason of a step down; empty if it had none.
    pub fn degraded_reason(&self) -> &[u8] {
        &self.degraded_reason
    }

    /// The `charter-plan` header of the last answer, the begin of the plan's fingerprint; empty if it had none.
    pub fn plan(&self) -> &[u8] {
        &self.plan
    }

    /// Sends `request` and reads the whole answer; the body is dropped. After a failure the connection is spent.
    pub async fn exchange(&mut self, request: &[u8], deadline: Instant) -> Result<Answer, Failure> {
        self.exchange_with(request, deadline, |_| Ok(())).await
    }

    /// Like [`Connection::exchange`], and keeps the body (at most 256 MiB).
    pub async fn exchange_and_keep(&mut self, request: &[u8], timeout: Duration) -> Result<(Answer, Vec<u8>), Failure> {
        let mut body = Vec::new();
        let keep = |piece: &[u8]| {
            if body.len() + piece.len() > KEPT_BYTES_MAX {
                return Err(Failure::Protocol);
            }
            body.extend_from_slice(piece);
            Ok(())
        };
        let answer = self.exchange_with(request, Instant::now() + timeout, keep).await?;
        Ok((answer, body))
    }

    async fn exchange_with(
        &mut self,
        request: &[u8],
        deadline: Instant,
        sink: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<Answer, Failure> {
        self.reusable = false;
        self.rung.clear();
        self.degraded_reason.clear();
        self.plan.clear();
        self.write(request, deadline).await?;
        let (status, framing, close, head_bytes) = self.read_head(deadline).await?;
        let body_bytes = self.read_body(framing, head_bytes, deadline, sink).await?;
        self.reusable = !close;
        Ok(Answer { status, bytes: head_bytes as u64 + body_bytes })
    }

    async fn write(&mut self, request: &[u8], deadline: Instant) -> Result<(), Failure> {
        let mut sent = 0;
        while let Some(rest) = request.get(sent..).filter(|rest| !rest.is_empty()) {
            let Self { stream, alarm, .. } = self;
            let wrote = poll_fn(|context| match Pin::new(&mut *stream).poll_write(context, rest) {
                Poll::Ready(Ok(count)) => Poll::Ready(Ok(count)),
                Poll::Ready(Err(_)) => Poll::Ready(Err(Failure::Reset)),
                Poll::Pending => poll_alarm(alarm.as_mut(), deadline, context),
            });
            sent += wrote.await?;
        }
        Ok(())
    }

    /// Reads heads until one that is final (1xx answers are passed over). Leaves the head's bytes at the start of the buffer.
    async fn read_head(&mut self, deadline: Instant) -> Result<(u16, Framing, bool, usize), Failure> {
        self.filled = 0;
        loop {
            let mut seen = 0;
            let length = loop {
                if let Some(end) = head::head_end(self.buffer.get(..self.filled).unwrap_or_default(), seen) {
                    break end;
                }
                seen = self.filled;
                self.read_more(deadline, Failure::Reset).await?;
            };
            let parsed = head::parse(self.buffer.get(..self.filled).unwrap_or_default(), length).map_err(|_| Failure::Protocol)?;
            if (100..200).contains(&parsed.status) {
                self.buffer.copy_within(length..self.filled, 0);
                self.filled -= length;
                continue;
            }
            let keep = |label: &mut Vec<u8>, value: &[u8]| label.extend(value.iter().take(LABEL_BYTES_MAX));
            keep(&mut self.rung, parsed.rung);
            keep(&mut self.degraded_reason, parsed.degraded_reason);
            keep(&mut self.plan, parsed.plan);
            return Ok((parsed.status, parsed.framing, parsed.close, length));
        }
    }

    async fn read_body(
        &mut self,
        framing: Framing,
        mut start: usize,
        deadline: Instant,
        mut sink: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<u64, Failure> {
        let (mut received, mut chunks) = (0u64, Chunks::START);
        loop {
            let piece = self.buffer.get(start..self.filled).unwrap_or_default();
            let count = piece.len() as u64;
            received += count;
            let done = match framing {
                Framing::Length(length) if received > length => return Err(Failure::Protocol),
                Framing::Length(length) => {
                    sink(piece)?;
                    received == length
                }
                Framing::UntilClose => {
                    sink(piece)?;
                    false
                }
                Framing::Chunked => {
                    let mut sunk = Ok(());
                    let (next, used) = chunks.feed(piece, |data| sunk = sunk.and_then(|()| sink(data))).map_err(|_| Failure::Protocol)?;
                    sunk?;
                    chunks = next;
                    if next == Chunks::Done && (used as u64) < count {
                        return Err(Failure::Protocol);
                    }
                    next == Chunks::Done
                }
            };
            if done {
                return Ok(received);
            }
            (start, self.filled) = (0, 0);
            match self.read_more(deadline, Failure::Reset).await {
                Err(Failure::Reset) if framing == Framing::UntilClose => return Ok(received),
                other => other?,
            }
        }
    }

    /// One read into the free part of the buffer; the end of the stream is `closed`.
    async fn read_more(&mut self, deadline: Instant, closed: Failure) -> Result<(), Failure> {
        let Self { stream, buffer, filled, alarm, .. } = self;
        let free = buffer.get_mut(*filled..).unwrap_or_default();
        if free.is_empty() {
            return Err(Failure::Protocol);
        }
        let mut room = ReadBuf::new(free);
        let count = poll_fn(|context| match Pin::new(&mut *stream).poll_read(context, &mut room) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(room.filled().len())),
            Poll::Ready(Err(_)) => Poll::Ready(Err(Failure::Reset)),
            Poll::Pending => poll_alarm(alarm.as_mut(), deadline, context),
        })
        .await?;
        *filled += count;
        if count == 0 { Err(closed) } else { Ok(()) }
    }
}

/// Pending until `deadline`, then the timeout. The alarm may stand earlier than the deadline, from a request before.
fn poll_alarm<T>(mut alarm: Pin<&mut Sleep>, deadline: Instant, context: &mut Context<'_>) -> Poll<Result<T, Failure>> {
    if alarm.deadline().into_std() > deadline {
        alarm.as_mut().reset(deadline.into());
    }
    while alarm.as_mut().poll(context).is_ready() {
        if Instant::now() >= deadline {
            return Poll::Ready(Err(Failure::Timeout));
        }
        alarm.as_mut().reset(deadline.into());
    }
    Poll::Pending
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A server that answers each request of one connection with the next piece of a script, then closes.
    async fn scripted(answers: Vec<Vec<&'static [u8]>>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            for pieces in answers {
                let _ = stream.read(&mut request).await.unwrap();
                for piece in pieces {
                    stream.write_all(piece).await.unwrap();
                    stream.flush().await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
        });
        address
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[tokio::test]
    async fn answers_of_every_framing_are_read_on_one_connection() {
        let address = scripted(vec![
            vec![b"HTTP/1.1 200 OK\r\ncontent-", b"length: 5\r\ncharter-rung: full\r\n\r\nhe", b"llo"],
            vec![
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 No\r\ncharter-degraded: overload\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab",
                b"c\r\n0\r\n\r\n",
            ],
            vec![b"HTTP/1.1 200 OK\r\n\r\nuntil ", b"close"],
        ])
        .await;
        let mut connection = Connection::open(address, soon()).await.unwrap();
        let timeout = Duration::from_secs(20);
        let (answer, body) = connection.exchange_and_keep(b"x", timeout).await.unwrap();
        assert_eq!((answer.status, body.as_slice(), connection.rung()), (200, &b"hello"[..], &b"full"[..]));
        assert!(connection.is_reusable());
        let (answer, body) = connection.exchange_and_keep(b"x", timeout).await.unwrap();
        assert_eq!((answer.status, body.as_slice()), (503, &b"abc"[..]));
        assert_eq!((connection.rung(), connection.degraded_reason()), (&b""[..], &b"overload"[..]));
        let (_, body) = connection.exchange_and_keep(b"x", timeout).await.unwrap();
        assert_eq!(body, b"until close");
        assert!(!connection.is_reusable());
    }

    #[tokio::test]
    async fn a_cut_answer_and_a_babbling_one_are_failures_of_their_kind() {
        let address = scripted(vec![vec![b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe"]]).await;
        let mut connection = Connection::open(address, soon()).await.unwrap();
        assert_eq!(connection.exchange(b"x", soon()).await, Err(Failure::Reset));
        let address = scripted(vec![vec![b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nhello"]]).await;
        let mut connection = Connection::open(address, soon()).await.unwrap();
        assert_eq!(connection.exchange(b"x", soon()).await, Err(Failure::Protocol));
        let address = scripted(vec![vec![b"220 smtp\r\n\r\n"]]).await;
        let mut connection = Connection::open(address, soon()).await.unwrap();
        assert_eq!(connection.exchange(b"x", soon()).await, Err(Failure::Protocol));
        assert!(!connection.is_reusable());
    }

    #[tokio::test]
    async fn silence_is_a_timeout_at_the_deadline_of_its_own_request() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let silent = tokio::spawn(async move { listener.accept().await });
        let mut connection = Connection::open(address, soon()).await.unwrap();
        let deadline = Instant::now() + Duration::from_millis(5);
        assert_eq!(connection.exchange(b"x", deadline).await, Err(Failure::Timeout));
        assert!(Instant::now() >= deadline);
        drop(silent);
    }

    #[tokio::test]
    async fn nobody_listening_is_a_connect_failure() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert_eq!(Connection::open(address, soon()).await.err(), Some(Failure::Connect));
    }
}
