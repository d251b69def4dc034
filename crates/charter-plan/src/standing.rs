//! What the evidence says of each requirement today: proved, broken, stale or unproved. The time is an argument.
//!
//! Measuring belongs to `charter-verify`; what follows for a phase belongs to `gate`.

use crate::arithmetic::derivation::number;
use crate::compile::{exercises, requirements_without_plan};
use crate::evidence::{Evidence, Verdict};
use crate::plan::{Load, Plan, Proof, Requirement};
use crate::resolved::Resolved;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// Where a requirement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Shown to hold, for the plan as it is.
    Proved,
    /// Shown not to hold.
    Broken,
    /// Shown once, for another plan or too long ago.
    Stale,
    /// Not shown, or the figure does not decide it.
    Unproved,
}

impl Standing {
    /// The word for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Broken => "broken",
            Self::Stale => "stale",
            Self::Unproved => "unproved",
        }
    }
}

/// One requirement with its standing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusLine {
    /// The requirement's id.
    pub requirement: String,
    /// The measure as a sentence.
    pub text: String,
    /// `static`, `evaluation`, `load` …
    pub proof: String,
    /// Where it stands.
    pub standing: Standing,
    /// Why: one sentence, with what arithmetic assumes.
    pub reason: String,
    /// What a verdict by arithmetic takes for granted, a clause each: `assuming that …`.
    pub assumptions: Vec<String>,
    /// What was measured last.
    pub figure: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// Unit of the figure.
    pub unit: String,
    /// When, RFC 3339.
    pub measured_at: Option<String>,
}

/// The standing of every requirement, in their order. Evidence counts while the requirement's fingerprint is the same and
/// it is at most `age_max_seconds` old (none: age does not matter); the newest that counts decides.
pub fn status(requirements: &[Requirement], evidence: &[Evidence], now: Timestamp, age_max_seconds: Option<i64>) -> Vec<StatusLine> {
    let mut own: HashMap<&str, Vec<&Evidence>> = HashMap::new();
    for kept in evidence {
        own.entry(kept.requirement.as_str()).or_default().push(kept);
    }
    let of = |requirement: &Requirement| own.get(requirement.id.as_str()).map_or(&[][..], Vec::as_slice);
    requirements.iter().map(|requirement| line(requirement, of(requirement), now, age_max_seconds)).collect()
}

/// The standing of every scenario and constraint, whatever its age: what lint asks, which is told no time of day.
pub(crate) fn requirements(resolved: &Resolved, plan: Option<&Plan>, evidence: &[Evidence]) -> Vec<StatusLine> {
    let now = Timestamp::UNIX_EPOCH;
    match plan {
        Some(plan) => status(&plan.requirements, evidence, now, None),
        None => status(&requirements_without_plan(resolved), evidence, now, None),
    }
}

/// The standing of every requirement of a charter, and of every rung and experiment that faults were or may be brought in for.
///
/// Without a plan (the charter has no route yet, or does not compile) arithmetic still decides what it can, and the rest says why not.
pub fn standings(resolved: &Resolved, plan: Option<&Plan>, evidence: &[Evidence], now: Timestamp) -> Vec<StatusLine> {
    let Some(plan) = plan else { return status(&requirements_without_plan(resolved), evidence, now, None) };
    let mut requirements = plan.requirements.clone();
    // Rungs are told of where faults are allowed or were once brought in; elsewhere nothing can be said about them.
    let tried = |id: &str| evidence.iter().any(|evidence| evidence.requirement == id);
    let told = exercises(plan).into_iter().map(|exercise| exercise.requirement);
    requirements.extend(told.filter(|requirement| plan.chaos.is_some() || tried(&requirement.id)));
    status(&requirements, evidence, now, None)
}

fn line(requirement: &Requirement, evidence: &[&Evidence], now: Timestamp, age_max_seconds: Option<i64>) -> StatusLine {
    let mut line = StatusLine {
        requirement: requirement.id.clone(),
        text: requirement.text.clone(),
        proof: requirement.proof.name().into(),
        standing: Standing::Unproved,
        reason: String::new(),
        assumptions: Vec::new(),
        figure: None,
        interval: None,
        unit: String::new(),
        measured_at: None,
    };
    if let Proof::Static { holds, figure, unit, derivation } = &requirement.proof {
        line.standing = if *holds { Standing::Proved } else { Standing::Broken };
        line.assumptions = derivation.iter().filter(|line| is_assumption(line)).cloned().collect();
        line.reason = std::iter::once("decided by arithmetic over the charter")
            .chain(line.assumptions.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(", ");
        (line.figure, line.unit) = (Some(*figure), unit.clone());
        return line;
    }
    let own = evidence.iter().copied().filter(|evidence| evidence.proof == requirement.proof.name());
    let newest = |evidence: &&Evidence| evidence.measured_at.parse::<Timestamp>().unwrap_or(Timestamp::MIN);
    let current = own.clone().filter(|evidence| evidence.requirement_fingerprint == requirement.fingerprint).max_by_key(newest);
    let Some(found) = current.or_else(|| own.max_by_key(newest)) else {
        line.reason = unproved_reason(&requirement.proof).into();
        return line;
    };
    (line.figure, line.interval, line.unit) = (found.figure, found.interval, found.unit.clone());
    line.measured_at = Some(found.measured_at.clone());
    (line.standing, line.reason) = standing(found, requirement, now, age_max_seconds);
    line
}

fn standing(found: &Evidence, requirement: &Requirement, now: Timestamp, age_max_seconds: Option<i64>) -> (Standing, String) {
    if found.requirement_fingerprint != requirement.fingerprint {
        return (Standing::Stale, "the plan has changed since it was measured: run `charter verify`".into());
    }
    let Ok(measured_at) = found.measured_at.parse::<Timestamp>() else {
        return (Standing::Stale, format!("its evidence has no readable time (`{}`)", found.measured_at));
    };
    let age = now.as_second().saturating_sub(measured_at.as_second());
    if let Some(most) = age_max_seconds.filter(|most| age > *most) {
        return (Standing::Stale, format!("measured {} days ago, where {} are allowed: run `charter verify`", age / 86_400, most / 86_400));
    }
    let against = format!("held against {}", found.limit);
    match found.verdict {
        Verdict::Proved => match &requirement.proof {
            Proof::Load(Load { window_s: Some(window_s), .. }) => {
                (Standing::Proved, format!("{against} in one run under load; {}", beyond(*window_s)))
            }
            _ => (Standing::Proved, against),
        },
        Verdict::Broken => (Standing::Broken, against),
        Verdict::Inconclusive => {
            let why = found.notes.first().map_or("its interval crosses the limit", String::as_str);
            (Standing::Unproved, format!("inconclusive, {against}: {why}"))
        }
    }
}

/// Why a requirement without evidence has none.
pub fn unproved_reason(proof: &Proof) -> &str {
    match proof {
        Proof::Static { .. } => "decided by arithmetic over the charter",
        Proof::Evaluation(_) | Proof::Load(_) => "not measured yet: run `charter verify`",
        Proof::Contract => "needs checked data contracts, which `charter verify` does not run",
        Proof::Chaos => "not shown yet: run `charter verify --chaos`",
        Proof::Runtime => "needs figures from production, which a run before serving cannot give",
        Proof::Review => "needs a person's review",
        Proof::None { reason } => reason,
    }
}

/// Whether a line of arithmetic is something taken for granted (`assuming that …`).
pub fn is_assumption(line: &str) -> bool {
    line.starts_with("assuming ")
}

/// What only production can show of a window of `window_s` seconds.
pub fn beyond(window_s: f64) -> String {
    format!("the window of {} needs evidence from production", span(window_s))
}

/// Seconds in the largest unit that divides them.
fn span(seconds: f64) -> String {
    let units = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min")];
    let whole = units.iter().find(|(unit, _)| seconds >= *unit && seconds % unit == 0.0);
    whole.map_or_else(|| format!("{} s", number(seconds)), |(unit, name)| format!("{} {name}", number(seconds / unit)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Host;
    use crate::plan::{Arrival, Measured, Operator};

    fn evidence(requirement: &str, measured_at: &str, verdict: Verdict) -> Evidence {
        Evidence {
            requirement: requirement.into(),
            proof: "chaos".into(),
            verdict,
            figure: Some(42.0),
            interval: Some((40.0, 45.0)),
            unit: "ms".into(),
            text: String::new(),
            limit: "< 50 ms".into(),
            parts: Vec::new(),
            notes: Vec::new(),
            plan: "sha256:1".into(),
            requirement_fingerprint: "f1".into(),
            measured_at: measured_at.into(),
            host: Host::default(),
            command: String::new(),
            seed: 1,
            report: serde_json::Value::Null,
        }
    }

    fn requirement(id: &str, fingerprint: &str, proof: Proof) -> Requirement {
        Requirement { id: id.into(), text: String::new(), measure: String::new(), proof, fingerprint: fingerprint.into() }
    }

    fn standing_of(requirement: Requirement, evidence: &[Evidence], age_max_seconds: Option<i64>) -> (Standing, String) {
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        let line = status(&[requirement], evidence, now, age_max_seconds).remove(0);
        (line.standing, line.reason)
    }

    #[test]
    fn the_newest_evidence_for_the_same_fingerprint_decides() {
        let kept = [
            evidence("a", "2026-02-01T00:00:00Z", Verdict::Broken),
            evidence("a", "2026-02-02T00:00:00+01:00", Verdict::Proved),
            Evidence { requirement_fingerprint: "f2".into(), ..evidence("a", "2026-02-20T00:00:00Z", Verdict::Broken) },
        ];
        assert_eq!(standing_of(requirement("a", "f1", Proof::Chaos), &kept, None).0, Standing::Proved);
        assert_eq!(standing_of(requirement("a", "f2", Proof::Chaos), &kept, None).0, Standing::Broken);
        assert_eq!(standing_of(requirement("a", "f3", Proof::Chaos), &kept, None).0, Standing::Stale);
        assert_eq!(standing_of(requirement("a", "f1", Proof::Runtime), &kept, None).0, Standing::Unproved);
    }

    #[test]
    fn age_makes_stale_and_doubt_leaves_unproved() {
        let kept = [evidence("a", "2026-02-01T00:00:00Z", Verdict::Proved)];
        let (standing, reason) = standing_of(requirement("a", "f1", Proof::Chaos), &kept, Some(7 * 86_400));
        assert_eq!((standing, reason.as_str()), (Standing::Stale, "measured 28 days ago, where 7 are allowed: run `charter verify`"));
        assert_eq!(standing_of(requirement("a", "f1", Proof::Chaos), &kept, Some(28 * 86_400)).0, Standing::Proved);
        let kept = [evidence("a", "2026-02-01T00:00:00Z", Verdict::Inconclusive)];
        let (standing, reason) = standing_of(requirement("a", "f1", Proof::Chaos), &kept, None);
        assert_eq!((standing, reason.starts_with("inconclusive, held against < 50 ms")), (Standing::Unproved, true));
    }

    #[test]
    fn what_arithmetic_assumes_stands_in_the_reason() {
        let derivation = ["3 × 5 = 15", "assuming that a month has 730 h", "assuming that prices hold", "15 <= 20 USD/month holds"];
        let proof =
            Proof::Static { holds: true, figure: 15.0, unit: "USD/month".into(), derivation: derivation.map(str::to_owned).to_vec() };
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        let line = status(&[requirement("a", "f1", proof)], &[], now, None).remove(0);
        let expected = "decided by arithmetic over the charter, assuming that a month has 730 h, assuming that prices hold";
        assert_eq!(line.reason, expected);
        assert_eq!(line.assumptions, derivation[1..3]);
    }

    #[test]
    fn a_promise_over_weeks_is_not_shown_by_one_run() {
        let load = Load {
            arrival: Arrival::Rate { per_s: 1.0 },
            mix: Vec::new(),
            measured: Measured::LatencyMax,
            operator: Operator::Less,
            limit: 50.0,
            network_ms: 0.0,
            window_s: Some(28.0 * 86_400.0),
        };
        let kept = [Evidence { proof: "load".into(), ..evidence("a", "2026-02-01T00:00:00Z", Verdict::Proved) }];
        let (standing, reason) = standing_of(requirement("a", "f1", Proof::Load(load)), &kept, None);
        let expected = "held against < 50 ms in one run under load; the window of 28 d needs evidence from production";
        assert_eq!((standing, reason.as_str()), (Standing::Proved, expected));
    }

    #[test]
    fn arithmetic_needs_no_evidence_and_the_unprovable_says_why() {
        let proof = Proof::Static { holds: false, figure: 215.0, unit: "ms".into(), derivation: Vec::new() };
        assert_eq!(standing_of(requirement("a", "f1", proof), &[], None).0, Standing::Broken);
        let (standing, reason) = standing_of(requirement("a", "f1", Proof::None { reason: "it has no measure".into() }), &[], None);
        assert_eq!((standing, reason.as_str()), (Standing::Unproved, "it has no measure"));
    }

    #[test]
    fn a_window_is_told_in_the_largest_whole_unit() {
        assert_eq!([2_419_200.0, 7_200.0, 90.0, 0.5].map(span), ["28 d", "2 h", "90 s", "0.5 s"]);
    }
}
