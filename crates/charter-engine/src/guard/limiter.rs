//! How many calls may be inside a model at once.
//!
//! Who answers instead, and who waits, does not belong here.

use super::gradient::Gradient;
use crate::context::Moment;
use charter_plan::plan::Limiter as Settings;
use std::time::Duration;

#[derive(Clone, Debug)]
pub(crate) enum Limiter {
    Off,
    Fixed { max: u32 },
    Adaptive(Box<Gradient>),
}

/// What a call's end says about load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completion {
    Answered,
    TimedOut,
    /// A failure, a caller who hung up: its duration says nothing about service time.
    Other,
}

impl Limiter {
    pub(crate) fn new(settings: Settings) -> Self {
        match settings {
            Settings::Off => Self::Off,
            Settings::Fixed { max } => Self::Fixed { max },
            Settings::Adaptive { initial, min, max } => Self::Adaptive(Box::new(Gradient::new(initial, min, max))),
        }
    }

    /// The same knowledge under other settings.
    pub(crate) fn carried(&self, settings: Settings) -> Self {
        match (self, settings) {
            (Self::Adaptive(gradient), Settings::Adaptive { min, max, .. }) => Self::Adaptive(Box::new(gradient.bounded(min, max))),
            (_, settings) => Self::new(settings),
        }
    }

    pub(crate) fn limit(&self) -> Option<u32> {
        match self {
            Self::Off => None,
            Self::Fixed { max } => Some(*max),
            Self::Adaptive(gradient) => Some(gradient.limit()),
        }
    }

    /// Learns from a call's end; tells the new limit when it changed. `in_flight` counts the call that ended.
    pub(crate) fn record(&mut self, now: Moment, rows: usize, duration: Duration, completion: Completion, in_flight: u32) -> Option<u32> {
        let Self::Adaptive(gradient) = self else { return None };
        let before = gradient.limit();
        match completion {
            Completion::Answered => gradient.complete(now, rows, duration, in_flight),
            Completion::TimedOut => gradient.back_off(),
            Completion::Other => {}
        }
        let after = gradient.limit();
        (after != before).then_some(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_limit_learns_nothing() {
        let mut limiter = Limiter::new(Settings::Fixed { max: 2 });
        assert_eq!(limiter.record(Moment(0), 1, Duration::ZERO, Completion::TimedOut, 2), None);
        assert_eq!((limiter.limit(), Limiter::new(Settings::Off).limit()), (Some(2), None));
    }

    #[test]
    fn a_carried_adaptive_limit_keeps_what_it_learnt_within_the_new_bounds() {
        let mut limiter = Limiter::new(Settings::Adaptive { initial: 100, min: 1, max: 200 });
        limiter.record(Moment(0), 1, Duration::ZERO, Completion::TimedOut, 100);
        assert_eq!(limiter.limit(), Some(90));
        assert_eq!(limiter.carried(Settings::Adaptive { initial: 10, min: 1, max: 200 }).limit(), Some(90));
        assert_eq!(limiter.carried(Settings::Adaptive { initial: 10, min: 1, max: 50 }).limit(), Some(50));
        assert_eq!(limiter.carried(Settings::Fixed { max: 7 }).limit(), Some(7));
    }
}
