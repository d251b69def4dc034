//! Moments of the arms, kept up to date as units change: a look costs nothing however many units there are.

use super::layout::Contribution;
use serde::{Deserialize, Serialize};

/// Sums over the units of one arm, of one metric. `value` is the numerator, `per` the denominator (1 for a mean).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sums {
    pub(super) value: f64,
    pub(super) per: f64,
    pub(super) value_value: f64,
    pub(super) per_per: f64,
    pub(super) value_per: f64,
    /// Over units with a covariate only.
    pub(super) value_seen: f64,
    pub(super) value_covariate: f64,
    pub(super) capped: i64,
}

/// Sums over the units of one arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ArmSums {
    pub(super) units: u64,
    /// Units with a covariate, their sum, and the sum of squares.
    pub(super) seen: u64,
    pub(super) covariate: f64,
    pub(super) covariate_covariate: f64,
}

impl Sums {
    /// Adds a unit (`sign` 1) or takes it away again (−1).
    pub(super) fn count(&mut self, unit: Contribution, covariate: Option<f64>, sign: f64) {
        self.value += sign * unit.value;
        self.per += sign * unit.per;
        self.value_value += sign * unit.value * unit.value;
        self.per_per += sign * unit.per * unit.per;
        self.value_per += sign * unit.value * unit.per;
        if let Some(covariate) = covariate {
            self.value_seen += sign * unit.value;
            self.value_covariate += sign * unit.value * covariate;
        }
        self.capped += if unit.capped { sign as i64 } else { 0 };
    }
}

impl ArmSums {
    pub(super) fn count_covariate(&mut self, covariate: Option<f64>, added: bool) {
        let Some(value) = covariate else { return };
        let sign = if added { 1.0 } else { -1.0 };
        self.seen = if added { self.seen + 1 } else { self.seen.saturating_sub(1) };
        self.covariate += sign * value;
        self.covariate_covariate += sign * value * value;
    }
}
