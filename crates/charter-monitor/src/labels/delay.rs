//! How long labels take: Kaplan and Meier's curve, in which a prediction whose label is still awaited counts for as long as it was waited for.

use serde::{Deserialize, Serialize};

/// Steps that a curve keeps; with more, each drops less than 1/1,024 of the whole.
pub const STEPS_MAX: usize = 2_048;
/// The part of a curve that a dropped step may hold.
const STEP_MIN: f64 = 1.0 / 1_024.0;

/// What is known of one prediction's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Milliseconds from the prediction to its label, or to now while there is none.
    pub age_ms: u64,
    pub arrived: bool,
}

/// The share of predictions that have a label by an age, from labels that came and those still awaited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DelayCurve {
    /// Rising in both.
    steps: Vec<Step>,
    /// The greatest age that was seen: beyond it nothing is known.
    followed_ms: u64,
    observations: u64,
    labels: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Step {
    delay_ms: u64,
    /// Share with a label by then.
    share: f64,
    /// Greenwood's variance of the share.
    variance: f64,
}

/// By when labels are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Maturity {
    /// A cohort of this age is mature.
    Known { delay_ms: u64 },
    /// No prediction was followed to the end of the window yet, or no label came: nothing is mature.
    Unknown { followed_ms: u64 },
}

impl DelayCurve {
    /// The product-limit estimate (Kaplan and Meier, JASA 53, 1958): the share without a label is the product of 1 − dᵢ/nᵢ over the delays tᵢ, dᵢ labels
    /// of nᵢ predictions still without one just before; who is censored at tᵢ is among them. Variance by Greenwood (1926): S² Σ dᵢ/(nᵢ (nᵢ − dᵢ)).
    /// It holds if how long a prediction was waited for says nothing of its label's delay. `None` without observations.
    pub fn fit(observations: impl IntoIterator<Item = Observation>) -> Option<Self> {
        let mut sorted: Vec<Observation> = observations.into_iter().collect();
        sorted.sort_unstable_by_key(|one| one.age_ms);
        let followed_ms = sorted.last()?.age_ms;
        let mut at_risk = sorted.len() as u64;
        let (mut without, mut sum, mut labels, mut steps) = (1.0, 0.0, 0, Vec::new());
        for alike in sorted.chunk_by(|first, second| first.age_ms == second.age_ms) {
            let arrived = alike.iter().filter(|one| one.arrived).count() as u64;
            if arrived > 0 {
                labels += arrived;
                without *= 1.0 - arrived as f64 / at_risk as f64;
                sum += arrived as f64 / (at_risk as f64 * (at_risk - arrived) as f64);
                // When the last one at risk has its label, S is 0 and known so far.
                let variance = if at_risk == arrived { 0.0 } else { without * without * sum };
                let delay_ms = alike.first().map_or(0, |one| one.age_ms);
                steps.push(Step { delay_ms, share: 1.0 - without, variance });
            }
            at_risk -= alike.len() as u64;
        }
        Some(Self { steps: thinned(steps), followed_ms, observations: sorted.len() as u64, labels })
    }

    /// Share of predictions that have a label by an age; beyond the greatest age seen, the share by then.
    pub fn share_by(&self, age_ms: u64) -> f64 {
        self.step(age_ms).map_or(0.0, |step| step.share)
    }

    /// Greenwood's standard error of that share.
    pub fn error_at(&self, age_ms: u64) -> f64 {
        self.step(age_ms).map_or(0.0, |step| step.variance.sqrt())
    }

    fn step(&self, age_ms: u64) -> Option<&Step> {
        self.steps[..self.steps.partition_point(|step| step.delay_ms <= age_ms)].last()
    }

    /// The delay by which `share` of the labels came that come within the window: 0.95 by custom. Not of the predictions, many of which may never get
    /// one. Unknown until one prediction was followed to the window's end, or all have their label.
    pub fn maturity(&self, share: f64, window_ms: u64) -> Maturity {
        let all = self.share_by(window_ms);
        let known = self.followed_ms >= window_ms || self.steps.last().is_some_and(|step| step.share >= 1.0);
        let target = share.clamp(0.0, 1.0) * all;
        // A share that is 0.95 but for rounding has been reached.
        let reached = self.steps.iter().find(|step| step.share >= target - 1e-12);
        match reached {
            Some(step) if known && all > 0.0 => Maturity::Known { delay_ms: step.delay_ms },
            _ => Maturity::Unknown { followed_ms: self.followed_ms },
        }
    }

    /// Predictions it was made from, and labels among them.
    pub fn counts(&self) -> (u64, u64) {
        (self.observations, self.labels)
    }

    /// Steps kept.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether no label came at all.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Drops steps that add less than a thousandth of the whole; the last one stays.
fn thinned(steps: Vec<Step>) -> Vec<Step> {
    let Some(&last) = steps.last() else { return steps };
    if steps.len() <= STEPS_MAX {
        return steps;
    }
    let (mut kept, mut share) = (Vec::new(), 0.0);
    for step in steps {
        if step.share - share >= STEP_MIN * last.share || step.delay_ms == last.delay_ms {
            share = step.share;
            kept.push(step);
        }
    }
    kept
}
