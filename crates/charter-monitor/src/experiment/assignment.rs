//! Do the arms get the shares of units that they were promised, and if not, where?

use crate::statistics::mismatch::{chi_square_p, log_bayes_factor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Level of both tests.
const LEVEL: f64 = 0.001;
/// Most days that are told apart; later ones count as the last.
const DAYS_MAX: usize = 400;
/// Fewest units of a slice that is named.
const SLICE_UNITS_MIN: u64 = 50;
const HOUR_MS: u64 = 3_600_000;
pub(super) const DAY_MS: u64 = 24 * HOUR_MS;

/// First exposures by arm, in all, by hour of the day and by day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Assignment {
    shares: Vec<f64>,
    counts: Vec<u64>,
    hours: Vec<Vec<u64>>,
    /// By days since 1970.
    days: BTreeMap<u64, Vec<u64>>,
    /// Largest logarithm of the e-value at any look.
    log_e_max: f64,
}

/// Whether assignment is sound.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssignmentReport {
    /// Units by arm.
    pub counts: Vec<u64>,
    /// Chi-square test of this one look; flagged for people below .001.
    pub chi_square_p: f64,
    /// Base-10 logarithm of the largest e-value so far (Dirichlet-multinomial); 3 blocks the verdict.
    pub log10_e: f64,
    /// The e-value has passed 1,000: at any time, and with any number of looks, by chance at most once in 1,000 experiments.
    pub mismatch: bool,
    /// The chi-square test is below .001; looked at often, chance gives that too.
    pub suspect: bool,
    /// Where shares are off most, when there is a mismatch or a suspicion.
    pub worst_slice: Option<SliceMismatch>,
    /// Units seen in more than one arm; they count in their first.
    pub crossed: u64,
    /// Share of all units that is kept: below 1 once the bound is reached.
    pub sampled: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SliceMismatch {
    /// `hour 13 UTC` or `day 2026-11-23`.
    pub slice: String,
    pub counts: Vec<u64>,
    /// Chi-square, times the number of slices.
    pub p_adjusted: f64,
}

impl Assignment {
    /// Weights are parts of any whole.
    pub(super) fn new(weights: &[u16]) -> Self {
        let whole = weights.iter().map(|&weight| f64::from(weight)).sum::<f64>().max(1.0);
        Self {
            shares: weights.iter().map(|&weight| f64::from(weight) / whole).collect(),
            counts: vec![0; weights.len()],
            hours: vec![vec![0; weights.len()]; 24],
            ..Self::default()
        }
    }

    pub(super) fn count(&mut self, arm: usize, at_ms: u64) {
        let arms = self.counts.len();
        let hour = (at_ms / HOUR_MS % 24) as usize;
        let mut day = at_ms / DAY_MS;
        if self.days.len() >= DAYS_MAX && !self.days.contains_key(&day) {
            day = self.days.keys().next_back().copied().unwrap_or(day);
        }
        let cells = [self.counts.get_mut(arm), self.hours.get_mut(hour).and_then(|hour| hour.get_mut(arm))];
        let by_day = self.days.entry(day).or_insert_with(|| vec![0; arms]).get_mut(arm);
        cells.into_iter().chain([by_day]).flatten().for_each(|count| *count += 1);
    }

    /// Starts counting anew, for units that are left after forgetting some; what was shown before stays shown.
    pub(super) fn cleared(&self) -> Self {
        let arms = self.counts.len();
        Self {
            shares: self.shares.clone(),
            counts: vec![0; arms],
            hours: vec![vec![0; arms]; 24],
            days: BTreeMap::new(),
            log_e_max: self.log_e_max,
        }
    }

    /// Units of an arm that were exposed on or before a day.
    pub(super) fn exposed_until(&self, arm: usize, day: u64) -> u64 {
        self.days.range(..=day).filter_map(|(_, counts)| counts.get(arm)).sum()
    }

    pub(super) fn look(&mut self) {
        self.log_e_max = self.log_e_max.max(log_bayes_factor(&self.counts, &self.shares));
    }

    pub(super) fn report(&self, crossed: u64, sampled: f64) -> AssignmentReport {
        let chi_square_p = chi_square_p(&self.counts, &self.shares);
        let (mismatch, suspect) = (self.log_e_max > -LEVEL.ln(), chi_square_p < LEVEL);
        AssignmentReport {
            counts: self.counts.clone(),
            chi_square_p,
            log10_e: self.log_e_max / std::f64::consts::LN_10,
            mismatch,
            suspect,
            worst_slice: (mismatch || suspect).then(|| self.worst_slice()).flatten(),
            crossed,
            sampled,
        }
    }

    fn worst_slice(&self) -> Option<SliceMismatch> {
        let hours = self.hours.iter().enumerate().map(|(hour, counts)| (format!("hour {hour} UTC"), counts));
        let days = self.days.iter().map(|(&day, counts)| (format!("day {}", date(day)), counts));
        let large: Vec<(String, &Vec<u64>)> =
            hours.chain(days).filter(|(_, counts)| counts.iter().sum::<u64>() >= SLICE_UNITS_MIN).collect();
        let slices = large.len() as f64;
        large
            .into_iter()
            .map(|(slice, counts)| (chi_square_p(counts, &self.shares), slice, counts))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(p, slice, counts)| SliceMismatch { slice, counts: counts.clone(), p_adjusted: (p * slices).min(1.0) })
    }
}

/// The civil date of a day since 1970 (Hinnant, "chrono-compatible low-level date algorithms").
pub(super) fn date(day: u64) -> String {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{:02}", of_year - (153 * shifted_month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates() {
        assert_eq!([0, 59, 11_016, 20_780].map(date), ["1970-01-01", "1970-03-01", "2000-02-29", "2026-11-23"]);
    }

    #[test]
    fn the_hour_in_which_an_arm_loses_units_is_named() {
        let mut assignment = Assignment::new(&[5_000, 5_000]);
        for unit in 0..80_000_u64 {
            let at_ms = unit * 2_160;
            let lost = at_ms / HOUR_MS % 24 == 13 && unit % 2 == 1;
            if !lost {
                assignment.count((unit % 2) as usize, at_ms);
            }
        }
        assignment.look();
        let report = assignment.report(0, 1.0);
        assert!(report.mismatch, "{report:?}");
        assert_eq!(report.worst_slice.map(|slice| slice.slice).as_deref(), Some("hour 13 UTC"));
    }
}
