//! A figure that was told once is never changed silently: what changes it makes a new version, and the old ones stay.

use serde::{Deserialize, Serialize};

/// Versions that are kept: the first, which was told first, and the latest.
pub const VERSIONS_MAX: usize = 32;

/// A figure of a cohort as it was told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// From 1.
    pub version: u32,
    pub at_ms: u64,
    pub value: f64,
    /// Labels and implicit negatives that it rests on, of so many predictions.
    pub labelled: u64,
    pub implicit: u64,
    pub rows: u64,
    /// Whether the cohort was mature.
    pub mature: bool,
}

/// The versions of one figure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    versions: Vec<Figure>,
}

impl Figures {
    /// Tells a figure; its version is given here. `None`, and nothing new, when it says what the latest says; a figure that is not a number is not told.
    pub fn tell(&mut self, figure: Figure) -> Option<Figure> {
        let latest = self.latest();
        let alike = |known: Figure| Figure { version: 0, at_ms: 0, ..known } == Figure { version: 0, at_ms: 0, ..figure };
        if !figure.value.is_finite() || latest.is_some_and(alike) {
            return None;
        }
        let told = Figure { version: latest.map_or(1, |known| known.version.saturating_add(1)), ..figure };
        if self.versions.len() >= VERSIONS_MAX {
            self.versions.remove(1);
        }
        self.versions.push(told);
        Some(told)
    }

    /// What holds.
    pub fn latest(&self) -> Option<Figure> {
        self.versions.last().copied()
    }

    /// The first, and the latest.
    pub fn versions(&self) -> &[Figure] {
        &self.versions
    }

    /// By how much the latest differs from the first that was told of the mature cohort; `None` before two of them.
    pub fn restated_by(&self) -> Option<f64> {
        let first = self.versions.iter().find(|figure| figure.mature)?;
        let latest = self.latest()?;
        (latest.version > first.version).then_some(latest.value - first.value)
    }
}
