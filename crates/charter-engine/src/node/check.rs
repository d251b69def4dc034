//! Whether an answer graph can be run at all.
//!
//! A compiled plan always can; a plan made by hand may not, and then its route is closed with a reason instead of failing call by call.

use charter_plan::Plan;
use charter_plan::plan::{Binding, Node, Route, Use};

/// Nodes inside nodes.
const DEPTH_MAX: usize = 8;
/// Positions are told to callers in one byte.
const RUNGS_MAX: usize = 255;

/// The first thing that keeps the route from being run.
pub(crate) fn route(plan: &Plan, route: &Route) -> Result<(), String> {
    node(plan, &route.node, route.inputs.len(), route.answers.len(), 0)?;
    for (version, call) in &route.pins {
        model(plan, call, route.inputs.len(), route.answers.len()).map_err(|problem| format!("version `{version}`: {problem}"))?;
    }
    Ok(())
}

fn node(plan: &Plan, at: &Node, slots: usize, answers: usize, depth: usize) -> Result<(), String> {
    if depth > DEPTH_MAX {
        return Err(format!("nodes are nested deeper than {DEPTH_MAX}"));
    }
    match at {
        Node::Model(call) => model(plan, call, slots, answers),
        Node::Split { arms, .. } => {
            let total: u32 = arms.iter().map(|arm| u32::from(arm.weight)).sum();
            if total != 10_000 {
                return Err(format!("the weights of a split add up to {total} instead of 10000"));
            }
            arms.iter().try_for_each(|arm| node(plan, &arm.node, slots, answers, depth + 1))
        }
        Node::Ladder { rungs } => {
            if rungs.is_empty() || rungs.len() > RUNGS_MAX {
                return Err(format!("a ladder has {} rungs; 1 to {RUNGS_MAX} are possible", rungs.len()));
            }
            rungs.iter().try_for_each(|rung| {
                node(plan, &rung.node, slots, answers, depth + 1).map_err(|problem| format!("rung `{}`: {problem}", rung.name))
            })
        }
        Node::Sequence { steps } => {
            let Some(last) = steps.last() else { return Err("a sequence has no step".to_owned()) };
            if last.outputs.len() != answers {
                return Err(format!("the last step gives {} outputs, the route has {answers} answers", last.outputs.len()));
            }
            let mut visible = slots;
            for step in steps {
                node(plan, &step.node, visible, step.outputs.len(), depth + 1)?;
                visible += step.outputs.len();
            }
            Ok(())
        }
    }
}

fn model(plan: &Plan, call: &Use, slots: usize, answers: usize) -> Result<(), String> {
    let Some(model) = plan.models.get(usize::from(call.model.0)) else {
        return Err(format!("model {} does not exist", call.model.0));
    };
    let label = model.label();
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
