//! Answers that were given before, shared between calls that are the same.
//!
//! | room | what is in it |
//! |---|---|
//! | [`key`] | what makes two calls the same |
//! | [`store`] | what is kept within a bound of bytes, and what goes first |
//!
//! Here: one call asks, the others that are the same wait for its answer. If it ends without one, exactly one of those who wait takes over.
//! The node that asks belongs to [`crate::node::cache`].

mod key;
mod store;

pub(crate) use key::{Key, Keyed, Versions};

use crate::call::StepDown;
use crate::context::Moment;
use crate::tensor::{Tensor, Values};
use charter_plan::Plan;
use charter_plan::plan::{self, CacheId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::Store;
use tokio::sync::watch;

/// Parts with a lock each; fewer where a part would be smaller than this many bytes.
const PARTS_MAX: u64 = 16;
const PART_BYTES_MIN: u64 = 1 << 20;

/// All caches of a plan. What the plan before had under the same name and settings goes on with what it keeps.
#[derive(Debug, Default)]
pub(crate) struct Caches(Vec<Arc<Cache>>);

/// One cache. No lock is held across an await.
#[derive(Debug)]
pub(crate) struct Cache {
    settings: plan::Cache,
    parts: Vec<Mutex<Part>>,
}

#[derive(Debug)]
struct Part {
    store: Store,
    /// Calls that ask now, for those who are the same to wait for.
    asking: BTreeMap<Key, watch::Receiver<Shared>>,
}

/// The answer of a call that others wait for; `None` until it has come.
type Shared = Option<Arc<Kept>>;

/// An answer as it was given.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) outputs: Vec<Tensor>,
    /// Which of the models below the cache answered, see [`Keyed::model`]: ids shift when something else is added to the charter.
    pub(crate) model: usize,
    pub(crate) rung: u8,
    /// Answers of lower quality are shared with those who wait, never kept.
    pub(crate) step_down: Option<StepDown>,
}

/// What a call finds.
pub(crate) enum Found<'a> {
    Kept(Arc<Kept>),
    /// Somebody asks already.
    Asked(Waiting),
    /// Nobody does: the caller must.
    Nothing(Asking<'a>),
}

/// A place among those who wait for somebody else's answer.
pub(crate) struct Waiting(watch::Receiver<Shared>);

/// The duty to ask. Dropped without an answer, it passes to one of those who wait.
pub(crate) struct Asking<'a> {
    cache: &'a Cache,
    key: Key,
    sender: watch::Sender<Shared>,
}

impl Caches {
    pub(crate) fn prepare(plan: &Plan, before: Option<&Self>) -> Self {
        let same = |settings: &plan::Cache| {
            let mut known = before.into_iter().flat_map(|before| &before.0);
            // The id is a position in its own plan.
            known.find(|old| plan::Cache { id: settings.id, ..old.settings.clone() } == *settings).map(Arc::clone)
        };
        Self(plan.caches.iter().map(|settings| same(settings).unwrap_or_else(|| Arc::new(Cache::new(settings.clone())))).collect())
    }

    pub(crate) fn get(&self, id: CacheId) -> Option<&Cache> {
        self.0.get(usize::from(id.0)).map(Arc::as_ref)
    }
}

impl Cache {
    fn new(settings: plan::Cache) -> Self {
        let count = (settings.bytes_max / PART_BYTES_MIN).clamp(1, PARTS_MAX);
        let part = || Mutex::new(Part { store: Store::new(settings.bytes_max / count), asking: BTreeMap::new() });
        let parts = (0..count).map(|_| part()).collect();
        Self { settings, parts }
    }

    fn part(&self, key: &Key) -> MutexGuard<'_, Part> {
        // INVARIANT: there is at least one part. The key is a hash, so its first byte is as good as any.
        let position = usize::from(key[0]) % self.parts.len().max(1);
        self.parts[position].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ask(&self, key: Key, now: Moment) -> Found<'_> {
        let mut part = self.part(&key);
        if let Some(kept) = part.store.get(&key, now) {
            return Found::Kept(kept);
        }
        if let Some(receiver) = part.asking.get(&key) {
            return Found::Asked(Waiting(receiver.clone()));
        }
        let (sender, receiver) = watch::channel(None);
        part.asking.insert(key, receiver);
        Found::Nothing(Asking { cache: self, key, sender })
    }
}

impl Asking<'_> {
    /// Hands the answer to those who wait; keeps it where `keep` says so.
    pub(crate) fn answered(self, kept: Kept, keep: bool, now: Moment) {
        let kept = Arc::new(kept);
        if keep {
            let expires = now + Duration::from_millis(self.cache.settings.ttl_ms);
            self.cache.part(&self.key).store.put(self.key, Arc::clone(&kept), expires);
        }
        // Nobody waits: nobody needs to be told.
        let _ = self.sender.send(Some(kept));
    }

    /// Whether somebody waits, or the answer will be kept: else nothing needs to be copied.
    pub(crate) fn is_awaited(&self) -> bool {
        // The cache itself holds one receiver.
        self.sender.receiver_count() > 1
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        // INVARIANT: only who inserted removes, and removes before its sender is gone: whoever then finds the channel closed finds nobody asking.
        self.cache.part(&self.key).asking.remove(&self.key);
    }
}

impl Waiting {
    /// The answer; `None` when whoever asked ended without one, and it is to be asked again.
    pub(crate) async fn answer(mut self) -> Option<Arc<Kept>> {
        match self.0.wait_for(Option::is_some).await {
            Ok(shared) => shared.clone(),
            Err(_) => None,
        }
    }
}

impl Kept {
    /// Bytes of the tensors, as they lie in memory.
    pub(crate) fn bytes(&self) -> u64 {
        let tensor = |tensor: &Tensor| {
            let values = match tensor.values() {
                Values::Bool(values) => values.capacity(),
                Values::Uint8(values) => values.capacity(),
                Values::Uint16(values) => values.capacity() * 2,
                Values::Uint32(values) => values.capacity() * 4,
                Values::Uint64(values) => values.capacity() * 8,
                Values::Int8(values) => values.capacity(),
                Values::Int16(values) => values.capacity() * 2,
                Values::Int32(values) => values.capacity() * 4,
                Values::Int64(values) => values.capacity() * 8,
                Values::Fp16(values) => values.capacity() * 2,
                Values::Bf16(values) => values.capacity() * 2,
                Values::Fp32(values) => values.capacity() * 4,
                Values::Fp64(values) => values.capacity() * 8,
                Values::Bytes(texts) => texts.capacity_bytes(),
            };
            (values + std::mem::size_of::<Tensor>()) as u64
        };
        self.outputs.iter().map(tensor).sum()
    }
}
