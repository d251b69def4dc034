//! What an experiment has shown, as types.

use super::assignment::AssignmentReport;
use super::course::{DelayReport, WeekEffect};
use super::event::Received;
use super::looks::Point;
use crate::statistics::Interval;
use charter_plan::plan::{Better, MetricKind};
use serde::{Deserialize, Serialize};

/// An experiment at one time. All bounds hold however often one looks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExperimentReport {
    pub name: String,
    pub hypothesis: String,
    pub at_ms: u64,
    /// First exposure, milliseconds since 1970.
    pub started_ms: Option<u64>,
    pub alpha: f64,
    /// The level of each interval: `alpha` shared among the arms.
    pub interval_alpha: f64,
    pub verdict: Verdict,
    pub arms: Vec<ArmReport>,
    pub assignment: AssignmentReport,
    pub goals: Vec<MetricReport>,
    pub guardrails: Vec<MetricReport>,
    pub outcomes: OutcomeCounts,
    /// Outcomes of units that are not known yet.
    pub outcomes_waiting: usize,
    /// For people: what to keep in mind.
    pub notes: Vec<String>,
}

/// What may be concluded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Verdict {
    /// The arms do not get their shares: no figure can be trusted, and no winner is named.
    Blocked,
    /// Fewer than 100 units in an arm.
    TooEarly,
    Running,
    /// A goal is better, none is worse and every guardrail holds in these arms.
    Wins {
        arms: Vec<String>,
    },
    /// A goal is worse or a guardrail broken in these arms, and no other arm wins.
    Harms {
        arms: Vec<String>,
    },
    /// The longest duration is over without a decision.
    Inconclusive,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArmReport {
    pub name: String,
    pub label: String,
    /// Parts per 10,000.
    pub weight: u16,
    pub units: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Goal,
    Guardrail,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricReport {
    pub name: String,
    pub role: Role,
    #[serde(flatten)]
    pub kind: MetricKind,
    pub better: Better,
    pub cap: Option<f64>,
    pub margin: f64,
    /// Of a quantile: the value above which answers are counted, once it is frozen.
    pub threshold: Option<f64>,
    pub arms: Vec<ArmFigures>,
    /// One for each arm but the control.
    pub effects: Vec<EffectReport>,
    /// Share of the variance that the covariate took away.
    pub variance_reduction: Option<f64>,
    pub delay: Option<DelayReport>,
}

/// One arm's figure: the mean over units, or the sum over the sum. Adjusted by the covariate where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ArmFigures {
    pub mean: Option<f64>,
    /// Standard deviation of one unit.
    pub deviation: Option<f64>,
    /// Units (of a ratio: values) held back by the cap.
    pub capped: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EffectReport {
    pub arm: String,
    /// Relative to the control; `None` before there are enough units, or when the control's figure is 0.
    pub relative: Option<f64>,
    /// Confidence sequence of it.
    pub interval: Option<Interval>,
    /// Running minimum, adjusted for the number of arms.
    pub p: f64,
    /// Of goals: Benjamini-Hochberg over the goals.
    pub p_adjusted: Option<f64>,
    /// The mSPRT's running p-value, where a minimum effect is stated: a second opinion, no verdict follows from it.
    pub p_mixture: Option<f64>,
    /// Of goals.
    pub decided: Option<Decided>,
    /// Of guardrails.
    pub holds: Option<Holds>,
    /// The smallest effect that today's units would show with 80 % power.
    pub detectable: Option<f64>,
    /// Days until the minimum effect (or the effect seen, when none is stated) would show, at today's rate of units.
    pub days_needed: Option<f64>,
    pub weeks: Vec<WeekEffect>,
    /// The first week's effect differs from that of later ones.
    pub novelty: bool,
    pub history: Vec<Point>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decided {
    Better,
    Worse,
    Undecided,
}

/// One-sided non-inferiority with the stated margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// The loss is surely below the margin.
    Holds,
    /// It is surely above.
    Broken,
    Undecided,
}

/// What became of outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeCounts {
    pub accepted: u64,
    pub replaced: u64,
    pub duplicate: u64,
    pub parked: u64,
    pub no_room: u64,
    pub unusable: u64,
    pub not_counted: u64,
    /// Parked ones whose unit did not come within a day.
    pub expired: u64,
}

impl OutcomeCounts {
    pub(super) fn count(&mut self, received: Received) {
        let count = match received {
            Received::Accepted => &mut self.accepted,
            Received::Replaced => &mut self.replaced,
            Received::Duplicate => &mut self.duplicate,
            Received::Parked => &mut self.parked,
            Received::NoRoom => &mut self.no_room,
            Received::Unusable => &mut self.unusable,
            Received::NotCounted => &mut self.not_counted,
        };
        *count += 1;
    }
}
