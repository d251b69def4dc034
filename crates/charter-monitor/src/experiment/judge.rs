//! From figures to verdicts.
//!
//! How figures come about does not belong here.

use super::assignment::DAY_MS;
use super::course::is_novelty;
use super::effect::Effect;
use super::ledger::Ledger;
use super::looks::{Best, Figure, Looks};
use super::report::{ArmFigures, ArmReport, Decided, EffectReport, ExperimentReport, Holds, MetricReport, Role, Verdict};
use crate::statistics::Interval;
use crate::statistics::multiplicity::false_discovery_adjusted;
use crate::statistics::sequence::Sequence;
use crate::statistics::special::normal_quantile;
use charter_plan::plan::{Better, Metric, MetricKind};

/// Chance to show an effect of the size that is called detectable.
const POWER: f64 = 0.8;
/// Longest forecast.
const DAYS_MAX: f64 = 3_650.0;

impl Ledger {
    /// What may be said now. Looks that were taken before are in it ([`Self::look`]), and this one; the ledger itself does not change.
    pub fn report(&self, at_ms: u64) -> ExperimentReport {
        let (figures, sequence) = (self.figures(), self.sequence());
        let (mut looks, mut assignment) = (self.tally.looks.clone(), self.tally.assignment.clone());
        looks.take(at_ms, &figures, sequence, self.settings.minimum_effect);
        assignment.look();
        let metric = |index: usize, figure: &Figure| self.metric(index, figure, &looks, sequence, at_ms);
        let mut goals: Vec<MetricReport> = figures.iter().enumerate().filter_map(|(index, figure)| metric(index, figure)).collect();
        let guardrails = goals.split_off(self.layout.goals.min(goals.len()));
        self.decide_goals(&mut goals, &looks);
        let settings = &self.settings;
        let units = |arm: usize| self.tally.arms.get(arm).map_or(0, |arm| arm.units);
        let arms = settings.arms.iter().enumerate();
        let arms = arms.map(|(index, arm)| ArmReport {
            name: arm.name.clone(),
            label: arm.label.clone(),
            weight: arm.weight,
            units: units(index),
        });
        let mut report = ExperimentReport {
            name: settings.name.clone(),
            hypothesis: settings.hypothesis.clone(),
            at_ms,
            started_ms: self.tally.started_ms,
            alpha: settings.alpha,
            interval_alpha: settings.alpha / (settings.arms.len().saturating_sub(1).max(1)) as f64,
            verdict: Verdict::Running,
            arms: arms.collect(),
            assignment: assignment.report(self.units.crossed(), self.units.sampled()),
            goals,
            guardrails,
            outcomes: self.tally.counts,
            outcomes_waiting: self.outcomes.waiting(),
            notes: Vec::new(),
        };
        report.verdict = self.verdict(&report);
        if report.verdict == Verdict::Blocked {
            // Figures of arms that lost units are no ground for a decision, so none is named.
            for effect in report.goals.iter_mut().chain(&mut report.guardrails).flat_map(|metric| &mut metric.effects) {
                effect.decided = effect.decided.map(|_| Decided::Undecided);
                effect.holds = effect.holds.map(|_| Holds::Undecided);
            }
        }
        report.notes = notes(&report);
        report
    }

    fn metric(&self, index: usize, figure: &Figure, looks: &Looks, sequence: Sequence, at_ms: u64) -> Option<MetricReport> {
        let (metric, sums) = (self.layout.metrics.get(index)?, self.tally.sums.get(index)?);
        let role = if index < self.layout.goals { Role::Goal } else { Role::Guardrail };
        let arms = figure.estimates.iter().zip(sums).map(|(estimate, sums)| ArmFigures {
            mean: estimate.map(|estimate| estimate.mean),
            deviation: estimate.map(|estimate| estimate.variance.sqrt()),
            capped: sums.capped.max(0) as u64,
        });
        let course = self.tally.courses.get(index)?;
        let is_ratio = matches!(metric.kind, MetricKind::Ratio { .. } | MetricKind::Quantile { .. });
        let effects = figure.effects.iter().enumerate().map(|(treated, effect)| {
            let best = looks.best.get(index).and_then(|best| best.get(treated)).copied().unwrap_or_default();
            let weeks = course.weeks(treated + 1, is_ratio, &self.tally.assignment, at_ms);
            EffectReport {
                arm: self.settings.arms.get(treated + 1).map(|arm| arm.name.clone()).unwrap_or_default(),
                relative: effect.map(|effect| effect.relative),
                interval: effect.as_ref().map(|effect| interval(effect, sequence)),
                p: (-best.log_e).exp().min(1.0),
                p_adjusted: None,
                p_mixture: (self.settings.minimum_effect > 0.0).then(|| (-best.log_ratio).exp().min(1.0)),
                decided: None,
                holds: (role == Role::Guardrail).then(|| holds(metric, effect.as_ref(), sequence)),
                detectable: effect.as_ref().map(|effect| reach(effect, effect.units, sequence)),
                days_needed: effect.as_ref().and_then(|effect| self.days_needed(effect, best, sequence, at_ms)),
                novelty: is_novelty(&weeks),
                weeks,
                history: looks.points.get(index).and_then(|points| points.get(treated)).cloned().unwrap_or_default(),
            }
        });
        Some(MetricReport {
            name: metric.name.clone(),
            role,
            kind: metric.kind.clone(),
            better: metric.better,
            cap: metric.cap,
            margin: metric.margin,
            threshold: self.tally.thresholds.get(index).and_then(super::threshold::Threshold::value),
            arms: arms.collect(),
            effects: effects.collect(),
            variance_reduction: figure.reduction,
            delay: course.delay(&self.tally.assignment, self.settings.arms.len(), at_ms),
        })
    }

    /// Benjamini-Hochberg over the goals, arm by arm.
    fn decide_goals(&self, goals: &mut [MetricReport], looks: &Looks) {
        for treated in 0..self.settings.arms.len().saturating_sub(1) {
            let p_values: Vec<f64> = goals.iter().map(|goal| goal.effects.get(treated).map_or(1.0, |effect| effect.p)).collect();
            for ((goal, p), best) in goals.iter_mut().zip(false_discovery_adjusted(&p_values)).zip(&looks.best) {
                let positive = best.get(treated).is_some_and(|best| best.positive);
                let better = positive == (goal.better == Better::Higher);
                if let Some(effect) = goal.effects.get_mut(treated) {
                    effect.p_adjusted = Some(p);
                    effect.decided = Some(match (p <= self.settings.alpha, better) {
                        (false, _) => Decided::Undecided,
                        (true, true) => Decided::Better,
                        (true, false) => Decided::Worse,
                    });
                }
            }
        }
    }

    fn verdict(&self, report: &ExperimentReport) -> Verdict {
        if report.assignment.mismatch {
            return Verdict::Blocked;
        }
        if report.arms.iter().any(|arm| arm.units < Self::UNITS_MIN) {
            return Verdict::TooEarly;
        }
        let (mut wins, mut harms) = (Vec::new(), Vec::new());
        for (treated, arm) in report.arms.iter().skip(1).enumerate() {
            let decided = |wanted: Decided| {
                report.goals.iter().filter_map(move |goal| goal.effects.get(treated)).any(|effect| effect.decided == Some(wanted))
            };
            let guarded = |wanted: Holds| {
                report
                    .guardrails
                    .iter()
                    .filter_map(move |rail| rail.effects.get(treated))
                    .filter(move |effect| effect.holds == Some(wanted))
                    .count()
            };
            if decided(Decided::Worse) || guarded(Holds::Broken) > 0 {
                harms.push(arm.name.clone());
            } else if decided(Decided::Better) && guarded(Holds::Holds) == report.guardrails.len() {
                wins.push(arm.name.clone());
            }
        }
        let lasted_ms = report.started_ms.map_or(0, |started| report.at_ms.saturating_sub(started));
        if !wins.is_empty() {
            Verdict::Wins { arms: wins }
        } else if !harms.is_empty() {
            Verdict::Harms { arms: harms }
        } else if self.settings.max_duration_ms.is_some_and(|longest| lasted_ms >= longest) {
            Verdict::Inconclusive
        } else {
            Verdict::Running
        }
    }

    /// At today's rate of units, with today's variance of one.
    fn days_needed(&self, effect: &Effect, best: Best, sequence: Sequence, at_ms: u64) -> Option<f64> {
        if best.log_e >= -self.settings.alpha.ln() {
            return Some(0.0);
        }
        let lasted_days = at_ms.saturating_sub(self.tally.started_ms?) as f64 / DAY_MS as f64;
        let wanted = if self.settings.minimum_effect > 0.0 { self.settings.minimum_effect } else { effect.relative.abs() };
        let per_day = effect.units / lasted_days;
        let enough = |days: f64| reach(effect, effect.units + days * per_day, sequence) <= wanted;
        if lasted_days <= 0.0 || !enough(DAYS_MAX) {
            return None;
        }
        let (mut low, mut high) = (0.0, DAYS_MAX);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if enough(middle) { high = middle } else { low = middle }
        }
        Some(high)
    }
}

fn interval(effect: &Effect, sequence: Sequence) -> Interval {
    let half = sequence.half_width(effect.variance, effect.units);
    Interval { low: effect.relative - half, high: effect.relative + half }
}

/// The effect that so many units show with the stated power: half width and a quantile of the estimate's own spread.
fn reach(effect: &Effect, units: f64, sequence: Sequence) -> f64 {
    let variance = effect.variance * effect.units / units;
    sequence.half_width(variance, units) + normal_quantile(POWER) * variance.sqrt()
}

/// Whether the loss is below the margin, by a one-sided confidence sequence on each side.
fn holds(metric: &Metric, effect: Option<&Effect>, sequence: Sequence) -> Holds {
    let Some(effect) = effect else { return Holds::Undecided };
    let loss = if metric.better == Better::Higher { -effect.relative } else { effect.relative };
    let width = sequence.one_sided_width(effect.variance, effect.units);
    if loss + width < metric.margin {
        Holds::Holds
    } else if loss - width > metric.margin {
        Holds::Broken
    } else {
        Holds::Undecided
    }
}

fn notes(report: &ExperimentReport) -> Vec<String> {
    let mut notes = Vec::new();
    let assignment = &report.assignment;
    let place = assignment.worst_slice.as_ref().map(|slice| format!(", most in {}", slice.slice)).unwrap_or_default();
    if assignment.mismatch {
        notes.push(format!("the arms do not get their shares{place}: look for lost or doubled exposures before reading on"));
    } else if assignment.suspect {
        notes.push(format!(
            "at this look the arms' shares look wrong (p {:.1e}){place}; chance shows that too when looked at often",
            assignment.chi_square_p
        ));
    }
    if assignment.crossed > 0 {
        notes.push(format!("{} units were seen in more than one arm; they count in their first", assignment.crossed));
    }
    if assignment.sampled < 1.0 {
        notes.push(format!("one unit of {:.0} is kept: the table is full", 1.0 / assignment.sampled));
    }
    for metric in report.goals.iter().chain(&report.guardrails) {
        let name = &metric.name;
        if metric.arms.first().is_some_and(|control| control.mean == Some(0.0)) {
            notes.push(format!("`{name}` is 0 in the control: there is no relative effect"));
        }
        if metric.delay.is_some_and(|delay| delay.delayed) {
            notes.push(format!("outcomes of `{name}` come late: many units have not had their time yet"));
        }
        if metric.effects.iter().any(|effect| effect.novelty) {
            notes.push(format!("the effect on `{name}` changes after the first week"));
        }
    }
    notes
}
