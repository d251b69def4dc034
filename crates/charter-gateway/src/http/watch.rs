//! Where each connection stands, and until when it may stay there.
//!
//! Connections only write a phase and a deadline; one owned task looks at all of them ten times a second and wakes those that are late. So
//! the request path sets no timer. What a late connection does belongs to `link`.

use futures_util::task::AtomicWaker;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How often late connections are looked for; deadlines are this coarse.
pub(super) const TICK: Duration = Duration::from_millis(100);
/// A body slower than this is given up after [`RATE_GRACE_MS`].
const RATE_BYTES_PER_S_MIN: u64 = 1_000;
const RATE_GRACE_MS: u64 = 5_000;
/// From the end of the head to the answer, in milliseconds: after it a body that still comes is refused, and a call that is still computed
/// has [`LAST_WORD_MS`] more before the connection is cut. No route's time-out can reach beyond it.
const REQUEST_MS_MAX: u64 = 60_000;
/// How long a client may go on sending after the last answer.
const LINGER_MS: u64 = 5_000;
/// What is left to send the refusal of a late request.
const LAST_WORD_MS: u64 = 5_000;

/// How long each phase may take, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) first_byte_ms: u64,
    pub(crate) header_ms: u64,
    pub(crate) idle_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    FirstByte,
    Head,
    /// A request's body comes in, or its answer is computed.
    Request,
    /// The answer goes out, or nothing happens.
    Rest,
    /// Nothing more goes out.
    Linger,
}

impl Phase {
    const fn from(number: u8) -> Self {
        match number {
            0 => Self::FirstByte,
            1 => Self::Head,
            2 => Self::Request,
            3 => Self::Rest,
            _ => Self::Linger,
        }
    }
}

const EXPIRED: u8 = 1;
const DRAINING: u8 = 2;

/// One connection. Written by its own task, read by the sweep.
#[derive(Debug)]
pub(super) struct Watch {
    dial: Arc<Dial>,
    patience: Patience,
    phase: AtomicU8,
    deadline_ms: AtomicU64,
    /// Whether what comes in now is a head.
    in_head: AtomicBool,
    head_is_too_large: AtomicBool,
    /// Bytes that came in since the head ended.
    after_head: AtomicU64,
    /// Bytes of the body that the head announced; `u64::MAX` when it is chunked.
    announced: AtomicU64,
    request_since_ms: AtomicU64,
    /// Whether the request came too slowly and is to be refused.
    late: AtomicBool,
    alarm: AtomicU8,
    waker: AtomicWaker,
}

/// A clock that costs one load: milliseconds since the listener began.
#[derive(Debug, Default)]
pub(super) struct Dial(AtomicU64);

impl Dial {
    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Watch {
    /// Milliseconds since the listener began, as of the last sweep.
    pub(super) fn now_ms(&self) -> u64 {
        self.dial.now()
    }

    pub(super) fn begin_head(&self) {
        if self.phase() != Phase::Head {
            self.enter(Phase::Head, self.patience.header_ms);
        }
    }

    pub(super) fn in_head(&self) -> bool {
        self.in_head.load(Ordering::Relaxed)
    }

    /// The head is over; `rest` bytes of what follows came with it.
    pub(super) fn end_head(&self, rest: usize, is_too_large: bool) {
        self.head_is_too_large.store(is_too_large, Ordering::Relaxed);
        self.in_head.store(false, Ordering::Relaxed);
        self.after_head.store(rest as u64, Ordering::Relaxed);
    }

    /// Whether the last head had more bytes than it may.
    pub(super) fn head_is_too_large(&self) -> bool {
        self.head_is_too_large.load(Ordering::Relaxed)
    }

    /// Whether the connection's first request has not begun, or a head is not whole.
    pub(super) fn awaits_head(&self) -> bool {
        matches!(self.phase(), Phase::FirstByte | Phase::Head)
    }

    pub(super) fn count_body(&self, bytes: usize) {
        // Written by the connection's own task only.
        self.after_head.store(self.after_head.load(Ordering::Relaxed) + bytes as u64, Ordering::Relaxed);
    }

    /// A request begins: its head was read and announced a body of so many bytes, `None` when it is chunked.
    pub(super) fn begin_request(&self, announced: Option<u64>) {
        self.announced.store(announced.unwrap_or(u64::MAX), Ordering::Relaxed);
        self.request_since_ms.store(self.dial.now(), Ordering::Relaxed);
        self.late.store(false, Ordering::Relaxed);
        self.enter(Phase::Request, REQUEST_MS_MAX);
    }

    /// The answer is ready. Says whether the connection can take another request.
    ///
    /// Only when exactly the announced bytes came in is it known that a head comes next; a chunked body's end, or bytes sent before the
    /// answer, would have to be parsed twice, by two parsers that may disagree.
    pub(super) fn end_request(&self) -> bool {
        self.enter(Phase::Rest, self.patience.idle_ms);
        let whole = self.after_head.load(Ordering::Relaxed) == self.announced.load(Ordering::Relaxed);
        if whole {
            self.in_head.store(true, Ordering::Relaxed);
        }
        whole
    }

    /// The last answer was sent. Says whether the client may still be sending.
    pub(super) fn begin_linger(&self) -> bool {
        let is_between_requests = self.in_head() && matches!(self.phase(), Phase::FirstByte | Phase::Rest);
        self.enter(Phase::Linger, LINGER_MS);
        !is_between_requests
    }

    /// Whether only the client's end of the connection is still open.
    pub(super) fn is_lingering(&self) -> bool {
        self.phase() == Phase::Linger
    }

    /// Bytes of an answer went out.
    pub(super) fn wrote(&self) {
        if self.phase() == Phase::Rest {
            self.deadline_ms.store(self.dial.now() + self.patience.idle_ms, Ordering::Relaxed);
        }
    }

    /// Whether the request is to be refused for coming too slowly.
    pub(super) fn is_late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }

    /// Takes the alarms since the last look and registers the task for the next one.
    pub(super) fn alarms(&self, waker: &std::task::Waker) -> Alarms {
        self.waker.register(waker);
        if self.alarm.load(Ordering::Relaxed) == 0 {
            return Alarms::default();
        }
        let alarm = self.alarm.swap(0, Ordering::AcqRel);
        Alarms { expired: alarm & EXPIRED != 0, draining: alarm & DRAINING != 0 }
    }

    /// A request that is late may be refused once; any other late connection is closed.
    pub(super) fn may_refuse(&self) -> bool {
        if self.phase() != Phase::Request || self.late.swap(true, Ordering::Relaxed) {
            return false;
        }
        self.deadline_ms.store(self.dial.now() + LAST_WORD_MS, Ordering::Relaxed);
        true
    }

    pub(super) fn ring_drain(&self) {
        self.ring(DRAINING);
    }

    fn ring(&self, alarm: u8) {
        self.alarm.fetch_or(alarm, Ordering::AcqRel);
        self.waker.wake();
    }

    fn phase(&self) -> Phase {
        Phase::from(self.phase.load(Ordering::Relaxed))
    }

    fn enter(&self, phase: Phase, patience_ms: u64) {
        self.phase.store(phase as u8, Ordering::Relaxed);
        self.deadline_ms.store(self.dial.now() + patience_ms, Ordering::Relaxed);
    }

    fn is_overdue(&self, now_ms: u64) -> bool {
        if now_ms >= self.deadline_ms.load(Ordering::Relaxed) {
            return true;
        }
        if self.phase() != Phase::Request || self.is_late() {
            return false;
        }
        let came = self.after_head.load(Ordering::Relaxed);
        let spent_ms = now_ms.saturating_sub(self.request_since_ms.load(Ordering::Relaxed));
        came < self.announced.load(Ordering::Relaxed) && spent_ms > RATE_GRACE_MS && came < (spent_ms / 1000) * RATE_BYTES_PER_S_MIN
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Alarms {
    pub(super) expired: bool,
    pub(super) draining: bool,
}

/// All connections of one listener.
#[derive(Debug)]
pub(super) struct Ward {
    dial: Arc<Dial>,
    patience: Patience,
    watches: Mutex<Vec<std::sync::Weak<Watch>>>,
    began: Instant,
}

impl Ward {
    pub(super) fn new(patience: Patience) -> Self {
        Self { dial: Arc::default(), patience, watches: Mutex::default(), began: Instant::now() }
    }

    /// Watches a new connection until it is dropped.
    pub(super) fn watch(&self) -> Arc<Watch> {
        let watch = Arc::new(Watch {
            dial: Arc::clone(&self.dial),
            patience: self.patience,
            phase: AtomicU8::new(Phase::FirstByte as u8),
            deadline_ms: AtomicU64::new(self.dial.now() + self.patience.first_byte_ms),
            in_head: AtomicBool::new(true),
            head_is_too_large: AtomicBool::new(false),
            after_head: AtomicU64::new(0),
            announced: AtomicU64::new(0),
            request_since_ms: AtomicU64::new(0),
            late: AtomicBool::new(false),
            alarm: AtomicU8::new(0),
            waker: AtomicWaker::new(),
        });
        self.watches.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&watch));
        watch
    }

    /// Looks at every connection once and forgets those that are gone. Bounded by the limit on connections.
    pub(super) fn sweep(&self) {
        let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.dial.0.store(now_ms, Ordering::Relaxed);
        self.watches.lock().unwrap_or_else(PoisonError::into_inner).retain(|watch| match watch.upgrade() {
            Some(watch) => {
                if watch.is_overdue(now_ms) {
                    watch.ring(EXPIRED);
                }
                true
            }
            None => false,
        });
    }

    pub(super) fn drain(&self) {
        for watch in self.watches.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(std::sync::Weak::upgrade) {
            watch.ring_drain();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience { first_byte_ms: 5_000, header_ms: 10_000, idle_ms: 60_000 };

    fn overdue_after(ward: &Ward, watch: &Watch, ms: u64) -> bool {
        ward.dial.0.store(ms, Ordering::Relaxed);
        watch.is_overdue(ms)
    }

    #[tokio::test]
    async fn each_phase_has_its_own_patience() {
        let ward = Ward::new(PATIENCE);
        let watch = ward.watch();
        assert!(!overdue_after(&ward, &watch, 4_999));
        assert!(overdue_after(&ward, &watch, 5_000));
        watch.begin_head();
        assert!(!overdue_after(&ward, &watch, 14_999));
        watch.begin_head();
        assert!(overdue_after(&ward, &watch, 15_000), "a head that trickles in has no longer");
        watch.end_head(0, false);
        watch.begin_request(Some(0));
        assert!(watch.end_request());
        assert!(!overdue_after(&ward, &watch, 74_999));
        assert!(overdue_after(&ward, &watch, 75_000));
    }

    #[tokio::test]
    async fn a_slow_body_is_late_and_refused_once() {
        let ward = Ward::new(PATIENCE);
        let watch = ward.watch();
        watch.begin_head();
        watch.end_head(100, false);
        watch.begin_request(Some(1 << 20));
        assert!(!overdue_after(&ward, &watch, 5_000));
        assert!(overdue_after(&ward, &watch, 6_000), "100 bytes in 6 s");
        watch.count_body(6_000);
        assert!(!overdue_after(&ward, &watch, 6_900));
        assert!(watch.may_refuse());
        assert!(!watch.may_refuse());
    }

    #[tokio::test]
    async fn a_late_request_does_not_make_the_next_one_late() {
        let ward = Ward::new(PATIENCE);
        let watch = ward.watch();
        watch.begin_request(Some(0));
        assert!(watch.may_refuse() && watch.is_late());
        assert!(watch.end_request());
        watch.begin_request(Some(0));
        assert!(!watch.is_late());
        assert!(watch.may_refuse());
    }

    #[tokio::test]
    async fn bytes_beyond_the_announced_body_end_the_connection() {
        let ward = Ward::new(PATIENCE);
        let watch = ward.watch();
        for (announced, came, keeps) in [(Some(2), 2, true), (Some(2), 3, false), (Some(2), 1, false), (None, 10, false)] {
            watch.end_head(came, false);
            watch.begin_request(announced);
            assert_eq!(watch.end_request(), keeps);
        }
    }
}
