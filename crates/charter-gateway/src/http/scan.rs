//! Reads a request head byte by byte on its way to the parser, for what the parser lets through: bare line feeds, and framing headers that
//! occur twice or are too long to be a number that every party reads alike.
//!
//! Two parties that disagree on where a message ends can be made to see different requests (RFC 9112, 11.2). So: lines end with CR LF only,
//! and a head has at most one of `Content-Length` and `Transfer-Encoding`, once.

const PREFIX_MAX: usize = 18;
const LENGTH_NAME: &[u8] = b"content-length:";
/// A length of more digits may be beyond what a parser's 64 bits hold.
const LENGTH_DIGITS_MAX: usize = 19;

/// What a piece of a head showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// The head goes on.
    More,
    /// The head ends before this offset; the rest is the body.
    End(usize),
    /// The byte at this offset breaks a rule.
    Broken(usize),
}

/// The state between two pieces of one head.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The line's first bytes: enough for `transfer-encoding:`.
    prefix: [u8; PREFIX_MAX],
    /// Bytes of the line so far.
    length: usize,
    /// Digits behind the place where the value of a `Content-Length` begins.
    digits: usize,
    last: u8,
    /// Whether the request line is over.
    in_headers: bool,
    has_framing: bool,
}

impl Scan {
    /// Reads the next piece. After `End` and `Broken` the state is fresh.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Scanned {
        let mut from = 0;
        while let Some(rest) = bytes.get(from..) {
            let Some(offset) = rest.iter().position(|byte| *byte == b'\n') else {
                self.keep(rest);
                return Scanned::More;
            };
            let end = from + offset;
            self.keep(rest.get(..offset).unwrap_or_default());
            if self.last != b'\r' {
                *self = Self::default();
                return Scanned::Broken(end);
            }
            if self.length > 1 {
                let is_framing = self.in_headers && self.is_framing();
                if is_framing && (self.digits > LENGTH_DIGITS_MAX || std::mem::replace(&mut self.has_framing, true)) {
                    *self = Self::default();
                    return Scanned::Broken(end);
                }
                self.in_headers = true;
            } else if self.in_headers {
                *self = Self::default();
                return Scanned::End(end + 1);
            }
            self.length = 0;
            self.digits = 0;
            self.last = 0;
            from = end + 1;
        }
        Scanned::More
    }

    fn keep(&mut self, piece: &[u8]) {
        for (slot, byte) in self.prefix.iter_mut().skip(self.length).zip(piece) {
            *slot = *byte;
        }
        // Few lines begin like it, so the others cost no second look at their bytes.
        if matches!(self.prefix.first(), Some(b'c' | b'C')) {
            let value = piece.get(LENGTH_NAME.len().saturating_sub(self.length)..).unwrap_or_default();
            self.digits += value.iter().filter(|byte| byte.is_ascii_digit()).count();
        }
        self.length += piece.len();
        self.last = piece.last().copied().unwrap_or(self.last);
    }

    fn is_framing(&self) -> bool {
        if !matches!(self.prefix.first(), Some(b'c' | b'C' | b't' | b'T')) {
            return false;
        }
        let line = self.prefix.get(..self.length.min(PREFIX_MAX)).unwrap_or_default();
        [LENGTH_NAME, b"transfer-encoding:"].iter().any(|name| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";

    #[test]
    fn the_head_ends_at_its_empty_line() {
        assert_eq!(Scan::default().feed(PLAIN.as_bytes()), Scanned::End(PLAIN.len() - 2));
    }

    #[test]
    fn bare_line_feeds_and_double_framing_are_broken() {
        for bad in [
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "\nGET / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nTRANSFER-ENCODING: chunked\r\n\r\n",
        ] {
            assert!(matches!(Scan::default().feed(bad.as_bytes()), Scanned::Broken(_)), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_show_the_same(cut in 1_usize..40) {
            let mut scan = Scan::default();
            let mut at = 0;
            let mut end = None;
            for piece in PLAIN.as_bytes().chunks(cut) {
                match scan.feed(piece) {
                    Scanned::More => at += piece.len(),
                    Scanned::End(offset) => { end = Some(at + offset); break; }
                    Scanned::Broken(_) => prop_assert!(false),
                }
            }
            prop_assert_eq!(end, Some(PLAIN.len() - 2));
        }

        #[test]
        fn digits_of_a_length_are_counted_across_pieces(digits in 1_usize..40, cut in 1_usize..40) {
            let text = format!("POST / HTTP/1.1\r\nContent-Type: 12345678901234567890\r\ncontent-length:\t{}\r\n\r\n", "9".repeat(digits));
            let mut scan = Scan::default();
            let broken = text.as_bytes().chunks(cut).any(|piece| matches!(scan.feed(piece), Scanned::Broken(_)));
            prop_assert_eq!(broken, digits > 19);
        }

        #[test]
        fn double_framing_is_found_across_pieces(cut in 1_usize..40) {
            let text = "POST / HTTP/1.1\r\nContent-Length: 2\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n";
            let mut scan = Scan::default();
            let broken = text.as_bytes().chunks(cut).any(|piece| matches!(scan.feed(piece), Scanned::Broken(_)));
            prop_assert!(broken);
        }
    }
}
