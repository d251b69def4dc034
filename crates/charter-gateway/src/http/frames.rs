//! The frames of HTTP/2 as they come in, counted: what a peer may send besides requests is an allowance.
//!
//! Pings, settings, priorities and resets each make the server work and cost their sender nothing, so each takes one from the allowance; answers
//! and time give back. Frames are read by h2, which has limits of its own on header blocks, empty data and resets of streams that were not accepted.
//!
//! Source: RFC 9113, 4.1 and 10.5; CVE-2019-9512, -9515 and CVE-2023-44487.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many frames a quiet peer has saved up at most.
const ALLOWANCE_MAX: u64 = 1_000;
/// What time gives back.
const ALLOWANCE_PER_S: u64 = 10;

const PREFACE_BYTES: usize = 24;
const HEADER_BYTES: usize = 9;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;

/// Frames that were not asked for and may still come. Shared by the socket, which takes, and the connection, which gives back.
#[derive(Debug)]
pub(super) struct Allowance {
    left: AtomicU64,
    given_ms: AtomicU64,
}

impl Allowance {
    pub(super) fn new(now_ms: u64) -> Self {
        Self { left: AtomicU64::new(ALLOWANCE_MAX), given_ms: AtomicU64::new(now_ms) }
    }

    /// Gives back for answers.
    pub(super) fn give(&self, count: u64) {
        // Only the connection's own task touches it.
        self.left.store(self.left.load(Ordering::Relaxed).saturating_add(count).min(ALLOWANCE_MAX), Ordering::Relaxed);
    }

    /// Takes one; false when nothing is left.
    fn take(&self, now_ms: u64) -> bool {
        let since = now_ms.saturating_sub(self.given_ms.load(Ordering::Relaxed));
        let earned = since * ALLOWANCE_PER_S / 1_000;
        if earned > 0 {
            self.given_ms.store(now_ms, Ordering::Relaxed);
            self.give(earned);
        }
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        left > 0
    }
}

/// Where the bytes that come in stand: in the preface, in a frame's header, or in its payload.
#[derive(Debug)]
pub(super) struct Frames {
    header: [u8; HEADER_BYTES],
    /// Bytes of the header that came.
    have: usize,
    /// Bytes to pass over.
    skip: usize,
}

impl Default for Frames {
    fn default() -> Self {
        Self { header: [0; HEADER_BYTES], have: 0, skip: PREFACE_BYTES }
    }
}

impl Frames {
    /// Looks at what came; false when the peer is beyond its allowance.
    pub(super) fn feed(&mut self, mut fresh: &[u8], allowance: &Allowance, now_ms: u64) -> bool {
        while !fresh.is_empty() {
            let passed = self.skip.min(fresh.len());
            self.skip -= passed;
            fresh = fresh.get(passed..).unwrap_or_default();
            let wanted = (HEADER_BYTES - self.have).min(fresh.len());
            let (piece, rest) = fresh.split_at_checked(wanted).unwrap_or((fresh, &[]));
            if let Some(place) = self.header.get_mut(self.have..self.have + piece.len()) {
                place.copy_from_slice(piece);
            }
            self.have += piece.len();
            fresh = rest;
            if self.have == HEADER_BYTES {
                self.have = 0;
                let [high, middle, low, kind, ..] = self.header;
                self.skip = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
                if matches!(kind, PRIORITY | RST_STREAM | SETTINGS | PING) && !allowance.take(now_ms) {
                    return false;
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(kind: u8, payload: usize) -> Vec<u8> {
        let length = (payload as u32).to_be_bytes();
        [&[length[1], length[2], length[3], kind, 0, 0, 0, 0, 1], vec![kind; payload].as_slice()].concat()
    }

    #[test]
    fn a_flood_ends_and_time_and_answers_give_back() {
        let allowance = Allowance::new(0);
        let mut frames = Frames::default();
        assert!(frames.feed(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &allowance, 0));
        for _ in 0..ALLOWANCE_MAX {
            assert!(frames.feed(&frame(PING, 8), &allowance, 0));
        }
        // A connection that is beyond its allowance reads no further, so each of these begins anew behind the preface.
        let takes = |now_ms| Frames { skip: 0, ..Frames::default() }.feed(&frame(PING, 8), &allowance, now_ms);
        assert!(!takes(0));
        assert!(takes(100), "a tenth of a second gives one");
        assert!(!takes(100));
        allowance.give(2);
        assert!(takes(100) && takes(100));
        assert!(!takes(100));
    }

    proptest! {
        /// However the bytes come in, the same frames are counted; data and headers cost nothing.
        #[test]
        fn pieces_make_no_difference(sent in prop::collection::vec((0_u8..12, 0_usize..40), 0..60), piece in 1_usize..50) {
            let bytes: Vec<u8> = std::iter::repeat_n(0, PREFACE_BYTES).chain(sent.iter().flat_map(|(kind, payload)| frame(*kind, *payload))).collect();
            let allowance = Allowance::new(0);
            let mut frames = Frames::default();
            for piece in bytes.chunks(piece) {
                prop_assert!(frames.feed(piece, &allowance, 0));
            }
            let costly = sent.iter().filter(|(kind, _)| [PRIORITY, RST_STREAM, SETTINGS, PING].contains(kind)).count() as u64;
            prop_assert_eq!(allowance.left.load(Ordering::Relaxed), ALLOWANCE_MAX - costly);
        }
    }
}
