//! Answers within a bound of bytes: what is kept, and what goes first.
//!
//! S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi, SOSP 2023): new answers stand in a small queue (a tenth of the bytes); those asked again move to the main
//! queue, the others go and only their keys are remembered; a key that comes back at once goes to the main queue. Answers that nobody asks twice, as a
//! scan brings them, never push out those that are asked often. Pure: time is an argument. Locks and calls in flight do not belong here.

use super::{Kept, Key};
use crate::context::Moment;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Times that an answer is remembered to have been asked for.
const ASKED_MAX: u8 = 3;
/// The small queue's part of the bytes: one of this many.
const SMALL_PART: u64 = 10;
/// What an answer costs beside its tensors: its key in the map, in a queue and among the remembered, and what holds it together.
const OVERHEAD_BYTES: u64 = 256;

#[derive(Debug)]
pub(super) struct Store {
    answers: BTreeMap<Key, Slot>,
    /// INVARIANT: each key of `answers` stands in exactly one of the two queues, once.
    small: VecDeque<Key>,
    main: VecDeque<Key>,
    /// Keys that went from the small queue, oldest first, and those of them that have not come back, as a set.
    ghosts: VecDeque<Key>,
    remembered: BTreeSet<Key>,
    bytes: u64,
    small_bytes: u64,
    bytes_max: u64,
}

#[derive(Debug)]
struct Slot {
    answer: Arc<Kept>,
    bytes: u64,
    asked: u8,
    main: bool,
    expires: Moment,
}

impl Store {
    pub(super) fn new(bytes_max: u64) -> Self {
        Self {
            answers: BTreeMap::new(),
            small: VecDeque::new(),
            main: VecDeque::new(),
            ghosts: VecDeque::new(),
            remembered: BTreeSet::new(),
            bytes: 0,
            small_bytes: 0,
            bytes_max,
        }
    }

    /// The answer that is kept, unless its time is over.
    pub(super) fn get(&mut self, key: &Key, now: Moment) -> Option<Arc<Kept>> {
        let slot = self.answers.get_mut(key).filter(|slot| now < slot.expires)?;
        slot.asked = slot.asked.saturating_add(1).min(ASKED_MAX);
        Some(Arc::clone(&slot.answer))
    }

    /// Keeps an answer until `expires`; one that is larger than the whole store is not kept.
    pub(super) fn put(&mut self, key: Key, answer: Arc<Kept>, expires: Moment) {
        let bytes = answer.bytes().saturating_add(OVERHEAD_BYTES);
        if bytes > self.bytes_max {
            return;
        }
        if let Some(slot) = self.answers.get_mut(&key) {
            // Asked again after its time: the new answer takes the place of the old one.
            self.bytes = self.bytes - slot.bytes + bytes;
            if !slot.main {
                self.small_bytes = self.small_bytes - slot.bytes + bytes;
            }
            (slot.answer, slot.bytes, slot.expires) = (answer, bytes, expires);
        } else {
            let main = self.remembered.remove(&key);
            if main {
                self.main.push_back(key);
            } else {
                self.small.push_back(key);
                self.small_bytes += bytes;
            }
            self.bytes += bytes;
            self.answers.insert(key, Slot { answer, bytes, asked: 0, main, expires });
        }
        while self.bytes > self.bytes_max {
            if self.small_bytes > self.bytes_max / SMALL_PART || self.main.is_empty() {
                self.shrink_small();
            } else {
                self.shrink_main();
            }
        }
    }

    /// Bytes of all that is kept.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes the oldest of the small queue out: to the main queue if it was asked for again, else away.
    fn shrink_small(&mut self) {
        let Some(key) = self.small.pop_front() else { return };
        let Some(slot) = self.answers.get_mut(&key) else { return };
        self.small_bytes -= slot.bytes;
        if slot.asked > 0 {
            (slot.main, slot.asked) = (true, 0);
            self.main.push_back(key);
            return;
        }
        self.remove(&key);
        if self.remembered.insert(key) {
            self.ghosts.push_back(key);
        }
        // As many keys are remembered as answers are kept, but at least a few.
        while self.ghosts.len() > self.answers.len().max(16) {
            if let Some(ghost) = self.ghosts.pop_front() {
                self.remembered.remove(&ghost);
            }
        }
    }

    /// Takes the oldest of the main queue out, or puts it back at the end if it was asked for meanwhile.
    fn shrink_main(&mut self) {
        let Some(key) = self.main.pop_front() else { return };
        match self.answers.get_mut(&key) {
            Some(slot) if slot.asked > 0 => {
                slot.asked -= 1;
                self.main.push_back(key);
            }
            _ => self.remove(&key),
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(slot) = self.answers.remove(key) {
            self.bytes -= slot.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{Tensor, Values};
    use proptest::prelude::*;

    fn key(number: u32) -> Key {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&number.to_le_bytes());
        key
    }

    /// An answer of one row that says its number.
    fn answer(number: u32, width: usize) -> Arc<Kept> {
        let values = Values::Fp32(vec![number as f32; width]);
        let outputs = vec![Tensor::new(vec![1, width], values).expect("a tensor")];
        Arc::new(Kept { outputs, model: 0, rung: 0, step_down: None })
    }

    fn number(answer: &Kept) -> f32 {
        match answer.outputs[0].values() {
            Values::Fp32(values) => values[0],
            _ => f32::NAN,
        }
    }

    #[test]
    fn what_is_asked_often_survives_a_scan() {
        let one = answer(0, 8).bytes() + OVERHEAD_BYTES;
        let mut store = Store::new(one * 100);
        for round in 0..4_u32 {
            for often in 0..20 {
                if store.get(&key(often), Moment(0)).is_none() {
                    store.put(key(often), answer(often, 8), Moment(1));
                }
            }
            for once in 0..60 {
                store.put(key(1_000 + round * 60 + once), answer(0, 8), Moment(1));
            }
        }
        for once in 0..10_000 {
            store.put(key(100_000 + once), answer(0, 8), Moment(1));
        }
        let kept = (0..20).filter(|&often| store.get(&key(often), Moment(0)).is_some()).count();
        assert_eq!(kept, 20);
    }

    #[test]
    fn an_answer_larger_than_the_store_is_not_kept() {
        let mut store = Store::new(1_000);
        store.put(key(1), answer(1, 500), Moment(9));
        assert!(store.get(&key(1), Moment(0)).is_none());
        assert_eq!(store.bytes(), 0);
    }

    proptest! {
        #[test]
        fn the_bound_holds_and_answers_are_those_of_their_keys(
            steps in prop::collection::vec((0_u32..40, 1_usize..60, 0_u64..20, any::<bool>()), 1..300),
            bytes_max in 300_u64..6_000,
        ) {
            let mut store = Store::new(bytes_max);
            let mut now = Moment(0);
            for (which, width, ttl, put) in steps {
                now = Moment(now.0 + 1);
                if put {
                    store.put(key(which), answer(which, width), Moment(now.0 + ttl));
                } else if let Some(kept) = store.get(&key(which), now) {
                    prop_assert_eq!(number(&kept), which as f32);
                }
                let counted: u64 = store.answers.values().map(|slot| slot.bytes).sum();
                let small: u64 = store.answers.values().filter(|slot| !slot.main).map(|slot| slot.bytes).sum();
                prop_assert_eq!((counted, small), (store.bytes, store.small_bytes));
                prop_assert!(store.bytes <= bytes_max);
                prop_assert_eq!(store.small.len() + store.main.len(), store.answers.len());
                prop_assert!(store.remembered.len() <= store.ghosts.len());
                prop_assert!(store.ghosts.len() <= store.answers.len().max(16) + 1);
            }
        }

        #[test]
        fn nothing_is_given_after_its_time(ttl in 1_u64..100, later in 0_u64..200) {
            let mut store = Store::new(10_000);
            store.put(key(1), answer(1, 1), Moment(ttl));
            prop_assert_eq!(store.get(&key(1), Moment(later)).is_some(), later < ttl);
        }
    }
}
