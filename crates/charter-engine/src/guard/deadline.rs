//! How much of a call's time a rung gets.
//!
//! Waiting for that time to pass does not belong here.

use crate::context::Moment;
use std::time::Duration;

/// A rung's part of a call's time, as the plan states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// The rung's own.
    pub(crate) within: Duration,
    /// What the rungs above did not use.
    pub(crate) unspent: Duration,
    /// What the rungs below need.
    pub(crate) reserve: Duration,
}

impl Share {
    /// When the rung has to be done: after `min(within + unspent, remaining − reserve)`. `None` when that is no time at all.
    pub(crate) fn deadline(self, now: Moment, call_deadline: Moment) -> Option<Moment> {
        let available = call_deadline.since(now).saturating_sub(self.reserve);
        let granted = self.within.saturating_add(self.unspent).min(available);
        (!granted.is_zero()).then(|| now + granted)
    }

    /// What is left of the share after a rung that took `spent`.
    pub(crate) fn left(self, spent: Duration) -> Duration {
        self.within.saturating_add(self.unspent).saturating_sub(spent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn features_that_time_out_at_15_ms_leave_the_model_its_own_share() {
        let call = Moment(0) + ms(200);
        let features = Share { within: ms(15), unspent: ms(0), reserve: ms(150) };
        assert_eq!(features.deadline(Moment(0), call), Some(Moment(0) + ms(15)));
        assert_eq!(features.left(ms(15)), ms(0));
        assert_eq!(features.left(ms(5)), ms(10));
    }

    proptest! {
        #[test]
        fn shares_never_exceed_the_deadline(total in 0_u64..1_000, rungs in prop::collection::vec((0_u64..400, 0_u64..500), 1..6)) {
            let call = Moment(0) + ms(total);
            let mut now = Moment(0);
            let mut unspent = ms(0);
            let mut granted = ms(0);
            for (index, (within, takes)) in rungs.iter().enumerate() {
                let reserve = ms(rungs.iter().skip(index + 1).map(|rung| rung.0).sum());
                let share = Share { within: ms(*within), unspent, reserve };
                let Some(deadline) = share.deadline(now, call) else {
                    unspent = share.left(ms(0));
                    continue;
                };
                prop_assert!(deadline <= call);
                prop_assert!(deadline.since(now) <= share.within + share.unspent);
                prop_assert!(call.since(deadline) >= reserve);
                let spent = ms(*takes).min(deadline.since(now));
                granted += spent;
                unspent = share.left(spent);
                now = now + spent;
            }
            prop_assert!(granted <= ms(total));
        }
    }
}
