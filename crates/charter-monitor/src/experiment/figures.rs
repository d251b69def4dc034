//! What the books say at one time.

use super::effect::{Adjustment, Estimate, estimate, relative};
use super::ledger::Ledger;
use super::looks::Figure;
use super::sums::Sums;
use crate::statistics::sequence::Sequence;
use charter_plan::plan::MetricKind;

impl Ledger {
    /// Looks at the figures: running p-values and the history are kept up to date by this. Call it as often as you like, once a
    /// minute is plenty; it costs the same however many units there are.
    pub fn look(&mut self, at_ms: u64) {
        self.tally.counts.expired += self.outcomes.expire(at_ms);
        self.tally.assignment.look();
        let (figures, sequence) = (self.figures(), self.sequence());
        self.tally.looks.take(at_ms, &figures, sequence, self.settings.minimum_effect);
    }

    /// The boundary of each arm's intervals: the level is shared among the arms.
    pub(super) fn sequence(&self) -> Sequence {
        Sequence::new(self.settings.alpha / (self.settings.arms.len().saturating_sub(1).max(1)) as f64)
    }

    pub(super) fn figures(&self) -> Vec<Figure> {
        self.layout.metrics.iter().zip(&self.tally.sums).map(|(metric, sums)| self.figure(&metric.kind, sums)).collect()
    }

    fn figure(&self, kind: &MetricKind, sums: &[Sums]) -> Figure {
        let arms = &self.tally.arms;
        let is_ratio = matches!(kind, MetricKind::Ratio { .. } | MetricKind::Quantile { .. });
        let plain: Vec<_> = arms.iter().zip(sums).map(|(arm, sums)| estimate(arm, sums, is_ratio)).collect();
        // The denominator of relative effects is the control's figure as it is, not as adjusted.
        let denominator = plain.first().copied().flatten().map_or(0.0, |control| control.mean);
        let adjustment = if is_ratio { None } else { Adjustment::new(arms, sums) };
        let estimates: Vec<_> = match adjustment {
            Some(adjustment) => arms.iter().zip(sums).map(|(arm, sums)| adjustment.estimate(arm, sums)).collect(),
            None => plain.clone(),
        };
        let enough = |arm: usize| arms.get(arm).is_some_and(|arm| arm.units >= Self::UNITS_MIN);
        let effect = |arm: usize| {
            let (control, treated) = (estimates.first().copied().flatten()?, estimates.get(arm).copied().flatten()?);
            if enough(0) && enough(arm) { relative(control, treated, denominator) } else { None }
        };
        let effects = (1..arms.len()).map(effect).collect();
        let variance = |all: &[Option<Estimate>]| all.iter().flatten().map(|arm| arm.variance).sum::<f64>();
        let reduction = adjustment.map(|_| 1.0 - variance(&estimates) / variance(&plain).max(f64::MIN_POSITIVE));
        Figure { estimates, effects, reduction }
    }
}
