//! What is shown of each requirement: by evidence that speaks of the charter as it is, or by arithmetic. Evidence of an earlier charter is told as stale,
//! in the words that it was held against then.
//!
//! The same question with reasons is answered by `charter_plan::standing`.

use super::Input;
use charter_plan::Evidence;
use charter_plan::compile::requirements_without_plan;
use charter_plan::evidence::{Part, Verdict};
use charter_plan::plan::Proof;
use charter_spec::ast::Scenario;
use std::collections::HashMap;

/// Evidence, and whether it was made for the requirement as it is.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) is_current: bool,
}

impl<'a> Known<'a> {
    /// The word for its verdict; `stale` where the charter has changed since.
    pub(super) fn word(&self) -> &'static str {
        if self.is_current { verdict(self.evidence.verdict) } else { "stale" }
    }

    /// What was held: the measure in words, as it was then where that has changed.
    pub(super) fn words(&self, scenario: &Scenario) -> String {
        let now = scenario.measure.as_ref().filter(|_| self.is_current).map(|measure| measure.value.describe());
        now.unwrap_or_else(|| self.evidence.text.clone())
    }

    /// The group whose figure is that of the whole verdict, and the others.
    pub(super) fn groups(&self) -> (Option<&'a Part>, impl Iterator<Item = &'a Part> + use<'a>) {
        let evidence = self.evidence;
        let decides = evidence.parts.iter().position(|part| part.figure == evidence.figure && part.interval == evidence.interval);
        let others = evidence.parts.iter().enumerate().filter(move |(at, _)| Some(*at) != decides).map(|(_, part)| part);
        (decides.and_then(|at| evidence.parts.get(at)), others)
    }
}

/// What arithmetic over the charter decides.
pub(super) struct Fixed {
    pub(super) holds: bool,
    pub(super) figure: f64,
    pub(super) unit: String,
}

/// What is shown, by requirement.
pub(super) struct Proofs<'a> {
    known: HashMap<&'a str, Vec<Known<'a>>>,
    fixed: HashMap<String, Fixed>,
}

impl<'a> Proofs<'a> {
    /// Of each requirement and kind of proof the newest evidence; what speaks of the charter as it is comes before what is newer.
    pub(super) fn of(input: &Input<'a>) -> Self {
        let now = fingerprints(input);
        let mut known: HashMap<&str, Vec<Known<'_>>> = HashMap::new();
        for evidence in input.evidence {
            let is_current = now
                .get(&evidence.requirement)
                .is_some_and(|(proof, fingerprint)| *proof == evidence.proof && *fingerprint == evidence.requirement_fingerprint);
            let found = Known { evidence, is_current };
            let of = known.entry(evidence.requirement.as_str()).or_default();
            match of.iter_mut().find(|known| known.evidence.proof == evidence.proof) {
                Some(last) if (last.is_current, &last.evidence.measured_at) < (is_current, &evidence.measured_at) => *last = found,
                Some(_) => {}
                None => of.push(found),
            }
        }
        let fixed = requirements_without_plan(input.resolved).into_iter().filter_map(|requirement| match requirement.proof {
            Proof::Static { holds, figure, unit, .. } => Some((requirement.id, Fixed { holds, figure, unit })),
            _ => None,
        });
        Self { known, fixed: fixed.collect() }
    }

    /// The evidence about a requirement, one of a kind of proof.
    pub(super) fn about(&self, requirement: &str) -> &[Known<'a>] {
        self.known.get(requirement).map(Vec::as_slice).unwrap_or_default()
    }

    /// The evidence that says most: of the charter as it is, then the newest.
    pub(super) fn newest(&self, requirement: &str) -> Option<&Known<'a>> {
        self.about(requirement).iter().max_by_key(|known| (known.is_current, &known.evidence.measured_at))
    }

    pub(super) fn fixed(&self, requirement: &str) -> Option<&Fixed> {
        self.fixed.get(requirement)
    }

    /// All evidence, by requirement and kind of proof.
    pub(super) fn all(&self) -> Vec<Known<'a>> {
        let mut all: Vec<Known<'a>> = self.known.values().flatten().copied().collect();
        all.sort_by(|left, right| {
            (&left.evidence.requirement, &left.evidence.proof).cmp(&(&right.evidence.requirement, &right.evidence.proof))
        });
        all
    }
}

/// The kind of proof and the fingerprint of every requirement; none where the charter does not compile, for then nothing was measured of it as it is.
fn fingerprints(input: &Input<'_>) -> HashMap<String, (&'static str, String)> {
    if input.evidence.is_empty() {
        return HashMap::new();
    }
    let Ok(compiled) = charter_plan::compile(input.resolved, input.files, input.artifacts) else { return HashMap::new() };
    let requirements = compiled.plan.requirements.into_iter();
    requirements.map(|requirement| (requirement.id, (requirement.proof.name(), requirement.fingerprint))).collect()
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Proved => "proved",
        Verdict::Broken => "broken",
        Verdict::Inconclusive => "inconclusive",
    }
}
