//! A store in one `SQLite` file: no server, durable with each write.
//!
//! One thread writes and one reads, each with its own connection; writes that wait together become durable together (group commit). Several processes may
//! share a file: versions are checked inside the write. What is in the file belongs to [`schema`].

mod command;
mod schema;
mod thread;

use crate::limits::{self, RECORDS_MAX, RETENTION};
use charter_engine::store::{Document, Record, Store, StoreError, Stored};
use command::{Read, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Commands that wait for a thread; more wait in their callers' futures.
const WAITING_MAX: usize = 1_024;

/// How much a file may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Newest records kept in each log.
    pub retention: u64,
    /// Largest file; a write beyond it is refused and changes nothing.
    pub file_bytes_max: u64,
}

impl Default for Limits {
    /// 100,000 records a log, 4 GiB.
    fn default() -> Self {
        Self { retention: RETENTION, file_bytes_max: 4 << 30 }
    }
}

/// An open store. Dropping it writes what was accepted, then closes the file.
#[derive(Debug)]
pub struct Embedded {
    path: PathBuf,
    /// `None` only while it is dropped: a thread ends when nobody can send to it.
    writes: Option<mpsc::Sender<Write>>,
    reads: Option<mpsc::Sender<Read>>,
    threads: Vec<JoinHandle<()>>,
}

impl Embedded {
    /// Opens a file, or makes it; its folder must exist. Blocks on the disk: call it before serving.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the file is not a store, is damaged, or cannot be opened; the text says which and what to do.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Limits::default())
    }

    /// As [`open`](Self::open), with other limits.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: &Path, limits: Limits) -> Result<Self, StoreError> {
        let writer = schema::open(path, limits)?;
        let reader = schema::open_again(path)?;
        let (writes, written) = mpsc::channel(WAITING_MAX);
        let (reads, asked) = mpsc::channel(WAITING_MAX);
        let retention = limits.retention.max(1);
        let threads = vec![
            spawn("charter-store-write", move || thread::write(writer, written, retention))?,
            spawn("charter-store-read", move || thread::read(&reader, asked))?,
        ];
        Ok(Self { path: path.to_owned(), writes: Some(writes), reads: Some(reads), threads })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn write<T>(&self, make: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Write) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let sender = self.writes.as_ref().ok_or_else(ended)?;
        sender.send(make(reply)).await.map_err(|_| ended())?;
        answer.await.unwrap_or_else(|_| Err(ended()))
    }

    async fn ask<T>(&self, make: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Read) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let sender = self.reads.as_ref().ok_or_else(ended)?;
        sender.send(make(reply)).await.map_err(|_| ended())?;
        answer.await.unwrap_or_else(|_| Err(ended()))
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.writes = None;
        self.reads = None;
        for thread in self.threads.drain(..) {
            // A panic of the thread has been told to everyone who waited for it.
            let _ = thread.join();
        }
    }
}

impl Store for Embedded {
    fn get<'a>(&'a self, key: &'a str) -> Stored<'a, Option<Document>> {
        Box::pin(async move {
            limits::name(key)?;
            self.ask(|reply| Read::Get { key: key.to_owned(), reply }).await
        })
    }

    fn put<'a>(&'a self, key: &'a str, bytes: &'a [u8], over: u64) -> Stored<'a, u64> {
        Box::pin(async move {
            limits::name(key)?;
            limits::sizes([bytes].into_iter())?;
            self.write(|reply| Write::Put { key: key.to_owned(), bytes: bytes.to_vec(), over, reply }).await
        })
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Stored<'a, Vec<String>> {
        Box::pin(async move {
            limits::key_prefix(prefix)?;
            self.ask(|reply| Read::Keys { prefix: prefix.to_owned(), reply }).await
        })
    }

    fn append<'a>(&'a self, log: &'a str, records: &'a [Vec<u8>]) -> Stored<'a, u64> {
        Box::pin(async move {
            limits::name(log)?;
            limits::sizes(records.iter().map(Vec::as_slice))?;
            self.write(|reply| Write::Append { log: log.to_owned(), records: records.to_vec(), reply }).await
        })
    }

    fn read<'a>(&'a self, log: &'a str, after: u64, limit: usize) -> Stored<'a, Vec<Record>> {
        Box::pin(async move {
            limits::name(log)?;
            self.ask(|reply| Read::Records { log: log.to_owned(), after, limit: limit.min(RECORDS_MAX), reply }).await
        })
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    started.map_err(|problem| StoreError::Unavailable(format!("no thread can be started: {problem}")))
}

fn ended() -> StoreError {
    StoreError::Unavailable("its thread has ended; start the program again".to_owned())
}
