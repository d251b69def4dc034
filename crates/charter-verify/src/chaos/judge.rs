//! From what was seen while faults were in to a finding: pure.

use charter_plan::evidence::{Part, Verdict};
use serde_json::Value;

use crate::load::RouteReport;
use crate::proof::record::Finding;
use crate::statistics::{clopper_pearson_interval, wilson_interval};

const CONFIDENCE: f64 = 0.95;
/// Fewer calls than this decide nothing.
pub(super) const CALLS_MIN: u64 = 30;

/// One thing that was held against one limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    pub(super) parts: Vec<Part>,
    pub(super) notes: Vec<String>,
    pub(super) limits: Vec<String>,
}

impl Judged {
    /// A share of calls must be at least `min`: it holds when the figure does, and is broken when the upper bound of its 95 % interval
    /// (Clopper and Pearson 1934, which never covers less) lies below.
    pub(super) fn at_least(&mut self, name: String, hits: u64, calls: u64, min: f64) {
        let figure = (calls > 0).then(|| hits as f64 / calls as f64);
        let holds = match figure {
            Some(figure) if calls >= CALLS_MIN && figure >= min => Some(true),
            Some(_) if clopper_pearson_interval(hits, calls, CONFIDENCE).high < min => Some(false),
            _ => None,
        };
        let interval = wilson_interval(hits, calls, CONFIDENCE);
        self.parts.push(Part { name, count: calls, figure, interval: figure.map(|_| (interval.low, interval.high)), holds });
    }

    /// So many calls must have met what was tried; else whatever else holds decides nothing.
    pub(super) fn enough(&mut self, name: String, calls: u64) {
        self.parts.push(Part { name, count: calls, figure: None, interval: None, holds: (calls >= CALLS_MIN).then_some(true) });
    }

    /// The p99 of calls must be at most `max_ms`; broken when the lower bound of its 95 % interval lies above.
    pub(super) fn p99(&mut self, name: String, report: &RouteReport, max_ms: f64) {
        let p99 = &report.latency.p99;
        let count = report.latency.count;
        let holds = match count {
            0 => None,
            _ if p99.low_ms > max_ms => Some(false),
            _ if count >= CALLS_MIN && p99.value_ms <= max_ms => Some(true),
            _ => None,
        };
        let figure = (count > 0).then_some(p99.value_ms);
        self.parts.push(Part { name, count, figure, interval: figure.map(|_| (p99.low_ms, p99.high_ms.unwrap_or(f64::MAX))), holds });
    }

    /// Something must have happened within a time; nothing when it did not happen.
    pub(super) fn within(&mut self, name: String, seconds: Option<f64>, most: f64) {
        let holds = Some(seconds.is_some_and(|seconds| seconds <= most));
        self.parts.push(Part { name, count: u64::from(seconds.is_some()), figure: seconds, interval: None, holds });
    }

    /// The run was stopped, which no expectation allows.
    pub(super) fn stopped(&mut self, name: String, reason: &str) {
        self.notes.insert(0, format!("{name}: {reason}"));
        self.parts.push(Part { name: format!("{name}: not stopped"), count: 1, figure: None, interval: None, holds: Some(false) });
    }

    /// Broken when any part is, proved when all hold.
    pub(super) fn verdict(&self) -> Verdict {
        if self.parts.iter().any(|part| part.holds == Some(false)) {
            Verdict::Broken
        } else if !self.parts.is_empty() && self.parts.iter().all(|part| part.holds == Some(true)) {
            Verdict::Proved
        } else {
            Verdict::Inconclusive
        }
    }

    /// The finding whose figure is a share of calls.
    pub(super) fn finding(self, hits: u64, calls: u64, report: Value) -> Finding {
        let interval = wilson_interval(hits, calls, CONFIDENCE);
        let mut notes = self.notes.clone();
        let open = self.parts.iter().filter(|part| part.holds.is_none()).map(|part| part.name.as_str()).collect::<Vec<_>>();
        if !open.is_empty() && self.verdict() == Verdict::Inconclusive {
            notes.insert(0, format!("not decided by so few calls: {}", open.join("; ")));
        }
        Finding {
            verdict: self.verdict(),
            figure: (calls > 0).then(|| hits as f64 / calls as f64),
            interval: (calls > 0).then_some((interval.low, interval.high)),
            unit: String::new(),
            limit: self.limits.join(", "),
            parts: self.parts,
            notes,
            report,
        }
    }
}

/// Who answered, in words.
pub(super) fn answered_by(report: &RouteReport) -> String {
    let mut rungs: Vec<String> = report.rungs.iter().map(|(rung, count)| format!("`{rung}` {count}")).collect();
    let lost = report.requests.saturating_sub(report.answered);
    if lost > 0 {
        rungs.push(format!("nobody {lost}"));
    }
    rungs.join(", ")
}

/// A share as people write it.
pub(super) fn percent(share: f64) -> String {
    let text = format!("{:.3}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(hits: u64, calls: u64, min: f64) -> Option<bool> {
        let mut judged = Judged::default();
        judged.at_least("x".into(), hits, calls, min);
        judged.parts[0].holds
    }

    #[test]
    fn one_lost_call_of_a_hundred_does_not_break_three_nines() {
        assert_eq!(holds(120, 120, 0.999), Some(true));
        assert_eq!(holds(119, 120, 0.999), None);
        assert_eq!(holds(100, 120, 0.999), Some(false));
        assert_eq!(holds(5, 5, 0.99), None, "too few");
        assert_eq!(holds(0, 0, 0.99), None);
    }

    #[test]
    fn an_answer_to_two_touched_calls_proves_no_rung() {
        let verdict = |touched| {
            let mut judged = Judged::default();
            judged.at_least("hang: answered by rule".into(), 2, 120, 0.0095);
            judged.enough("hang: calls that the faults touch".into(), touched);
            judged.verdict()
        };
        assert_eq!(verdict(1), Verdict::Inconclusive);
        assert_eq!(verdict(30), Verdict::Proved);
    }

    #[test]
    fn one_broken_part_breaks_the_whole_and_an_open_one_leaves_it_open() {
        let mut judged = Judged::default();
        judged.at_least("hang: answered".into(), 120, 120, 0.99);
        assert_eq!(judged.verdict(), Verdict::Proved);
        judged.at_least("error: answered".into(), 119, 120, 0.999);
        let open = judged.clone().finding(239, 240, Value::Null);
        assert_eq!((open.verdict, open.notes[0].as_str()), (Verdict::Inconclusive, "not decided by so few calls: error: answered"));
        judged.within("back".into(), None, 10.0);
        assert_eq!(judged.verdict(), Verdict::Broken);
        assert_eq!(Judged::default().verdict(), Verdict::Inconclusive);
    }

    #[test]
    fn a_share_is_written_without_needless_zeros() {
        assert_eq!([0.999, 0.9, 1.0].map(percent), ["99.9 %", "90 %", "100 %"]);
    }
}
