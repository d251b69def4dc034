//! Folds exposures, calls and outcomes of one experiment.
//!
//! Verdicts do not belong here, nor how the state is written down.

use super::assignment::Assignment;
use super::course::Course;
use super::event::{Measured, Outcome, Received};
use super::layout::{Layout, Side, Target, contribution};
use super::looks::Looks;
use super::outcomes::{Known, News, Outcomes, id_of};
use super::report::OutcomeCounts;
use super::sums::{ArmSums, Sums};
use super::threshold::{Threshold, Waiting};
use super::units::{Units, packed_bytes};
use charter_plan::plan::{BadKind, Experiment, MetricKind};
use charter_plan::tensor::TensorSpec;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One experiment's books: a row a unit, running sums, and what looks have shown.
///
/// Memory is bounded: about 100 bytes a unit up to [`Ledger::UNITS_MAX`] units, or [`Ledger::UNITS_BYTES_MAX`]; beyond, every second
/// unit is forgotten by a hash that knows nothing of the arm, so figures stay unbiased and intervals widen. The bound of the running
/// p-value then holds for each such halving on its own.
#[derive(Clone, Debug)]
pub struct Ledger {
    pub(super) settings: Experiment,
    pub(super) layout: Arc<Layout>,
    pub(super) units: Units,
    pub(super) outcomes: Outcomes,
    pub(super) tally: Tally,
}

/// All that is kept besides units and outcomes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) arms: Vec<ArmSums>,
    /// By metric, by arm.
    pub(super) sums: Vec<Vec<Sums>>,
    pub(super) thresholds: Vec<Threshold>,
    pub(super) courses: Vec<Course>,
    pub(super) assignment: Assignment,
    pub(super) looks: Looks,
    /// First exposure.
    pub(super) started_ms: Option<u64>,
    pub(super) counts: OutcomeCounts,
}

impl Ledger {
    pub const UNITS_MAX: usize = 1 << 20;
    /// Most bytes that units take as they are saved, so that the books with all that is remembered of outcomes stay below 64 MiB, which a store takes as
    /// one document: 684,784 units of three means.
    pub const UNITS_BYTES_MAX: usize = 32 << 20;
    /// Fewest units in an arm before anything is said about it.
    pub const UNITS_MIN: u64 = 100;

    /// `outputs` are the route's answers, in their order.
    pub fn new(settings: Experiment, outputs: &[TensorSpec]) -> Self {
        Self::with_units_max(settings, outputs, Self::UNITS_MAX)
    }

    /// Share of all units that the books take in: 1 until they are full.
    pub fn sampled(&self) -> f64 {
        self.units.sampled()
    }

    /// Each arm with the units that the books hold of it.
    pub fn units_by_arm(&self) -> impl Iterator<Item = (&str, u64)> {
        self.settings.arms.iter().zip(&self.tally.arms).map(|(arm, sums)| (arm.name.as_str(), sums.units))
    }

    /// As [`Self::new`], with another bound on the units kept, at least 2.
    pub fn with_units_max(settings: Experiment, outputs: &[TensorSpec], units_max: usize) -> Self {
        let layout = Arc::new(Layout::new(&settings, outputs));
        let (metrics, arms) = (layout.metrics.len(), settings.arms.len());
        let weights: Vec<u16> = settings.arms.iter().map(|arm| arm.weight).collect();
        let tally = Tally {
            arms: vec![ArmSums::default(); arms],
            sums: vec![vec![Sums::default(); arms]; metrics],
            thresholds: vec![Threshold::default(); metrics],
            courses: vec![Course::new(arms); metrics],
            assignment: Assignment::new(&weights),
            looks: Looks::new(metrics, arms),
            ..Tally::default()
        };
        let units_max = units_max.min(Self::UNITS_BYTES_MAX / packed_bytes(layout.stride));
        Self { units: Units::new(layout.stride, units_max), outcomes: Outcomes::default(), tally, layout, settings }
    }

    /// A unit met its arm. True the first time: log the exposure then. A unit that comes back in another arm stays in its first and is
    /// counted as crossed; one outside the sample is not counted, and false.
    pub fn expose(&mut self, unit: u64, arm: u8, at_ms: u64) -> bool {
        if usize::from(arm) >= self.settings.arms.len() {
            return false;
        }
        if let Some(row) = self.units.find(unit) {
            if self.units.arm(row) != usize::from(arm) {
                self.units.cross(row);
            }
            return false;
        }
        let inserted = self.units.insert(unit, arm, at_ms);
        if inserted.halved {
            self.recount();
        }
        let Some(row) = inserted.row else { return false };
        if !inserted.halved {
            self.count_unit(row);
        }
        self.tally.started_ms.get_or_insert(at_ms);
        for known in self.outcomes.unpark(unit) {
            self.book(row, known);
        }
        true
    }

    /// A call of a unit ended. False when the unit is not in the books: expose it first.
    pub fn observe(&mut self, unit: u64, at_ms: u64, measured: &Measured) -> bool {
        let Some(row) = self.units.find(unit) else { return false };
        let layout = Arc::clone(&self.layout);
        if !measured.further {
            let bit = |kind: BadKind| if measured.bad.has(kind) { 1.0 } else { 0.0 };
            let figures = [
                (&layout.latency, f64::from(measured.latency_us) / 1_000.0),
                (&layout.error, bit(BadKind::Error)),
                (&layout.fallback, bit(BadKind::Fallback)),
                (&layout.calls, 1.0),
            ];
            for (targets, value) in figures {
                targets.iter().for_each(|&target| self.add(row, target, value, 1.0, at_ms));
            }
        }
        if let Some((position, value)) = measured.output.filter(|(_, value)| value.is_finite()) {
            let targets = layout.outputs.get(usize::from(position)).map(Vec::as_slice).unwrap_or_default();
            targets.iter().for_each(|&target| self.add(row, target, value, 1.0, at_ms));
        }
        true
    }

    /// Something became known about a unit.
    pub fn outcome(&mut self, outcome: Outcome<'_>) -> Received {
        let received = self.take(outcome);
        self.tally.counts.count(received);
        received
    }

    fn take(&mut self, outcome: Outcome<'_>) -> Received {
        let Outcome { id, unit, name, value, at_ms, received_ms } = outcome;
        let Some(name) = self.outcome_name(name).filter(|_| value.is_finite()) else { return Received::Unusable };
        let known = Known { id: id_of(id, name), unit, name, value, at_ms };
        let news = self.outcomes.news(&known);
        if matches!(news, News::Old) {
            return Received::Duplicate;
        }
        let Some(row) = self.units.find(unit) else {
            if !self.units.takes(unit) {
                return Received::NotCounted;
            }
            return match self.outcomes.park(known, received_ms) {
                None => Received::NoRoom,
                Some(false) => Received::Parked,
                Some(true) => Received::Duplicate,
            };
        };
        if let News::Correction(before) = news {
            self.apply(row, before, -1.0);
            self.outcomes.remember(known);
            self.apply(row, known, 1.0);
            return Received::Replaced;
        }
        if self.book(row, known) { Received::Accepted } else { Received::NotCounted }
    }

    fn book(&mut self, row: usize, known: Known) -> bool {
        self.outcomes.remember(known);
        self.apply(row, known, 1.0)
    }

    /// Outcomes from before the assignment are covariates, later ones count for metrics. False when it is neither.
    fn apply(&mut self, row: usize, known: Known, sign: f64) -> bool {
        let exposed = self.units.exposed(row);
        if known.at_ms < exposed {
            let is_covariate = self.layout.covariate.is_some() && usize::from(known.name) == self.covariate_name();
            if is_covariate {
                self.add_covariate(row, sign * known.value);
            }
            return is_covariate;
        }
        let layout = Arc::clone(&self.layout);
        let targets = layout.outcomes.get(usize::from(known.name)).map(|(_, targets)| targets.as_slice()).unwrap_or_default();
        for &target in targets {
            self.add(row, target, known.value, sign, known.at_ms);
            if let Some(course) = self.tally.courses.get_mut(target.metric).filter(|_| sign > 0.0) {
                course.outcome_after(known.at_ms - exposed);
            }
        }
        !targets.is_empty()
    }

    /// Position of an outcome's name: those of metrics first, then that of a covariate which no metric counts.
    fn outcome_name(&self, name: &str) -> Option<u16> {
        let position = self.layout.outcomes.iter().position(|(known, _)| known == name);
        let covariate = || (self.layout.covariate.as_deref() == Some(name)).then_some(self.layout.outcomes.len());
        position.or_else(covariate).and_then(|position| u16::try_from(position).ok())
    }

    fn covariate_name(&self) -> usize {
        let is_covariate = |(name, _): &(String, Vec<Target>)| self.layout.covariate.as_ref() == Some(name);
        self.layout.outcomes.iter().position(is_covariate).unwrap_or(self.layout.outcomes.len())
    }

    /// Counts a value, or takes it back (`sign` −1).
    pub(super) fn add(&mut self, row: usize, target: Target, value: f64, sign: f64, at_ms: u64) {
        let Some(metric) = self.layout.metrics.get(target.metric) else { return };
        let capped = value.min(metric.cap.unwrap_or(f64::INFINITY));
        match (&metric.kind, target.side) {
            (MetricKind::Quantile { quantile }, _) => {
                let quantile = *quantile;
                let Some(threshold) = self.tally.thresholds.get_mut(target.metric) else { return };
                if let Some(limit) = threshold.value() {
                    return self.change(row, target.metric, at_ms, [if value > limit { sign } else { 0.0 }, sign]);
                }
                let waiting = Waiting { unit: self.units.id(row), value, sign, at_ms };
                for waiting in threshold.wait(waiting, self.units.arm(row) == 0, quantile) {
                    if let Some(row) = self.units.find(waiting.unit) {
                        self.add(row, target, waiting.value, waiting.sign, waiting.at_ms);
                    }
                }
            }
            (MetricKind::Binomial, _) => self.change(row, target.metric, at_ms, [if value > 0.0 { sign } else { 0.0 }, 0.0]),
            (MetricKind::Mean, _) => self.change(row, target.metric, at_ms, [sign * value, 0.0]),
            (MetricKind::Ratio { .. }, Side::Value) => {
                if let Some(sums) = self.arm_sums(target.metric, row).filter(|_| capped < value) {
                    sums.capped += sign as i64;
                }
                self.change(row, target.metric, at_ms, [sign * capped, 0.0]);
            }
            (MetricKind::Ratio { .. }, Side::Per) => self.change(row, target.metric, at_ms, [0.0, sign * value]),
        }
    }

    /// Adds to a unit's cells and keeps the sums in step.
    fn change(&mut self, row: usize, metric: usize, at_ms: u64, growth: [f64; 2]) {
        let (Some(settings), Some(&first)) = (self.layout.metrics.get(metric), self.layout.cells.get(metric)) else { return };
        let before = contribution(settings, self.units.cells(row).get(first..).unwrap_or_default());
        let width = super::layout::width(&settings.kind);
        for (cell, growth) in self.units.cells_mut(row).iter_mut().skip(first).take(width).zip(growth) {
            *cell += growth;
        }
        let after = contribution(settings, self.units.cells(row).get(first..).unwrap_or_default());
        let (arm, covariate) = (self.units.arm(row), self.units.covariate(row));
        let since_ms = at_ms.saturating_sub(self.units.exposed(row));
        if let Some(sums) = self.arm_sums(metric, row) {
            sums.count(before, covariate, -1.0);
            sums.count(after, covariate, 1.0);
        }
        if let Some(course) = self.tally.courses.get_mut(metric) {
            course.grew(arm, since_ms, after.value - before.value, after.per - before.per);
        }
    }

    fn arm_sums(&mut self, metric: usize, row: usize) -> Option<&mut Sums> {
        let arm = self.units.arm(row);
        self.tally.sums.get_mut(metric)?.get_mut(arm)
    }

    /// A unit's covariate grew: what was known of it before its assignment, summed.
    pub(super) fn add_covariate(&mut self, row: usize, growth: f64) {
        self.count_contributions(row, -1.0);
        let before = self.units.covariate(row);
        self.units.set_covariate(row, Some(before.unwrap_or(0.0) + growth));
        let after = self.units.covariate(row);
        if let Some(arm) = self.tally.arms.get_mut(self.units.arm(row)) {
            arm.count_covariate(before, false);
            arm.count_covariate(after, true);
        }
        self.count_contributions(row, 1.0);
    }

    fn count_contributions(&mut self, row: usize, sign: f64) {
        let (arm, covariate) = (self.units.arm(row), self.units.covariate(row));
        for ((settings, &first), sums) in self.layout.metrics.iter().zip(&self.layout.cells).zip(&mut self.tally.sums) {
            if let Some(sums) = sums.get_mut(arm) {
                sums.count(contribution(settings, self.units.cells(row).get(first..).unwrap_or_default()), covariate, sign);
            }
        }
    }

    fn count_unit(&mut self, row: usize) {
        let (arm, covariate) = (self.units.arm(row), self.units.covariate(row));
        self.tally.assignment.count(arm, self.units.exposed(row));
        if let Some(arm) = self.tally.arms.get_mut(arm) {
            arm.units += 1;
            arm.count_covariate(covariate, true);
        }
        self.count_contributions(row, 1.0);
    }

    /// Sums over the units that are left after forgetting some.
    pub(super) fn recount(&mut self) {
        self.tally.arms.iter_mut().for_each(|arm| *arm = ArmSums::default());
        self.tally.sums.iter_mut().flatten().for_each(|sums| *sums = Sums::default());
        self.tally.courses.iter_mut().for_each(Course::halve);
        self.tally.assignment = self.tally.assignment.cleared();
        (0..self.units.len()).for_each(|row| self.count_unit(row));
    }
}
