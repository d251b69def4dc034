//! Several stakeholders sign a phase: each by a person of their own, unless the phase says otherwise.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod charters;

use charter_plan::criterion::{Facts, Judged, Outcome};
use charter_plan::gate::sign_off::{Act, Scope, SignOff};
use charter_plan::gate::{Answer, answer};
use charter_spec::Id;
use charter_spec::quantity::Date;
use charters::Case;

/// What the gate asks of its signers, given who signed for whom.
fn asked(phase: &str, signed: &[(&str, &str)]) -> (Vec<Judged>, Answer) {
    let case = Case::new(&format!(
        "charter: 1
system: test
stakeholders: {{ risk: {{ signs: [launch] }}, legal: {{ signs: [launch] }}, board: {{ signs: [launch] }} }}
cost: {{ ceiling: 5 USD/month, fixed: {{ a: 1 USD/month }} }}
roadmap:
  launch: {{ box: 4w, {phase}gate: {{ go: cost.total <= cost.ceiling, stop: else }} }}
"
    ));
    let resolved = case.resolved();
    let today = Date::parse("2026-11-23").expect("a date");
    let facts = Facts { resolved: &resolved, files: &case.files, plan: None, standings: &[], evidence: &[], sign_offs: &[], today };
    let scope = Scope::find(&facts, &Id::new("launch").expect("an id"), "roadmap.launch").expect("a scope");
    let record = |(at, (name, role)): (usize, &(&str, &str))| SignOff {
        act: Act::Sign,
        name: (*name).to_owned(),
        role: Some((*role).to_owned()),
        phase: "launch".to_owned(),
        scope: scope.name.clone(),
        note: String::new(),
        fingerprint: scope.fingerprint(&facts),
        plan: String::new(),
        signed_at: format!("2026-11-23T08:00:0{at}Z"),
    };
    let sign_offs: Vec<SignOff> = signed.iter().enumerate().map(record).collect();
    let report = answer(&Facts { sign_offs: &sign_offs, ..facts }, "launch").expect("a phase");
    (report.outcomes[0].criteria[1..].to_vec(), report.answer)
}

fn met(phase: &str, signed: &[(&str, &str)]) -> usize {
    asked(phase, signed).0.iter().filter(|judged| judged.outcome == Outcome::Met).count()
}

#[test]
fn one_person_does_not_sign_for_two_stakeholders() {
    let everything = [("Ada", "risk"), ("Ada", "legal"), ("ADA ", "board")];
    assert_eq!(met("", &everything), 1);
    let (judged, answer) = asked("", &everything);
    assert!(matches!(answer, Answer::Open { .. }), "{answer:?}");
    assert!(judged.iter().all(|judged| judged.criterion.ends_with(", by a person of their own")), "{judged:#?}");
    let second = judged.iter().find(|judged| judged.outcome == Outcome::Unknown).expect("one that is not served");
    assert!(second.reason.contains("who is counted for another stakeholder already"), "{}", second.reason);
    // The phase may say that one is enough.
    assert_eq!(met("same_signer: true, ", &everything), 3);
    assert_eq!(asked("same_signer: true, ", &everything).0[0].criterion, "signed by risk");
    assert!(matches!(asked("same_signer: true, ", &everything).1, Answer::Decided { advances: true, .. }));
    assert_eq!(met("same_signer: false, ", &everything), 1);
}

#[test]
fn whoever_signs_for_two_leaves_the_one_that_somebody_else_signs_for() {
    // Ada signed last for each, Grace only for risk and Mary only for legal.
    let signed = [("Grace", "risk"), ("Mary", "legal"), ("Ada", "board"), ("Ada", "risk"), ("Ada", "legal")];
    assert_eq!(met("", &signed), 3);
    let (_, answer) = asked("", &signed);
    assert!(matches!(answer, Answer::Decided { advances: true, .. }), "{answer:?}");
    assert_eq!(met("", &signed[2..]), 1);
    assert_eq!(met("", &[("Ada", "risk"), ("Grace", "legal")]), 2);
    assert_eq!(met("", &[]), 0);
}
