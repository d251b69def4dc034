//! Reads the head and the framing of an HTTP/1.1 response: pure functions over bytes.
//!
//! Lean on purpose: the generator shares the machine with the server it measures, so each microsecond spent here is
//! taken from the figure. Sources: RFC 9112 §4 (status line), §6.3 (body length), §7.1 (chunked).

/// How the end of the body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// This many bytes.
    Length(u64),
    /// Chunks.
    Chunked,
    /// Whatever comes before the connection closes.
    UntilClose,
}

/// A parsed head. The names of fields that Charter's gateway sends are offsets into the buffer it was parsed from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head<'a> {
    pub(super) status: u16,
    /// Bytes of the head, blank line included.
    pub(super) length: usize,
    pub(super) framing: Framing,
    pub(super) close: bool,
    pub(super) rung: &'a [u8],
    pub(super) degraded_reason: &'a [u8],
    pub(super) plan: &'a [u8],
}

/// The response is not HTTP/1.1 as this client reads it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Finds the end of the head (one past the blank line), looking from `from` on; `from` is how much an earlier call has seen.
pub(super) fn head_end(bytes: &[u8], from: usize) -> Option<usize> {
    let from = from.saturating_sub(3);
    let tail = bytes.get(from..)?;
    tail.windows(4).position(|window| window == b"\r\n\r\n").map(|at| from + at + 4)
}

/// Parses a head that ends at `length` (from [`head_end`]).
pub(super) fn parse(bytes: &[u8], length: usize) -> Result<Head<'_>, Malformed> {
    let head = bytes.get(..length).ok_or(Malformed)?;
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let (status, http_10) = status_line(lines.next().ok_or(Malformed)?)?;
    let mut parsed = Head { status, length, framing: Framing::UntilClose, close: http_10, rung: b"", degraded_reason: b"", plan: b"" };
    let mut content_length = None;
    let mut chunked = false;
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        // The length of the name decides first: most fields are passed over after one comparison.
        match name.len() {
            10 if name.eq_ignore_ascii_case(b"connection") => {
                parsed.close = value.eq_ignore_ascii_case(b"close") || (http_10 && !value.eq_ignore_ascii_case(b"keep-alive"));
            }
            12 if name.eq_ignore_ascii_case(b"charter-rung") => parsed.rung = value,
            12 if name.eq_ignore_ascii_case(b"charter-plan") => parsed.plan = value,
            14 if name.eq_ignore_ascii_case(b"content-length") => content_length = Some(decimal(value)?),
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => chunked = value.to_ascii_lowercase().ends_with(b"chunked"),
            16 if name.eq_ignore_ascii_case(b"charter-degraded") => parsed.degraded_reason = value,
            _ => {}
        }
    }
    parsed.framing = match (status, chunked, content_length) {
        (100..=199 | 204 | 304, _, _) => Framing::Length(0),
        (_, true, _) => Framing::Chunked,
        (_, false, Some(length)) => Framing::Length(length),
        (_, false, None) => Framing::UntilClose,
    };
    parsed.close |= parsed.framing == Framing::UntilClose;
    Ok(parsed)
}

fn status_line(line: &[u8]) -> Result<(u16, bool), Malformed> {
    let http_10 = match line.get(..9) {
        Some(b"HTTP/1.1 ") => false,
        Some(b"HTTP/1.0 ") => true,
        _ => return Err(Malformed),
    };
    let status = decimal(line.get(9..12).ok_or(Malformed)?)?;
    if !(100..=999).contains(&status) || line.get(12).is_some_and(|byte| *byte != b' ') {
        return Err(Malformed);
    }
    Ok((status as u16, http_10))
}

fn decimal(text: &[u8]) -> Result<u64, Malformed> {
    if text.is_empty() || text.len() > 18 {
        return Err(Malformed);
    }
    text.iter().try_fold(0u64, |sum, byte| if byte.is_ascii_digit() { Ok(sum * 10 + u64::from(byte - b'0')) } else { Err(Malformed) })
}

/// Where a chunked body stands between two reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunks {
    /// In a size line: value so far, digits seen, and whether an extension has begun.
    Size { value: u64, digits: u8, extension: bool },
    /// In data: bytes that remain.
    Data(u64),
    /// Before the line end that follows the data.
    DataEnd,
    /// In the trailer section: bytes of the present line.
    Trailer(u32),
    /// After the last byte.
    Done,
}

impl Chunks {
    pub(super) const START: Self = Self::Size { value: 0, digits: 0, extension: false };

    /// Consumes bytes; content goes to `sink`. Returns the new state and how many bytes were used (all of them unless done).
    pub(super) fn feed(mut self, bytes: &[u8], mut sink: impl FnMut(&[u8])) -> Result<(Self, usize), Malformed> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if let Self::Data(remaining) = self {
                let rest = bytes.get(at..).unwrap_or_default();
                let take = usize::try_from(remaining).unwrap_or(usize::MAX).min(rest.len());
                sink(rest.get(..take).unwrap_or_default());
                at += take;
                self = if take as u64 == remaining { Self::DataEnd } else { Self::Data(remaining - take as u64) };
                continue;
            }
            at += 1;
            self = self.step(byte)?;
            if self == Self::Done {
                break;
            }
        }
        Ok((self, at))
    }

    fn step(self, byte: u8) -> Result<Self, Malformed> {
        Ok(match (self, byte) {
            (Self::Size { digits: 0, .. }, b'\n') => return Err(Malformed),
            (Self::Size { value: 0, .. }, b'\n') => Self::Trailer(0),
            (Self::Size { value, .. }, b'\n') => Self::Data(value),
            (Self::Size { value, digits, .. }, b'\r') => Self::Size { value, digits, extension: true },
            (Self::Size { value, digits, extension: true }, _) => Self::Size { value, digits, extension: true },
            (Self::Size { value, digits, extension: false }, byte) => match (byte as char).to_digit(16) {
                Some(digit) if digits < 15 => Self::Size { value: value * 16 + u64::from(digit), digits: digits + 1, extension: false },
                None if byte == b';' || byte == b' ' => Self::Size { value, digits, extension: true },
                _ => return Err(Malformed),
            },
            (Self::DataEnd, b'\r') => Self::DataEnd,
            (Self::DataEnd, b'\n') => Self::START,
            (Self::Trailer(0), b'\n') => Self::Done,
            (Self::Trailer(_), b'\n') => Self::Trailer(0),
            (Self::Trailer(seen), b'\r') => Self::Trailer(seen),
            (Self::Trailer(seen), _) if seen < 8_192 => Self::Trailer(seen + 1),
            (Self::DataEnd | Self::Trailer(_) | Self::Done | Self::Data(_), _) => return Err(Malformed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Result<Head<'_>, Malformed> {
        parse(text.as_bytes(), head_end(text.as_bytes(), 0).unwrap())
    }

    #[test]
    fn a_head_of_the_gateway_gives_status_length_and_rung() {
        let head =
            parsed("HTTP/1.1 200 OK\r\nContent-Length: 12\r\ncharter-rung: degraded\r\nCharter-Degraded:  timeout \r\n\r\nrest").unwrap();
        assert_eq!((head.status, head.framing, head.close), (200, Framing::Length(12), false));
        assert_eq!((head.rung, head.degraded_reason), (&b"degraded"[..], &b"timeout"[..]));
    }

    #[test]
    fn framing_follows_rfc_9112() {
        assert_eq!(parsed("HTTP/1.1 204 \r\n\r\n").unwrap().framing, Framing::Length(0));
        assert_eq!(
            parsed("HTTP/1.1 200\r\ntransfer-encoding: gzip, Chunked\r\ncontent-length: 3\r\n\r\n").unwrap().framing,
            Framing::Chunked
        );
        let until_close = parsed("HTTP/1.1 200 OK\r\n\r\n").unwrap();
        assert!(until_close.framing == Framing::UntilClose && until_close.close);
        assert!(parsed("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap().close);
        assert!(parsed("HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap().close);
        assert!(!parsed("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n").unwrap().close);
    }

    #[test]
    fn what_is_no_http_is_refused() {
        for text in ["SSH-2.0\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "HTTP/1.1 2000\r\n\r\n"]
        {
            assert_eq!(parsed(text), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn the_end_of_a_head_is_found_across_reads() {
        let text = b"HTTP/1.1 200 OK\r\na: b\r\n\r\nbody";
        for cut in 0..text.len() {
            let first = head_end(&text[..cut], 0);
            assert_eq!(first.or_else(|| head_end(text, cut)), Some(25), "cut at {cut}");
        }
    }

    proptest! {
        #[test]
        fn chunked_bodies_survive_any_split(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6), cuts in prop::collection::vec(1usize..30, 1..40)) {
            let mut wire = Vec::new();
            for chunk in &chunks {
                wire.extend_from_slice(format!("{:x};name=value\r\n", chunk.len()).as_bytes());
                wire.extend_from_slice(chunk);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(b"0\r\ntrailer: x\r\n\r\n");
            let (mut state, mut body, mut at, mut cut) = (Chunks::START, Vec::new(), 0, cuts.iter().cycle());
            while at < wire.len() {
                let end = (at + cut.next().unwrap()).min(wire.len());
                let (next, used) = state.feed(&wire[at..end], |data| body.extend_from_slice(data)).unwrap();
                prop_assert_eq!(used, end - at);
                state = next;
                at = end;
            }
            prop_assert_eq!(state, Chunks::Done);
            prop_assert_eq!(body, chunks.concat());
        }

        #[test]
        fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes, bytes.len());
            let _ = Chunks::START.feed(&bytes, |_| ());
        }
    }
}
