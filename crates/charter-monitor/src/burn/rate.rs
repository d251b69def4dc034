//! A window's ratio of bad events against its threshold, and whether few events say enough.

use crate::statistics::proportion::clopper_pearson_interval;
use serde::{Deserialize, Serialize};

/// So many bad events say enough without an interval.
pub const BAD_ENOUGH: u64 = 10;
/// Two-sided: 97.5 % on the lower side.
const CONFIDENCE: f64 = 0.95;

/// Events, and how many of them were bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub bad: u64,
    pub events: u64,
}

/// Why a long window counts in spite of little traffic, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Too few events to tell it from chance.
    TooFew,
    /// The lower bound of the ratio is beyond the threshold.
    LowerBound,
    /// At least ten bad events.
    BadEnough,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.bad = self.bad.saturating_add(other.bad);
        self.events = self.events.saturating_add(other.events);
    }

    /// The share of bad events; `None` without events.
    pub fn ratio(&self) -> Option<f64> {
        (self.events > 0).then(|| self.bad as f64 / self.events as f64)
    }

    /// Whether the ratio is above a threshold; without events it is not.
    pub fn exceeds(&self, threshold: f64) -> bool {
        self.bad > 0 && self.bad as f64 > threshold * self.events as f64
    }

    /// What so many events can tell: ten bad ones are enough, else the lower bound of Clopper and Pearson (Biometrika 26, 1934), 97.5 % one-sided, must
    /// pass the threshold.
    pub fn evidence(&self, threshold: f64) -> Evidence {
        match () {
            () if self.bad >= BAD_ENOUGH => Evidence::BadEnough,
            () if clopper_pearson_interval(self.bad, self.events, CONFIDENCE).low > threshold => Evidence::LowerBound,
            () => Evidence::TooFew,
        }
    }
}
