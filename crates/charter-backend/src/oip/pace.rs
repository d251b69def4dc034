//! How long an upstream is left alone before it is asked again.
//!
//! Who asks, and what counts as a failure, is [`super::remote`]'s. There is no jitter: one process asks one upstream a few times a minute at most.

use std::time::Duration;

/// The pauses of a remote model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Between contacts in the background while nothing is agreed with the upstream.
    pub(super) contact: Backoff,
    /// After the upstream refused: no call and no contact asks it in that time.
    pub(super) refusal: Backoff,
}

impl Pace {
    pub(super) const USUAL: Self = Self {
        contact: Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(10) },
        refusal: Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) },
    };
}

/// Pauses that double from `first` to `longest`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    pub(super) first: Duration,
    pub(super) longest: Duration,
}

impl Backoff {
    /// The pause when `earlier` others went before it in a row.
    pub(super) fn pause(self, earlier: u32) -> Duration {
        let factor = 1_u32.checked_shl(earlier).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pauses_double_to_the_longest() {
        let seconds = |earlier| Pace::USUAL.refusal.pause(earlier).as_secs();
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 31, 32, u32::MAX].map(seconds), [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]);
        assert_eq!(Pace::USUAL.contact.pause(0), Duration::from_millis(500));
        assert_eq!(Pace::USUAL.contact.pause(9), Duration::from_secs(10));
    }

    proptest! {
        #[test]
        fn a_pause_never_shrinks_and_keeps_its_bounds(first_ms in 1_u64..5000, more_ms in 0_u64..100_000, earlier in any::<u32>()) {
            let backoff = Backoff { first: Duration::from_millis(first_ms), longest: Duration::from_millis(first_ms + more_ms) };
            let pause = backoff.pause(earlier);
            prop_assert!(backoff.first <= pause && pause <= backoff.longest);
            prop_assert!(pause <= backoff.pause(earlier.saturating_add(1)));
        }
    }
}
