//! Figures that run over all looks, and the history that the picture shows.

use super::effect::{Effect, Estimate};
use crate::statistics::multiplicity::closed_log_e;
use crate::statistics::sequence::{Sequence, mixture_log_ratio};
use serde::{Deserialize, Serialize};

/// Most points kept for one arm and metric; then every second is let go.
const POINTS_MAX: usize = 200;
/// Shortest time between two points at first.
const POINTS_EVERY_MS: u64 = 60_000;

/// An effect as it was seen at one time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub at_ms: u64,
    /// Units in both arms.
    pub units: f64,
    pub relative: f64,
    /// Ends of the confidence sequence.
    pub low: f64,
    pub high: f64,
}

/// The strongest that was seen of one arm and metric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Best {
    /// Largest logarithm of the e-value, adjusted for the number of arms; its inverse is the running minimum of p.
    pub(super) log_e: f64,
    /// Whether the effect was positive then.
    pub(super) positive: bool,
    /// Largest logarithm of the mSPRT's ratio.
    pub(super) log_ratio: f64,
}

/// What one look shows of one metric.
pub(super) struct Figure {
    /// By arm; adjusted by the covariate where that is possible.
    pub(super) estimates: Vec<Option<Estimate>>,
    /// By arm without the control; `None` before there are enough units.
    pub(super) effects: Vec<Option<Effect>>,
    /// Share of the variance that the covariate took away, where there is one.
    pub(super) reduction: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Looks {
    /// By metric, by arm without the control.
    pub(super) best: Vec<Vec<Best>>,
    pub(super) points: Vec<Vec<Vec<Point>>>,
    every_ms: u64,
    last_ms: Option<u64>,
}

impl Looks {
    pub(super) fn new(metrics: usize, arms: usize) -> Self {
        let treated = arms.saturating_sub(1);
        Self {
            best: vec![vec![Best::default(); treated]; metrics],
            points: vec![vec![Vec::new(); treated]; metrics],
            every_ms: POINTS_EVERY_MS,
            last_ms: None,
        }
    }

    /// One look. `minimum_effect` is the spread of effects that the mSPRT expects, 0 for none.
    pub(super) fn take(&mut self, at_ms: u64, figures: &[Figure], sequence: Sequence, minimum_effect: f64) {
        for (figure, best) in figures.iter().zip(&mut self.best) {
            let log_e =
                |effect: &Option<Effect>| effect.map_or(0.0, |effect| sequence.log_e(effect.relative, effect.variance, effect.units));
            let adjusted = closed_log_e(&figure.effects.iter().map(log_e).collect::<Vec<_>>());
            for (arm, ((best, log_e), effect)) in best.iter_mut().zip(adjusted).zip(&figure.effects).enumerate() {
                let Some(effect) = effect else { continue };
                if log_e > best.log_e {
                    (best.log_e, best.positive) = (log_e, effect.relative > 0.0);
                }
                best.log_ratio = best.log_ratio.max(figure.log_ratio(arm + 1, minimum_effect));
            }
        }
        if self.last_ms.is_none_or(|last| at_ms >= last.saturating_add(self.every_ms)) {
            self.keep(at_ms, figures, sequence);
        }
    }

    fn keep(&mut self, at_ms: u64, figures: &[Figure], sequence: Sequence) {
        self.last_ms = Some(at_ms);
        for (figure, points) in figures.iter().zip(&mut self.points) {
            for (effect, points) in figure.effects.iter().zip(points) {
                let Some(Effect { relative, variance, units }) = *effect else { continue };
                let half = sequence.half_width(variance, units);
                points.push(Point { at_ms, units, relative, low: relative - half, high: relative + half });
            }
        }
        if self.points.iter().flatten().any(|points| points.len() > POINTS_MAX) {
            self.every_ms = self.every_ms.saturating_mul(2);
            for points in self.points.iter_mut().flatten() {
                let mut at = 0;
                points.retain(|_| {
                    at += 1;
                    at % 2 == 1
                });
            }
        }
    }
}

impl Figure {
    /// The mSPRT's logarithm for an arm: pairs are as many as the smaller arm has units.
    fn log_ratio(&self, arm: usize, minimum_effect: f64) -> f64 {
        let (Some(Some(control)), Some(Some(treated))) = (self.estimates.first(), self.estimates.get(arm)) else { return 0.0 };
        let variance = 0.5 * (control.variance + treated.variance);
        let spread = (minimum_effect * control.mean).powi(2);
        mixture_log_ratio(treated.mean - control.mean, control.units.min(treated.units), variance, spread)
    }
}
