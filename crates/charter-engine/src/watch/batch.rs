//! One batch of reads and writes, done one after the other within a time.
//!
//! What goes into a batch, and what follows from what came back, belongs to the keeper.

use crate::store::{Document, Store, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// Longest time for one batch; what it has not done by then has failed.
const BATCH: Duration = Duration::from_secs(10);

pub(super) enum Work {
    Read(String),
    Put { key: String, bytes: Vec<u8>, number: u64, over: u64 },
    Append { log: String, numbers: Vec<u64>, records: Vec<Vec<u8>> },
}

pub(super) enum Got {
    Document(Option<Document>),
    Written(u64),
    /// Somebody else has written; this is what.
    Conflict(Option<Document>),
    Appended,
}

/// One piece of work that has come back.
pub(super) struct Settled {
    pub(super) work: Work,
    pub(super) got: Result<Got, StoreError>,
}

/// Whether the same write can never succeed.
pub(super) fn is_final(error: &StoreError) -> bool {
    match error {
        StoreError::BadName(_) | StoreError::TooLarge { .. } => true,
        StoreError::Conflict | StoreError::Unavailable(_) => false,
    }
}

/// Does one piece after the other; after a failure the rest is not tried.
pub(super) async fn perform(store: Arc<dyn Store>, batch: Vec<Work>) -> Vec<Settled> {
    let ends = tokio::time::Instant::now() + BATCH;
    let mut settled = Vec::with_capacity(batch.len());
    let mut failed: Option<StoreError> = None;
    for work in batch {
        let got = match &failed {
            Some(error) => Err(error.clone()),
            None => tokio::time::timeout_at(ends, one(store.as_ref(), &work))
                .await
                .unwrap_or_else(|_| Err(StoreError::Unavailable("it does not answer".to_owned()))),
        };
        if let Err(error @ StoreError::Unavailable(_)) = &got {
            failed = Some(error.clone());
        }
        settled.push(Settled { work, got });
    }
    settled
}

async fn one(store: &dyn Store, work: &Work) -> Result<Got, StoreError> {
    match work {
        Work::Read(key) => store.get(key).await.map(Got::Document),
        Work::Put { key, bytes, over, .. } => match store.put(key, bytes, *over).await {
            Ok(version) => Ok(Got::Written(version)),
            Err(StoreError::Conflict) => store.get(key).await.map(Got::Conflict),
            Err(error) => Err(error),
        },
        Work::Append { log, records, .. } => store.append(log, records).await.map(|_| Got::Appended),
    }
}
