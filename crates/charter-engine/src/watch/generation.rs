//! Ids of plans before this one, for as long as calls are under way on them.
//!
//! A call that began before a reload finishes on its own plan and observes with that plan's ids. What they were called then is looked up by name now; what
//! is no longer the same is let go.

use crate::observation::{Observation, Observations};
use crate::runtime::Runtime;
use charter_plan::Plan;
use charter_plan::plan::{Agreement, ComparisonId, ExperimentId, RolloutId, RouteId};
use charter_plan::tensor::TensorSpec;
use std::sync::{Arc, Weak};

/// What is left of a plan that is no longer served.
pub(super) struct Generation {
    runtime: Weak<Runtime>,
    observations: Arc<Observations>,
    rollouts: Vec<[String; 3]>,
    experiments: Vec<(String, Vec<String>)>,
    comparisons: Vec<Compared>,
}

/// What must be the same for pairs of two plans to be compared alike.
#[derive(PartialEq)]
struct Compared {
    names: [String; 3],
    agreements: Vec<Agreement>,
    inputs: Vec<TensorSpec>,
    answers: Vec<TensorSpec>,
}

/// Ids of an earlier plan in terms of the current one.
pub(super) struct Translation {
    rollouts: Vec<Option<RolloutId>>,
    experiments: Vec<Option<ExperimentId>>,
    comparisons: Vec<Option<ComparisonId>>,
}

impl Generation {
    pub(super) fn of(runtime: &Arc<Runtime>) -> Self {
        let plan = runtime.plan();
        Self {
            runtime: Arc::downgrade(runtime),
            observations: Arc::clone(runtime.controls().observations()),
            rollouts: rollouts(plan),
            experiments: experiments(plan),
            comparisons: comparisons(plan),
        }
    }

    /// Whether calls may still be under way on the plan.
    pub(super) fn is_alive(&self) -> bool {
        self.runtime.strong_count() > 0
    }

    pub(super) fn observations(&self) -> &Observations {
        &self.observations
    }

    pub(super) fn translation(&self, plan: &Plan) -> Translation {
        let (now_rollouts, now_experiments, now_comparisons) = (rollouts(plan), experiments(plan), comparisons(plan));
        Translation {
            rollouts: same(&self.rollouts, &now_rollouts).map(|place| place.map(RolloutId)).collect(),
            experiments: same(&self.experiments, &now_experiments).map(|place| place.map(ExperimentId)).collect(),
            comparisons: same(&self.comparisons, &now_comparisons).map(|place| place.map(ComparisonId)).collect(),
        }
    }
}

impl Translation {
    pub(super) fn observation(&self, observation: Observation) -> Option<Observation> {
        let mut translated = observation;
        match &mut translated {
            Observation::BadCall { rollout, .. } => *rollout = self.rollouts.get(usize::from(rollout.0)).copied().flatten()?,
            Observation::Exposed { experiment, .. } => *experiment = self.experiments.get(usize::from(experiment.0)).copied().flatten()?,
        }
        Some(translated)
    }

    pub(super) fn comparison(&self, comparison: ComparisonId) -> Option<ComparisonId> {
        self.comparisons.get(usize::from(comparison.0)).copied().flatten()
    }
}

/// Where each of the old ones stands among the new ones.
fn same<'a, T: PartialEq>(old: &'a [T], new: &'a [T]) -> impl Iterator<Item = Option<u16>> + 'a {
    old.iter().map(|one| new.iter().position(|other| other == one).and_then(|place| u16::try_from(place).ok()))
}

fn rollouts(plan: &Plan) -> Vec<[String; 3]> {
    plan.rollouts.iter().map(|rollout| [rollout.name.clone(), rollout.stable_label.clone(), rollout.candidate_label.clone()]).collect()
}

fn experiments(plan: &Plan) -> Vec<(String, Vec<String>)> {
    let arms = |experiment: &charter_plan::plan::Experiment| experiment.arms.iter().map(|arm| arm.name.clone()).collect();
    plan.experiments.iter().map(|experiment| (experiment.name.clone(), arms(experiment))).collect()
}

fn comparisons(plan: &Plan) -> Vec<Compared> {
    let specs =
        |id: RouteId| plan.routes.get(usize::from(id.0)).map(|route| (route.inputs.clone(), route.answers.clone())).unwrap_or_default();
    let compared = |comparison: &charter_plan::plan::Comparison| {
        let (inputs, answers) = specs(comparison.route);
        let names = [comparison.name.clone(), comparison.primary.clone(), comparison.mirror.clone()];
        Compared { names, agreements: comparison.outputs.clone(), inputs, answers }
    };
    plan.comparisons.iter().map(compared).collect()
}
