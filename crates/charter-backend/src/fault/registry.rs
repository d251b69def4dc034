//! Which faults are in, and until when.
//!
//! A fault ends by itself when its lease is not renewed: whoever brought it in may die. What a fault does belongs to its neighbours.

use charter_engine::{Clock, Moment};
use charter_plan::plan::{Fault, FaultKind, Point};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Most faults at once.
const FAULTS_MAX: usize = 64;

/// A fault that is in.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveFault {
    pub id: u64,
    pub fault: Fault,
    pub until: Moment,
    /// Calls that it has touched.
    pub touched: u64,
}

/// A fault that strikes a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Struck {
    /// Whose it is: no two faults of a process share it.
    pub(super) id: u64,
    pub(super) kind: FaultKind,
    /// How it strikes: uniform, and the same for the same call and seed.
    pub(super) dice: u64,
}

/// Why a fault was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// There are as many as there may be.
    TooMany,
    /// Its share is larger than allowed here.
    ShareTooLarge,
    /// This point cannot fail in this way.
    Impossible,
}

impl fmt::Display for NotTaken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TooMany => "64 faults are in already; end one first",
            Self::ShareTooLarge => "its share is larger than the charter's `chaos.share_max`",
            Self::Impossible => "this point cannot fail in this way",
        })
    }
}

impl std::error::Error for NotTaken {}

/// All faults of a process; nothing of it is on a call's path while none is in, but one relaxed load.
#[derive(Debug, Default)]
pub struct Faults {
    any: AtomicBool,
    next: AtomicU64,
    entries: Mutex<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    id: u64,
    fault: Fault,
    until: Moment,
    lease: Duration,
    touched: Arc<AtomicU64>,
}

impl Faults {
    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        // An entry is whole or not there, whatever panicked elsewhere.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings a fault in for one lease; `share_max` is the charter's bound, parts per 10,000.
    ///
    /// # Errors
    /// [`NotTaken`], and nothing has changed.
    pub fn bring_in(&self, fault: Fault, lease: Duration, share_max: u16, clock: &dyn Clock) -> Result<u64, NotTaken> {
        if fault.share == 0 || fault.share > share_max {
            return Err(NotTaken::ShareTooLarge);
        }
        if !fault.is_possible() {
            return Err(NotTaken::Impossible);
        }
        let now = clock.now();
        let mut entries = self.entries();
        entries.retain(|entry| entry.until > now);
        if entries.len() >= FAULTS_MAX {
            return Err(NotTaken::TooMany);
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::warn!(id, ?fault, lease_s = lease.as_secs_f64(), "a fault is brought in on purpose");
        entries.push(Entry { id, fault, until: now + lease, lease, touched: Arc::default() });
        self.any.store(true, Ordering::Release);
        Ok(id)
    }

    /// Gives a fault one more lease from now; false when it has ended.
    pub fn renew(&self, id: u64, clock: &dyn Clock) -> bool {
        let now = clock.now();
        let mut entries = self.entries();
        let found = entries.iter_mut().find(|entry| entry.id == id && entry.until > now);
        found.map(|entry| entry.until = now + entry.lease).is_some()
    }

    /// Ends a fault; false when it has ended already.
    pub fn end(&self, id: u64, clock: &dyn Clock) -> bool {
        let now = clock.now();
        let mut entries = self.entries();
        let was_in = entries.iter().any(|entry| entry.id == id && entry.until > now);
        entries.retain(|entry| entry.id != id && entry.until > now);
        self.any.store(!entries.is_empty(), Ordering::Release);
        was_in
    }

    /// Ends all faults.
    pub fn clear(&self) {
        self.entries().clear();
        self.any.store(false, Ordering::Release);
    }

    /// Whether the fault of this id is in.
    pub(super) fn is_in(&self, id: u64, now: Moment) -> bool {
        self.entries().iter().any(|entry| entry.id == id && entry.until > now)
    }

    /// The faults that are in, oldest first.
    pub fn active(&self, clock: &dyn Clock) -> Vec<ActiveFault> {
        let now = clock.now();
        let shown = |entry: &Entry| ActiveFault {
            id: entry.id,
            fault: entry.fault.clone(),
            until: entry.until,
            touched: entry.touched.load(Ordering::Relaxed),
        };
        self.entries().iter().filter(|entry| entry.until > now).map(shown).collect()
    }

    /// The first fault that strikes at a point now. `dice` is uniform and belongs to the call.
    pub(super) fn strikes(&self, now: Moment, dice: u64, at: impl Fn(&Point) -> bool) -> Option<Struck> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut entries = self.entries();
        let expired = entries.iter().any(|entry| entry.until <= now);
        if expired {
            entries.retain(|entry| entry.until > now);
            self.any.store(!entries.is_empty(), Ordering::Release);
        }
        entries.iter().find_map(|entry| {
            let thrown = mix(dice ^ mix(entry.fault.seed));
            // The upper half decides whether, the rest how: two questions, two numbers.
            let strikes = at(&entry.fault.point) && ((u128::from(thrown) * 10_000) >> 64) < u128::from(entry.fault.share);
            strikes.then(|| {
                entry.touched.fetch_add(1, Ordering::Relaxed);
                Struck { id: entry.id, kind: entry.fault.kind, dice: mix(thrown) }
            })
        })
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014): spreads nearby numbers evenly.
pub(super) fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Hands(AtomicU64);

    impl Clock for Hands {
        fn now(&self) -> Moment {
            Moment(self.0.load(Ordering::Relaxed))
        }
    }

    fn fault(share: u16) -> Fault {
        Fault { point: Point::Model { label: "fraud@v2".into() }, kind: FaultKind::Error, share, seed: 7 }
    }

    fn struck(faults: &Faults, clock: &Hands, calls: u64) -> u64 {
        (0..calls).filter(|&call| faults.strikes(clock.now(), call, |_| true).is_some()).count() as u64
    }

    #[test]
    fn a_fault_ends_with_its_lease_unless_renewed() {
        let (faults, clock) = (Faults::default(), Hands(AtomicU64::new(0)));
        let minute = Duration::from_secs(60);
        let id = faults.bring_in(fault(10_000), minute, 10_000, &clock).expect("taken");
        clock.0.store(59_000_000_000, Ordering::Relaxed);
        assert_eq!(struck(&faults, &clock, 10), 10);
        assert!(faults.renew(id, &clock));
        clock.0.store(118_000_000_000, Ordering::Relaxed);
        assert_eq!(struck(&faults, &clock, 10), 10);
        clock.0.store(119_000_000_000, Ordering::Relaxed);
        assert_eq!(struck(&faults, &clock, 10), 0);
        assert!(!faults.renew(id, &clock) && !faults.end(id, &clock));
        assert!(!faults.any.load(Ordering::Relaxed), "the path is free again");
    }

    #[test]
    fn a_share_of_calls_is_struck_and_the_same_ones_every_time() {
        let (faults, clock) = (Faults::default(), Hands(AtomicU64::new(0)));
        faults.bring_in(fault(300), Duration::from_secs(60), 10_000, &clock).expect("taken");
        let first = struck(&faults, &clock, 100_000);
        assert!((2_800..3_200).contains(&first), "{first} of 100,000");
        assert_eq!(struck(&faults, &clock, 100_000), first);
        assert_eq!(faults.active(&clock)[0].touched, 2 * first);
    }

    #[test]
    fn what_the_charter_does_not_allow_is_refused() {
        let (faults, clock) = (Faults::default(), Hands(AtomicU64::new(0)));
        let lease = Duration::from_secs(60);
        assert_eq!(faults.bring_in(fault(501), lease, 500, &clock), Err(NotTaken::ShareTooLarge));
        assert_eq!(faults.bring_in(fault(0), lease, 500, &clock), Err(NotTaken::ShareTooLarge));
        let skewed = Fault { kind: FaultKind::Skew { ms: 5 }, ..fault(500) };
        assert_eq!(faults.bring_in(skewed, lease, 500, &clock), Err(NotTaken::Impossible));
        let halved = Fault { point: Point::Store, kind: FaultKind::Partial, ..fault(500) };
        assert_eq!(faults.bring_in(halved, lease, 500, &clock), Err(NotTaken::Impossible));
        for _ in 0..FAULTS_MAX {
            faults.bring_in(fault(500), lease, 500, &clock).expect("taken");
        }
        assert_eq!(faults.bring_in(fault(500), lease, 500, &clock), Err(NotTaken::TooMany));
        faults.clear();
        assert_eq!(struck(&faults, &clock, 1_000), 0);
    }
}
