//! Where in a route's graph a copy goes.
//!
//! A copy outlives the call that it is made from, so it cannot borrow its way from there: it finds it again in the plan that it holds.

use super::To;
use crate::node::compile::Compiled;
use charter_plan::plan::{Node, Route, Use};
use charter_plan::tensor::TensorSpec;

/// What answers the copy, and what its answer must look like.
#[derive(Clone, Copy)]
pub(super) enum Original<'a> {
    Version { call: &'a Use, expected: &'a [TensorSpec] },
    Node { node: &'a Node, compiled: &'a Compiled, expected: &'a [TensorSpec] },
}

impl<'a> Original<'a> {
    pub(super) fn compiled(self) -> &'a Compiled {
        match self {
            Self::Version { .. } => Compiled::nothing(),
            Self::Node { compiled, .. } => compiled,
        }
    }

    pub(super) fn expected(self) -> &'a [TensorSpec] {
        match self {
            Self::Version { expected, .. } | Self::Node { expected, .. } => expected,
        }
    }
}

/// Finds a shadow's mirror by its comparison, or a version by its rollout; each stands in a plan once.
pub(super) fn find<'a>(route: &'a Route, compiled: &'a Compiled, to: To) -> Option<Original<'a>> {
    below(&route.node, compiled, &route.answers, to)
}

fn below<'a>(node: &'a Node, compiled: &'a Compiled, expected: &'a [TensorSpec], to: To) -> Option<Original<'a>> {
    let child = |position: usize, node: &'a Node, expected: &'a [TensorSpec]| below(node, compiled.child(position), expected, to);
    let mut all: Box<dyn Iterator<Item = &'a Node> + 'a> = match node {
        Node::Model(_) => return None,
        Node::Rollout { rollout, stable, candidate } => {
            return match to {
                To::Candidate(id) if id == *rollout => Some(Original::Version { call: candidate, expected }),
                To::Stable(id) if id == *rollout => Some(Original::Version { call: stable, expected }),
                _ => None,
            };
        }
        Node::Shadow { comparison, primary, mirror } => {
            if to == To::Mirror(*comparison) {
                return Some(Original::Node { node: mirror, compiled: compiled.child(1), expected });
            }
            return child(0, primary, expected).or_else(|| child(1, mirror, expected));
        }
        Node::Sequence { steps } => {
            return steps.iter().enumerate().find_map(|(position, step)| child(position, &step.node, &step.outputs));
        }
        Node::Cache { node, .. } => return child(0, node, expected),
        Node::Split(split) => Box::new(split.arms.iter().map(|arm| &arm.node)),
        Node::Ladder { rungs } => Box::new(rungs.iter().map(|rung| &rung.node)),
        Node::Experiment { arms, .. } => Box::new(arms.iter()),
        Node::Cascade { steps } => Box::new(steps.iter().map(|step| &step.node)),
        Node::Ensemble(ensemble) => Box::new(ensemble.members.iter().map(|member| &member.node)),
    };
    let mut position = 0;
    all.find_map(|node| {
        position += 1;
        child(position - 1, node, expected)
    })
}
