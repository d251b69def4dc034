//! Runs the proofs of a plan's requirements against a server.
//!
//! Faults belong to `chaos`. Time comes from the caller's clock and chance from the seed. Where evidence is kept, and how it is shown, does not
//! belong here.

mod ask;
mod evaluate;
mod extent;
mod judge;
mod load;
pub(crate) mod record;
mod traffic;

use std::path::Path;
use std::time::Duration;

use charter_plan::Evidence;
use charter_plan::Plan;
use charter_plan::compile::{Exercise, exercises};
use charter_plan::evidence::{Host, Verdict};
use charter_plan::plan::{Proof, Requirement};
use thiserror::Error;

use crate::chaos;
use crate::evidence::Standing;
use crate::load::{Progress, Target};

pub(crate) use ask::same_plan;
pub use ask::{AskError, Replies, ask};
pub(crate) use judge::judge_run;
pub use traffic::{TrafficError, ranges as request_ranges, traffic_of};

/// What a run of proofs needs beside the plan.
#[derive(Debug, Clone)]
pub struct VerifySettings<'a> {
    /// The charter's folder, where samples lie.
    pub folder: &'a Path,
    /// The server under proof.
    pub target: Target,
    /// The admin plane of that server, where faults are brought in; chaos needs it.
    pub admin: Option<Target>,
    /// Only these requirements; empty for all.
    pub only: Vec<String>,
    /// Only these proof kinds; empty for all.
    pub proofs: Vec<String>,
    /// Measured window of each load scenario.
    pub load_duration: Duration,
    /// Load before the measured window.
    pub warm_up: Duration,
    /// Sending threads.
    pub workers: usize,
    /// Decides every draw.
    pub seed: u64,
    /// The machine, as evidence keeps it.
    pub host: Host,
    /// The command line, as evidence keeps it.
    pub command: String,
}

/// What happens while proofs run, for a display.
#[derive(Debug)]
pub enum Event<'a> {
    /// A proof starts: number `number` of `of`, from 1.
    Started {
        /// The requirement.
        requirement: &'a Requirement,
        /// From 1.
        number: usize,
        /// All proofs of this run.
        of: usize,
    },
    /// Rows answered so far.
    Asking {
        /// Rows answered.
        rows: usize,
        /// All rows.
        of: usize,
    },
    /// A phase of a chaos run begins.
    Phase {
        /// What happens in it.
        text: &'a str,
    },
    /// A load runs.
    Loading(Progress),
    /// A proof ended.
    Finished(&'a ProofResult),
}

/// What became of one requirement.
#[derive(Debug, Clone)]
pub struct ProofResult {
    /// The requirement's id.
    pub requirement: String,
    /// The measure as a sentence.
    pub text: String,
    /// `static`, `evaluation`, `load` …
    pub proof: String,
    /// What was found, or why nothing was.
    pub outcome: ProofOutcome,
}

/// Evidence, or the reason why there is none.
#[derive(Debug, Clone)]
pub enum ProofOutcome {
    /// Measured, or decided by arithmetic.
    Evidence(Box<Evidence>),
    /// Not proved here.
    Unproved(String),
}

impl ProofResult {
    /// Where the requirement stands after this run.
    pub fn standing(&self) -> Standing {
        match &self.outcome {
            ProofOutcome::Evidence(evidence) => match evidence.verdict {
                Verdict::Proved => Standing::Proved,
                Verdict::Broken => Standing::Broken,
                Verdict::Inconclusive => Standing::Unproved,
            },
            ProofOutcome::Unproved(_) => Standing::Unproved,
        }
    }
}

/// Why no proof could run at all.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The server does not answer.
    #[error("the server at {address} does not answer: {reason}")]
    Silent {
        /// Its address.
        address: std::net::SocketAddr,
        /// What happened.
        reason: String,
    },
    /// It runs another plan than the one that is to be proved.
    #[error("the server runs plan `{served}`, but the charter compiles to `{compiled}`: reload it, or point `--target` elsewhere")]
    OtherPlan {
        /// What the server says.
        served: String,
        /// What the charter is.
        compiled: String,
    },
    /// A name given to choose by names nothing.
    #[error("no requirement `{0}` in this charter")]
    NoRequirement(String),
    /// It would be left out without a word.
    #[error("`{0}` is proved by `{1}`, which the kinds of proof that were asked for leave out")]
    OtherProof(String, &'static str),
}

/// One evaluation by itself, with what it found.
pub(crate) fn evaluate_one(
    plan: &Plan,
    settings: &VerifySettings<'_>,
    evaluation: &charter_plan::plan::Evaluation,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<record::Finding, String> {
    evaluate::Evaluations::new(plan, settings).prove(evaluation, tell)
}

/// Runs every chosen proof in turn and blocks meanwhile. `now` gives the time of each result (RFC 3339, UTC). Requirements
/// with the same load share one run. A proof that cannot run says why in its result; only a server that does not answer
/// or runs another plan stops the whole.
pub fn verify(
    plan: &Plan,
    settings: &VerifySettings<'_>,
    now: &mut dyn FnMut() -> String,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<Vec<ProofResult>, VerifyError> {
    let chosen = chosen(plan, settings)?;
    let exercises = chaos::chosen(plan, settings);
    let asks = |requirement: &&Requirement| matches!(requirement.proof, Proof::Evaluation(_) | Proof::Load(_));
    if !exercises.is_empty() || chosen.iter().any(asks) {
        ask::same_plan(plan, &settings.target)?;
    }
    let mut evaluations = evaluate::Evaluations::new(plan, settings);
    let mut loads = load::Loads::new(plan, settings);
    let mut results = Vec::with_capacity(chosen.len() + exercises.len());
    let mut exercised = if exercises.is_empty() { None } else { Some(chaos::run(plan, settings, &exercises, tell)) };
    for (at, requirement) in chosen.iter().enumerate() {
        tell(Event::Started { requirement, number: at + 1, of: chosen.len() });
        let found = match &requirement.proof {
            Proof::Static { holds, figure, unit, derivation } => Ok(record::of_arithmetic(*holds, *figure, unit, derivation)),
            Proof::Evaluation(evaluation) => evaluations.prove(evaluation, tell),
            Proof::Load(load) => loads.prove(load, tell),
            Proof::Chaos => match &exercised {
                Some(found) => found.of_requirement(requirement),
                None => Err(charter_plan::standing::unproved_reason(&requirement.proof).to_owned()),
            },
            other => Err(charter_plan::standing::unproved_reason(other).to_owned()),
        };
        let result = result(plan, requirement, settings, now(), found);
        tell(Event::Finished(&result));
        results.push(result);
    }
    if let Some(exercised) = &mut exercised {
        for Exercise { requirement, .. } in &exercises {
            let result = result(plan, requirement, settings, now(), exercised.take(&requirement.id));
            tell(Event::Finished(&result));
            results.push(result);
        }
    }
    Ok(results)
}

fn result(
    plan: &Plan,
    requirement: &Requirement,
    settings: &VerifySettings<'_>,
    now: String,
    found: Result<record::Finding, String>,
) -> ProofResult {
    let outcome = match found {
        Ok(finding) => ProofOutcome::Evidence(Box::new(record::evidence(plan, requirement, settings, now, finding))),
        Err(reason) => ProofOutcome::Unproved(reason),
    };
    ProofResult { requirement: requirement.id.clone(), text: requirement.text.clone(), proof: requirement.proof.name().into(), outcome }
}

fn chosen<'p>(plan: &'p Plan, settings: &VerifySettings<'_>) -> Result<Vec<&'p Requirement>, VerifyError> {
    let exercises = exercises(plan);
    let known = |id: &str| {
        plan.requirements.iter().chain(exercises.iter().map(|exercise| &exercise.requirement)).any(|requirement| requirement.id == id)
    };
    if let Some(unknown) = settings.only.iter().find(|id| !known(id)) {
        return Err(VerifyError::NoRequirement(unknown.clone()));
    }
    let named = |requirement: &Requirement| settings.only.is_empty() || settings.only.contains(&requirement.id);
    let of_kind =
        |requirement: &Requirement| settings.proofs.is_empty() || settings.proofs.iter().any(|kind| kind == requirement.proof.name());
    if let Some(elsewhere) = plan.requirements.iter().find(|known| !settings.only.is_empty() && named(known) && !of_kind(known)) {
        return Err(VerifyError::OtherProof(elsewhere.id.clone(), elsewhere.proof.name()));
    }
    Ok(plan.requirements.iter().filter(|requirement| named(requirement) && of_kind(requirement)).collect())
}
