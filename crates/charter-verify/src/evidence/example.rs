//! A result for the tests of this crate. What evidence says of a plan today belongs to `charter_plan::standing`.

use charter_plan::Evidence;
use charter_plan::evidence::{Host, Verdict};

pub(crate) fn evidence(requirement: &str, measured_at: &str, verdict: Verdict) -> Evidence {
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
