//! What outlives the process.
//!
//! Rows are packed and written as base64: of each unit 25 bytes and 8 for each sum, of each remembered outcome 42, a third more on paper.
//! 100,000 units of three metrics with as many outcomes take 14 MB, and full books at most 62 MB: save seldom; what came after the last save is lost with
//! the process.

use super::ledger::{Ledger, Tally};
use super::outcomes::Outcomes;
use super::units::Units;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use charter_plan::plan::Experiment;
use charter_plan::tensor::TensorSpec;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why saved books cannot be taken up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreError {
    Unreadable(String),
    /// They are about other arms, shares, metrics or another salt.
    OtherSettings,
}

impl fmt::Display for RestoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(formatter, "the saved experiment cannot be read: {why}"),
            Self::OtherSettings => formatter.write_str("the saved experiment has other arms, shares, metrics or another salt"),
        }
    }
}

impl std::error::Error for RestoreError {}

#[derive(Serialize, Deserialize)]
struct Saved {
    /// What the books are about; a change of any of it starts a new experiment.
    about: serde_json::Value,
    tally: Tally,
    halvings: u32,
    units: String,
    outcomes: String,
    parked: String,
}

fn about(settings: &Experiment) -> Result<serde_json::Value, serde_json::Error> {
    let Experiment { salt, unit, arms, goals, guardrails, covariate, alpha, .. } = settings;
    serde_json::to_value((salt, unit, arms, goals, guardrails, covariate, alpha))
}

impl Ledger {
    /// The whole state.
    ///
    /// # Errors
    /// Never in practice; what serde says.
    pub fn save(&self) -> Result<serde_json::Value, serde_json::Error> {
        let (outcomes, parked) = self.outcomes.packed();
        serde_json::to_value(Saved {
            about: about(&self.settings)?,
            tally: self.tally.clone(),
            halvings: self.units.halvings(),
            units: STANDARD.encode(self.units.packed()),
            outcomes: STANDARD.encode(outcomes),
            parked: STANDARD.encode(parked),
        })
    }

    /// Goes on from saved books.
    ///
    /// # Errors
    /// When they cannot be read, or are about another experiment: start anew then, and say so.
    pub fn restore(settings: Experiment, outputs: &[TensorSpec], saved: &serde_json::Value) -> Result<Self, RestoreError> {
        let unreadable = |why: &dyn fmt::Display| RestoreError::Unreadable(why.to_string());
        let saved = Saved::deserialize(saved).map_err(|error| unreadable(&error))?;
        if about(&settings).map_err(|error| unreadable(&error))? != saved.about {
            return Err(RestoreError::OtherSettings);
        }
        let decoded = |text: &String| STANDARD.decode(text).map_err(|error| unreadable(&error));
        let fresh = Self::new(settings, outputs);
        let units = Units::unpacked(fresh.layout.stride, fresh.units.max(), saved.halvings, &decoded(&saved.units)?)
            .ok_or_else(|| unreadable(&"broken rows"))?;
        let outcomes =
            Outcomes::unpacked(&decoded(&saved.outcomes)?, &decoded(&saved.parked)?).ok_or_else(|| unreadable(&"broken outcomes"))?;
        Ok(Self { units, outcomes, tally: saved.tally, ..fresh })
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;
    use crate::experiment::outcomes::{IDS_MAX, PACKED_BYTES, PARKED_MAX};
    use charter_store::limits::BYTES_MAX;

    #[test]
    fn full_books_fit_into_a_store() {
        let packed = Ledger::UNITS_BYTES_MAX + (IDS_MAX + PARKED_MAX) * PACKED_BYTES;
        // Base64 is a third more; sums, looks and settings are far below 2 MiB.
        assert!(packed.div_ceil(3) * 4 + (2 << 20) <= BYTES_MAX, "{packed}");
    }
}
