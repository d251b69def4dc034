//! Whether the candidate has been out of reach for so long that it says something about the candidate.
//!
//! A remote version is not ready before its first contact, after one failed connection, and while what both versions rely on is down: none of it is a
//! reason to take it back. What follows from being out of reach belongs to the machine.

/// How long the candidate has to stay out of reach.
pub(super) const UNREADY_MS: u64 = 3_000;

/// Told anew after a restart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Readiness {
    stable: bool,
    pub(super) candidate: bool,
    /// The candidate was ready in this process.
    seen: bool,
    since_ms: Option<u64>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self { stable: true, candidate: true, seen: false, since_ms: None }
    }
}

impl Readiness {
    pub(super) fn told(&mut self, [stable, candidate]: [bool; 2]) {
        (self.stable, self.candidate) = (stable, candidate);
        self.seen |= candidate;
    }

    /// Whether the candidate alone has stayed out of reach for [`UNREADY_MS`], after it was ready.
    pub(super) fn is_lost(&mut self, at_ms: u64) -> bool {
        if self.candidate || !self.stable || !self.seen {
            self.since_ms = None;
            return false;
        }
        at_ms.saturating_sub(*self.since_ms.get_or_insert(at_ms)) >= UNREADY_MS
    }
}
