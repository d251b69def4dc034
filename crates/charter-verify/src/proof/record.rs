//! From a finding to the evidence that is kept.

use charter_plan::evidence::{Evidence, Part, Verdict};
use charter_plan::plan::{Plan, Requirement};
use charter_plan::standing::is_assumption;

use super::VerifySettings;

/// What a proof found, before time and place are written beside it.
#[derive(Clone)]
pub(crate) struct Finding {
    pub(crate) verdict: Verdict,
    pub(crate) figure: Option<f64>,
    pub(crate) interval: Option<(f64, f64)>,
    pub(crate) unit: String,
    pub(crate) limit: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) notes: Vec<String>,
    pub(crate) report: serde_json::Value,
}

/// The notes begin with the verdict's own line and what it assumes; the sum that leads there comes after.
pub(super) fn of_arithmetic(holds: bool, figure: f64, unit: &str, derivation: &[String]) -> Finding {
    let (last, before) = derivation.split_last().map_or((None, derivation), |(last, before)| (Some(last), before));
    let (assumed, steps): (Vec<&String>, Vec<&String>) = before.iter().partition(|line| is_assumption(line));
    Finding {
        verdict: if holds { Verdict::Proved } else { Verdict::Broken },
        figure: Some(figure),
        interval: None,
        unit: unit.into(),
        limit: "the charter's own limit".into(),
        parts: Vec::new(),
        notes: last.into_iter().chain(assumed).chain(steps).cloned().collect(),
        report: serde_json::Value::Null,
    }
}

pub(super) fn evidence(
    plan: &Plan,
    requirement: &Requirement,
    settings: &VerifySettings<'_>,
    measured_at: String,
    finding: Finding,
) -> Evidence {
    Evidence {
        requirement: requirement.id.clone(),
        proof: requirement.proof.name().into(),
        verdict: finding.verdict,
        figure: finding.figure,
        interval: finding.interval,
        unit: finding.unit,
        text: requirement.text.clone(),
        limit: finding.limit,
        parts: finding.parts,
        notes: finding.notes,
        plan: plan.fingerprint.clone(),
        requirement_fingerprint: requirement.fingerprint.clone(),
        measured_at,
        host: settings.host.clone(),
        command: settings.command.clone(),
        seed: settings.seed,
        report: finding.report,
    }
}
