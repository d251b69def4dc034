//! Outcomes told twice, corrected, or told before their unit is known.

use crate::statistics::draw::hashed;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Outcomes whose ids are remembered; of older ones a repetition counts again.
pub(super) const IDS_MAX: usize = 1 << 18;
/// Outcomes of unknown units that are kept.
pub(super) const PARKED_MAX: usize = 1 << 16;
/// How long.
const PARKED_MS: u64 = 24 * 3_600_000;
/// Size of one outcome as it is saved.
pub(super) const PACKED_BYTES: usize = 42;

/// An outcome without its texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Known {
    /// Hash of the id.
    pub(super) id: u64,
    pub(super) unit: u64,
    /// Position of its name.
    pub(super) name: u16,
    pub(super) value: f64,
    pub(super) at_ms: u64,
}

/// What is remembered about outcomes.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcomes {
    by_id: HashMap<u64, Known>,
    /// Oldest first; the same ids.
    order: VecDeque<u64>,
    /// By unit, with the time they were told.
    parked: BTreeMap<u64, Vec<(u64, Known)>>,
    parked_count: usize,
}

/// What is new about an outcome.
pub(super) enum News {
    First,
    /// It takes the place of this one.
    Correction(Known),
    /// Nothing.
    Old,
}

/// Ids are kept as 64 bits of their hash, together with the outcome's name: one id may be told once for each name.
pub(super) fn id_of(id: &str, name: u16) -> u64 {
    hashed(id.as_bytes()) ^ u64::from(name).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Outcomes {
    /// Last write wins, by the time of the event.
    pub(super) fn news(&self, outcome: &Known) -> News {
        match self.by_id.get(&outcome.id) {
            None => News::First,
            Some(known) if known.unit == outcome.unit && outcome.at_ms > known.at_ms => News::Correction(*known),
            Some(_) => News::Old,
        }
    }

    pub(super) fn remember(&mut self, outcome: Known) {
        if self.by_id.insert(outcome.id, outcome).is_some() {
            return;
        }
        self.order.push_back(outcome.id);
        if self.order.len() > IDS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_id.remove(&oldest);
        }
    }

    /// Keeps the outcome of an unknown unit. `None` when there is no room, else whether it is one of a known id.
    pub(super) fn park(&mut self, outcome: Known, received_ms: u64) -> Option<bool> {
        if let Some((_, known)) =
            self.parked.get_mut(&outcome.unit).and_then(|parked| parked.iter_mut().find(|(_, known)| known.id == outcome.id))
        {
            if outcome.at_ms > known.at_ms {
                *known = outcome;
            }
            return Some(true);
        }
        if self.parked_count >= PARKED_MAX {
            return None;
        }
        self.parked.entry(outcome.unit).or_default().push((received_ms, outcome));
        self.parked_count += 1;
        Some(false)
    }

    /// What waited for this unit.
    pub(super) fn unpark(&mut self, unit: u64) -> Vec<Known> {
        let parked = self.parked.remove(&unit).unwrap_or_default();
        self.parked_count -= parked.len().min(self.parked_count);
        parked.into_iter().map(|(_, known)| known).collect()
    }

    /// Lets go of what has waited for a day, and says how many.
    pub(super) fn expire(&mut self, at_ms: u64) -> u64 {
        let before = self.parked_count;
        self.parked.retain(|_, parked| {
            parked.retain(|(received_ms, _)| at_ms < received_ms.saturating_add(PARKED_MS));
            !parked.is_empty()
        });
        self.parked_count = self.parked.values().map(Vec::len).sum();
        (before - self.parked_count) as u64
    }

    pub(super) fn waiting(&self) -> usize {
        self.parked_count
    }

    /// Remembered ones, oldest first, and parked ones with their times; packed.
    pub(super) fn packed(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut known, mut parked) = (Vec::new(), Vec::new());
        self.order.iter().filter_map(|id| self.by_id.get(id)).for_each(|outcome| outcome.pack(0, &mut known));
        self.parked.values().flatten().for_each(|(received_ms, outcome)| outcome.pack(*received_ms, &mut parked));
        (known, parked)
    }

    /// From [`Self::packed`]; `None` when a length is wrong.
    pub(super) fn unpacked(known: &[u8], parked: &[u8]) -> Option<Self> {
        let mut outcomes = Self::default();
        if !known.len().is_multiple_of(PACKED_BYTES) || !parked.len().is_multiple_of(PACKED_BYTES) {
            return None;
        }
        for row in known.chunks_exact(PACKED_BYTES) {
            outcomes.remember(Known::unpack(row)?.1);
        }
        for row in parked.chunks_exact(PACKED_BYTES) {
            let (received_ms, outcome) = Known::unpack(row)?;
            outcomes.park(outcome, received_ms);
        }
        Some(outcomes)
    }
}

impl Known {
    /// Little-endian: time told, id, unit, time of the event, value, name.
    fn pack(&self, received_ms: u64, bytes: &mut Vec<u8>) {
        for word in [received_ms, self.id, self.unit, self.at_ms, self.value.to_bits()] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(self.name.to_le_bytes());
    }

    fn unpack(row: &[u8]) -> Option<(u64, Self)> {
        let word = |at: usize| Some(u64::from_le_bytes(row.get(8 * at..8 * at + 8)?.try_into().ok()?));
        let name = u16::from_le_bytes(row.get(40..42)?.try_into().ok()?);
        Some((word(0)?, Self { id: word(1)?, unit: word(2)?, name, value: f64::from_bits(word(4)?), at_ms: word(3)? }))
    }
}
