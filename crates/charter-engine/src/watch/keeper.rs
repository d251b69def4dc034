//! Documents and logs on their way to the store: one batch under way at a time, so that the watch never waits for it.
//!
//! INVARIANT: a document is written only over the version that was read, and read before it is first written. What a document says belongs to the monitor.

use super::batch::{Got, Settled, Work, is_final, perform};
use crate::context::Moment;
use crate::store::{Document, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Pause after a failure.
const RETRY: Duration = Duration::from_secs(1);
/// Conflicts in a row that are tried again at once. A store that goes on answering with an old document would be asked without end.
const CONFLICTS_MAX: u32 = 3;
/// Most records that wait for one log; beyond it its oldest are lost, and counted, and no other log's.
const RECORDS_MAX: usize = 10_000;
/// Most records of one append.
const APPEND_MAX: usize = 1_000;

type UnderWay = Pin<Box<dyn Future<Output = Vec<Settled>> + Send>>;

pub(super) struct Keeper {
    store: Arc<dyn Store>,
    documents: BTreeMap<String, State>,
    /// By log, each with the number it was given in.
    records: BTreeMap<String, VecDeque<(u64, Vec<u8>)>>,
    /// Numbers what is given to be kept.
    given: u64,
    /// Up to which number everything is kept of a place, and up to which it is kept or never will be. Bounded by the plan's names.
    settled: BTreeMap<Place, Reached>,
    under_way: Option<UnderWay>,
    retry_at: Moment,
    /// Batches in a row in which a document was somebody else's.
    conflicts: u32,
    failing: Option<String>,
    /// What the store will never take as it is, by key; until something of that key is taken.
    refused: BTreeMap<String, String>,
    lost: u64,
}

#[derive(Default)]
struct State {
    /// As it was read or written last; `None` before it was read.
    version: Option<u64>,
    /// To be written, with the number it was given in.
    pending: Option<(u64, Vec<u8>)>,
    /// To be read, for the first time or because others may have written.
    read: bool,
    /// The monitor waits to see it, also if it is as it was.
    asked: bool,
}

/// Where something is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Document(String),
    Log(String),
}

/// Something that was given to be kept.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) place: Place,
    number: u64,
}

#[derive(Default)]
struct Reached {
    kept: u64,
    lost: u64,
}

impl Keeper {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            documents: BTreeMap::new(),
            records: BTreeMap::new(),
            given: 0,
            settled: BTreeMap::new(),
            under_way: None,
            retry_at: Moment::default(),
            conflicts: 0,
            failing: None,
            refused: BTreeMap::new(),
            lost: 0,
        }
    }

    /// Has a document read whatever is known of it, after what waits to be written to it.
    pub(super) fn read(&mut self, key: String) {
        let state = self.documents.entry(key).or_default();
        (state.read, state.asked) = (true, true);
    }

    /// Has the documents read that replicas share and that nothing is about to be written to. The others are large, and each process has its own.
    pub(super) fn look(&mut self) {
        for (_, state) in self.documents.iter_mut().filter(|(key, _)| is_shared(key)) {
            state.read |= state.pending.is_none();
        }
    }

    /// Lets go of what is known of documents that are not `needed` any more, once nothing is about to be written to them.
    pub(super) fn retain(&mut self, needed: impl Fn(&str) -> bool) {
        self.documents.retain(|key, state| state.pending.is_some() || state.read || needed(key));
        let documents = &self.documents;
        self.settled.retain(|place, _| match place {
            Place::Document(key) => documents.contains_key(key),
            Place::Log(_) => true,
        });
    }

    /// Has a document written; a later one takes the place of one that waits.
    pub(super) fn put(&mut self, key: String, bytes: Vec<u8>) {
        let state = self.documents.entry(key).or_default();
        state.read |= state.version.is_none();
        self.given += 1;
        state.pending = Some((self.given, bytes));
    }

    pub(super) fn append(&mut self, log: String, bytes: Vec<u8>) {
        self.given += 1;
        let waiting = self.records.entry(log.clone()).or_default();
        waiting.push_back((self.given, bytes));
        if waiting.len() > RECORDS_MAX
            && let Some((number, _)) = waiting.pop_front()
        {
            self.lose(log, number, 1);
        }
    }

    fn lose(&mut self, log: String, number: u64, records: u64) {
        if self.lost == 0 {
            tracing::error!(log, "records are lost: the store does not take them, and more wait than may");
        }
        self.lost += records;
        self.reached(Place::Log(log)).lost = number;
    }

    fn reached(&mut self, place: Place) -> &mut Reached {
        self.settled.entry(place).or_default()
    }

    /// The number that was given last.
    pub(super) fn given(&self) -> u64 {
        self.given
    }

    /// What waits of what was given after a number.
    pub(super) fn since(&self, number: u64) -> Vec<Given> {
        let documents = self.documents.iter().filter_map(|(key, state)| Some((Place::Document(key.clone()), state.pending.as_ref()?.0)));
        let logs = self.records.iter().filter_map(|(log, waiting)| Some((Place::Log(log.clone()), waiting.back()?.0)));
        let given = documents.chain(logs).filter(|(_, given)| *given > number);
        given.map(|(place, number)| Given { place, number }).collect()
    }

    /// Whether it is kept, it or what was given later to the same place; `None` while nobody knows.
    pub(super) fn is_kept(&self, given: &Given) -> Option<bool> {
        let reached = self.settled.get(&given.place)?;
        if reached.lost >= given.number { Some(false) } else { (reached.kept >= given.number).then_some(true) }
    }

    /// Lets go of what was about to be written.
    pub(super) fn forget(&mut self, key: &str) {
        if let Some((number, _)) = self.documents.get_mut(key).and_then(|state| state.pending.take()) {
            self.reached(Place::Document(key.to_owned())).lost = number;
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.under_way.is_some()
    }

    /// Nothing waits to be written.
    pub(super) fn is_clean(&self) -> bool {
        self.waiting() == 0 && !self.is_busy()
    }

    pub(super) fn waiting(&self) -> usize {
        self.records.values().map(VecDeque::len).sum::<usize>() + self.documents.values().filter(|state| state.pending.is_some()).count()
    }

    pub(super) fn failing(&self) -> Option<&str> {
        self.failing.as_deref()
    }

    /// Documents that are not kept because of what they are, and why; the others are.
    pub(super) fn refused(&self) -> &BTreeMap<String, String> {
        &self.refused
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// Starts the next batch if there is work, none is under way, and the last failure is long enough ago.
    pub(super) fn begin(&mut self, now: Moment) {
        if self.is_busy() || now < self.retry_at {
            return;
        }
        let mut batch = Vec::new();
        for (key, state) in &mut self.documents {
            // What waits is written first, so that what is read then has it.
            if let (Some(over), Some((number, bytes))) = (state.version, &state.pending) {
                batch.push(Work::Put { key: key.clone(), bytes: bytes.clone(), number: *number, over });
            } else if std::mem::take(&mut state.read) {
                batch.push(Work::Read(key.clone()));
            }
        }
        self.next_appends(&mut batch);
        if !batch.is_empty() {
            self.under_way = Some(Box::pin(perform(Arc::clone(&self.store), batch)));
        }
    }

    /// The oldest records of each log, decisions before exposures; they are the batch's until it comes back.
    fn next_appends(&mut self, batch: &mut Vec<Work>) {
        let logs: BTreeSet<(bool, String)> = self.records.keys().map(|log| (log.contains('/'), log.clone())).collect();
        for (_, log) in logs {
            let Some(waiting) = self.records.get_mut(&log) else { continue };
            let run = waiting.len().min(APPEND_MAX);
            let (numbers, records) = waiting.drain(..run).unzip();
            if waiting.is_empty() {
                self.records.remove(&log);
            }
            batch.push(Work::Append { log, numbers, records });
        }
    }

    /// The batch that is under way, when it has come back; never without one.
    pub(super) async fn done(&mut self) -> Vec<Settled> {
        let settled = poll_fn(|task| match &mut self.under_way {
            Some(batch) => batch.as_mut().poll(task),
            None => std::task::Poll::Pending,
        })
        .await;
        self.under_way = None;
        settled
    }

    /// Notes whether the store answers, before what came back is settled. One that refuses a document for what it is does answer.
    pub(super) fn note(&mut self, settled: &[Settled], now: Moment) {
        let failed = settled.iter().filter_map(|settled| settled.got.as_ref().err()).find(|error| !is_final(error));
        let conflicts = settled.iter().any(|settled| matches!(settled.got, Ok(Got::Conflict(_))));
        self.conflicts = if conflicts { self.conflicts.saturating_add(1) } else { 0 };
        if self.conflicts > CONFLICTS_MAX {
            self.retry_at = now + RETRY;
        }
        match (failed.map(ToString::to_string), self.failing.take()) {
            (None, None) => {}
            (None, Some(_)) => tracing::info!("the store answers again"),
            (Some(reason), before) => {
                if before.as_ref() != Some(&reason) {
                    tracing::error!(reason, "what is decided is not kept until the store answers; calls and decisions go on");
                }
                self.failing = Some(reason);
                self.retry_at = now + RETRY;
            }
        }
    }

    /// Settles what came back; gives a document that the monitor has to see, because it was asked for or somebody else wrote it.
    pub(super) fn settle(&mut self, settled: Settled) -> Option<(String, Option<Document>)> {
        let Settled { work, got } = settled;
        match (work, got) {
            (work, Err(error)) => {
                self.fail(work, &error);
                None
            }
            (Work::Read(key), Ok(Got::Document(document))) => self.see(key, document, false),
            (Work::Put { key, number, .. }, Ok(Got::Written(version))) => {
                self.refused.remove(&key);
                self.written(key, number, version);
                None
            }
            // A write that was answered too late is found as somebody else's, and is our own.
            (Work::Put { key, bytes, number, .. }, Ok(Got::Conflict(Some(document)))) if document.bytes == bytes => {
                self.written(key, number, document.version);
                None
            }
            (Work::Append { log, numbers, .. }, Ok(Got::Appended)) => {
                self.reached(Place::Log(log)).kept = numbers.last().copied().unwrap_or(0);
                None
            }
            (Work::Put { key, .. }, Ok(Got::Conflict(document))) => self.see(key, document, true),
            _ => None,
        }
    }

    fn written(&mut self, key: String, number: u64, version: u64) {
        let state = self.documents.entry(key.clone()).or_default();
        state.version = Some(version);
        // What came since is written over it.
        state.pending.take_if(|(pending, _)| *pending == number);
        self.reached(Place::Document(key)).kept = number;
    }

    fn see(&mut self, key: String, document: Option<Document>, changed: bool) -> Option<(String, Option<Document>)> {
        let state = self.documents.entry(key.clone()).or_default();
        let version = document.as_ref().map_or(0, |document| document.version);
        let news = std::mem::take(&mut state.asked) || changed || state.version != Some(version);
        state.version = Some(version);
        news.then_some((key, document))
    }

    /// Has failed work tried again, but for what can never be written.
    fn fail(&mut self, work: Work, error: &StoreError) {
        let never = is_final(error);
        match work {
            Work::Read(key) if never => {
                if let Some((number, _)) = self.documents.remove(&key).and_then(|state| state.pending) {
                    self.reached(Place::Document(key.clone())).lost = number;
                }
                self.refuse(key, error);
            }
            Work::Put { key, number, .. } if never => {
                // What came since may fit.
                if let Some(state) = self.documents.get_mut(&key) {
                    state.pending.take_if(|(pending, _)| *pending == number);
                }
                self.reached(Place::Document(key.clone())).lost = number;
                self.refuse(key, error);
            }
            Work::Append { log, numbers, records } if never => {
                self.lose(log.clone(), numbers.last().copied().unwrap_or(0), records.len() as u64);
                self.refuse(log, error);
            }
            Work::Put { .. } => {}
            Work::Read(key) => self.documents.entry(key).or_default().read = true,
            Work::Append { log, numbers, records } => {
                let waiting = self.records.entry(log).or_default();
                numbers.into_iter().zip(records).rev().for_each(|record| waiting.push_front(record));
            }
        }
    }

    fn refuse(&mut self, name: String, error: &StoreError) {
        let reason = error.to_string();
        if self.refused.get(&name) != Some(&reason) {
            tracing::error!(name, reason, "this is not kept; everything else is");
        }
        self.refused.insert(name, reason);
    }
}

/// Whether replicas act on what others write to the document: decisions, and not what each has counted.
fn is_shared(key: &str) -> bool {
    ["rollout/", "experiment/"].iter().any(|kind| key.starts_with(kind)) || key == super::choices::CHOICES
}
