//! A version of a model that misbehaves on another server: a proxy before a good one, so that what it does not spoil is right.
//!
//! It understands as much HTTP/1.1 as the gateway's client speaks: one request after another on a connection, bodies with a length.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the version does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Manner {
    Good,
    /// Every so manieth answer is a plausible but wrong number.
    Wrong {
        every: u64,
    },
    /// Every so manieth call is a 500.
    Errors {
        every: u64,
    },
    /// Every answer comes this much later.
    Slow {
        by: Duration,
    },
}

/// The proxy; its thread ends with the process.
pub(crate) struct Upstream {
    pub(crate) address: String,
    shared: Arc<Shared>,
}

struct Shared {
    target: Mutex<String>,
    manner: Mutex<Manner>,
    calls: AtomicU64,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let shared = Arc::new(Shared { target: Mutex::default(), manner: Mutex::new(Manner::Good), calls: AtomicU64::new(0) });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Self { address, shared }
    }

    /// Where the good answers come from.
    pub(crate) fn stand_before(&self, target: &str) {
        *self.shared.target.lock().expect("not poisoned") = target.to_owned();
    }

    /// Inferences that it was asked for.
    pub(crate) fn calls(&self) -> u64 {
        self.shared.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().expect("not poisoned") = manner;
    }
}

impl Shared {
    /// Answers request after request; a broken connection ends it.
    fn serve(&self, stream: TcpStream) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut writer = stream;
        let mut onward: Option<(String, BufReader<TcpStream>)> = None;
        loop {
            let (head, body) = message(&mut reader)?;
            let target = self.target.lock().expect("not poisoned").clone();
            if onward.as_ref().is_none_or(|(address, _)| *address != target) {
                let stream = TcpStream::connect(&target).ok()?;
                stream.set_nodelay(true).ok()?;
                onward = Some((target.clone(), BufReader::new(stream)));
            }
            let (_, upstream) = onward.as_mut()?;
            // The version's own deadline would leave a ladder's first rung no time beside what it keeps for those below.
            let kept: Vec<&str> = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("x-deadline-ms")).collect();
            let mut request = kept.join("\r\n").into_bytes();
            request.extend_from_slice(b"\r\n");
            request.extend_from_slice(&body);
            upstream.get_mut().write_all(&request).ok()?;
            let (status, body) = message(upstream)?;
            writer.write_all(&self.spoil(&request, &status, body)).ok()?;
        }
    }

    /// The answer that goes back.
    fn spoil(&self, request: &[u8], head: &str, body: Vec<u8>) -> Vec<u8> {
        let status = head.lines().next().unwrap_or_default().to_owned();
        let request = String::from_utf8_lossy(request.get(..200.min(request.len())).unwrap_or_default()).into_owned();
        if !request.contains("/infer ") {
            // Without the binary extension every number travels as JSON, where it can be spoilt.
            let text = String::from_utf8_lossy(&body).replace("binary_tensor_data", "none");
            return answer(&status, text.as_bytes());
        }
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        // Copied, so that no call waits behind another one's delay.
        let manner = *self.manner.lock().expect("not poisoned");
        match manner {
            Manner::Errors { every } if call.is_multiple_of(every) => {
                answer("HTTP/1.1 500 Internal Server Error", b"{\"error\":\"as asked\"}")
            }
            Manner::Wrong { every } if call.is_multiple_of(every) => answer(&status, &wrong(&body)),
            Manner::Slow { by } => {
                // The delay is the fault itself, not a wait for something.
                std::thread::park_timeout(by);
                answer(&status, &body)
            }
            _ => answer(&status, &body),
        }
    }
}

/// The same answer with every number of its outputs one and a half times as large.
fn wrong(body: &[u8]) -> Vec<u8> {
    let mut answer: serde_json::Value = serde_json::from_slice(body).expect("JSON");
    for output in answer["outputs"].as_array_mut().into_iter().flatten() {
        for value in output["data"].as_array_mut().into_iter().flatten() {
            if let Some(number) = value.as_f64() {
                *value = serde_json::json!(number * 1.5);
            }
        }
    }
    answer.to_string().into_bytes()
}

fn answer(status: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// One message: its head as it came, and its body.
fn message(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    loop {
        let before = head.len();
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
        if head.get(before..) == Some("\r\n") {
            break;
        }
    }
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}
