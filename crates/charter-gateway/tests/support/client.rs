//! A client that writes bytes as they are and reads one answer.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "used by tests only")]

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

pub(crate) struct Client {
    stream: TcpStream,
    held: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), held: Vec::new() }
    }

    /// Fails when the server closed.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// The next answer; `None` when the connection ended before a whole one.
    pub(crate) async fn receive(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(at) = self.held.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(&self.held[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> =
            lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let length: usize = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
        while self.held.len() < end + length {
            self.more().await?;
        }
        let body = self.held[end..end + length].to_vec();
        self.held.drain(..end + length);
        Some(Answer { status, headers, body })
    }

    async fn more(&mut self) -> Option<()> {
        let mut buffer = [0; 16 << 10];
        let count = timeout(Duration::from_secs(30), self.stream.read(&mut buffer)).await.expect("the server is silent").ok()?;
        self.held.extend_from_slice(&buffer[..count]);
        (count > 0).then_some(())
    }

    /// Whether the server closes, with no more bytes.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.more().await.is_none()
    }
}

/// Sends bytes on a connection of their own.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> Option<Answer> {
    let mut client = Client::connect(address).await;
    // The server may answer and close before all is sent.
    let _ = client.send(bytes).await;
    client.receive().await
}

pub(crate) fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    [format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n{headers}\r\n", body.len()).as_bytes(), body].concat()
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    raw(address, format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).await.expect("an answer")
}

pub(crate) async fn infer(address: SocketAddr, route: &str, headers: &str, body: &[u8]) -> Answer {
    raw(address, &post(&format!("/v2/models/{route}/infer"), headers, body)).await.expect("an answer")
}

/// 30 floats, as the `fraud` route wants them.
pub(crate) fn floats(rest: &str) -> String {
    let data: Vec<String> = (0..30).map(|value| format!("{}.5", value)).collect();
    format!(r#"{{{rest}"inputs":[{{"name":"input","shape":[1,30],"datatype":"FP32","data":[{}]}}]}}"#, data.join(","))
}
