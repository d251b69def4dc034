//! Verdicts as JSON.

use serde_json::{Value, json};

use crate::evidence::StatusLine;
use crate::proof::{ProofOutcome, ProofResult};

/// One object a requirement: id, text, proof, standing, and either the evidence or the reason why there is none.
pub fn results_json(plan: &str, results: &[ProofResult]) -> Value {
    let one = |result: &ProofResult| {
        let (evidence, reason) = match &result.outcome {
            ProofOutcome::Evidence(evidence) => (serde_json::to_value(evidence).unwrap_or_default(), None),
            ProofOutcome::Unproved(reason) => (Value::Null, Some(reason)),
        };
        json!({
            "requirement": result.requirement,
            "text": result.text,
            "proof": result.proof,
            "standing": result.standing().name(),
            "evidence": evidence,
            "reason": reason,
        })
    };
    json!({ "plan": plan, "results": results.iter().map(one).collect::<Vec<_>>() })
}

/// One object a requirement.
pub fn status_json(plan: &str, lines: &[StatusLine]) -> Value {
    json!({ "plan": plan, "requirements": lines })
}
