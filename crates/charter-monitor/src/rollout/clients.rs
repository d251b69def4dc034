//! Keeps one poisoned client from deciding a rollout: at most so many bad events per user and minute count.
//!
//! The tests of the judge take calls as independent. A client that repeats one failing request breaks that, so its further bad calls of the minute are
//! left out, and the calls with them. Calls without a key, and users beyond the table's size within one minute, are not limited.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bad events of one user that count in one minute.
const BAD_PER_MINUTE: u8 = 3;
/// Most users with bad events that are remembered in one minute. If more fail, it is not one client.
const USERS_MAX: usize = 1_024;
const MINUTE_MS: u64 = 60_000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Clients {
    minute: u64,
    bad: BTreeMap<u64, u8>,
}

impl Clients {
    /// Whether a bad event of `unit` counts.
    pub(super) fn counts(&mut self, unit: u64, at_ms: u64) -> bool {
        if unit == 0 {
            return true;
        }
        let minute = at_ms / MINUTE_MS;
        if minute != self.minute {
            self.minute = minute;
            self.bad.clear();
        }
        if let Some(bad) = self.bad.get_mut(&unit) {
            let counts = *bad < BAD_PER_MINUTE;
            *bad = bad.saturating_add(1);
            return counts;
        }
        if self.bad.len() < USERS_MAX {
            self.bad.insert(unit, 1);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_user_counts_more_than_three_times_a_minute(events in prop::collection::vec((1_u64..6, 0_u64..20_000), 1..200)) {
            let mut clients = Clients::default();
            let mut counted: BTreeMap<(u64, u64), (u32, u32)> = BTreeMap::new();
            let mut at_ms = 0;
            for (unit, gap_ms) in events {
                at_ms += gap_ms;
                let entry = counted.entry((unit, at_ms / MINUTE_MS)).or_default();
                entry.0 += 1;
                entry.1 += u32::from(clients.counts(unit, at_ms));
            }
            for (seen, counts) in counted.into_values() {
                prop_assert_eq!(counts, seen.min(3));
            }
        }
    }

    #[test]
    fn memory_is_bounded_and_calls_without_a_key_are_not_limited() {
        let mut clients = Clients::default();
        for unit in 1..5_000 {
            assert!(clients.counts(unit, 0));
        }
        assert_eq!(clients.bad.len(), USERS_MAX);
        assert!((0..100).all(|_| clients.counts(0, 0)));
    }
}
