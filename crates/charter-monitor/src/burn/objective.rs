//! What is promised, over which windows it is watched, and which promises cannot be watched so.

use serde::{Deserialize, Serialize};
use std::fmt;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// The part of a whole period's expected error budget whose loss is an alert whatever the traffic was.
pub const BUDGET_SHARE: f64 = 0.5;

/// Cells of a pair's short window: windows are exact to one of them.
pub(super) const SHORT_CELLS: u64 = 30;

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Someone is woken.
    Page,
    /// Someone looks at it on a working day.
    Ticket,
}

/// Two windows that must both burn: the long one says that it matters, the short one that it still goes on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The part of the period's budget that is gone when the long window burns at the factor from end to end; in (0, 1].
    pub budget_share: f64,
    pub long_ms: u64,
    pub short_ms: u64,
    pub severity: Severity,
}

/// The pairs of the Site Reliability Workbook, chapter 5, table 5-8, with the one of a day that is customary beside them. Over 30 days their factors
/// are 14.4, 6, 3 and 1.
pub const PAIRS: [Pair; 4] = [
    Pair { budget_share: 0.02, long_ms: HOUR_MS, short_ms: 5 * MINUTE_MS, severity: Severity::Page },
    Pair { budget_share: 0.05, long_ms: 6 * HOUR_MS, short_ms: 30 * MINUTE_MS, severity: Severity::Page },
    Pair { budget_share: 0.1, long_ms: DAY_MS, short_ms: 2 * HOUR_MS, severity: Severity::Ticket },
    Pair { budget_share: 0.1, long_ms: 3 * DAY_MS, short_ms: 6 * HOUR_MS, severity: Severity::Ticket },
];

impl Pair {
    /// How many times faster than the budget allows: budget share × period / long window.
    pub fn factor(&self, period_ms: u64) -> f64 {
        self.budget_share * period_ms as f64 / self.long_ms.max(1) as f64
    }

    /// Milliseconds of one cell of the pair's ring.
    pub(super) fn cell_ms(&self) -> u64 {
        (self.short_ms / SHORT_CELLS).max(1)
    }
}

/// A promise about a share of good events. Valid by construction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stated")]
pub struct Objective {
    slo: f64,
    period_ms: u64,
    pairs: Vec<Pair>,
    silence_ms: u64,
    events_expected: Option<f64>,
}

/// An objective as it was written or saved, not looked at yet.
#[derive(Deserialize)]
struct Stated {
    slo: f64,
    period_ms: u64,
    pairs: Vec<Pair>,
    silence_ms: u64,
    events_expected: Option<f64>,
}

/// What of an objective a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    Slo,
    Pairs,
    Silence,
    EventsExpected,
    /// The pair of this place, from 0.
    Pair(usize),
}

/// The rule that is broken, with its figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The share of good events lies between 0 and 1, both excluded: without a budget nothing can burn.
    SloOutsideUnit,
    /// factor × (1 − slo) stays below 1: a ratio of errors never passes 1, so the alert could never fire. It can with an SLO above `slo_min`.
    NeverFires { factor: f64, threshold: f64, slo_min: f64 },
    /// A pair has a budget share in (0, 1], a short window of whole 30 ms, and a long one that is a whole number of short windows, at most 48, and at
    /// most the period.
    PairShape,
    /// There is a pair, and there are at most 8.
    PairCount { pairs: usize },
    /// Silence is told before the shortest window is empty: it lasts above 0 ms and at most `ms_max`.
    SilenceTooLong { ms_max: u64 },
    /// Expected events of a period are a positive number.
    NotPositive,
}

/// Why an objective cannot be watched: the place, the rule, and as its text the way out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Refusal {
    pub place: Place,
    pub rule: Rule,
}

impl Objective {
    /// A share of good events over a period, watched with the usual pairs; silence is told after half the shortest window. All refusals at once.
    pub fn new(slo: f64, period_ms: u64) -> Result<Self, Vec<Refusal>> {
        Self::with(slo, period_ms, PAIRS.to_vec(), 5 * MINUTE_MS / 2, None)
    }

    /// A share of good events over 30 days.
    pub fn over_30_days(slo: f64) -> Result<Self, Vec<Refusal>> {
        Self::new(slo, 30 * DAY_MS)
    }

    /// With other pairs of windows, another time without any report before data count as missing, and the events that a period is expected to have,
    /// if they are known beforehand; else they are learnt.
    pub fn with(slo: f64, period_ms: u64, pairs: Vec<Pair>, silence_ms: u64, events_expected: Option<f64>) -> Result<Self, Vec<Refusal>> {
        let objective = Self { slo, period_ms, pairs, silence_ms, events_expected };
        let refusals = objective.refusals();
        if refusals.is_empty() { Ok(objective) } else { Err(refusals) }
    }

    fn refusals(&self) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        let mut refuse = |place, rule| refusals.push(Refusal { place, rule });
        let sound_slo = self.slo > 0.0 && self.slo < 1.0;
        if !sound_slo {
            refuse(Place::Slo, Rule::SloOutsideUnit);
        }
        if self.pairs.is_empty() || self.pairs.len() > 8 {
            refuse(Place::Pairs, Rule::PairCount { pairs: self.pairs.len() });
        }
        for (at, pair) in self.pairs.iter().enumerate() {
            let whole = pair.short_ms >= SHORT_CELLS && pair.short_ms % SHORT_CELLS == 0 && pair.long_ms % pair.short_ms == 0;
            let fits = whole && pair.long_ms <= self.period_ms && (1..=48).contains(&(pair.long_ms / pair.short_ms));
            if !(fits && pair.budget_share > 0.0 && pair.budget_share <= 1.0) {
                refuse(Place::Pair(at), Rule::PairShape);
                continue;
            }
            let factor = pair.factor(self.period_ms);
            let threshold = factor * (1.0 - self.slo);
            // What a product such as 10 × (1 − 0.9) falls short of 1 by is rounding.
            if sound_slo && threshold >= 1.0 - 1e-9 {
                refuse(Place::Pair(at), Rule::NeverFires { factor, threshold, slo_min: 1.0 - 1.0 / factor });
            }
        }
        let shortest = self.pairs.iter().map(|pair| pair.short_ms - pair.cell_ms().min(pair.short_ms)).min().unwrap_or(0);
        if self.silence_ms == 0 || self.silence_ms > shortest {
            refuse(Place::Silence, Rule::SilenceTooLong { ms_max: shortest });
        }
        if self.events_expected.is_some_and(|events| !(events > 0.0 && events.is_finite())) {
            refuse(Place::EventsExpected, Rule::NotPositive);
        }
        refusals
    }

    /// The promised share of good events.
    pub fn slo(&self) -> f64 {
        self.slo
    }

    /// The share of events that may be bad.
    pub fn budget(&self) -> f64 {
        1.0 - self.slo
    }

    /// The time that the budget is for, in milliseconds.
    pub fn period_ms(&self) -> u64 {
        self.period_ms
    }

    /// Its pairs of windows, the fastest burn first.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Milliseconds without a report after which data count as missing.
    pub fn silence_ms(&self) -> u64 {
        self.silence_ms
    }

    /// Events that a period is expected to have, where they were told.
    pub fn events_expected(&self) -> Option<f64> {
        self.events_expected
    }

    /// The ratio of bad events that a pair's windows must pass: factor × (1 − slo).
    pub fn threshold(&self, pair: &Pair) -> f64 {
        pair.factor(self.period_ms) * self.budget()
    }
}

impl TryFrom<Stated> for Objective {
    type Error = String;

    fn try_from(stated: Stated) -> Result<Self, Self::Error> {
        Self::with(stated.slo, stated.period_ms, stated.pairs, stated.silence_ms, stated.events_expected)
            .map_err(|refusals| refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slo => f.write_str("`slo`"),
            Self::Pairs => f.write_str("`pairs`"),
            Self::Silence => f.write_str("`silence_ms`"),
            Self::EventsExpected => f.write_str("`events_expected`"),
            Self::Pair(at) => write!(f, "`pairs[{at}]`"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        match self.rule {
            Rule::SloOutsideUnit => f.write_str("an objective lies between 0 and 1, both excluded; 99.9 % is written 0.999"),
            Rule::NeverFires { factor, threshold, slo_min } => write!(
                f,
                "the alert could never fire, since {factor:.1} times the budget is {threshold:.2} of all events; raise the objective above {slo_min:.4}, \
                 or leave this pair out"
            ),
            Rule::PairShape => f.write_str(
                "a pair needs a budget share above 0 and at most 1, a short window of a multiple of 30 ms, and a long one of 1 to 48 short ones \
                 within the period",
            ),
            Rule::PairCount { pairs } => write!(f, "there are {pairs} pairs of windows; give 1 to 8"),
            Rule::SilenceTooLong { ms_max } => {
                write!(f, "silence must be told before the shortest window is empty; set it above 0 and to at most {ms_max} ms")
            }
            Rule::NotPositive => f.write_str("expected events are a positive number; leave it out to have them learnt"),
        }
    }
}

impl std::error::Error for Refusal {}
