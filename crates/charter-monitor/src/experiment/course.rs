//! The course of an experiment: does the effect wear off, and do outcomes come late?
//!
//! For people; no verdict follows from it.

use super::assignment::{Assignment, DAY_MS};
use crate::statistics::histogram::Histogram;
use serde::{Deserialize, Serialize};

/// Weeks since exposure that are told apart; later ones count as the last.
const WEEKS: usize = 8;
const MINUTE_MS: u64 = 60_000;
/// Fewest units in either arm of a week that is reported.
const UNITS_MIN: u64 = 100;
/// Deviations between the first week and the later ones that are called novelty.
const NOVELTY_DEVIATIONS: f64 = 3.0;
/// Share of units that have had less time than most outcomes need, from which figures are called immature.
const IMMATURE_MIN: f64 = 0.1;
/// Outcomes from which their delay is known.
const DELAYS_MIN: u64 = 20;

/// What one metric gained in one week since exposure, over the units of an arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Week {
    value: f64,
    per: f64,
    squares: f64,
}

/// Of one metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Course {
    /// By arm, by week.
    weeks: Vec<[Week; WEEKS]>,
    /// Minutes from exposure to outcome.
    delays: Histogram,
}

/// The effect among units in one week since their exposure. Calls of one unit are taken as independent here.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WeekEffect {
    /// 0 is the first.
    pub week: usize,
    pub relative: f64,
    /// Standard deviation of it.
    pub deviation: f64,
}

/// When outcomes come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DelayReport {
    /// Hours after exposure by which 95 % of the outcomes so far had happened; those still to come make it longer.
    pub hours_p95: f64,
    /// Share of units exposed less than that ago.
    pub immature: f64,
    /// More than a tenth is immature, and the delay is a day or more: read older units.
    pub delayed: bool,
}

impl Course {
    pub(super) fn new(arms: usize) -> Self {
        Self { weeks: vec![[Week::default(); WEEKS]; arms], delays: Histogram::default() }
    }

    /// A unit's figure grew by so much.
    pub(super) fn grew(&mut self, arm: usize, since_exposure_ms: u64, value: f64, per: f64) {
        let week = ((since_exposure_ms / (7 * DAY_MS)) as usize).min(WEEKS - 1);
        if let Some(week) = self.weeks.get_mut(arm).and_then(|weeks| weeks.get_mut(week)) {
            week.value += value;
            week.per += per;
            week.squares += value * value;
        }
    }

    /// Half of the units are forgotten: what they gained is taken for half.
    pub(super) fn halve(&mut self) {
        for week in self.weeks.iter_mut().flatten() {
            *week = Week { value: week.value / 2.0, per: week.per / 2.0, squares: week.squares / 2.0 };
        }
    }

    pub(super) fn outcome_after(&mut self, since_exposure_ms: u64) {
        self.delays.add(since_exposure_ms / MINUTE_MS);
    }

    /// The effect of an arm in each week that a hundred units of both have reached. `is_ratio`: the figure is a sum over a sum, else a
    /// sum over units.
    pub(super) fn weeks(&self, arm: usize, is_ratio: bool, assignment: &Assignment, at_ms: u64) -> Vec<WeekEffect> {
        let today = at_ms / DAY_MS;
        let figure = |arm: usize, week: usize| {
            let units = assignment.exposed_until(arm, today.checked_sub(7 * week as u64)?);
            let Week { value, per, squares } = *self.weeks.get(arm)?.get(week)?;
            let below = if is_ratio { per } else { units as f64 };
            (units >= UNITS_MIN && value > 0.0 && below > 0.0).then(|| (value / below, squares / (below * below)))
        };
        let effect = |week: usize| {
            let ((control, control_variance), (treated, variance)) = (figure(0, week)?, figure(arm, week)?);
            let spread = variance / control.powi(2) + control_variance * treated.powi(2) / control.powi(4);
            Some(WeekEffect { week, relative: treated / control - 1.0, deviation: spread.sqrt() })
        };
        (0..WEEKS).filter_map(effect).collect()
    }

    pub(super) fn delay(&self, assignment: &Assignment, arms: usize, at_ms: u64) -> Option<DelayReport> {
        let minutes = self.delays.quantile(0.95).filter(|_| self.delays.total() >= DELAYS_MIN)?;
        let (day, mature_day) = (at_ms / DAY_MS, at_ms.saturating_sub((minutes * MINUTE_MS as f64) as u64) / DAY_MS);
        let units = |until: u64| (0..arms).map(|arm| assignment.exposed_until(arm, until)).sum::<u64>() as f64;
        let all = units(day);
        let immature = if all > 0.0 { 1.0 - units(mature_day) / all } else { 0.0 };
        let hours_p95 = minutes / 60.0;
        Some(DelayReport { hours_p95, immature, delayed: hours_p95 >= 24.0 && immature > IMMATURE_MIN })
    }
}

/// Whether the first week's effect differs from that of the later weeks by more than chance explains.
pub(super) fn is_novelty(weeks: &[WeekEffect]) -> bool {
    let [first, later @ ..] = weeks else { return false };
    let precision = |week: &WeekEffect| 1.0 / week.deviation.powi(2);
    let weight: f64 = later.iter().map(precision).sum();
    if first.week != 0 || weight <= 0.0 {
        return false;
    }
    let mean = later.iter().map(|week| week.relative * precision(week)).sum::<f64>() / weight;
    (first.relative - mean).abs() > NOVELTY_DEVIATIONS * (first.deviation.powi(2) + 1.0 / weight).sqrt()
}
