//! The server under load, and requests to it made ready before the clock starts.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use thiserror::Error;

/// Why a target cannot be driven.
#[derive(Debug, Error)]
pub enum TargetError {
    /// Not an address of the form that is understood.
    #[error("`{0}` is no target: write `http://host:port`, with a path prefix if there is one")]
    Malformed(String),
    /// TLS is asked for.
    #[error("`{0}` asks for TLS, which the load generator does not speak: point it at the plain listener behind the TLS edge")]
    Tls(String),
    /// The host has no address.
    #[error("`{target}` cannot be resolved: {source}")]
    Unresolved {
        /// The target as written.
        target: String,
        /// What the resolver said.
        source: std::io::Error,
    },
}

/// An HTTP/1.1 server: address, authority for the `host` header, and a path prefix.
#[derive(Debug, Clone)]
pub struct Target {
    address: SocketAddr,
    authority: String,
    prefix: String,
}

impl Target {
    /// Reads `http://host[:port][/prefix]` and resolves the host once (blocking; port 80 unless given).
    pub fn parse(url: &str) -> Result<Self, TargetError> {
        if url.starts_with("https://") {
            return Err(TargetError::Tls(url.into()));
        }
        let malformed = || TargetError::Malformed(url.into());
        let rest = url.strip_prefix("http://").ok_or_else(malformed)?;
        let (authority, prefix) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let clean = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if authority.is_empty() || authority.contains(['@', '?', '#']) || !clean(authority) || !clean(prefix) {
            return Err(malformed());
        }
        let has_port = authority.rsplit(':').next().is_some_and(|port| port.len() < authority.len() && port.parse::<u16>().is_ok());
        let resolved = if has_port { authority.to_socket_addrs() } else { format!("{authority}:80").to_socket_addrs() };
        let address = resolved
            .and_then(|mut found| found.next().ok_or_else(|| std::io::Error::other("no address")))
            .map_err(|source| TargetError::Unresolved { target: url.into(), source })?;
        Ok(Self { address, authority: authority.into(), prefix: prefix.trim_end_matches('/').into() })
    }

    /// The address that connections are opened to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A POST to `path` (which starts with `/`) with extra headers, serialised once.
    pub fn post(&self, path: &str, content_type: &str, headers: &[(&str, &str)], body: &[u8]) -> PreparedRequest {
        let mut head = format!(
            "POST {}{path} HTTP/1.1\r\nhost: {}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n",
            self.prefix,
            self.authority,
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        PreparedRequest { bytes: bytes.into() }
    }

    /// A GET of `path` (which starts with `/`; empty for the prefix itself).
    pub fn get(&self, path: &str) -> PreparedRequest {
        let path = format!("{}{path}", self.prefix);
        let path = if path.is_empty() { "/" } else { &path };
        PreparedRequest { bytes: format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.authority).into_bytes().into() }
    }
}

/// A whole request as it goes on the wire. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PreparedRequest {
    bytes: Arc<[u8]>,
}

impl PreparedRequest {
    /// The bytes sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_serialised_with_host_prefix_and_length() {
        let target = Target::parse("http://127.0.0.1:9000/edge/").unwrap();
        let request = target.post("/v2/models/fraud/infer", "application/json", &[("x-a", "b")], b"{}");
        let expected = "POST /edge/v2/models/fraud/infer HTTP/1.1\r\nhost: 127.0.0.1:9000\r\ncontent-type: application/json\r\ncontent-length: 2\r\nx-a: b\r\n\r\n{}";
        assert_eq!(std::str::from_utf8(request.bytes()).unwrap(), expected);
        assert_eq!(target.address().port(), 9000);
    }

    #[test]
    fn a_target_that_cannot_be_driven_says_why() {
        assert!(matches!(Target::parse("https://127.0.0.1"), Err(TargetError::Tls(_))));
        for wrong in ["127.0.0.1:80", "http://", "http:///path", "http://a b", "http://user@127.0.0.1/"] {
            assert!(matches!(Target::parse(wrong), Err(TargetError::Malformed(_))), "{wrong}");
        }
        assert!(matches!(Target::parse("http://[::1"), Err(TargetError::Unresolved { .. })));
        assert_eq!(Target::parse("http://127.0.0.1").unwrap().address().port(), 80);
    }
}
