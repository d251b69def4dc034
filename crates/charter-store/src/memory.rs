//! A store in the memory of the process: gone when it ends.
//!
//! For tests, and for serving where nothing may be written. What outlives the process belongs to [`crate::embedded`].

use crate::limits::{self, RECORDS_MAX, RETENTION};
use charter_engine::store::{Document, Record, Store, StoreError, Stored};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Documents and logs behind one lock; no future of it waits.
#[derive(Debug)]
pub struct Memory {
    kept: Mutex<Kept>,
    retention: u64,
}

#[derive(Debug, Default)]
struct Kept {
    documents: BTreeMap<String, Document>,
    logs: BTreeMap<String, Log>,
}

#[derive(Debug, Default)]
struct Log {
    last: u64,
    records: VecDeque<Record>,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new(RETENTION)
    }
}

impl Memory {
    /// An empty store that keeps the newest `retention` records of each log, at least one.
    pub fn new(retention: u64) -> Self {
        Self { kept: Mutex::default(), retention: retention.max(1) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, key: &str, bytes: &[u8], over: u64) -> Result<u64, StoreError> {
        limits::name(key)?;
        limits::sizes([bytes].into_iter())?;
        let mut kept = self.kept();
        let known = kept.documents.get(key).map_or(0, |document| document.version);
        if known != over {
            return Err(StoreError::Conflict);
        }
        kept.documents.insert(key.to_owned(), Document { bytes: bytes.to_vec(), version: over + 1 });
        Ok(over + 1)
    }

    fn add(&self, log: &str, records: &[Vec<u8>]) -> Result<u64, StoreError> {
        limits::name(log)?;
        limits::sizes(records.iter().map(Vec::as_slice))?;
        let mut kept = self.kept();
        let log = kept.logs.entry(log.to_owned()).or_default();
        for bytes in records {
            log.last += 1;
            log.records.push_back(Record { sequence: log.last, bytes: bytes.clone() });
        }
        let surplus = (log.records.len() as u64).saturating_sub(self.retention);
        log.records.drain(..usize::try_from(surplus).unwrap_or(usize::MAX));
        Ok(log.last)
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        limits::key_prefix(prefix)?;
        let kept = self.kept();
        let from = kept.documents.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        Ok(from.take_while(|(key, _)| key.starts_with(prefix)).map(|(key, _)| key.clone()).collect())
    }

    fn after(&self, log: &str, after: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        limits::name(log)?;
        let kept = self.kept();
        let Some(log) = kept.logs.get(log) else { return Ok(Vec::new()) };
        let from = log.records.partition_point(|record| record.sequence <= after);
        Ok(log.records.iter().skip(from).take(limit.min(RECORDS_MAX)).cloned().collect())
    }
}

impl Store for Memory {
    fn get<'a>(&'a self, key: &'a str) -> Stored<'a, Option<Document>> {
        let result = limits::name(key).map(|()| self.kept().documents.get(key).cloned());
        Box::pin(std::future::ready(result))
    }

    fn put<'a>(&'a self, key: &'a str, bytes: &'a [u8], over: u64) -> Stored<'a, u64> {
        Box::pin(std::future::ready(self.write(key, bytes, over)))
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Stored<'a, Vec<String>> {
        Box::pin(std::future::ready(self.list(prefix)))
    }

    fn append<'a>(&'a self, log: &'a str, records: &'a [Vec<u8>]) -> Stored<'a, u64> {
        Box::pin(std::future::ready(self.add(log, records)))
    }

    fn read<'a>(&'a self, log: &'a str, after: u64, limit: usize) -> Stored<'a, Vec<Record>> {
        Box::pin(std::future::ready(self.after(log, after, limit)))
    }
}
