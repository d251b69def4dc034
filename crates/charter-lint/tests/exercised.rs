//! A chaos run counts for the plan that it was made with, and for no other.
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
