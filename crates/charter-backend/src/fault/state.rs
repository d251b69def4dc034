//! A store, and a wall clock, that fail as the registry says.
//!
//! The monotonic clock never fails: no machine's does, and deadlines rest on it.

use super::delay::draw;
use super::registry::{Faults, Struck, mix};
use charter_engine::store::{Document, Record, Store, StoreError, Stored};
use charter_engine::{Clock, Moment};
use charter_plan::plan::{FaultKind, Point};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often an operation that hangs looks whether its fault is out.
const LOOK: Duration = Duration::from_millis(50);

/// Most documents that a stale fault remembers; what is beyond them is read fresh.
const REMEMBERED_MAX: usize = 1_024;

/// A store whose answers come late, not before its fault is out, from before, or not at all.
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    faults: Arc<Faults>,
    clock: Arc<dyn Clock>,
    /// Each operation throws its own dice.
    operations: AtomicU64,
    remembered: Mutex<Remembered>,
}

/// What was read of each key first since a stale fault came in, and which fault that is.
#[derive(Default)]
struct Remembered {
    fault: u64,
    documents: HashMap<String, Option<Document>>,
}

impl Remembered {
    /// What was read of a key first; `fresh` becomes that where nothing was.
    fn of(&mut self, fault: u64, key: &str, fresh: Option<Document>) -> Option<Document> {
        if self.fault != fault {
            *self = Self { fault, documents: HashMap::new() };
        }
        if let Some(known) = self.documents.get(key) {
            return known.clone();
        }
        if self.documents.len() < REMEMBERED_MAX {
            self.documents.insert(key.to_owned(), fresh.clone());
        }
        fresh
    }
}

impl FaultyStore {
    pub fn new(inner: Arc<dyn Store>, faults: Arc<Faults>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, faults, clock, operations: AtomicU64::new(0), remembered: Mutex::default() }
    }

    /// Passes when the operation may go on; the fault is one whose answers are from before.
    async fn pass(&self) -> Result<Option<u64>, StoreError> {
        let dice = mix(self.operations.fetch_add(1, Ordering::Relaxed));
        let struck = self.faults.strikes(self.clock.now(), dice, |point| *point == Point::Store);
        match struck {
            None => Ok(None),
            Some(Struck { kind: FaultKind::Delay { delay }, dice, .. }) => {
                tokio::time::sleep(draw(delay, dice)).await;
                Ok(None)
            }
            Some(Struck { kind: FaultKind::Stale, id, .. }) => Ok(Some(id)),
            Some(Struck { kind: FaultKind::Hang, id, .. }) => {
                // Whoever waits for the store has no deadline: without an end it would wait long after the fault.
                while self.faults.is_in(id, self.clock.now()) {
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
            let stale = self.pass().await?;
            let fresh = self.inner.get(key).await?;
            let Some(fault) = stale else { return Ok(fresh) };
            // What is remembered is whole or not there, whatever panicked elsewhere.
            Ok(self.remembered.lock().unwrap_or_else(PoisonError::into_inner).of(fault, key, fresh))
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
            Some(Struck { kind: FaultKind::Skew { ms }, .. }) => right.saturating_add_signed(ms),
            _ => right,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_engine::SystemClock;
    use charter_plan::plan::Fault;

    /// Remembers nothing, refuses nothing, and counts how often it was read as the version of every document.
    #[derive(Default)]
    struct Empty(AtomicU64);

    impl Store for Empty {
        fn get<'a>(&'a self, _: &'a str) -> Stored<'a, Option<Document>> {
            let version = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            Box::pin(async move { Ok(Some(Document { bytes: Vec::new(), version })) })
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
        let store = FaultyStore::new(Arc::new(Empty::default()), Arc::clone(&faults), clock.clone());
        let fault = Fault { point: Point::Store, kind: FaultKind::Error, share: 10_000, seed: 3 };
        let id = faults.bring_in(fault, Duration::from_secs(60), 10_000, clock.as_ref()).expect("taken");
        assert!(matches!(store.put("key", b"", 0).await, Err(StoreError::Unavailable(_))));
        assert!(faults.end(id, clock.as_ref()));
        assert_eq!(store.put("key", b"", 0).await, Ok(1));
    }

    #[tokio::test]
    async fn a_stale_store_answers_as_it_did_when_the_fault_came_in() {
        let (faults, clock) = (Arc::new(Faults::default()), Arc::new(SystemClock::new()));
        let store = FaultyStore::new(Arc::new(Empty::default()), Arc::clone(&faults), clock.clone());
        let version = async |key: &str| store.get(key).await.expect("an answer").map(|document| document.version);
        let fault = Fault { point: Point::Store, kind: FaultKind::Stale, share: 10_000, seed: 3 };
        let bring_in = || faults.bring_in(fault.clone(), Duration::from_secs(60), 10_000, clock.as_ref()).expect("taken");
        assert_eq!(version("a").await, Some(1));
        let first = bring_in();
        assert_eq!([version("a").await, version("a").await], [Some(2); 2]);
        assert_eq!(version("b").await, Some(4), "each key has its own past");
        faults.end(first, clock.as_ref());
        assert_eq!(version("a").await, Some(5), "without the fault the store is read");
        bring_in();
        assert_eq!([version("a").await, version("a").await], [Some(6); 2], "another fault begins anew");
    }

    #[tokio::test]
    async fn a_store_that_hangs_fails_when_its_fault_is_out() {
        let (faults, clock) = (Arc::new(Faults::default()), Arc::new(SystemClock::new()));
        let store = FaultyStore::new(Arc::new(Empty::default()), Arc::clone(&faults), clock.clone());
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
