//! Whether a failed call is tried again, and after which wait.
//!
//! Models are taken to be idempotent. The wait is full jitter below `backoff × 2^i`, at most a second (Brooker, "Exponential Backoff and Jitter", AWS 2015).
//!
//! What may be spent on it belongs to [`super::budget`]; waiting does not belong here.

use crate::backend::Failure;
use crate::chance::unit;
use charter_plan::plan::Retry as Settings;
use std::time::Duration;

const BACKOFF_MAX: Duration = Duration::from_secs(1);

/// A call that failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed {
    pub(crate) failure: Failure,
    /// Tries after the first that were made already.
    pub(crate) retries: u8,
    /// Time until nobody waits any more.
    pub(crate) remaining: Duration,
    /// How long the model mostly takes, where that is known.
    pub(crate) p50: Option<Duration>,
}

/// The wait before the next try; `None` when there should be none.
pub(crate) fn wait(settings: &Settings, failed: Failed, dice: u64) -> Option<Duration> {
    if failed.retries >= settings.retries_max {
        return None;
    }
    let asked = match failed.failure {
        Failure::Connect | Failure::Reset | Failure::Upstream => Duration::ZERO,
        Failure::Overloaded { retry_after } => retry_after.unwrap_or_default(),
        // A timeout has used up the time; the others would come out the same.
        Failure::Timeout | Failure::BadOutput | Failure::SchemaMismatch | Failure::Rejected | Failure::Unavailable => return None,
    };
    let doubled = Duration::from_millis(u64::from(settings.backoff_ms)).saturating_mul(1_u32 << failed.retries.min(16));
    let wait = doubled.min(BACKOFF_MAX).mul_f64(unit(dice)).max(asked);
    let needed = wait.saturating_add(failed.p50.unwrap_or_default());
    (needed < failed.remaining).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SETTINGS: Settings = Settings { retries_max: 3, budget_ratio: 0.1, backoff_ms: 25 };

    fn failed(failure: Failure) -> Failed {
        Failed { failure, retries: 0, remaining: Duration::from_secs(1), p50: None }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let long = Failure::Overloaded { retry_after: Some(Duration::from_secs(2)) };
        let short = Failure::Overloaded { retry_after: Some(Duration::from_millis(200)) };
        let again = [Failure::Connect, Failure::Reset, Failure::Upstream, Failure::Overloaded { retry_after: None }, short];
        assert!(again.iter().all(|&failure| wait(&SETTINGS, failed(failure), 7).is_some()));
        assert!(wait(&SETTINGS, failed(short), 7) >= Some(Duration::from_millis(200)), "the upstream is heeded");
        let never = [Failure::Timeout, Failure::BadOutput, Failure::SchemaMismatch, Failure::Rejected, Failure::Unavailable, long];
        assert!(never.iter().all(|&failure| wait(&SETTINGS, failed(failure), 7).is_none()));
    }

    proptest! {
        #[test]
        fn a_wait_leaves_time_for_an_answer(retries in 0_u8..6, remaining_ms in 0_u64..3_000, p50_ms in prop::option::of(0_u64..2_000), dice in any::<u64>()) {
            let remaining = Duration::from_millis(remaining_ms);
            let p50 = p50_ms.map(Duration::from_millis);
            let chosen = wait(&SETTINGS, Failed { failure: Failure::Reset, retries, remaining, p50 }, dice);
            if let Some(chosen) = chosen {
                prop_assert!(retries < 3);
                prop_assert!(chosen <= Duration::from_millis(25 << retries) && chosen <= BACKOFF_MAX);
                prop_assert!(chosen + p50.unwrap_or_default() < remaining);
            } else {
                let shortest = p50.unwrap_or_default();
                prop_assert!(retries >= 3 || shortest + Duration::from_millis(25 << retries) >= remaining);
            }
        }
    }
}
