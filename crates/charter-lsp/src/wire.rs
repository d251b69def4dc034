//! Messages over a pipe: a header with a length, then JSON (Language Server Protocol 3.17, base protocol; JSON-RPC 2.0).
//!
//! What a message asks for does not belong here.

use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};

/// Most bytes of one message. The largest charter has 2 MiB; a client may send several files in one change.
pub const MESSAGE_BYTES_MAX: u64 = 64 << 20;
/// Most bytes of one line of a header.
const HEADER_LINE_BYTES_MAX: u64 = 4096;
/// Most lines of a header.
const HEADER_LINES_MAX: usize = 32;

/// What a request is refused with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: i64,
    pub message: String,
}

impl Refusal {
    pub const PARSE: i64 = -32700;
    pub const INVALID_REQUEST: i64 = -32600;
    pub const UNKNOWN_METHOD: i64 = -32601;
    pub const INVALID_PARAMS: i64 = -32602;
    pub const NOT_INITIALIZED: i64 = -32002;
    pub const CANCELLED: i64 = -32800;
    /// The request is sound and cannot be done; the message is for people.
    pub const FAILED: i64 = -32803;

    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn params(message: impl Into<String>) -> Self {
        Self::new(Self::INVALID_PARAMS, message)
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Self::FAILED, message)
    }
}

/// A message of the client.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    Request {
        id: Value,
        method: String,
        params: Value,
    },
    Notification {
        method: String,
        params: Value,
    },
    /// The answer to a request.
    Response {
        id: Value,
        result: Value,
        error: Value,
    },
    /// What came is no frame, so that nobody knows where the next one starts: nothing can come behind it.
    Unreadable {
        why: String,
    },
    /// Something that is no message; the next one may be.
    Malformed {
        /// What can be told of the request that it may have been.
        id: Value,
        refusal: Refusal,
    },
}

/// Reads the next message; `None` at the end of the input.
///
/// # Errors
/// The pipe broke, or what stands there is no frame, so that nobody knows where the next one starts.
pub fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = read_header(input)? else { return Ok(None) };
    if length > MESSAGE_BYTES_MAX {
        // The frame is whole, so what is too large can be skipped.
        io::copy(&mut input.take(length), &mut io::sink())?;
        let message = format!("a message has {length} bytes, and at most {MESSAGE_BYTES_MAX} are read");
        return Ok(Some(Incoming::Malformed { id: Value::Null, refusal: Refusal::new(Refusal::INVALID_REQUEST, message) }));
    }
    let mut body = Vec::new();
    input.take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the input ended within a message"));
    }
    Ok(Some(parse(&body)))
}

fn read_header(input: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut length = None;
    for line in 0..HEADER_LINES_MAX {
        let mut bytes = Vec::new();
        input.by_ref().take(HEADER_LINE_BYTES_MAX).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return if line == 0 { Ok(None) } else { Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the input ended within a header")) };
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end();
        if text.is_empty() {
            match length {
                Some(length) => return Ok(Some(length)),
                // Empty lines between frames harm nobody.
                None if line == 0 => continue,
                None => break,
            }
        }
        if let Some((name, value)) = text.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            let wrong = || {
                let value: String = value.trim().chars().filter(|character| !character.is_control()).take(40).collect();
                io::Error::new(io::ErrorKind::InvalidData, format!("`Content-Length: {value}` names no number of bytes"))
            };
            length = Some(value.trim().parse().map_err(|_| wrong())?);
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "a message starts with a header such as `Content-Length: 120`, and what came has none"))
}

fn parse(body: &[u8]) -> Incoming {
    let malformed = |id: Value, code, message: &str| Incoming::Malformed { id, refusal: Refusal::new(code, message) };
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return malformed(Value::Null, Refusal::PARSE, "the message is no JSON");
    };
    let id = value.get_mut("id").map(Value::take);
    if id.as_ref().is_some_and(|id| !(id.is_string() || id.is_number() || id.is_null())) {
        return malformed(Value::Null, Refusal::INVALID_REQUEST, "an id is a number or a string");
    }
    let params = value.get_mut("params").map_or(Value::Null, Value::take);
    let Some(method) = value["method"].as_str() else {
        let answers = value.get("result").is_some() || value.get("error").is_some();
        let id = id.unwrap_or(Value::Null);
        if answers {
            let mut part = |key: &str| value.get_mut(key).map_or(Value::Null, Value::take);
            return Incoming::Response { id, result: part("result"), error: part("error") };
        }
        return malformed(id, Refusal::INVALID_REQUEST, "a message has a `method`");
    };
    let method = method.to_owned();
    match id {
        Some(id) => Incoming::Request { id, method, params },
        None => Incoming::Notification { method, params },
    }
}

/// Writes one message as a frame.
///
/// # Errors
/// The pipe broke.
pub fn write(output: &mut impl Write, message: &Value) -> io::Result<()> {
    let body = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    output.flush()
}

pub(crate) fn answer(id: &Value, result: Result<Value, Refusal>) -> Value {
    match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(refusal) => json!({ "jsonrpc": "2.0", "id": id, "error": { "code": refusal.code, "message": refusal.message } }),
    }
}

pub(crate) fn notification(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

pub(crate) fn request(id: &str, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> (Vec<Incoming>, Option<io::ErrorKind>) {
        let mut input = io::Cursor::new(bytes);
        let mut messages = Vec::new();
        loop {
            match read(&mut input) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => return (messages, None),
                Err(problem) => return (messages, Some(problem.kind())),
            }
        }
    }

    fn frame(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn what_is_no_message_is_skipped_and_the_next_one_is_read() {
        let notification = r#"{"jsonrpc":"2.0","method":"exit"}"#;
        for bad in ["{", "[]", "1", r#"{"id":{}, "method":"x"}"#, r#"{"id":7}"#, ""] {
            let (messages, problem) = all(format!("{}{}", frame(bad), frame(notification)).as_bytes());
            assert_eq!(problem, None, "{bad}");
            assert!(matches!(&messages[0], Incoming::Malformed { .. }), "{bad}: {messages:?}");
            assert_eq!(messages[1], Incoming::Notification { method: "exit".into(), params: Value::Null });
        }
    }

    #[test]
    fn headers_are_read_in_any_manner() {
        let body = r#"{"id":1,"method":"m","params":{"a":1}}"#;
        let text = format!("content-length:{}\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{body}", body.len());
        assert_eq!(all(text.as_bytes()).0, [Incoming::Request { id: json!(1), method: "m".into(), params: json!({ "a": 1 }) }]);
    }

    #[test]
    fn a_frame_that_cannot_be_found_or_ends_early_is_an_error() {
        assert_eq!(all(b"hello\r\n\r\n").1, Some(io::ErrorKind::InvalidData));
        assert_eq!(all(b"Content-Length: 10\r\n\r\n{}").1, Some(io::ErrorKind::UnexpectedEof));
        assert_eq!(all(b"Content-Length: 10\r\n").1, Some(io::ErrorKind::UnexpectedEof));
        assert_eq!(all(b"Content-Length: -1\r\n\r\n").1, Some(io::ErrorKind::InvalidData));
        assert_eq!(all(b"Content-Length: 99999999999999999999\r\n\r\n{}").1, Some(io::ErrorKind::InvalidData));
        assert_eq!(all(&b"a: b\r\n".repeat(40)).1, Some(io::ErrorKind::InvalidData), "a header ends somewhere");
        assert_eq!(all(&b"a".repeat(1 << 20)).1, Some(io::ErrorKind::InvalidData), "and so does a line");
    }

    #[test]
    fn a_frame_beyond_the_limit_is_skipped() {
        let length = MESSAGE_BYTES_MAX + 1;
        let head = format!("Content-Length: {length}\r\n\r\n");
        let behind = frame(r#"{"method":"exit"}"#);
        let mut input = io::BufReader::new(head.as_bytes().chain(io::repeat(b' ').take(length)).chain(behind.as_bytes()));
        let first = read(&mut input).unwrap();
        assert!(matches!(&first, Some(Incoming::Malformed { refusal, .. }) if refusal.code == Refusal::INVALID_REQUEST), "{first:?}");
        assert_eq!(read(&mut input).unwrap(), Some(Incoming::Notification { method: "exit".into(), params: Value::Null }));
    }

    #[test]
    fn what_is_written_can_be_read() {
        let mut bytes = Vec::new();
        write(&mut bytes, &request("1", "m", json!({ "text": "ä" }))).unwrap();
        assert_eq!(all(&bytes).0, [Incoming::Request { id: json!("1"), method: "m".into(), params: json!({ "text": "ä" }) }]);
    }
}
