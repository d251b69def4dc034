//! Evidence counts for the plan that it was made with, and for no other.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use charter_lint::Lint;
use charter_lint::rule::run;
use charter_plan::Evidence;
use charter_plan::artifact::Artifacts;
use charter_plan::compile::exercises;
use charter_plan::resolved::resolve;
use charter_spec::FileSet;
use charter_spec::quantity::Date;

const CHARTER: &str = "charter: 1
system: example
routes:
  r:
    input: row.odcs.yaml
    timeout: 100ms
    output: { score: FP64 }
    answer: { ladder: { full: { rule: amount * 2.0 }, last: { static: { score: 1.0 } } } }
";
const CONTRACT: &str = "kind: DataContract
schema:
  - name: row
    properties:
      - { name: amount, physicalType: FP64, required: true }
";

/// What F007 says about the charter when the last rung was shown to answer under this fingerprint; `None`: under the plan's own.
fn told(fingerprint: Option<&str>) -> Option<String> {
    let mut files = FileSet::single("charter.yaml", CHARTER.as_bytes().to_vec());
    files.insert("row.odcs.yaml", CONTRACT.as_bytes().to_vec());
    let resolved = resolve(charter_spec::read(&files, "charter.yaml").spec.expect("a charter"), &files);
    let plan = charter_plan::compile(&resolved, &files, &Artifacts::default()).expect("a plan").plan;
    let last = exercises(&plan).into_iter().find(|exercise| exercise.requirement.id == "chaos/r/last").expect("an exercise");
    let evidence: Evidence = serde_json::from_value(serde_json::json!({
        "requirement": "chaos/r/last", "proof": "chaos", "verdict": "proved", "figure": null, "interval": null, "unit": "", "text": "", "limit": "",
        "parts": [], "notes": [], "plan": plan.fingerprint, "requirement_fingerprint": fingerprint.unwrap_or(&last.requirement.fingerprint),
        "measured_at": "2026-11-20T10:00:00Z", "command": "", "seed": 0, "report": null,
        "host": { "os": "", "kernel": "", "cpu": "", "cores": 2, "memory_bytes": 0 },
    }))
    .expect("evidence");
    let today = Date::parse("2026-11-23").expect("a date");
    let found = run(&Lint { resolved: &resolved, evidence: &[evidence], plan: Some(&plan), today });
    found.into_iter().find(|finding| finding.code == "F007").map(|finding| format!("{finding:?}"))
}

#[test]
fn a_run_with_what_has_changed_since_shows_nothing() {
    assert_eq!(told(None), None);
    let told = told(Some("sha256:another")).expect("a finding");
    assert!(told.contains("`last` was tried on 2026-11-20, and has changed since"), "{told}");
}

const PROMISES: &str = "load: { peak: 10 rps }
quality:
  fast: { artifact: r, measure: p99(latency) < 100ms, under: load.peak }
decisions:
  serving: { status: accepted, revisit: { if: fast } }
";

/// What is said under a code when `fast` was measured with this verdict; `None`: with the fingerprint that it has now.
fn of_load(code: &str, verdict: &str, fingerprint: Option<&str>) -> Vec<String> {
    let mut files = FileSet::single("charter.yaml", format!("{CHARTER}{PROMISES}").into_bytes());
    files.insert("row.odcs.yaml", CONTRACT.as_bytes().to_vec());
    let resolved = resolve(charter_spec::read(&files, "charter.yaml").spec.expect("a charter"), &files);
    let plan = charter_plan::compile(&resolved, &files, &Artifacts::default()).expect("a plan").plan;
    let fast = plan.requirements.iter().find(|requirement| requirement.id == "fast").expect("a requirement");
    assert_eq!(fast.proof.name(), "load", "{:?}", fast.proof);
    let record = |measured_at: &str, fingerprint: &str| -> Evidence {
        serde_json::from_value(serde_json::json!({
            "requirement": "fast", "proof": "load", "verdict": verdict, "figure": 120.0, "interval": null, "unit": "ms", "text": fast.text,
            "limit": "< 100 ms", "parts": [], "notes": [], "plan": plan.fingerprint, "requirement_fingerprint": fingerprint,
            "measured_at": measured_at, "command": "", "seed": 0, "report": null,
            "host": { "os": "", "kernel": "", "cpu": "", "cores": 2, "memory_bytes": 0 },
        }))
        .expect("evidence")
    };
    let mut evidence = vec![record("2026-11-20T10:00:00Z", fingerprint.unwrap_or(&fast.fingerprint))];
    if fingerprint.is_none() {
        // What is newer and of another plan takes nothing back.
        evidence.push(record("2026-11-21T10:00:00Z", "sha256:another"));
    }
    let today = Date::parse("2026-11-23").expect("a date");
    let found = run(&Lint { resolved: &resolved, evidence: &evidence, plan: Some(&plan), today });
    found.into_iter().filter(|finding| finding.code == code).map(|finding| finding.message).collect()
}

#[test]
fn a_proof_of_another_plan_is_older_than_what_it_proves() {
    assert!(of_load("T002", "proved", None).is_empty());
    let told = of_load("T002", "proved", Some("sha256:another"));
    assert_eq!(told, ["what `fast` speaks of has changed since it was proved"]);
}

#[test]
fn a_decision_is_to_be_thought_over_when_evidence_breaks_what_it_rests_on() {
    assert_eq!(of_load("N009", "broken", None), ["`serving` was to be thought over as soon as `fast`"]);
    assert!(of_load("N009", "proved", None).is_empty());
    assert!(of_load("N009", "broken", Some("sha256:another")).is_empty(), "what was measured on another plan decides nothing");
}
