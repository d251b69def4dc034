//! Which `Host` a listener answers for: a browser that was led here by a foreign name (DNS rebinding) is refused.

use std::net::{IpAddr, SocketAddr};

/// The names that a listener answers for, without ports, in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    names: Vec<String>,
    any: bool,
}

impl Hosts {
    /// Loopback names, the listener's own address and what is configured; `*` lets every valid name in.
    pub(crate) fn new(address: SocketAddr, configured: &[String]) -> Self {
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
        if !address.ip().is_unspecified() {
            names.push(match address.ip() {
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => format!("[{ip}]"),
            });
        }
        names.extend(configured.iter().filter(|name| *name != "*").map(|name| name.to_ascii_lowercase()));
        Self { names, any: configured.iter().any(|name| name == "*") }
    }

    /// Whether a `Host` is answered; `None` when it is no valid one.
    pub(crate) fn admits(&self, host: &str) -> Option<bool> {
        let name = name(host)?;
        Some(self.any || self.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
    }
}

/// The name of a `name[:port]`, if it is one by RFC 3986, 3.2: no user information, no empty name.
fn name(host: &str) -> Option<&str> {
    let (name, port) = if host.starts_with('[') {
        let end = host.find(']')? + 1;
        host.split_at_checked(end)?
    } else {
        host.find(':').and_then(|at| host.split_at_checked(at)).unwrap_or((host, ""))
    };
    let port_is_valid = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok());
    let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let name_is_valid = match inner {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !name.is_empty()
                && name.len() <= 253
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        }
    };
    (port_is_valid && name_is_valid).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_admitted_with_any_port() {
        let hosts = Hosts::new(([10, 0, 0, 1], 80).into(), &["Shop.Example".to_owned()]);
        for good in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:80", "10.0.0.1", "shop.example:443"] {
            assert_eq!(hosts.admits(good), Some(true), "{good}");
        }
        for foreign in ["evil.example", "10.0.0.2", "localhost.evil.example", "127.0.0.1.nip.io"] {
            assert_eq!(hosts.admits(foreign), Some(false), "{foreign}");
        }
        for broken in ["", ":80", "a b", "user@localhost", "localhost:", "localhost:99999", "[::1", "localhost/x", "a:b:c", "[localhost]"] {
            assert_eq!(hosts.admits(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_star_admits_every_valid_name() {
        let hosts = Hosts::new(([0, 0, 0, 0], 80).into(), &["*".to_owned()]);
        assert_eq!(hosts.admits("anything.example"), Some(true));
        assert_eq!(hosts.admits("any thing"), None);
    }
}
