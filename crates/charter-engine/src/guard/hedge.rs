//! When a call that takes long is asked a second time.
//!
//! After the rolling p95, at least ten milliseconds, or after what the charter states (Dean and Barroso, "The Tail at Scale", 2013). Not while the p95 is more
//! than three times what is normal: then the model is slow as a whole, and a second question makes it slower.
//!
//! One model version is one backend here, so the second question goes to the same one, over another connection where it is remote.
//! What may be spent on it belongs to [`super::budget`].

use charter_plan::plan::Hedge as Settings;
use std::time::Duration;

const AFTER_MIN: Duration = Duration::from_millis(10);
const SLOW_FACTOR: u32 = 3;

/// How long to wait for the first answer; `None`: no second question.
pub(crate) fn after(settings: &Settings, p95: Option<Duration>, normal: Option<Duration>) -> Option<Duration> {
    let slow_as_a_whole = p95.zip(normal).is_some_and(|(p95, normal)| p95 > normal.saturating_mul(SLOW_FACTOR));
    if slow_as_a_whole {
        return None;
    }
    match settings.after_ms {
        Some(stated) => Some(Duration::from_millis(u64::from(stated))),
        None => p95.map(|p95| p95.max(AFTER_MIN)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Option<Duration> {
        Some(Duration::from_millis(milliseconds))
    }

    #[test]
    fn the_p95_decides_unless_the_model_is_slow_as_a_whole() {
        let rolling = Settings { after_ms: None, budget_ratio: 0.1 };
        let stated = Settings { after_ms: Some(5), ..rolling };
        assert_eq!(after(&rolling, None, None), None, "nothing is known");
        assert_eq!(after(&rolling, ms(40), None), ms(40));
        assert_eq!(after(&rolling, ms(2), ms(2)), ms(10));
        assert_eq!(after(&rolling, ms(120), ms(40)), ms(120));
        assert_eq!((after(&rolling, ms(121), ms(40)), after(&stated, ms(121), ms(40))), (None, None));
        assert_eq!(after(&stated, None, None), ms(5));
    }
}
