//! What the threads of an embedded store are asked to do.
//!
//! How they do it belongs to [`super::thread`].

use charter_engine::store::{Document, Record, StoreError};
use tokio::sync::oneshot;

/// Who waits for the result; gone when the caller has been cancelled.
pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

pub(super) enum Write {
    Put { key: String, bytes: Vec<u8>, over: u64, reply: Reply<u64> },
    Append { log: String, records: Vec<Vec<u8>>, reply: Reply<u64> },
}

pub(super) enum Read {
    Get { key: String, reply: Reply<Option<Document>> },
    Keys { prefix: String, reply: Reply<Vec<String>> },
    Records { log: String, after: u64, limit: usize, reply: Reply<Vec<Record>> },
}
