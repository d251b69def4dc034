//! What fires, and what is reset.

use super::counts::{Counts, Misfit};
use super::objective::{BUDGET_SHARE, Objective, Severity};
use super::rate::{Evidence, Tally};
use serde::{Deserialize, Serialize};

/// An alert of an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alert {
    /// Both windows of the pair of this place burn.
    Burn(usize),
    /// So many bad events as make half the expected budget of a whole period, whatever the traffic was.
    Budget,
    /// No report came: whether the objective holds is unknown.
    MissingData,
}

/// What fires now, since when. Small: the counts are elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    /// When watching began: a first report is awaited from then on.
    begun_ms: u64,
    /// Firing alerts and when each began, by alert.
    firing: Vec<(Alert, u64)>,
}

/// An alert that began or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub alert: Alert,
    pub firing: bool,
    pub at_ms: u64,
}

/// One pair of windows at a look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PairLine {
    pub factor: f64,
    /// The ratio that both windows must pass.
    pub threshold: f64,
    pub severity: Severity,
    pub long: Tally,
    pub short: Tally,
    pub evidence: Evidence,
    /// Since when it fires.
    pub since_ms: Option<u64>,
}

/// The budget of the whole period at a look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BudgetLine {
    /// The period that ends now.
    pub period: Tally,
    /// The spent part of the budget of the events that came: 1 is all of it. `None` without events.
    pub spent: Option<f64>,
    /// Bad events that a whole period of the expected traffic may have; `None` until it is known.
    pub expected: Option<f64>,
    /// Since when the absolute rule fires.
    pub since_ms: Option<u64>,
}

/// What a look says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub at_ms: u64,
    /// In the order of the objective's pairs.
    pub pairs: Vec<PairLine>,
    pub budget: BudgetLine,
    /// Since when data are missing. Meanwhile no other alert begins or ends: silence is not recovery.
    pub missing_since_ms: Option<u64>,
    /// What began or ended with this look.
    pub changes: Vec<Change>,
}

impl Alerts {
    /// Nothing fires; watching begins at `begun_ms`.
    pub fn new(begun_ms: u64) -> Self {
        Self { begun_ms, firing: Vec::new() }
    }

    /// Looks at the counts. A pair fires when both windows' ratios pass factor × (1 − slo) (Site Reliability Workbook, chapter 5, "Multiwindow,
    /// Multi-Burn-Rate Alerts") and the long window's events are evidence enough; it is reset when either ratio is no longer above. Missing data are
    /// an alert of their own.
    pub fn look(&mut self, objective: &Objective, counts: &Counts, now_ms: u64) -> Result<Report, Misfit> {
        if !counts.is_of(objective) {
            return Err(Misfit);
        }
        let mut changes = Vec::new();
        let heard_ms = counts.last_ms().map_or(self.begun_ms, |last| last.max(self.begun_ms));
        let missing = now_ms.saturating_sub(heard_ms) >= objective.silence_ms();
        self.set(Alert::MissingData, missing, now_ms, &mut changes);
        let mut pairs = Vec::new();
        for (at, pair) in objective.pairs().iter().enumerate() {
            let threshold = objective.threshold(pair);
            let (long, short) = (counts.window(at, now_ms, pair.long_ms), counts.window(at, now_ms, pair.short_ms));
            let (evidence, alert) = (long.evidence(threshold), Alert::Burn(at));
            let both = long.exceeds(threshold) && short.exceeds(threshold);
            if !missing {
                self.set(alert, both && (evidence != Evidence::TooFew || self.since(alert).is_some()), now_ms, &mut changes);
            }
            let factor = pair.factor(objective.period_ms());
            pairs.push(PairLine { factor, threshold, severity: pair.severity, long, short, evidence, since_ms: self.since(alert) });
        }
        let period = counts.period(objective, now_ms);
        let expected = counts.events_expected(objective, now_ms).map(|events| events * objective.budget());
        if !missing {
            let lost = expected.is_some_and(|expected| is_lost(objective, counts, now_ms, expected));
            self.set(Alert::Budget, lost, now_ms, &mut changes);
        }
        let spent = period.ratio().map(|ratio| ratio / objective.budget());
        let budget = BudgetLine { period, spent, expected, since_ms: self.since(Alert::Budget) };
        Ok(Report { at_ms: now_ms, pairs, budget, missing_since_ms: self.since(Alert::MissingData), changes })
    }

    /// Since when an alert fires.
    pub fn since(&self, alert: Alert) -> Option<u64> {
        self.firing.iter().find(|(firing, _)| *firing == alert).map(|(_, since)| *since)
    }

    fn set(&mut self, alert: Alert, firing: bool, at_ms: u64, changes: &mut Vec<Change>) {
        let place = self.firing.binary_search_by_key(&alert, |(known, _)| *known);
        match (place, firing) {
            (Err(place), true) => self.firing.insert(place, (alert, at_ms)),
            (Ok(place), false) => drop(self.firing.remove(place)),
            _ => return,
        }
        changes.push(Change { alert, firing, at_ms });
    }
}

/// The absolute rule: the bad events of the longest window are half the expected budget of the whole period, and those of the short window beside it
/// their part of that half, so that it ends some hours after the harm does. It looks at no ratio: a rush of traffic with a middling ratio, and one bad
/// event where a period has few, both count for what they cost.
fn is_lost(objective: &Objective, counts: &Counts, now_ms: u64, expected: f64) -> bool {
    let Some((at, pair)) = objective.pairs().iter().enumerate().max_by_key(|(_, pair)| pair.long_ms) else { return false };
    let bad = |window_ms: u64| counts.window(at, now_ms, window_ms).bad;
    let (long, short) = (bad(pair.long_ms), bad(pair.short_ms));
    let half = BUDGET_SHARE * expected;
    short > 0 && long as f64 >= half && short as f64 >= half * pair.short_ms as f64 / pair.long_ms as f64
}
