//! Rules on a request head that was parsed: one valid host that is ours, one framing, a path without tricks, no content coding.
//!
//! What the parser itself refuses, and what only raw bytes show, belongs to hyper and `scan`.

use super::hosts::Hosts;
use crate::errors::{Code, Refusal};
use http::header::{CONTENT_ENCODING, HOST, TE, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, Method};

/// # Errors
/// The first rule that is broken.
pub(super) fn check(parts: &Parts, hosts: &Hosts) -> Result<(), Refusal> {
    host(parts, hosts)?;
    framing(&parts.headers)?;
    if matches!(parts.method, Method::CONNECT | Method::TRACE) || parts.headers.contains_key(UPGRADE) {
        return Err(Refusal::new(Code::BadRequest, "tunnels, traces and upgrades are not offered"));
    }
    path(parts.uri.path())
}

fn host(parts: &Parts, hosts: &Hosts) -> Result<(), Refusal> {
    let mut all = parts.headers.get_all(HOST).iter();
    let (host, another) = (all.next(), all.next());
    if another.is_some() {
        return Err(Refusal::new(Code::BadRequest, "there is more than one `Host`"));
    }
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    let host = match host.map(|host| host.to_str()) {
        Some(Ok(host)) => host,
        Some(Err(_)) => return Err(Refusal::new(Code::BadRequest, "`Host` is not valid")),
        // RFC 9112, 3.2.
        None => return Err(Refusal::new(Code::BadRequest, "`Host` is missing")),
    };
    if authority.is_some_and(|authority| !authority.eq_ignore_ascii_case(host)) {
        return Err(Refusal::new(Code::BadRequest, "the address in the request line differs from `Host`"));
    }
    match hosts.admits(host) {
        Some(true) => Ok(()),
        Some(false) => {
            Err(Refusal::new(Code::BadHost, "this server does not answer for that `Host`; allow it where the server is started"))
        }
        None => Err(Refusal::new(Code::BadRequest, "`Host` is not valid")),
    }
}

fn framing(headers: &HeaderMap) -> Result<(), Refusal> {
    if let Some(coding) = headers.get(TRANSFER_ENCODING) {
        let single = headers.get_all(TRANSFER_ENCODING).iter().count() == 1;
        if !single || !coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
            return Err(Refusal::new(Code::BadRequest, "the only `Transfer-Encoding` is `chunked`, once"));
        }
    }
    if headers.get(TE).is_some_and(|accepted| !accepted.as_bytes().eq_ignore_ascii_case(b"trailers")) {
        return Err(Refusal::new(Code::BadRequest, "`TE` may only be `trailers`"));
    }
    match headers.get(CONTENT_ENCODING) {
        Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            Err(Refusal::new(Code::BadEncoding, "the body is compressed; send it without `Content-Encoding`"))
        }
        _ => Ok(()),
    }
}

/// A path must not decode to something that a file system, a log or another decoder reads differently.
fn path(path: &str) -> Result<(), Refusal> {
    let plain = path.bytes().all(|byte| byte != b'%' && byte != b'\\' && byte.is_ascii_graphic());
    if plain && !path.contains("/.") && !path.contains("//") {
        return Ok(());
    }
    let decoded = decode(path).ok_or_else(|| Refusal::new(Code::BadRequest, "the path is not valid percent-encoded UTF-8"))?;
    let is_tricky = decoded.split(['/', '\\']).any(|segment| segment == ".." || segment == ".")
        || decoded.chars().any(char::is_control)
        || decoded.contains("//")
        || decoded.contains('\\');
    if is_tricky {
        Err(Refusal::new(Code::BadRequest, "the path has empty, `.` or `..` segments, backslashes or control characters"))
    } else {
        Ok(())
    }
}

/// Decodes percent-encoding; `None` when it is malformed or not UTF-8.
pub(crate) fn decode(path: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (digits, tail) = rest.split_first_chunk::<2>()?;
        let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
        decoded.push(u8::try_from(high? * 16 + low?).ok()?);
        rest = tail;
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(request: http::request::Builder) -> Option<Code> {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        check(&parts, &Hosts::new(([127, 0, 0, 1], 1).into(), &[])).err().map(|refusal| refusal.code)
    }

    fn get(uri: &str) -> http::request::Builder {
        http::Request::get(uri)
    }

    #[test]
    fn one_valid_host_of_ours_is_needed() {
        assert_eq!(verdict(get("/v2").header("host", "localhost")), None);
        assert_eq!(verdict(get("/v2")), Some(Code::BadRequest));
        assert_eq!(verdict(get("/v2").header("host", "localhost").header("host", "localhost")), Some(Code::BadRequest));
        assert_eq!(verdict(get("/v2").header("host", "a b")), Some(Code::BadRequest));
        assert_eq!(verdict(get("/v2").header("host", "evil.example")), Some(Code::BadHost));
        assert_eq!(verdict(get("http://evil.example/v2").header("host", "localhost")), Some(Code::BadRequest));
        assert_eq!(verdict(get("http://localhost/v2").header("host", "localhost")), None);
    }

    #[test]
    fn codings_other_than_chunked_are_refused() {
        let host = || get("/v2").header("host", "localhost");
        assert_eq!(verdict(host().header("transfer-encoding", "chunked")), None);
        assert_eq!(verdict(host().header("transfer-encoding", "gzip, chunked")), Some(Code::BadRequest));
        assert_eq!(verdict(host().header("transfer-encoding", "chunked").header("transfer-encoding", "chunked")), Some(Code::BadRequest));
        assert_eq!(verdict(host().header("content-encoding", "gzip")), Some(Code::BadEncoding));
    }

    #[test]
    fn tricky_paths_are_refused() {
        let host = |path: &str| get(path).header("host", "localhost");
        assert_eq!(verdict(host("/v2/models/a..b")), None);
        assert_eq!(verdict(host("/v2/models/a%20b")), None);
        for bad in [
            "/v2/../x",
            "/v2/%2e%2e/x",
            "/v2/.%2E/x",
            "/v2/models/%00",
            "/v2/models/%ff",
            "/v2/models/%2",
            "/v2/models/%5c..%5cx",
            "/v2//x",
            "/v2/models/%2f%2fx",
            "/v2/./x",
        ] {
            assert_eq!(verdict(host(bad)), Some(Code::BadRequest), "{bad}");
        }
    }
}
