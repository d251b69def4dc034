//! What it costs that a thread had nothing to do: the way back, and a cold start.
//!
//! A thread that runs out of work sleeps, and its core with it. What comes next waits until both are awake, and is then computed with cold caches: the
//! longer the rest, the colder. A busy thread rests never, so under load both go away by themselves, and a request costs what it costs a busy thread.
//! Measuring belongs to `calibration`; which thread rests when to `world`.

use crate::calibration::Table;
use crate::chance::uniform;
use serde::{Deserialize, Serialize};

/// One rest that was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RestPoint {
    /// How long the thread had slept.
    pub rest_nanos: f64,
    /// From the event until the thread runs.
    pub wake_nanos: f64,
    /// What its next piece of work takes longer than it takes a busy thread.
    pub cold_nanos: f64,
}

/// What rests cost, by their length: straight lines between what was measured, level beyond.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rest {
    /// Shortest first; none: rests cost nothing.
    pub points: Vec<RestPoint>,
    /// What the way back differs by from one time to another, around its median; may be negative.
    pub spread: Option<Table>,
}

impl Rest {
    /// From these rests, in any order.
    pub fn of(mut points: Vec<RestPoint>, spread: Option<Table>) -> Self {
        points.sort_by(|one, other| one.rest_nanos.total_cmp(&other.rest_nanos));
        Self { points, spread }
    }

    /// Nothing was measured: rests cost nothing.
    pub(crate) fn is_free(&self) -> bool {
        self.points.is_empty()
    }

    /// What a rest of this length costs, without spread.
    pub fn at(&self, rest_nanos: f64) -> RestPoint {
        let first = self.points.first().copied().unwrap_or_default();
        if rest_nanos <= first.rest_nanos {
            return RestPoint { rest_nanos, ..first };
        }
        for pair in self.points.windows(2) {
            if let [low, high] = pair
                && rest_nanos <= high.rest_nanos
            {
                let share = (rest_nanos - low.rest_nanos) / (high.rest_nanos - low.rest_nanos).max(f64::MIN_POSITIVE);
                let between = |from: f64, to: f64| from + (to - from) * share;
                return RestPoint {
                    rest_nanos,
                    wake_nanos: between(low.wake_nanos, high.wake_nanos),
                    cold_nanos: between(low.cold_nanos, high.cold_nanos),
                };
            }
        }
        RestPoint { rest_nanos, ..self.points.last().copied().unwrap_or_default() }
    }

    /// From an event until what it brings is begun as a busy thread would begin it, after a rest of this length.
    pub(crate) fn draw(&self, rest_nanos: u64, seed: u64) -> u64 {
        let point = self.at(rest_nanos as f64);
        let spread = self.spread.as_ref().map_or(0.0, |spread| spread.at(uniform(seed, 0x4e57)));
        ((point.wake_nanos + spread).max(0.0) + point.cold_nanos) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_rests_lies_what_is_between_them() {
        let point = |rest_nanos: f64, wake_nanos: f64, cold_nanos: f64| RestPoint { rest_nanos, wake_nanos, cold_nanos };
        let rest = Rest::of(vec![point(300.0, 30.0, 9.0), point(100.0, 10.0, 5.0)], None);
        assert_eq!(rest.at(0.0), point(0.0, 10.0, 5.0));
        assert_eq!(rest.at(200.0), point(200.0, 20.0, 7.0));
        assert_eq!(rest.at(1e9), point(1e9, 30.0, 9.0));
        assert_eq!(rest.draw(200, 1), 27);
        assert_eq!(Rest::default().draw(200, 1), 0);
    }
}
