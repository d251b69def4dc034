//! A gRPC client that sends what it is told, message by message and frame by frame.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "used by tests only")]

use bytes::{Bytes, BytesMut};
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Request, StatusCode};
use prost::Message;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(30);

#[allow(clippy::all, unreachable_pub, reason = "generated")]
pub(crate) mod inference {
    include!(concat!(env!("OUT_DIR"), "/inference.rs"));
}

#[allow(clippy::all, unreachable_pub, reason = "generated")]
pub(crate) mod health {
    include!(concat!(env!("OUT_DIR"), "/grpc.health.v1.rs"));
}

/// One connection.
pub(crate) struct Client {
    sender: SendRequest<Bytes>,
    address: SocketAddr,
    pub(crate) connection: JoinHandle<Result<(), h2::Error>>,
}

/// The end of a call, with every message that came before.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) http: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) trailers: HeaderMap,
    pub(crate) messages: Vec<Bytes>,
}

impl Reply {
    /// From the trailers, or from the headers when there is nothing else.
    pub(crate) fn end(&self, name: &str) -> Option<&str> {
        self.trailers.get(name).or_else(|| self.headers.get(name)).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn status(&self) -> u32 {
        self.end("grpc-status").unwrap_or_else(|| panic!("no status: {self:?}")).parse().unwrap()
    }

    pub(crate) fn code(&self) -> &str {
        self.end("charter-code").unwrap_or("")
    }

    pub(crate) fn only<M: Message + Default>(&self) -> M {
        assert_eq!((self.status(), self.messages.len()), (0, 1), "{self:?}");
        M::decode(self.messages[0].clone()).unwrap()
    }
}

/// A call whose messages go and come one by one.
pub(crate) struct Talk {
    pub(crate) out: SendStream<Bytes>,
    response: Option<ResponseFuture>,
    body: Option<RecvStream>,
    head: (StatusCode, HeaderMap),
    held: BytesMut,
}

/// A message behind its prefix.
pub(crate) fn framed(message: &[u8]) -> Bytes {
    let mut framed = vec![0];
    framed.extend_from_slice(&(message.len() as u32).to_be_bytes());
    framed.extend_from_slice(message);
    framed.into()
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let (sender, connection) = h2::client::handshake(TcpStream::connect(address).await.unwrap()).await.unwrap();
        Self { sender, address, connection: tokio::spawn(connection) }
    }

    pub(crate) fn request(&self, path: &str) -> http::request::Builder {
        let uri = format!("http://{}{path}", self.address);
        Request::post(uri).header("content-type", "application/grpc").header("te", "trailers")
    }

    /// Begins a call; nothing of its body is sent.
    pub(crate) async fn begin(&mut self, request: http::request::Builder) -> Talk {
        self.sender = self.sender.clone().ready().await.unwrap();
        let (response, out) = self.sender.send_request(request.body(()).unwrap(), false).unwrap();
        Talk { out, response: Some(response), body: None, head: Default::default(), held: BytesMut::new() }
    }

    /// A whole call with these bytes as its body.
    pub(crate) async fn raw(&mut self, request: http::request::Builder, body: impl Into<Bytes>) -> Reply {
        let mut talk = self.begin(request).await;
        talk.out.send_data(body.into(), true).unwrap();
        talk.end().await
    }

    pub(crate) async fn call(&mut self, method: &str, message: &impl Message) -> Reply {
        self.call_with(method, message, &[]).await
    }

    pub(crate) async fn call_with(&mut self, method: &str, message: &impl Message, headers: &[(&str, &str)]) -> Reply {
        let path = if method.starts_with('/') { method.to_owned() } else { format!("/inference.GRPCInferenceService/{method}") };
        let request = headers.iter().fold(self.request(&path), |request, (name, value)| request.header(*name, *value));
        self.raw(request, framed(&message.encode_to_vec())).await
    }
}

impl Talk {
    pub(crate) fn send(&mut self, message: &impl Message) {
        self.out.send_data(framed(&message.encode_to_vec()), false).unwrap();
    }

    async fn body(&mut self) -> &mut RecvStream {
        if let Some(response) = self.response.take() {
            let (head, body) = timeout(PATIENCE, response).await.expect("the server is silent").unwrap().into_parts();
            self.head = (head.status, head.headers);
            self.body = Some(body);
        }
        self.body.as_mut().unwrap()
    }

    /// The next message, or `None` at the end.
    pub(crate) async fn message(&mut self) -> Option<Bytes> {
        loop {
            if let Some(prefix) = self.held.first_chunk::<5>() {
                let end = 5 + u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]) as usize;
                if self.held.len() >= end {
                    return Some(self.held.split_to(end).freeze().slice(5..));
                }
            }
            let body = self.body().await;
            let piece = timeout(PATIENCE, body.data()).await.expect("the server is silent")?.unwrap();
            body.flow_control().release_capacity(piece.len()).unwrap();
            self.held.extend_from_slice(&piece);
        }
    }

    /// Waits for the end of the call.
    pub(crate) async fn end(mut self) -> Reply {
        let mut messages = Vec::new();
        while let Some(message) = self.message().await {
            messages.push(message);
        }
        let trailers = self.body().await.trailers().await.unwrap().unwrap_or_default();
        Reply { http: self.head.0, headers: self.head.1, trailers, messages }
    }
}
