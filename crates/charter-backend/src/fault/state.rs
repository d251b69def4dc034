//! A store, and a wall clock, that fail as the registry says.
//!
//! The monotonic clock never fails: no machine's does, and deadlines rest on it.

use super::delay::draw;
use super::registry::{Faults, mix};
use charter_engine::store::{Document, Record, Store, StoreError, Stored};
use charter_engine::{Clock, Moment};
use charter_plan::plan::{Fault, FaultKind, Point};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often an operation that hangs looks whether its fault is out.
const LOOK: Duration = Duration::from_millis(50);

/// Whether the store or the clock can fail in this way.
pub(super) fn is_possible(fault: &Fault) -> bool {
    match fault.point {
        Point::Store => matches!(fault.kind, FaultKind::Delay { .. } | FaultKind::Error | FaultKind::Refuse | FaultKind::Hang),
        Point::Clock => matches!(fault.kind, FaultKind::Skew { .. }),
        Point::Model { .. } | Point::Provider { .. } => false,
    }
}

/// A store whose answers come late, not before its fault is out, or not at all.
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    faults: Arc<Faults>,
    clock: Arc<dyn Clock>,
    /// Each operation throws its own dice.
    operations: AtomicU64,
}

impl FaultyStore {
    pub fn new(inner: Arc<dyn Store>, faults: Arc<Faults>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, faults, clock, operations: AtomicU64::new(0) }
    }

    /// Passes when the operation may go on.
    async fn pass(&self) -> Result<(), StoreError> {
        let dice = mix(self.operations.fetch_add(1, Ordering::Relaxed));
        let struck = self.faults.strikes(self.clock.now(), dice, |point| *point == Point::Store);
        match struck {
            None => Ok(()),
            Some((Fault { kind: FaultKind::Delay { delay }, .. }, dice)) => {
                tokio::time::sleep(draw(delay, dice)).await;
                Ok(())
            }
            Some((fault @ Fault { kind: FaultKind::Hang, .. }, _)) => {
                // Whoever waits for the store has no deadline: without an end it would wait long after the fault.
                while self.faults.active(self.clock.as_ref()).iter().any(|active| active.fault == fault) {
                    tokio::time::sleep(LOOK).await;
                }
                Err(StoreError::Unavailable("a fault on purpose: no answer while it was in".to_owned()))
            }
            Some(_) => Err(StoreError::Unavailable("a fault on purpose".to_owned())),
        }
    }
}

impl Store for FaultyStore {
    fn get<'a>(&'a self, key: &'a str) -> Stored<'a, Option<Document>> {
        Box::pin(async move {
            self.pass().await?;
            self.inner.get(key).await
        })
    }

    fn put<'a>(&'a self, key: &'a str, bytes: &'a [u8], over: u64) -> Stored<'a, u64> {
        Box::pin(async move {
            self.pass().await?;
            self.inner.put(key, bytes, over).await
        })
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Stored<'a, Vec<String>> {
        Box::pin(async move {
            self.pass().await?;
            self.inner.keys(prefix).await
        })
    }

    fn append<'a>(&'a self, log: &'a str, records: &'a [Vec<u8>]) -> Stored<'a, u64> {
        Box::pin(async move {
            self.pass().await?;
            self.inner.append(log, records).await
        })
    }

    fn read<'a>(&'a self, log: &'a str, after: u64, limit: usize) -> Stored<'a, Vec<Record>> {
        Box::pin(async move {
            self.pass().await?;
            self.inner.read(log, after, limit).await
        })
    }
}

/// A clock whose wall time is off while a fault is in.
pub struct SkewedClock {
    inner: Arc<dyn Clock>,
    faults: Arc<Faults>,
}

impl SkewedClock {
    pub fn new(inner: Arc<dyn Clock>, faults: Arc<Faults>) -> Self {
        Self { inner, faults }
    }
}

impl Clock for SkewedClock {
    fn now(&self) -> Moment {
        self.inner.now()
    }

    fn unix_ms(&self) -> u64 {
        let right = self.inner.unix_ms();
        match self.faults.strikes(self.inner.now(), right, |point| *point == Point::Clock) {
            Some((Fault { kind: FaultKind::Skew { ms }, .. }, _)) => right.saturating_add_signed(ms),
            _ => right,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_engine::SystemClock;

    /// Remembers nothing and refuses nothing.
    struct Empty;

    impl Store for Empty {
        fn get<'a>(&'a self, _: &'a str) -> Stored<'a, Option<Document>> {
            Box::pin(async { Ok(None) })
        }
        fn put<'a>(&'a self, _: &'a str, _: &'a [u8], over: u64) -> Stored<'a, u64> {
            Box::pin(async move { Ok(over + 1) })
        }
        fn keys<'a>(&'a self, _: &'a str) -> Stored<'a, Vec<String>> {
            Box::pin(async { Ok(Vec::new()) })
        }
        fn append<'a>(&'a self, _: &'a str, _: &'a [Vec<u8>]) -> Stored<'a, u64> {
            Box::pin(async { Ok(1) })
        }
        fn read<'a>(&'a self, _: &'a str, _: u64, _: usize) -> Stored<'a, Vec<Record>> {
            Box::pin(async { Ok(Vec::new()) })
        }
    }

    #[tokio::test]
    async fn a_store_fails_while_the_fault_is_in_and_not_after() {
        let (faults, clock) = (Arc::new(Faults::default()), Arc::new(SystemClock::new()));
        let store = FaultyStore::new(Arc::new(Empty), Arc::clone(&faults), clock.clone());
        let fault = Fault { point: Point::Store, kind: FaultKind::Error, share: 10_000, seed: 3 };
        let id = faults.bring_in(fault, Duration::from_secs(60), 10_000, clock.as_ref()).expect("taken");
        assert!(matches!(store.put("key", b"", 0).await, Err(StoreError::Unavailable(_))));
        assert!(faults.end(id, clock.as_ref()));
        assert_eq!(store.put("key", b"", 0).await, Ok(1));
    }

    #[tokio::test]
    async fn a_store_that_hangs_fails_when_its_fault_is_out() {
        let (faults, clock) = (Arc::new(Faults::default()), Arc::new(SystemClock::new()));
        let store = FaultyStore::new(Arc::new(Empty), Arc::clone(&faults), clock.clone());
        let fault = Fault { point: Point::Store, kind: FaultKind::Hang, share: 10_000, seed: 3 };
        let id = faults.bring_in(fault, Duration::from_secs(60), 10_000, clock.as_ref()).expect("taken");
        let mut put = store.put("key", b"", 0);
        assert!(tokio::time::timeout(Duration::ZERO, &mut put).await.is_err(), "it hangs");
        assert!(faults.end(id, clock.as_ref()));
        let ended = tokio::time::timeout(Duration::from_secs(5), put).await.expect("an end");
        assert!(matches!(ended, Err(StoreError::Unavailable(_))));
    }

    #[test]
    fn a_skewed_clock_is_off_by_what_the_fault_says() {
        let (faults, clock) = (Arc::new(Faults::default()), Arc::new(SystemClock::new()));
        let skewed = SkewedClock::new(clock.clone(), Arc::clone(&faults));
        let fault = Fault { point: Point::Clock, kind: FaultKind::Skew { ms: -3_600_000 }, share: 10_000, seed: 3 };
        faults.bring_in(fault, Duration::from_secs(60), 10_000, clock.as_ref()).expect("taken");
        let behind = clock.unix_ms().abs_diff(skewed.unix_ms());
        assert!((3_599_000..3_601_000).contains(&behind), "{behind} ms");
    }
}
