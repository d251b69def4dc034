//! A caller's word about an answer, and which words were heard already. What a word counts belongs to the machine.

use crate::statistics::draw::hashed;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// Ids that are remembered; of older ones a repetition counts again.
const IDS_MAX: usize = 4_096;
/// Hexadecimal digits of an id as it is saved.
const DIGITS: usize = 8;

/// An answer was bad, somebody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feedback<'a> {
    /// Told twice, it counts once.
    pub id: &'a str,
    /// The candidate answered, or the stable version.
    pub candidate: bool,
    /// Hash of the call's key, 0 without one.
    pub unit: u64,
    /// When the call was made; `None` takes it as made when this is told.
    pub asked_ms: Option<u64>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Heard {
    Counted,
    /// The id was heard before.
    Duplicate,
    /// Its user has said as much as counts in one minute.
    LeftOut,
    /// No guardrail of the rollout counts feedback.
    NotWatched,
    /// The call was made while the rollout split no calls, or the rollout splits none now.
    NotSplit,
}

/// The latest ids, as 32 bits of their hash: one of a million new ones is taken for an old one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Ids {
    /// Oldest first.
    order: VecDeque<u32>,
    /// INVARIANT: the same ids.
    known: BTreeSet<u32>,
}

impl Ids {
    /// Remembers an id; false when it is known.
    pub(super) fn is_new(&mut self, id: &str) -> bool {
        // The lower half of a well mixed hash.
        self.remember(hashed(id.as_bytes()) as u32)
    }

    fn remember(&mut self, id: u32) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > IDS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

impl From<Ids> for String {
    fn from(ids: Ids) -> Self {
        ids.order.iter().map(|id| format!("{id:08x}")).collect()
    }
}

impl TryFrom<String> for Ids {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut ids = Self::default();
        for place in (0..text.len()).step_by(DIGITS) {
            let id = text.get(place..place + DIGITS).and_then(|digits| u32::from_str_radix(digits, 16).ok());
            ids.remember(id.ok_or_else(|| format!("the ids of feedback are broken at {place}"))?);
        }
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_is_new_once_also_over_a_restart(ids in prop::collection::vec(0_u32..50, 0..100), restart in 0_usize..100) {
            let (mut told, mut seen) = (Ids::default(), BTreeSet::new());
            for (place, id) in ids.iter().enumerate() {
                if place == restart {
                    let saved = serde_json::to_string(&told).expect("a text");
                    told = serde_json::from_str(&saved).expect("the same ids");
                }
                prop_assert_eq!(told.is_new(&id.to_string()), seen.insert(*id));
            }
        }
    }

    #[test]
    fn memory_is_bounded_and_the_latest_are_kept() {
        let mut told = Ids::default();
        for id in 0..10_000 {
            assert!(told.is_new(&id.to_string()));
        }
        assert_eq!((told.order.len(), told.known.len()), (IDS_MAX, IDS_MAX));
        assert!((9_000..10_000).all(|id| !told.is_new(&id.to_string())));
        assert!(String::from(told).len() <= IDS_MAX * DIGITS);
    }

    #[test]
    fn broken_ids_are_not_taken() {
        for text in ["1", "0000000g", "00000001é"] {
            assert!(Ids::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
