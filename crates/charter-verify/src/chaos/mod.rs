//! Proofs by faults: each rung of each ladder, and the experiments that the charter states.
//!
//! | room | what is in it |
//! |---|---|
//! | [`admin`] | the server's admin plane: faults in and out, breakers |
//! | [`points`] | where faults go so that a rung must answer, and which routes can be tried together |
//! | [`drive`] | load while faults are in |
//! | [`lease`] | faults that are in, and out again whatever happens |
//! | [`abort`] | when they must end before their time |
//! | [`rungs`] | each ladder rung by rung |
//! | [`experiment`] | what the charter expects of its own faults |
//! | [`objective`] | quality scenarios that hold meanwhile |
//! | [`judge`] | from what was seen to a finding |
//!
//! What a fault does belongs to the server that it is brought into.

mod abort;
mod admin;
mod drive;
mod experiment;
mod judge;
mod lease;
mod objective;
mod points;
mod rungs;

use std::collections::BTreeMap;

use charter_plan::Plan;
use charter_plan::compile::{Exercise, Subject, exercises};
use charter_plan::plan::{Chaos, Measured, Proof, Requirement, Route};

use crate::proof::record::Finding;
use crate::proof::{Event, VerifySettings};
use admin::Admin;
use drive::Driver;

/// Share of calls that must be answered where no requirement says more.
const ANSWERED_MIN: f64 = 0.99;

/// What became of every exercise, by id; an exercise that could not be made says why.
#[derive(Default)]
pub(crate) struct Found {
    by_id: BTreeMap<String, Result<Finding, String>>,
}

impl Found {
    fn set(&mut self, id: &str, found: Result<Finding, String>) {
        self.by_id.insert(id.to_owned(), found);
    }

    /// What was found about one exercise; taken out, since it is told once.
    pub(crate) fn take(&mut self, id: &str) -> Result<Finding, String> {
        self.by_id.remove(id).unwrap_or_else(|| Err("it was not reached in this run".to_owned()))
    }

    /// The verdict of a requirement that chaos proves: the experiment of its name.
    ///
    /// # Errors
    /// Why there is none: what a requirement means by its words, ladders do not know, so only an experiment of its name proves it.
    pub(crate) fn of_requirement(&self, requirement: &Requirement) -> Result<Finding, String> {
        let id = &requirement.id;
        self.by_id.get(&experiment_of(id)).cloned().unwrap_or_else(|| {
            Err(format!("it needs a chaos experiment of its name: `chaos: {{ experiments: {{ {id}: {{ faults: …, expect: … }} }} }}`"))
        })
    }
}

/// The id of the exercise that proves a requirement.
fn experiment_of(requirement: &str) -> String {
    format!("chaos/{requirement}")
}

/// Brings faults into the server under proof, exercise by exercise, and blocks meanwhile. Only exercises that `chosen` takes are made; all faults
/// are out again when this returns, and by their lease if it never does.
pub(crate) fn run(plan: &Plan, settings: &VerifySettings<'_>, chosen: &[Exercise], tell: &mut dyn FnMut(Event<'_>)) -> Found {
    let mut found = Found::default();
    let (chaos, mut driver) = match ready(plan, settings) {
        Ok(ready) => ready,
        Err(reason) => {
            chosen.iter().for_each(|exercise| found.set(&exercise.requirement.id, Err(reason.clone())));
            return found;
        }
    };
    let steady = driver.steady(tell);
    rungs::exercise(plan, chaos, &mut driver, &steady, chosen, &mut found, tell);
    for exercise in chosen {
        let Subject::Experiment(position) = exercise.subject else { continue };
        let Some(stated) = chaos.experiments.get(position) else { continue };
        found.set(&exercise.requirement.id, experiment::run(plan, chaos, stated, &mut driver, &steady, tell));
    }
    found
}

fn ready<'a>(plan: &'a Plan, settings: &'a VerifySettings<'_>) -> Result<(&'a Chaos, Driver<'a>), String> {
    let chaos =
        plan.chaos.as_ref().ok_or("the charter does not allow faults: write `chaos: { enabled: true }` where they may be brought in")?;
    let target = settings.admin.clone().ok_or("faults are brought in over the admin side: name it with `--admin URL`")?;
    let admin = Admin::new(target).map_err(|error| format!("no runtime: {error}"))?;
    admin.check()?;
    Ok((chaos, Driver::new(plan, chaos, settings, admin)))
}

/// The exercises of a plan that the settings choose; none unless chaos is asked for.
pub(crate) fn chosen(plan: &Plan, settings: &VerifySettings<'_>) -> Vec<Exercise> {
    if !settings.proofs.iter().any(|kind| kind == Proof::Chaos.name()) {
        return Vec::new();
    }
    let named = |exercise: &Exercise| settings.only.is_empty() || settings.only.contains(&exercise.requirement.id);
    // A requirement that chaos proves rests on its experiment, so that is made for it.
    let rests: Vec<String> = plan
        .requirements
        .iter()
        .filter(|requirement| requirement.proof == Proof::Chaos && settings.only.contains(&requirement.id))
        .map(|requirement| experiment_of(&requirement.id))
        .collect();
    exercises(plan).into_iter().filter(|exercise| rests.contains(&exercise.requirement.id) || named(exercise)).collect()
}

/// The share of a route's calls that must be answered: what the strictest requirement about it says, else 99 %.
fn answered_min(plan: &Plan, route: &Route) -> f64 {
    let stated = plan.requirements.iter().filter_map(|requirement| match &requirement.proof {
        Proof::Load(load) if load.measured == Measured::RatioAnswered && load.mix.iter().any(|share| share.route == route.id) => {
            Some(load.limit)
        }
        _ => None,
    });
    stated
        .filter(|limit| *limit <= 1.0)
        .fold(None, |most: Option<f64>, limit| Some(most.map_or(limit, |most| most.max(limit))))
        .unwrap_or(ANSWERED_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn only_an_experiment_of_its_name_proves_a_requirement() {
        let proved = || {
            let mut judged = judge::Judged::default();
            judged.at_least("answered".into(), 120, 120, 0.99);
            Ok(judged.finding(120, 120, Value::Null))
        };
        let requirement = Requirement {
            id: "survives".into(),
            text: "it survives".into(),
            measure: String::new(),
            proof: Proof::Chaos,
            fingerprint: "f".into(),
        };
        let mut found = Found::default();
        found.set("chaos/score/fallback", proved());
        let reason = found.of_requirement(&requirement).err().expect("a ladder proves ladders alone");
        assert!(reason.contains("experiments: { survives:"), "{reason}");
        found.set("chaos/survives", proved());
        assert!(found.of_requirement(&requirement).is_ok());
    }
}
