//! Are calibrated scores still calibrated? A bet against it that may be looked at after every label; when it wins, the estimate is invalid.

use crate::statistics::isotonic::Isotonic;
use crate::statistics::mixture::mix;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Parts of the wealth that are staked on each residual.
const STAKES: [f64; 5] = [0.05, 0.1, 0.2, 0.4, 0.8];
/// Bets: labels are more often, or more seldom, positive than told; scores are too timid, or too bold.
const BETS: usize = 4 * STAKES.len();
/// Newest labels kept for calibrating anew.
const NEWEST_MAX: usize = 10_000;

/// What is known of the assumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Too few labels to say: below 200.
    Untested,
    /// Not rejected by the labels that came.
    Held,
    /// Rejected: the estimate is INVALID until it is calibrated anew.
    Invalid,
}

/// A betting martingale on calibrated residuals: wealth is multiplied by 1 + λ (b (y − p) − tolerance) at each label, for stakes λ and directions b, and
/// averaged (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86, 2024). While labels are positive as often as
/// told, within the tolerance, wealth does not grow on average, and ever passes 1/α with a chance of at most α (Ville).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assumption {
    /// Level α of the whole course.
    level: f64,
    /// Deviation from calibration that does not matter; a map learnt from n labels is itself off by some 1/√n.
    tolerance: f64,
    log_wealth: Vec<f64>,
    labels: u64,
    /// After how many labels it was rejected.
    rejected_at: Option<u64>,
    newest: VecDeque<(f64, bool)>,
}

impl Assumption {
    /// At level .01 with a tolerance of .02.
    pub fn new() -> Self {
        Self::with(0.01, 0.02)
    }

    /// With a level in (0, 1) and a tolerance in [0, 1).
    pub fn with(level: f64, tolerance: f64) -> Self {
        let (level, tolerance) = (level.clamp(1e-9, 0.5), tolerance.clamp(0.0, 0.2));
        Self { level, tolerance, log_wealth: vec![0.0; BETS], labels: 0, rejected_at: None, newest: VecDeque::new() }
    }

    /// A label that arrived: the score as the model gave it, the probability that the estimate used, and the truth. Labels must come in an order that does
    /// not depend on themselves: by their time.
    pub fn add(&mut self, score: f64, probability: f64, label: bool) {
        if !(0.0..=1.0).contains(&probability) || score.is_nan() {
            return;
        }
        self.labels += 1;
        if self.newest.len() == NEWEST_MAX {
            self.newest.pop_front();
        }
        self.newest.push_back((score, label));
        let residual = f64::from(u8::from(label)) - probability;
        let bold = if probability < 0.5 { -residual } else { residual };
        for (direction, gain) in [residual, -residual, bold, -bold].into_iter().enumerate() {
            for (at, stake) in STAKES.iter().enumerate() {
                // INVARIANT: |gain| ≤ 1, tolerance ≤ .2 and λ ≤ .8 keep the factor above 0.
                self.log_wealth[direction * STAKES.len() + at] += (stake * (gain - self.tolerance)).ln_1p();
            }
        }
        if self.rejected_at.is_none() && self.log_e() >= -self.level.ln() {
            self.rejected_at = Some(self.labels);
        }
    }

    /// The logarithm of the mean wealth.
    pub fn log_e(&self) -> f64 {
        mix(self.log_wealth.iter().map(|&log| (1.0 / BETS as f64, log)))
    }

    /// What is to be said of the estimate. Once invalid it stays so, whatever comes.
    pub fn standing(&self) -> Standing {
        match self.rejected_at {
            Some(_) => Standing::Invalid,
            None if self.labels < 200 => Standing::Untested,
            None => Standing::Held,
        }
    }

    /// After how many labels it was rejected.
    pub fn rejected_at(&self) -> Option<u64> {
        self.rejected_at
    }

    /// A map from the newest labels, at most 10,000; the bet begins anew against it. `None`, and nothing changed, below 200 labels or with one class.
    pub fn recalibrate(&mut self) -> Option<Isotonic> {
        let positives = self.newest.iter().filter(|pair| pair.1).count();
        if self.newest.len() < 200 || positives == 0 || positives == self.newest.len() {
            return None;
        }
        let curve = Isotonic::fit(self.newest.iter().map(|&(score, label)| (score, f64::from(u8::from(label)))))?;
        *self = Self::with(self.level, self.tolerance);
        Some(curve)
    }
}

impl Default for Assumption {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::draw::Draw;
    use crate::statistics::special::binomial_at_least;

    /// Labels after which it was rejected, for labels that are positive with a chance of `truth(p)`.
    fn rejected(seed: u64, labels: u32, truth: impl Fn(f64) -> f64) -> Option<u64> {
        let (mut draw, mut assumption) = (Draw::new(seed), Assumption::with(0.05, 0.02));
        for _ in 0..labels {
            let probability = draw.uniform();
            let label = draw.uniform() < truth(probability);
            assumption.add(probability, probability, label);
        }
        assumption.rejected_at()
    }

    #[test]
    fn calibrated_scores_are_rarely_ever_rejected_and_others_soon() {
        let within: [fn(f64) -> f64; 3] = [|p| p, |p| (p + 0.02).min(1.0), |p| (p - 0.02).max(0.0)];
        for (at, truth) in within.into_iter().enumerate() {
            let rejections = (0..400).filter(|&seed| rejected(seed + 1_000 * at as u64, 3_000, truth).is_some()).count() as u64;
            // At most 5 % ever; a share of 5 % gives more with a chance below one in a thousand.
            assert!(binomial_at_least(rejections, 400, 0.05) > 1e-3, "{rejections}");
        }
        let beyond: [fn(f64) -> f64; 3] = [|p| 0.6 * p, |p| 0.4 + 0.6 * p, |p| 0.5 + 0.3 * (p - 0.5)];
        for truth in beyond {
            let mut needed: Vec<u64> = (0..40).map(|seed| rejected(seed, 3_000, truth).unwrap_or(3_000)).collect();
            needed.sort_unstable();
            assert!(needed[36] < 1_000, "{needed:?}");
        }
    }

    #[test]
    fn a_map_from_the_newest_labels_holds_again() {
        let (mut draw, mut assumption) = (Draw::new(1), Assumption::new());
        let mut feed = |assumption: &mut Assumption, map: &dyn Fn(f64) -> f64, count: u32| {
            for _ in 0..count {
                let score = draw.uniform();
                assumption.add(score, map(score), draw.uniform() < score * score);
            }
        };
        assert_eq!(assumption.recalibrate(), None);
        feed(&mut assumption, &|score| score, 4_000);
        assert_eq!(assumption.standing(), Standing::Invalid);
        let kept: Assumption = serde_json::from_str(&serde_json::to_string(&assumption).unwrap()).unwrap();
        assert_eq!(kept, assumption);
        let curve = assumption.recalibrate().unwrap();
        assert!((curve.at(0.5) - 0.25).abs() < 0.06);
        assert_eq!(assumption.standing(), Standing::Untested);
        feed(&mut assumption, &|score| curve.at(score), 3_000);
        assert_eq!(assumption.standing(), Standing::Held);
    }
}
