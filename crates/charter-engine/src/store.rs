//! The port to what outlives the process: documents with versions, and logs.
//!
//! Implementations live in `charter-store`. What is kept belongs to whoever keeps it; nothing here is on the request path.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub type Stored<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A document as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub bytes: Vec<u8>,
    /// Rises by one with each write; the first write makes 1.
    pub version: u64,
}

/// One record of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Rises within a log; gaps are possible.
    pub sequence: u64,
    pub bytes: Vec<u8>,
}

/// Keeps documents and logs; every write is durable when its future is done.
///
/// Keys and names of logs: 1 to 200 characters, letters, digits, and `-_./:@`.
pub trait Store: Send + Sync {
    fn get<'a>(&'a self, key: &'a str) -> Stored<'a, Option<Document>>;

    /// Writes a document over the version that was read; 0 where there was none.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else wrote meanwhile, and nothing has changed; [`StoreError::TooLarge`].
    fn put<'a>(&'a self, key: &'a str, bytes: &'a [u8], over: u64) -> Stored<'a, u64>;

    /// Keys that begin with `prefix`, in order.
    fn keys<'a>(&'a self, prefix: &'a str) -> Stored<'a, Vec<String>>;

    /// Appends records in this order, all or none; gives the sequence of the last.
    fn append<'a>(&'a self, log: &'a str, records: &'a [Vec<u8>]) -> Stored<'a, u64>;

    /// Records after a sequence (0: from the first), oldest first, at most `limit`.
    fn read<'a>(&'a self, log: &'a str, after: u64, limit: usize) -> Stored<'a, Vec<Record>>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Somebody else wrote this document since it was read.
    Conflict,
    /// The key or the name of the log breaks the rules.
    BadName(String),
    /// A document, a record or an append is beyond the store's limit; nothing has changed, and the same write will never succeed.
    TooLarge { what: &'static str, size: usize, max: usize },
    /// The store cannot be reached or written; for operators.
    Unavailable(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => formatter.write_str("somebody else wrote this document meanwhile"),
            Self::BadName(name) => write!(formatter, "`{name}` cannot be a key of the store"),
            Self::TooLarge { what, size, max } => write!(formatter, "{size} {what} are too many for one write; {max} are the limit"),
            Self::Unavailable(reason) => write!(formatter, "the store cannot be used: {reason}"),
        }
    }
}

impl std::error::Error for StoreError {}
