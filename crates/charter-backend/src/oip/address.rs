//! The one parser of upstream addresses: `http://host[:port]`, and nothing that two parsers could read in two ways.
//!
//! INVARIANT: what is dialled is built from what was parsed here, never from the text again. Paths do not belong here: the protocol fixes them.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An upstream's host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// As it stands in an authority: IPv6 in brackets, names in lower case.
    host: String,
    port: u16,
}

impl Address {
    /// The error names the rule and the way out; it never repeats the address.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.starts_with("https://") {
            return Err("TLS to upstreams is not there yet; use `http://` inside a trusted network, or a TLS proxy beside Charter");
        }
        let rest = text.strip_prefix("http://").ok_or("an upstream's address begins with `http://`")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            return Err("an upstream's address holds no user or password; keys come from the environment");
        }
        if rest.contains(['/', '?', '#', '\\', '%']) || !rest.chars().all(|letter| letter.is_ascii_graphic()) {
            return Err("an upstream's address is `http://host:port`, without path, query or escapes");
        }
        let (host, port) = split_port(rest)?;
        Ok(Self { host: parse_host(host)?, port })
    }

    /// `host:port`.
    pub(super) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

fn split_port(rest: &str) -> Result<(&str, u16), &'static str> {
    let after_host = if rest.starts_with('[') { rest.find(']').map(|end| end + 1) } else { Some(rest.find(':').unwrap_or(rest.len())) };
    let (host, port) = after_host.and_then(|end| rest.split_at_checked(end)).ok_or("an IPv6 address stands in brackets")?;
    if port.is_empty() {
        return Ok((host, 80));
    }
    let digits =
        port.strip_prefix(':').filter(|digits| !digits.is_empty() && digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse::<u16>().ok()).filter(|&number| number != 0);
    number.map(|number| (host, number)).ok_or("a port is a number from 1 to 65535")
}

fn parse_host(host: &str) -> Result<String, &'static str> {
    if let Some(inside) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: Ipv6Addr = inside.parse().map_err(|_| "what stands in brackets is an IPv6 address")?;
        return match address.to_ipv4_mapped() {
            Some(_) => Err("an IPv4 address is written as such, not inside IPv6"),
            None => Ok(format!("[{address}]")),
        };
    }
    let label_is_plain = |label: &str| {
        let bytes = label.as_bytes();
        !bytes.is_empty()
            && bytes.len() <= 63
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && bytes.first() != Some(&b'-')
            && bytes.last() != Some(&b'-')
    };
    if host.len() > 253 || !host.split('.').all(label_is_plain) {
        return Err("a host is a DNS name, an IPv4 address or an IPv6 address in brackets");
    }
    // `127.1`, `2130706433` and `0x7f.1` are addresses to some resolvers and names to others.
    let looks_numeric = host.rsplit('.').next().is_some_and(|last| {
        last.bytes().all(|byte| byte.is_ascii_digit())
            || last.to_ascii_lowercase().strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    });
    if looks_numeric {
        let address: Ipv4Addr = host.parse().map_err(|_| "an IPv4 address is four numbers from 0 to 255")?;
        return Ok(address.to_string());
    }
    Ok(host.to_ascii_lowercase())
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http://{}:{}", self.host, self.port)
    }
}

/// A name as one segment of a path: everything but unreserved letters is escaped (RFC 3986). `None` for a name that no server can mean.
pub(super) fn segment(name: &str) -> Option<String> {
    if name.is_empty() || name == "." || name == ".." || name.len() > 256 || name.chars().any(char::is_control) {
        return None;
    }
    let mut segment = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(segment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_addresses_are_read() {
        for (text, authority) in [
            ("http://triton:8000", "triton:8000"),
            ("http://Models.Example.COM", "models.example.com:80"),
            ("http://10.0.0.7:8000/", "10.0.0.7:8000"),
            ("http://[::1]:8000", "[::1]:8000"),
            ("http://my_service.ns.svc.cluster.local:1", "my_service.ns.svc.cluster.local:1"),
        ] {
            assert_eq!(Address::parse(text).map(|address| address.authority()), Ok(authority.into()), "{text}");
        }
    }

    #[test]
    fn what_parsers_disagree_about_is_refused() {
        for text in [
            "",
            "triton:8000",
            "ftp://a",
            "https://a",
            "HTTP://a",
            "http://",
            "http:///",
            "http://a//",
            "http://user@a",
            "http://user:pass@a",
            "http://a@b:80",
            "http://a\\@b",
            "http://a/b",
            "http://a?b",
            "http://a#b",
            "http://a:0",
            "http://a:65536",
            "http://a:+80",
            "http://a: 80",
            "http://a:80:80",
            "http://a b",
            "http://a\tb",
            "http://a\n",
            "http://ä",
            "http://%31",
            "http://127.1",
            "http://2130706433",
            "http://0x7f.1",
            "http://0x7f000001",
            "http://1.2.3.4.5",
            "http://010.0.0.1",
            "http://256.0.0.1",
            "http://[::ffff:10.0.0.1]",
            "http://[::1",
            "http://::1",
            "http://[a]",
            "http://[::1]x",
            "http://a..b",
            "http://.a",
            "http://-a",
            "http://a-",
            "http:// a",
        ] {
            assert!(Address::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn https_is_refused_with_the_way_out() {
        assert!(Address::parse("https://a:1").expect_err("refused").contains("TLS proxy"));
    }

    #[test]
    fn a_name_stays_one_segment() {
        assert_eq!(segment("fraud v2/../x?y#z%").as_deref(), Some("fraud%20v2%2F..%2Fx%3Fy%23z%25"));
        for name in ["", ".", "..", "a\nb", "a\0"] {
            assert_eq!(segment(name), None, "{name:?}");
        }
    }

    proptest! {
        /// What is accepted reads the same the second time, and hyper reads the same host and port.
        #[test]
        fn an_accepted_address_means_one_thing(text in "http://[a-z0-9.:\\[\\]@_-]{1,24}/?") {
            if let Ok(address) = Address::parse(&text) {
                let again = address.to_string();
                prop_assert_eq!(Address::parse(&again), Ok(address.clone()));
                let uri: http::Uri = again.parse().expect("a URI");
                prop_assert_eq!(uri.authority().map(ToString::to_string), Some(address.authority()));
                prop_assert_eq!(uri.port_u16(), Some(address.port));
            }
        }

        #[test]
        fn a_segment_holds_nothing_that_ends_it(name in any::<String>()) {
            if let Some(segment) = segment(&name) {
                prop_assert!(segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)));
            }
        }
    }
}
