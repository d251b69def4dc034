//! When a difference is worth waking someone: it must be large, beyond chance over all columns, and last.

use super::compare::Comparison;
use super::reference::ROWS_MIN;
use crate::statistics::multiplicity::false_discovery_adjusted;
use serde::{Deserialize, Serialize};

/// What counts as large, and as beyond chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Population stability index.
    pub stability_index: f64,
    /// Wasserstein's distance, in deviations of the reference.
    pub wasserstein: f64,
    /// Jensen–Shannon distance, natural logarithm; for columns of texts.
    pub shannon: f64,
    /// Rows more in a tail than the reference has, as a share of all.
    pub tail: f64,
    /// Missing rows more or less than the reference has, as a share of all.
    pub missing: f64,
    /// The share of unseen levels that the lower end of its interval must pass.
    pub unseen: f64,
    /// The level of Benjamini and Hochberg's adjusted p-value.
    pub p: f64,
}

impl Default for Thresholds {
    /// PSI .1, W1 .1 deviations, JS .1, half a percent in a tail, one percent missing, one row in a thousand unseen, p .01.
    fn default() -> Self {
        Self { stability_index: 0.1, wasserstein: 0.1, shannon: 0.1, tail: 0.005, missing: 0.01, unseen: 0.001, p: 0.01 }
    }
}

/// What is said of a column in one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Too few rows to say.
    Insufficient,
    /// No difference beyond chance.
    Stable,
    /// Significant, small: a difference beyond chance that is not large.
    Small,
    /// A difference that is large and beyond chance.
    Shifted,
}

/// What is large and beyond chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    StabilityIndex,
    Wasserstein,
    Shannon,
    Tail,
    Missing,
    UnseenCategory,
}

/// What is said of one column in one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub verdict: Verdict,
    /// Adjusted p-values of the shape and of the share of missing values; 1 where there was no test.
    pub adjusted_p: (f64, f64),
    /// Why it is shifted.
    pub causes: Vec<Cause>,
    /// The largest effect in units of its threshold: 1 is just large enough.
    pub effect: f64,
}

/// Judges all columns of a window together, so that many columns do not make many alarms.
pub fn judge(comparisons: &[&Comparison], thresholds: &Thresholds) -> Vec<Judgement> {
    let p_values: Vec<f64> = comparisons.iter().flat_map(|one| [one.shape.as_ref().map_or(1.0, |shape| shape.p), one.missing.p]).collect();
    let adjusted = false_discovery_adjusted(&p_values);
    comparisons.iter().zip(adjusted.chunks_exact(2)).map(|(one, p)| one_column(one, (p[0], p[1]), thresholds)).collect()
}

fn one_column(found: &Comparison, adjusted_p: (f64, f64), thresholds: &Thresholds) -> Judgement {
    let enough = found.rows.min(found.reference_rows) >= ROWS_MIN;
    let (shape, missing) = (adjusted_p.0 <= thresholds.p, enough && adjusted_p.1 <= thresholds.p);
    let mut large: Vec<(Cause, f64, bool)> = Vec::new();
    if let Some(found) = &found.shape {
        large.push((Cause::StabilityIndex, found.stability_index.effect() / thresholds.stability_index, shape));
        match &found.line {
            Some(line) => {
                large.push((Cause::Wasserstein, line.wasserstein.effect() / thresholds.wasserstein, shape));
                if let Some(tail) = &line.tail {
                    large.push((Cause::Tail, tail.excess() / thresholds.tail, shape && tail.p <= thresholds.p));
                }
            }
            None => large.push((Cause::Shannon, found.shannon.effect() / thresholds.shannon, shape)),
        }
    }
    let more = found.missing.shares.1 - found.missing.shares.0;
    large.push((Cause::Missing, more.abs() / thresholds.missing, missing));
    if let Some(unseen) = &found.unseen {
        large.push((Cause::UnseenCategory, unseen.interval.low / thresholds.unseen, enough));
    }
    let causes: Vec<Cause> = large.iter().filter(|(_, effect, beyond)| *beyond && *effect >= 1.0).map(|(cause, ..)| *cause).collect();
    let verdict = match () {
        () if !causes.is_empty() => Verdict::Shifted,
        () if shape || missing => Verdict::Small,
        () if found.shape.is_none() => Verdict::Insufficient,
        () => Verdict::Stable,
    };
    Judgement { verdict, adjusted_p, causes, effect: large.iter().map(|(_, effect, _)| *effect).fold(0.0, f64::max) }
}

/// The last windows of a column: an alert needs two shifted ones of three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persistence {
    /// The last three windows that had enough rows, the newest in the lowest bit.
    shifted: u8,
}

impl Persistence {
    /// Takes a window's verdict, and says whether there is an alert now. A window with too few rows changes nothing.
    pub fn push(&mut self, verdict: Verdict) -> bool {
        if verdict != Verdict::Insufficient {
            self.shifted = (self.shifted << 1 | u8::from(verdict == Verdict::Shifted)) & 0b111;
        }
        self.shifted.count_ones() >= 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_of_three_windows_make_an_alert() {
        use Verdict::{Insufficient, Shifted, Small, Stable};
        let mut persistence = Persistence::default();
        let course = [Shifted, Stable, Shifted, Insufficient, Small, Stable, Shifted, Shifted];
        let told: Vec<bool> = course.into_iter().map(|verdict| persistence.push(verdict)).collect();
        assert_eq!(told, [false, false, true, true, false, false, false, true]);
    }
}
