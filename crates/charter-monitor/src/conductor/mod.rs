//! The conductor: one machine for each rollout, one comparer for each comparison, one ledger for each experiment, behind the engine's monitor port.
//!
//! | room | what is in it |
//! |---|---|
//! | `rolling` | a rollout: what its machine is told, and what its transitions order |
//! | `comparing` | a comparison |
//! | `experimenting` | an experiment |
//! | `documents` | bytes and back, and what has changed |
//!
//! INVARIANT: nothing is begun, and nothing is saved, before the kept state is known. Pure: time comes in as an argument, orders and documents go out. What
//! the statistics say belongs to the machines; applying orders and keeping documents, to the engine's watch.

mod comparing;
mod documents;
mod experimenting;
mod rolling;
#[cfg(test)]
mod tests;

use crate::experiment::{Measured, Outcome};
use crate::rollout::Feedback;
use charter_engine::Runtime;
use charter_engine::observation::{Observation, Pair};
use charter_engine::watch::{Command, Counted, Monitor, Order, Refused, Report, Restored};
use comparing::Comparing;
use experimenting::Experimenting;
use rolling::Rolling;
use serde_json::Value;

/// Everything that is judged under one plan.
#[derive(Default)]
pub struct Conductor {
    rollouts: Vec<Rolling>,
    comparisons: Vec<Comparing>,
    experiments: Vec<Experimenting>,
    /// Numbers the pairs, so that samples are drawn anew for each and the same pairs give the same reports.
    pairs: u64,
}

impl Conductor {
    pub fn new() -> Self {
        Self::default()
    }

    fn rollout(&mut self, name: &str) -> Result<&mut Rolling, Refused> {
        let known = self.rollouts.iter_mut().find(|rolling| rolling.name() == name);
        known.ok_or_else(|| Refused::Unknown(format!("there is no rollout `{name}`")))
    }

    fn experiment(&mut self, name: &str) -> Result<&mut Experimenting, Refused> {
        let known = self.experiments.iter_mut().find(|experimenting| experimenting.name() == name);
        known.ok_or_else(|| Refused::Unknown(format!("there is no experiment `{name}`")))
    }

    /// Documents that have not been read yet.
    fn unread(&self) -> Vec<String> {
        let rollouts = self.rollouts.iter().filter(|rolling| !rolling.is_known()).map(Rolling::key);
        let comparisons = self.comparisons.iter().filter(|comparing| !comparing.is_known()).map(Comparing::key);
        let experiments = self.experiments.iter().filter(|experimenting| !experimenting.is_known());
        let experiments = experiments.flat_map(|experimenting| [experimenting.run_key(), experimenting.books_key()]);
        rollouts.chain(comparisons).chain(experiments).collect()
    }
}

impl Monitor for Conductor {
    fn plan_changed(&mut self, runtime: &Runtime, unix_ms: u64) -> Vec<String> {
        let plan = runtime.plan();
        let before = std::mem::take(&mut self.rollouts);
        self.rollouts = plan.rollouts.iter().map(|settings| Rolling::take_over(settings.clone(), &before, unix_ms)).collect();
        let mut before = std::mem::take(&mut self.comparisons);
        self.comparisons = plan
            .comparisons
            .iter()
            .map(|settings| {
                let specs = plan.routes.get(usize::from(settings.route.0)).map(|route| (route.inputs.clone(), route.answers.clone()));
                Comparing::take_over(settings.clone(), specs.unwrap_or_default(), &mut before)
            })
            .collect();
        let mut before = std::mem::take(&mut self.experiments);
        self.experiments = plan
            .experiments
            .iter()
            .map(|settings| {
                let answers = plan.routes.get(usize::from(settings.route.0)).map(|route| route.answers.clone());
                Experimenting::take_over(settings.clone(), answers.unwrap_or_default(), &mut before, unix_ms)
            })
            .collect();
        self.unread()
    }

    fn restore(&mut self, key: &str, bytes: Option<&[u8]>, unix_ms: u64) -> Restored {
        if let Some(rolling) = self.rollouts.iter_mut().find(|rolling| rolling.key() == key) {
            return rolling.restore(bytes, unix_ms);
        }
        if let Some(comparing) = self.comparisons.iter_mut().find(|comparing| comparing.key() == key) {
            comparing.restore(bytes);
            return Restored::Taken;
        }
        for experimenting in &mut self.experiments {
            if experimenting.run_key() == key {
                return experimenting.restore_run(bytes);
            }
            if experimenting.books_key() == key {
                experimenting.restore_books(bytes, unix_ms);
            }
        }
        // What the plan no longer has is left as it is.
        Restored::Taken
    }

    fn needs(&self, key: &str) -> bool {
        let experiments = |experimenting: &Experimenting| experimenting.run_key() == key || experimenting.books_key() == key;
        self.rollouts.iter().any(|rolling| rolling.key() == key)
            || self.comparisons.iter().any(|comparing| comparing.key() == key)
            || self.experiments.iter().any(experiments)
    }

    fn observe(&mut self, observation: &Observation, unix_ms: u64) {
        match *observation {
            Observation::BadCall { rollout, candidate, weight, bad, unit } => {
                if let Some(rolling) = self.rollouts.get_mut(usize::from(rollout.0)) {
                    rolling.bad(candidate, weight, bad, unit, unix_ms);
                }
            }
            Observation::Exposed { experiment, arm, unit, latency_us, bad, output, further } => {
                if let Some(experimenting) = self.experiments.get_mut(usize::from(experiment.0)) {
                    experimenting.exposed(unit, arm, &Measured { latency_us, bad, output, further }, unix_ms);
                }
            }
        }
    }

    fn compared(&mut self, pair: &Pair, _unix_ms: u64) {
        let Some(comparing) = self.comparisons.get_mut(usize::from(pair.comparison.0)) else { return };
        self.pairs = self.pairs.wrapping_add(1);
        let agrees = comparing.compare(pair, self.pairs);
        let answered = pair.primary.is_some() || pair.mirror.is_some();
        for rolling in self.rollouts.iter_mut().filter(|rolling| answered && rolling.compares_by(pair.comparison)) {
            rolling.compared(agrees, pair.canary);
        }
    }

    fn counted(&mut self, counted: &Counted) {
        if let Some(rolling) = self.rollouts.get_mut(usize::from(counted.rollout.0)) {
            rolling.counted(counted);
        }
    }

    fn tick(&mut self, unix_ms: u64) -> Vec<Order> {
        let rollouts = self.rollouts.iter_mut().flat_map(|rolling| rolling.tick(unix_ms));
        rollouts.chain(self.experiments.iter_mut().flat_map(|experimenting| experimenting.tick(unix_ms))).collect()
    }

    fn command(&mut self, command: &Command, unix_ms: u64) -> Result<Value, Refused> {
        match command {
            Command::Rollout { name, action, by } => {
                let rolling = self.rollout(name)?;
                rolling.command(*action, unix_ms, by)?;
                let (body, began, comparison) = (rolling.status(unix_ms), rolling.has_just_begun(), rolling.comparison());
                // A new run is compared anew.
                if began && let Some(comparing) = self.comparisons.get_mut(usize::from(comparison.0)) {
                    comparing.begin_anew();
                }
                Ok(body)
            }
            Command::Experiment { name, running, by } => self.experiment(name)?.set_running(*running, by, unix_ms),
            Command::Outcome { experiment, id, unit, name, value, at_unix_ms } => {
                let outcome = Outcome { id, unit: *unit, name, value: *value, at_ms: *at_unix_ms, received_ms: unix_ms };
                self.experiment(experiment)?.outcome(outcome)
            }
            Command::Feedback { rollout, id, model, unit, asked_unix_ms } => {
                let feedback = Feedback { id, candidate: false, unit: *unit, asked_ms: *asked_unix_ms };
                self.rollout(rollout)?.hear(model, feedback, unix_ms)
            }
            Command::Flag { name, .. } => Err(Refused::Unknown(format!("flag `{name}` is not judged here"))),
            Command::Report(report) => self.report(report, unix_ms),
        }
    }

    fn report(&self, report: &Report, unix_ms: u64) -> Result<Value, Refused> {
        match report {
            Report::Rollouts => Ok(self.rollouts.iter().map(|rolling| rolling.status(unix_ms)).collect()),
            Report::Rollout(name) => {
                let known = self.rollouts.iter().find(|rolling| rolling.name() == name);
                known.map(|rolling| rolling.status(unix_ms)).ok_or_else(|| Refused::Unknown(format!("there is no rollout `{name}`")))
            }
            Report::Comparisons => Ok(self.comparisons.iter().map(Comparing::summary).collect()),
            Report::Comparison(name) => {
                let known = self.comparisons.iter().find(|comparing| comparing.name() == name);
                known.map(Comparing::report).ok_or_else(|| Refused::Unknown(format!("there is no comparison `{name}`")))
            }
            Report::Experiments => Ok(self.experiments.iter().map(Experimenting::status).collect()),
            Report::Experiment(name) => {
                let known = self.experiments.iter().find(|experimenting| experimenting.name() == name);
                known
                    .map(|experimenting| experimenting.report(unix_ms))
                    .ok_or_else(|| Refused::Unknown(format!("there is no experiment `{name}`")))
            }
            Report::Watch => Err(Refused::Unknown("the watch tells its own state".to_owned())),
        }
    }

    fn save(&mut self, unix_ms: u64, last: bool) -> Vec<(String, Vec<u8>)> {
        let rollouts = self.rollouts.iter_mut().filter_map(Rolling::save);
        let comparisons = self.comparisons.iter_mut().filter_map(|comparing| comparing.save(unix_ms, last));
        let experiments = self.experiments.iter_mut().flat_map(|experimenting| experimenting.save(unix_ms, last));
        rollouts.chain(comparisons).chain(experiments).collect()
    }
}
