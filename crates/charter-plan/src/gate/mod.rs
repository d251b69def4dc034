//! The gate of a phase, answered from evidence in the phase's own words: go, pivot, stop.
//!
//! Outcomes are tried in the order in which they are written; the first whose criteria are all met is the answer, and `else` when none is. An outcome with
//! an unknown criterion may still hold, so what comes after it is not answered: the gate is open, and says what it waits for.

pub mod sign_off;
mod signers;

pub use signers::signers;

use crate::criterion::{Facts, Judged, Outcome, judge};
use charter_spec::ast::Phase;
use charter_spec::measure::CriterionKind;
use charter_spec::names::Entry;
use serde::Serialize;
use sign_off::{Act, Scope, SignOff, SignatureState, latest};

/// A gate with everything that was asked and found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateReport {
    /// The phase's id.
    pub phase: String,
    pub about: String,
    /// In document order.
    pub outcomes: Vec<OutcomeReport>,
    pub answer: Answer,
    /// Every standing or revoked signature of this phase.
    pub sign_offs: Vec<SignatureLine>,
}

/// One outcome: `go`, `pivot`, `stop`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutcomeReport {
    pub word: String,
    /// Whether it is `else`: what holds when nothing else does.
    pub is_else: bool,
    pub holds: Outcome,
    pub criteria: Vec<Judged>,
}

/// What the gate says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Answer {
    /// The word, why, and whether it is the phase's first: the way on.
    Decided { word: String, why: String, advances: bool },
    /// It may be any of these words, as what it waits for turns out.
    Open { may_be: Vec<String>, waits_for: Vec<String> },
    /// The phase has no gate, or none of its outcomes can hold.
    Silent { why: String },
}

/// A signature with its state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SignatureLine {
    #[serde(flatten)]
    pub sign_off: SignOff,
    pub state: SignatureState,
}

/// Answers the gate of a phase; `None` when the roadmap has no such phase.
pub fn answer(facts: &Facts<'_>, phase: &str) -> Option<GateReport> {
    let entry = facts.resolved.spec.roadmap.get_entry(phase)?;
    let mut outcomes: Vec<OutcomeReport> = entry
        .gate
        .iter()
        .map(|outcome| {
            let criteria = &outcome.value.value;
            let is_else = criteria.iter().any(|criterion| criterion.value.kind == CriterionKind::Else);
            let judged = criteria.iter().filter(|_| !is_else).map(|criterion| at_gate(judge(facts, &criterion.value), phase));
            let judged: Vec<Judged> = judged.collect();
            let holds = Outcome::all(judged.iter().map(|judged| judged.outcome));
            OutcomeReport { word: outcome.id.value.to_string(), is_else, holds, criteria: judged }
        })
        .collect();
    // Whoever signs a phase signs its way on.
    if let Some(first) = outcomes.iter_mut().find(|outcome| !outcome.is_else) {
        first.criteria.extend(signers::asked(facts, entry));
        first.holds = Outcome::all(first.criteria.iter().map(|judged| judged.outcome));
    }
    settle_else(&mut outcomes);
    let answer = decide(&outcomes);
    let about = entry.about.as_ref().map_or_else(String::new, |about| about.value.clone());
    Some(GateReport { phase: phase.to_owned(), about, outcomes, answer, sign_offs: signatures(facts, entry) })
}

/// Ways out name this gate.
fn at_gate(mut judged: Judged, phase: &str) -> Judged {
    judged.reason = judged.reason.replace("charter gate PHASE", &format!("charter gate {phase}"));
    judged.parts = judged.parts.into_iter().map(|part| at_gate(part, phase)).collect();
    judged
}

/// `else` holds when every other outcome does not. Between two of them nothing decides, so neither is known to.
fn settle_else(outcomes: &mut [OutcomeReport]) {
    let others: Vec<Outcome> = outcomes.iter().filter(|outcome| !outcome.is_else).map(|outcome| outcome.holds).collect();
    let single = outcomes.len() - others.len() == 1;
    let holds = if others.contains(&Outcome::Met) {
        Outcome::NotMet
    } else if others.contains(&Outcome::Unknown) || !single {
        Outcome::Unknown
    } else {
        Outcome::Met
    };
    outcomes.iter_mut().filter(|outcome| outcome.is_else).for_each(|outcome| outcome.holds = holds);
}

fn decide(outcomes: &[OutcomeReport]) -> Answer {
    let Some(first) = outcomes.first() else {
        return Answer::Silent {
            why: "the phase has no gate: write what decides its outcomes, `gate: { go: […], stop: else }`".to_owned(),
        };
    };
    let elses: Vec<&OutcomeReport> = outcomes.iter().filter(|outcome| outcome.is_else).collect();
    let ordered: Vec<&OutcomeReport> = outcomes.iter().filter(|outcome| !outcome.is_else).chain(elses.iter().copied()).collect();
    let mut open: Vec<&OutcomeReport> = Vec::new();
    for outcome in &ordered {
        match outcome.holds {
            Outcome::NotMet => {}
            Outcome::Unknown => open.push(outcome),
            Outcome::Met if open.is_empty() => {
                let advances = outcome.word == first.word;
                return Answer::Decided { word: outcome.word.clone(), why: why(outcome, &ordered), advances };
            }
            Outcome::Met => {
                open.push(outcome);
                break;
            }
        }
    }
    if open.is_empty() {
        return Answer::Silent { why: "no outcome holds, and none is `else`".to_owned() };
    }
    if elses.len() > 1 && open.iter().all(|outcome| outcome.is_else) {
        let words: Vec<&str> = open.iter().map(|outcome| outcome.word.as_str()).collect();
        return Answer::Silent { why: format!("nothing tells {} apart: each is `else`; give all but one its criteria", words.join(", ")) };
    }
    let unknown = |outcome: &&OutcomeReport| {
        outcome.criteria.iter().filter(|judged| judged.outcome == Outcome::Unknown).map(|judged| judged.criterion.clone()).collect()
    };
    let waits_for: Vec<String> = open.first().map(unknown).unwrap_or_default();
    Answer::Open { may_be: open.iter().map(|outcome| outcome.word.clone()).collect(), waits_for }
}

fn why(outcome: &OutcomeReport, ordered: &[&OutcomeReport]) -> String {
    let missed = |outcome: &OutcomeReport| -> Vec<String> {
        outcome.criteria.iter().filter(|judged| judged.outcome == Outcome::NotMet).map(|judged| format!("`{}`", judged.criterion)).collect()
    };
    if outcome.is_else {
        let reasons: Vec<String> = ordered
            .iter()
            .filter(|other| !other.is_else)
            .map(|other| format!("not {}, since {} is not met", other.word, missed(other).join(" and ")))
            .collect();
        return if reasons.is_empty() { "it is the only outcome".to_owned() } else { reasons.join("; ") };
    }
    let before: Vec<String> = ordered
        .iter()
        .take_while(|other| other.word != outcome.word)
        .map(|other| format!("; not {}, since {} is not met", other.word, missed(other).join(" and ")))
        .collect();
    let all = if outcome.criteria.len() == 1 { "its criterion is met" } else { "all its criteria are met" };
    format!("{all}{}", before.concat())
}

fn signatures(facts: &Facts<'_>, phase: &Entry<Phase>) -> Vec<SignatureLine> {
    let own = latest(facts.sign_offs).into_iter().filter(|sign_off| sign_off.phase == phase.id.value.as_str());
    own.map(|sign_off| {
        let state = if sign_off.act == Act::Revoke {
            SignatureState::Revoked
        } else {
            let now = Scope::find(facts, &phase.id.value, &sign_off.scope).map(|scope| scope.fingerprint(facts));
            if now.is_ok_and(|now| now == sign_off.fingerprint) { SignatureState::Valid } else { SignatureState::Stale }
        };
        SignatureLine { sign_off: sign_off.clone(), state }
    })
    .collect()
}
