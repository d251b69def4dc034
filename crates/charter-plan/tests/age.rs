//! `age(…)` against today: by evidence that is kept, by files, by what the charter states, by a signature.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod charters;

use charter_plan::Evidence;
use charter_plan::criterion::{Facts, Judged, Outcome};
use charter_plan::gate::answer;
use charter_plan::gate::sign_off::{Act, Scope, SignOff};
use charter_spec::Id;
use charter_spec::quantity::Date;
use charters::Case;

fn evidence(requirement: &str, verdict: &str, measured_at: &str) -> Evidence {
    serde_json::from_value(serde_json::json!({
        "requirement": requirement, "proof": "review", "verdict": verdict, "figure": null, "interval": null, "unit": "", "text": "", "limit": "",
        "parts": [], "notes": [], "plan": "", "requirement_fingerprint": "", "measured_at": measured_at, "command": "", "seed": 0, "report": null,
        "host": { "os": "", "kernel": "", "cpu": "", "cores": 2, "memory_bytes": 0 },
    }))
    .expect("evidence")
}

/// What the gate says of one criterion on 2026-11-23.
fn judged(criterion: &str, rest: &str, files: &[(&str, &str)], kept: &[Evidence], signed: Option<&str>) -> Judged {
    let gate = format!("roadmap:\n  poc: {{ box: 4w, gate: {{ go: [\"{criterion}\"], stop: else }} }}\n");
    let mut case = Case::new(&format!("charter: 1\nsystem: test\n{gate}{rest}"));
    for (path, text) in files {
        case = case.file(path, text);
    }
    let resolved = case.resolved();
    let today = Date::parse("2026-11-23").expect("a date");
    let facts = Facts { resolved: &resolved, files: &case.files, plan: None, standings: &[], evidence: kept, sign_offs: &[], today };
    let sign_offs: Vec<SignOff> = signed
        .map(|scope| {
            let scope = Scope::find(&facts, &Id::new("poc").expect("an id"), scope).expect("a scope");
            let fingerprint = scope.fingerprint(&facts);
            let (name, signed_at) = ("Ada".to_owned(), "2026-11-20T09:00:00Z".to_owned());
            let (note, plan, phase) = (String::new(), String::new(), "poc".to_owned());
            SignOff { act: Act::Sign, name, role: None, phase, scope: scope.name, note, fingerprint, plan, signed_at }
        })
        .into_iter()
        .collect();
    let report = answer(&Facts { sign_offs: &sign_offs, ..facts }, "poc").expect("a phase");
    report.outcomes[0].criteria[0].clone()
}

const STUDY: &str = "controls:\n  study: { evidence: evidence/study.md, reviewed: 2026-06-30 }\n";

#[test]
fn an_age_is_counted_in_days_from_what_the_charter_states() {
    let found = judged("age(study) <= 1y", STUDY, &[], &[], None);
    assert_eq!((found.outcome, found.figure, found.unit.as_str()), (Outcome::Met, Some(146.0), "days"));
    assert!(found.reason.starts_with("2026-11-23 − 2026-06-30 = 146 days, by its `reviewed`; <= 36"), "{}", found.reason);
    assert_eq!(judged("age(study) <= 146d", STUDY, &[], &[], None).outcome, Outcome::Met);
    assert_eq!(judged("age(study) <= 145d", STUDY, &[], &[], None).outcome, Outcome::NotMet);
    assert_eq!(judged("age(controls.study) < 146d", STUDY, &[], &[], None).outcome, Outcome::NotMet);
}

#[test]
fn the_newest_of_evidence_file_stated_day_and_signature_counts() {
    let file = ("evidence/study.md", "---\ndate: 2026-11-01\n---\nWhat was found.\n");
    let found = judged("age(study) <= 22d", STUDY, &[file], &[], None);
    assert_eq!((found.outcome, found.reason.contains("by `evidence/study.md`")), (Outcome::Met, true), "{}", found.reason);
    let kept = [evidence("study", "proved", "2026-11-13T10:00:00Z"), evidence("study", "broken", "2026-11-22T10:00:00Z")];
    let found = judged("age(study) <= 10d", STUDY, &[file], &kept, None);
    assert_eq!((found.outcome, found.date.as_deref()), (Outcome::Met, Some("2026-11-13")));
    let found = judged("age(study) <= 3d", STUDY, &[file], &kept, Some("controls.study"));
    assert_eq!((found.outcome, found.reason.contains("by the signature of Ada")), (Outcome::Met, true), "{}", found.reason);
}

#[test]
fn the_name_of_a_file_a_model_and_a_decision_have_an_age_too() {
    let rest = format!(
        "{STUDY}models:\n  m: {{ task: regression, versions: {{ v2: {{ trained: 2026-11-13 }}, v1: {{ trained: 2020-01-01 }} }} }}\ndecisions:\n  adr: {{ date: 2026-11-21 }}\n"
    )
    .replace("evidence/study.md", "evidence/report-7.md");
    let file = ("evidence/report-7.md", "---\ndate: 2026-11-01\n---\n");
    assert_eq!(judged("age(report-7) <= 30d", &rest, &[file], &[], None).figure, Some(22.0));
    assert_eq!(judged("age(m) <= 30d", &rest, &[], &[], None).figure, Some(10.0));
    assert_eq!(judged("age(decisions.adr) <= 30d", &rest, &[], &[], None).figure, Some(2.0));
}

#[test]
fn what_has_no_date_or_one_to_come_is_unknown_and_says_how_to_get_one() {
    let unknown = |criterion: &str, rest: &str| {
        let found = judged(criterion, rest, &[], &[], None);
        assert_eq!(found.outcome, Outcome::Unknown, "{}", found.reason);
        found.reason
    };
    let bare = "controls:\n  study: { enforce: x, reviewed: 2026-11-01 }\n";
    assert!(unknown("age(study) <= 1y", bare).contains("name its `evidence` and the day under `reviewed`, or sign it"));
    assert!(unknown("age(nobody) <= 1y", bare).starts_with("nothing that ages is called `nobody`"));
    assert!(unknown("age(study) <= 1y", &STUDY.replace("2026-06-30", "2027-01-01")).contains("2027-01-01, which is still to come"));
    assert!(unknown("age(study) <= 0.5", STUDY).contains("a length of time"));
}

#[test]
fn a_control_and_the_constraint_that_names_it_are_decided_by_its_age() {
    let rest = "controls:\n  study: { check: age(study) <= 1y, evidence: evidence/study.md, reviewed: 2026-06-30 }\nconstraints:\n  validated: { check: study }\n";
    assert_eq!(judged("every control evidenced", rest, &[], &[], None).outcome, Outcome::Met);
    let old = rest.replace("2026-06-30", "2025-06-30");
    let found = judged("study", &old, &[], &[], None);
    assert_eq!(found.outcome, Outcome::NotMet);
    assert!(found.parts[0].reason.contains("511 days"), "{:?}", found.parts);
}
