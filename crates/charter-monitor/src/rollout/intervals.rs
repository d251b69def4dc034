//! Bad shares by minute, for the judges that look at intervals: `kayenta` and `fixed`. Both are there for migration and have no error bound.

use super::mann_whitney::classify;
use super::record::{Class, Count, Intervals};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Newest minutes that are compared.
const POINTS_MAX: usize = 240;
/// Failed minutes that are forgiven, as `failureLimit` of Argo Rollouts; the next one takes back. (Flagger's `threshold` of 3 takes back at the third.)
const FAILURES_MAX: u32 = 3;
/// Kayenta's usual score thresholds: below the first it fails, from the second it passes.
const MARGINAL: f64 = 75.0;
const PASS: f64 = 95.0;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Points {
    /// What was counted when the minute began, of the stable version and of the candidate.
    from: [Count; 2],
    shares: [VecDeque<f64>; 2],
    measured: [u32; 2],
    failed: u32,
    /// Whether the newest minute of this step was good.
    good: Option<bool>,
}

impl Points {
    /// Ends a minute. Versions without calls in it have no point, as Kayenta drops what is not a number.
    pub(super) fn close(&mut self, now: [Count; 2], p_bad: f64) {
        for (arm, now) in now.into_iter().enumerate() {
            let minute = now.since(self.from[arm]);
            self.from[arm] = now;
            let Some(share) = minute.share() else { continue };
            self.measured[arm] = self.measured[arm].saturating_add(1);
            if self.shares[arm].len() == POINTS_MAX {
                self.shares[arm].pop_front();
            }
            self.shares[arm].push_back(share);
            if arm == 1 {
                self.good = Some(share <= p_bad);
                self.failed = self.failed.saturating_add(u32::from(share > p_bad));
            }
        }
    }

    /// A step needs a good minute of its own.
    pub(super) fn step(&mut self) {
        self.good = None;
    }

    pub(super) fn kayenta(&self) -> Intervals {
        let shares = |arm: usize| self.shares[arm].iter().copied().collect::<Vec<_>>();
        self.intervals(classify(&shares(0), &shares(1)))
    }

    pub(super) fn fixed(&self) -> Intervals {
        let class = match self.good {
            _ if self.failed > FAILURES_MAX => Class::High,
            None => Class::NoData,
            Some(true) => Class::Pass,
            Some(false) => Class::High,
        };
        self.intervals(class)
    }

    fn intervals(&self, class: Class) -> Intervals {
        Intervals { measured: self.measured, failed: self.failed, class }
    }
}

/// Kayenta's score: how many of a hundred metrics with data pass. `None` without any.
pub(super) fn score(classes: impl Iterator<Item = Class>) -> Option<f64> {
    let (mut passed, mut all) = (0_u32, 0_u32);
    for class in classes.filter(|class| *class != Class::NoData) {
        all += 1;
        passed += u32::from(class != Class::High);
    }
    (all > 0).then(|| f64::from(passed) / f64::from(all) * 100.0)
}

/// Whether a score fails, passes (`Some(true)`), or neither.
pub(super) fn passes(score: f64) -> Option<bool> {
    if score < MARGINAL {
        Some(false)
    } else if score >= PASS {
        Some(true)
    } else {
        None
    }
}

/// More failed minutes than forgiven.
pub(super) fn failed(intervals: &Intervals) -> bool {
    intervals.failed > FAILURES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(points: &mut Points, minutes: &[[(u64, u64); 2]]) {
        let mut total = points.from;
        for minute in minutes {
            for arm in 0..2 {
                total[arm].calls += minute[arm].0;
                total[arm].bad += minute[arm].1;
            }
            points.close(total, 0.01);
        }
    }

    #[test]
    fn the_fourth_failed_minute_is_one_too_many() {
        let mut points = Points::default();
        run(&mut points, &[[(100, 0), (100, 2)], [(100, 0), (100, 1)], [(100, 0), (0, 0)], [(100, 0), (100, 2)], [(100, 0), (100, 2)]]);
        assert_eq!((points.fixed().failed, failed(&points.fixed()), points.fixed().measured), (3, false, [5, 4]));
        run(&mut points, &[[(100, 0), (100, 2)]]);
        assert!(failed(&points.fixed()));
    }

    #[test]
    fn kayenta_sees_a_version_that_is_clearly_worse_and_no_other() {
        let mut points = Points::default();
        let minutes: Vec<_> = (0..20).map(|minute| [(200, 2 + minute % 3), (200, 20 + minute % 3)]).collect();
        run(&mut points, &minutes[..4]);
        assert_eq!(points.kayenta().class, Class::NoData);
        run(&mut points, &minutes[4..]);
        assert_eq!(points.kayenta().class, Class::High);
        let mut alike = Points::default();
        run(&mut alike, &(0..20).map(|minute| [(200, 2 + minute % 3), (200, 2 + (minute + 1) % 3)]).collect::<Vec<_>>());
        assert_eq!(alike.kayenta().class, Class::Pass);
    }

    #[test]
    fn scores_are_classed_as_kayenta_does() {
        let of = |classes: &[Class]| score(classes.iter().copied());
        assert_eq!(of(&[Class::NoData]), None);
        assert_eq!(of(&[Class::Pass, Class::Low, Class::High, Class::Pass, Class::NoData]), Some(75.0));
        assert_eq!([passes(74.9), passes(75.0), passes(94.9), passes(95.0)], [Some(false), None, None, Some(true)]);
    }
}
