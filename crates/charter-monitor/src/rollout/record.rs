//! What is kept of a decision, and what a status shows: the inputs, the arithmetic and a sentence. How they are reached does not belong here.

use charter_plan::plan::{BadKind, Judge};
use serde::{Deserialize, Serialize};

/// One decision about a rollout, by the judge or by an operator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub rollout: String,
    /// Counts the starts of this rollout, from 1.
    pub run: u32,
    /// Milliseconds since the Unix epoch, as the machine was told.
    pub at_ms: u64,
    /// The operator, or `judge`, `trip` or `charter`.
    pub by: String,
    pub stable: String,
    pub candidate: String,
    pub verdict: Verdict,
    /// Names of the phases before and after.
    pub from: String,
    pub to: String,
    /// The candidate's share before and after, parts per 10,000.
    pub weight_from: u16,
    pub weight_to: u16,
    /// For people: `rolled back: errors of fraud@v3 are at least 2.3 times those of fraud@v2 (95 %), e-value 3.1e4 against 125`.
    pub sentence: String,
    pub judge: Judge,
    /// What the decision was made from.
    pub guardrails: Vec<GuardrailStatus>,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Started,
    /// A step up that the judge allowed.
    Advanced,
    /// A step up by hand.
    Promoted,
    /// Taken back by the judge or a trip wire.
    RolledBack,
    /// Taken back by hand.
    Aborted,
    /// Time was up without a verdict, and it stays where it is.
    Held,
    /// Time was up without a verdict, and it gets as long once more.
    Extended,
    Paused,
    Resumed,
    /// The watch after 100 % ended well, or by hand.
    Done,
}

/// Calls, or compared pairs, and how many of them were bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub calls: u64,
    pub bad: u64,
}

impl Count {
    /// INVARIANT: never more bad ones than calls, though the queues of the two may be read at different times.
    pub(crate) fn new(calls: u64, bad: u64) -> Self {
        Self { calls: calls.max(bad), bad }
    }

    pub(crate) fn since(self, earlier: Self) -> Self {
        Self::new(self.calls.saturating_sub(earlier.calls), self.bad.saturating_sub(earlier.bad))
    }

    /// Share of bad ones, 0 to 1; `None` without calls.
    pub fn share(self) -> Option<f64> {
        (self.calls > 0).then(|| self.bad as f64 / self.calls as f64)
    }
}

/// An e-value and what it has to reach.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EValue {
    pub log10: f64,
    /// The e-value, not its logarithm, at which the hypothesis is rejected.
    pub threshold: f64,
    pub reached: bool,
}

impl EValue {
    /// From a natural logarithm.
    pub(crate) fn new(ln: f64, threshold: f64) -> Self {
        Self { log10: ln / std::f64::consts::LN_10, threshold, reached: ln >= threshold.ln() }
    }
}

/// How many times as often the candidate is bad, with a confidence sequence that holds at every look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// Most likely value; `None` before a bad event of each version.
    pub estimate: Option<f64>,
    /// Bounds; `None`: nothing is ruled out on that side.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// 0.95.
    pub confidence: f64,
}

/// What the tests say about one guardrail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    Harmful,
    Safe,
    Undecided,
}

/// One guardrail: what was counted, and what follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuardrailStatus {
    pub name: String,
    pub bad: BadKind,
    /// Of the run. For disagreement the candidate's count is of compared pairs, and the stable version has none.
    pub stable: Count,
    pub candidate: Count,
    pub finding: Finding,
    /// With `judge: anytime`.
    pub anytime: Option<Anytime>,
    /// With `judge: kayenta` or `judge: fixed`.
    pub intervals: Option<Intervals>,
    /// What limits the tests now, if anything.
    pub note: Option<String>,
}

/// The tests of the anytime-valid judge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anytime {
    /// Against `r <= r_harm`, and against `r >= r_bad`; `None` where there is no stable side.
    pub harm_relative: Option<EValue>,
    pub safe_relative: Option<EValue>,
    /// Against `p <= p_ok`, `p <= p_ceiling` and `p >= p_bad`.
    pub harm_absolute: EValue,
    pub ceiling: EValue,
    pub safe_absolute: EValue,
    /// After 100 %: against `p <= bar`, on calls since then.
    pub watch: Option<Watch>,
    pub ratio: Option<Ratio>,
    pub r_harm: f64,
    pub r_bad: f64,
    pub p_ok: f64,
    pub p_bad: f64,
    pub p_ceiling: f64,
    /// Bad events, of both versions, until it is found safe if the versions are alike; `None` without a relative test.
    pub bad_events_needed: Option<u64>,
    /// Calls of the candidate, none of them bad, until it is found safe.
    pub clean_calls_needed: Option<u64>,
}

/// The test of the watch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// The larger of `p_bad` and `r_bad` times the stable version's share during the steps; at most `p_ceiling`.
    pub bar: f64,
    pub count: Count,
    pub e_value: EValue,
}

/// What the judges by intervals know.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intervals {
    /// Minutes with calls, of the stable version and of the candidate.
    pub measured: [u32; 2],
    /// Minutes of the candidate with more bad calls than `p_bad`; for `fixed`.
    pub failed: u32,
    pub class: Class,
}

/// Kayenta's classes of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    NoData,
    Pass,
    High,
    Low,
}
