//! Whether an answer graph can be run at all.
//!
//! A compiled plan always can; a plan made by hand may not, and then its route is closed with a reason instead of failing call by call. Expressions are
//! checked where they are compiled.

use charter_plan::Plan;
use charter_plan::plan::{
    Arm, Binding, CascadeStep, Combine, ComparisonId, Ensemble, ExperimentId, Node, RolloutId, Route, Rung, Split, Step, Use,
};
use charter_plan::tensor::{Datatype, TensorSpec};

/// Nodes inside nodes.
const DEPTH_MAX: usize = 8;
/// Positions are told to callers in one byte.
const RUNGS_MAX: usize = 255;
/// Members answer at the same time.
const MEMBERS_MAX: usize = 32;

/// The first thing that keeps the route from being run.
pub(crate) fn route(plan: &Plan, route: &Route) -> Result<(), String> {
    let at = At { plan, slots: route.inputs.len(), answers: &route.answers, depth: 0 };
    at.node(&route.node)?;
    for (version, call) in &route.pins {
        at.model(call).map_err(|problem| format!("version `{version}`: {problem}"))?;
    }
    Ok(())
}

/// A place in the graph: what is visible there, and what is expected.
#[derive(Clone, Copy)]
struct At<'a> {
    plan: &'a Plan,
    slots: usize,
    answers: &'a [TensorSpec],
    depth: usize,
}

impl At<'_> {
    fn below(self, node: &Node) -> Result<(), String> {
        At { depth: self.depth + 1, ..self }.node(node)
    }

    fn node(self, at: &Node) -> Result<(), String> {
        if self.depth > DEPTH_MAX {
            return Err(format!("nodes are nested deeper than {DEPTH_MAX}"));
        }
        match at {
            Node::Model(call) => self.model(call),
            Node::Split(split) => self.split(split),
            Node::Ladder { rungs } => self.ladder(rungs),
            Node::Sequence { steps } => self.sequence(steps),
            Node::Rollout { rollout, stable, candidate } => self.rollout(*rollout, stable, candidate),
            Node::Experiment { experiment, arms } => self.experiment(*experiment, arms),
            Node::Shadow { comparison, primary, mirror } => {
                self.comparison(*comparison)?;
                self.below(primary)?;
                self.below(mirror).map_err(|problem| format!("mirror: {problem}"))
            }
            Node::Cascade { steps } => self.cascade(steps),
            Node::Ensemble(ensemble) => self.ensemble(ensemble),
            Node::Cache { cache, node } => {
                if self.plan.caches.get(usize::from(cache.0)).is_none_or(|known| known.id != *cache) {
                    return Err(format!("cache {} does not exist", cache.0));
                }
                self.below(node)
            }
        }
    }

    fn split(self, split: &Split) -> Result<(), String> {
        let total: u32 = split.arms.iter().map(|arm| u32::from(arm.weight)).sum();
        if total != 10_000 {
            return Err(format!("the weights of a split add up to {total} instead of 10000"));
        }
        split.arms.iter().try_for_each(|arm| self.below(&arm.node))
    }

    fn ladder(self, rungs: &[Rung]) -> Result<(), String> {
        if rungs.is_empty() || rungs.len() > RUNGS_MAX {
            return Err(format!("a ladder has {} rungs; 1 to {RUNGS_MAX} are possible", rungs.len()));
        }
        let rung = |rung: &Rung| self.below(&rung.node).map_err(|problem| format!("rung `{}`: {problem}", rung.name));
        rungs.iter().try_for_each(rung)
    }

    fn sequence(self, steps: &[Step]) -> Result<(), String> {
        let Some(last) = steps.last() else { return Err("a sequence has no step".to_owned()) };
        let answers = self.answers.len();
        if last.outputs.len() != answers {
            return Err(format!("the last step gives {} outputs, the route has {answers} answers", last.outputs.len()));
        }
        let mut visible = self.slots;
        for step in steps {
            At { slots: visible, answers: &step.outputs, ..self }.below(&step.node)?;
            visible += step.outputs.len();
        }
        Ok(())
    }

    fn rollout(self, rollout: RolloutId, stable: &Use, candidate: &Use) -> Result<(), String> {
        let known = self.plan.rollouts.get(usize::from(rollout.0)).filter(|known| known.id == rollout);
        let Some(known) = known else { return Err(format!("rollout {} does not exist", rollout.0)) };
        if (known.stable, known.candidate) != (stable.model, candidate.model) {
            return Err(format!("rollout `{}` has other versions than its place", known.name));
        }
        self.comparison(known.comparison)?;
        self.model(stable)?;
        self.model(candidate).map_err(|problem| format!("candidate: {problem}"))
    }

    fn comparison(self, comparison: ComparisonId) -> Result<(), String> {
        match self.plan.comparisons.get(usize::from(comparison.0)) {
            Some(known) if known.id == comparison => Ok(()),
            _ => Err(format!("comparison {} does not exist", comparison.0)),
        }
    }

    fn experiment(self, experiment: ExperimentId, arms: &[Node]) -> Result<(), String> {
        let known = self.plan.experiments.get(usize::from(experiment.0)).filter(|known| known.id == experiment);
        let Some(known) = known else { return Err(format!("experiment {} does not exist", experiment.0)) };
        let name = &known.name;
        if arms.is_empty() || arms.len() != known.arms.len() || arms.len() > RUNGS_MAX {
            return Err(format!("experiment `{name}` states {} arms, {} are there", known.arms.len(), arms.len()));
        }
        let total: u32 = known.arms.iter().map(|arm: &Arm| u32::from(arm.weight)).sum();
        if total != 10_000 {
            return Err(format!("the arms of experiment `{name}` add up to {total} instead of 10000"));
        }
        arms.iter().try_for_each(|arm| self.below(arm))
    }

    fn cascade(self, steps: &[CascadeStep]) -> Result<(), String> {
        let Some((last, earlier)) = steps.split_last() else { return Err("a cascade has no step".to_owned()) };
        if last.confidence.is_some() {
            return Err(format!("step `{}` is the last of a cascade: its answer stands however sure it is", last.name));
        }
        if let Some(step) = earlier.iter().find(|step| step.confidence.is_none()) {
            return Err(format!("step `{}` of a cascade does not say how sure it is: nothing after it is ever asked", step.name));
        }
        if let Some(step) = steps.iter().find(|step| !(step.cost_per_row.is_finite() && step.cost_per_row >= 0.0)) {
            return Err(format!("step `{}` of a cascade costs {}", step.name, step.cost_per_row));
        }
        steps.iter().try_for_each(|step| self.below(&step.node).map_err(|problem| format!("step `{}`: {problem}", step.name)))
    }

    fn ensemble(self, ensemble: &Ensemble) -> Result<(), String> {
        let Ensemble { members, combine, quorum } = ensemble;
        if members.is_empty() || members.len() > MEMBERS_MAX {
            return Err(format!("an ensemble has {} members; 1 to {MEMBERS_MAX} are possible", members.len()));
        }
        if *quorum == 0 || usize::from(*quorum) > members.len() {
            return Err(format!("an ensemble of {} members has a quorum of {quorum}", members.len()));
        }
        if let Some(member) = members.iter().find(|member| !(member.weight.is_finite() && member.weight > 0.0)) {
            return Err(format!("member `{}` of an ensemble weighs {}", member.name, member.weight));
        }
        match combine {
            Combine::Mean => {
                let number = |spec: &&TensorSpec| !matches!(spec.datatype, Datatype::Bool | Datatype::Bytes);
                if let Some(spec) = self.answers.iter().find(|spec| !number(spec)) {
                    return Err(format!("`{}` is {}, which has no mean", spec.name, spec.datatype));
                }
            }
            Combine::Vote => {}
            Combine::Rule { expressions } if expressions.len() != self.answers.len() => {
                return Err(format!("an ensemble has {} rules for {} answers", expressions.len(), self.answers.len()));
            }
            Combine::Rule { .. } => {}
        }
        members.iter().try_for_each(|member| self.below(&member.node).map_err(|problem| format!("member `{}`: {problem}", member.name)))
    }

    fn model(self, call: &Use) -> Result<(), String> {
        let Some(model) = self.plan.models.get(usize::from(call.model.0)) else {
            return Err(format!("model {} does not exist", call.model.0));
        };
        let (label, answers, slots) = (model.label(), self.answers.len(), self.slots);
        if call.inputs.len() != model.inputs.len() {
            return Err(format!("`{label}` has {} inputs, {} are bound", model.inputs.len(), call.inputs.len()));
        }
        if call.outputs.len() != answers {
            return Err(format!("`{label}` gives {} of {answers} answers", call.outputs.len()));
        }
        if let Some(output) = call.outputs.iter().find(|&&output| usize::from(output) >= model.outputs.len()) {
            return Err(format!("`{label}` has no output {output}"));
        }
        let bound = call.inputs.iter().flat_map(|binding| match binding {
            Binding::Slot(slot) => std::slice::from_ref(slot),
            Binding::Columns(slots) => slots.as_slice(),
        });
        match bound.copied().find(|&slot| usize::from(slot) >= slots) {
            Some(slot) => Err(format!("`{label}` takes slot {slot} of {slots}")),
            None => Ok(()),
        }
    }
}
