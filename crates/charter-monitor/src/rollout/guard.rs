//! One guardrail of a rollout: what was counted about it, and the tests on that. What they lead to belongs to the judge.

use super::intervals::Points;
use super::record;
use super::record::{Anytime, Count, EValue, GuardrailStatus, Watch};
use super::relative::{Tally, Test};
use crate::statistics::share::{clean_events_needed, log_e_above, log_e_below};
use charter_plan::plan::{BadKind, Guardrail};
use serde::{Deserialize, Serialize};

/// What is kept over a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Counted {
    name: String,
    kind: BadKind,
    /// Of the stable version and of the candidate; for disagreement pairs, of the candidate alone.
    calls: [u64; 2],
    bad: [u64; 2],
    /// Calls that do not count, because of their user.
    left_out: [u64; 2],
    tally: Tally,
    pub(super) points: Points,
    watch: Option<Bar>,
}

/// What the watch measures by, frozen when 100 % are reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Bar {
    p: f64,
    from: Count,
}

/// E-values at which hypotheses are rejected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Thresholds {
    harm: f64,
    ceiling: f64,
    watch: f64,
    safe: f64,
}

impl Thresholds {
    /// The chance of taking back a good version is shared: equally among guardrails (Bonferroni), and of each share 8/10 go to the tests of the steps,
    /// 1/10 to the ceiling and 1/10 to the watch. The chance of letting a bad one through need not be shared among guardrails, since one with a bad
    /// guardrail must be found safe on that very guardrail; it is shared by its two safe tests.
    pub(super) fn new(alpha: f64, beta: f64, guardrails: usize) -> Self {
        let share = alpha.clamp(1e-12, 1.0) / guardrails.max(1) as f64;
        Self { harm: 1.0 / (0.8 * share), ceiling: 1.0 / (0.1 * share), watch: 1.0 / (0.1 * share), safe: 2.0 / beta.clamp(1e-12, 1.0) }
    }
}

/// Which test found harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Harm {
    /// More than `r_harm` times as often, and above `p_ok`.
    Relative,
    /// Above `p_ok`, where there is no stable side.
    Absolute,
    Ceiling,
    Watch,
}

/// The e-values of one look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values {
    pub(super) harm_relative: Option<EValue>,
    pub(super) safe_relative: Option<EValue>,
    pub(super) harm_absolute: EValue,
    pub(super) ceiling: EValue,
    pub(super) safe_absolute: EValue,
    pub(super) watch: Option<Watch>,
    paired: bool,
}

impl Values {
    /// The rule of taking back. At 100 % there is no stable side any more, and `p_ok` alone would take back every version whose predecessor was above
    /// it too; so the watch has its own bar.
    pub(super) fn harm(&self) -> Option<Harm> {
        if self.ceiling.reached {
            return Some(Harm::Ceiling);
        }
        if let Some(watch) = self.watch {
            return watch.e_value.reached.then_some(Harm::Watch);
        }
        if !self.harm_absolute.reached {
            return None;
        }
        match self.harm_relative {
            Some(relative) => relative.reached.then_some(Harm::Relative),
            None => self.paired.then_some(Harm::Absolute),
        }
    }

    pub(super) fn safe(&self) -> bool {
        self.safe_absolute.reached || self.safe_relative.is_some_and(|relative| relative.reached)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) settings: Guardrail,
    pub(super) counted: Counted,
    harm: Test,
    safe: Test,
}

impl Guard {
    pub(super) fn new(settings: &Guardrail) -> Self {
        let counted = Counted {
            name: settings.name.clone(),
            kind: settings.bad,
            calls: [0; 2],
            bad: [0; 2],
            left_out: [0; 2],
            tally: Tally::default(),
            points: Points::default(),
            watch: None,
        };
        Self { harm: Test::harm(settings.r_harm), safe: Test::safe(settings.r_bad), settings: settings.clone(), counted }
    }

    /// With what was counted under the same name, if anything was.
    pub(super) fn restore(settings: &Guardrail, saved: &[Counted]) -> Self {
        let mut guard = Self::new(settings);
        if let Some(counted) = saved.iter().find(|counted| counted.name == settings.name && counted.kind == settings.bad) {
            guard.counted = counted.clone();
        }
        guard.prepare();
        guard
    }

    fn prepare(&mut self) {
        self.harm.prepare(&self.counted.tally);
        self.safe.prepare(&self.counted.tally);
    }

    pub(super) fn paired(&self) -> bool {
        self.settings.bad == BadKind::Disagreement
    }

    pub(super) fn bad(&mut self, candidate: bool, weight: u16) {
        self.counted.bad[usize::from(candidate)] += 1;
        self.counted.tally.count(candidate, weight);
        self.prepare();
    }

    pub(super) fn leave_out(&mut self, candidate: bool) {
        self.counted.left_out[usize::from(candidate)] += 1;
    }

    /// Further calls of the stable version and of the candidate.
    pub(super) fn calls(&mut self, more: [u64; 2]) {
        for (calls, more) in self.counted.calls.iter_mut().zip(more) {
            *calls = calls.saturating_add(more);
        }
    }

    pub(super) fn pairs(&mut self, pairs: u64, disagreeing: u64) {
        self.counted.calls[1] = self.counted.calls[1].saturating_add(pairs);
        self.counted.bad[1] = self.counted.bad[1].saturating_add(disagreeing);
    }

    pub(super) fn count(&self, candidate: bool) -> Count {
        let arm = usize::from(candidate);
        Count::new(self.counted.calls[arm].saturating_sub(self.counted.left_out[arm]), self.counted.bad[arm])
    }

    pub(super) fn close_minute(&mut self) {
        let counts = [self.count(false), self.count(true)];
        self.counted.points.close(counts, self.settings.p_bad);
    }

    /// 100 % are reached: from here on the candidate is measured by what is bad in itself, or by what the stable version had, whichever is more.
    pub(super) fn begin_watch(&mut self) {
        let before = self.count(false).share().unwrap_or(0.0);
        let p = self.settings.p_bad.max(self.settings.r_bad * before).min(self.settings.p_ceiling.max(self.settings.p_bad));
        self.counted.watch = Some(Bar { p, from: self.count(true) });
    }

    /// All tests at this moment.
    pub(super) fn values(&self, thresholds: Thresholds) -> Values {
        let (settings, count) = (&self.settings, self.count(true));
        let watch = self.counted.watch.map(|bar| {
            let count = count.since(bar.from);
            Watch { bar: bar.p, count, e_value: EValue::new(log_e_above(bar.p, count.calls, count.bad), thresholds.watch) }
        });
        let relative = !self.paired() && watch.is_none();
        let tally = &self.counted.tally;
        Values {
            harm_relative: relative.then(|| EValue::new(self.harm.log_e(tally), thresholds.harm)),
            safe_relative: relative.then(|| EValue::new(self.safe.log_e(tally), thresholds.safe)),
            harm_absolute: EValue::new(log_e_above(settings.p_ok, count.calls, count.bad), thresholds.harm),
            ceiling: EValue::new(log_e_above(settings.p_ceiling, count.calls, count.bad), thresholds.ceiling),
            safe_absolute: EValue::new(log_e_below(settings.p_bad, count.calls, count.bad), thresholds.safe),
            watch,
            paired: self.paired(),
        }
    }

    /// Everything for a status or a record.
    pub(super) fn anytime(&self, thresholds: Thresholds, weight: u16) -> Anytime {
        let values = self.values(thresholds);
        let (settings, tally, safe) = (&self.settings, &self.counted.tally, thresholds.safe.ln());
        let paired = self.paired();
        Anytime {
            harm_relative: values.harm_relative,
            safe_relative: values.safe_relative,
            harm_absolute: values.harm_absolute,
            ceiling: values.ceiling,
            safe_absolute: values.safe_absolute,
            watch: values.watch,
            ratio: (!paired).then(|| tally.ratio()),
            r_harm: settings.r_harm,
            r_bad: settings.r_bad,
            p_ok: settings.p_ok,
            p_bad: settings.p_bad,
            p_ceiling: settings.p_ceiling,
            bad_events_needed: values.safe_relative.and_then(|_| self.safe.events_needed(tally, weight, safe)),
            clean_calls_needed: values.watch.is_none().then(|| {
                let count = self.count(true);
                clean_events_needed(settings.p_bad, count.calls, count.bad, safe)
            }),
        }
    }

    /// Without a judge's part.
    pub(super) fn status(&self) -> GuardrailStatus {
        GuardrailStatus {
            name: self.settings.name.clone(),
            bad: self.settings.bad,
            stable: self.count(false),
            candidate: self.count(true),
            finding: record::Finding::Undecided,
            anytime: None,
            intervals: None,
            note: None,
        }
    }
}
