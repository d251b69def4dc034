//! The nodes of an answer graph.
//!
//! | room | what is in it |
//! |---|---|
//! | [`model`] | one guarded call of one model |
//! | [`ladder`] | rungs from best to safest |
//! | [`split`] | exactly one arm, by weight |
//! | [`sequence`] | steps whose outputs later steps see |
//! | [`check`] | whether a graph can be run at all |
//!
//! Admission, decisions and signals about whole calls belong to [`crate::phase`].

pub(crate) mod check;
pub(crate) mod ladder;
pub(crate) mod model;
pub(crate) mod sequence;
pub(crate) mod split;

use crate::call::StepDown;
use crate::context::{Context, Moment};
use crate::runtime::Runtime;
use crate::tensor::Tensor;
use charter_plan::plan::{ModelId, Node, Route, Use};
use charter_plan::tensor::TensorSpec;
use std::pin::Pin;
use std::time::Duration;

/// What a node knows of the call that it answers.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) route: &'a Route,
    /// The route's inputs, then what earlier steps of sequences appended.
    pub(crate) slots: &'a [&'a Tensor],
    pub(crate) rows: usize,
    /// What sticky splits hash.
    pub(crate) key: Option<&'a str>,
    /// What the outermost node, or its first rung, is replaced by.
    pub(crate) pin: Option<&'a Use>,
    /// What the answer must look like.
    pub(crate) expected: &'a [TensorSpec],
    pub(crate) context: Context<'a>,
    /// When the whole call is over; the context's deadline may be earlier.
    pub(crate) call_deadline: Moment,
    /// The caller gave less time than the route has: running out of it says nothing about a model.
    pub(crate) hurried: bool,
    /// What the rung would have had without a hurried caller.
    pub(crate) own_share: Option<Duration>,
    /// Nodes above this one.
    pub(crate) depth: u8,
}

/// A node's answer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) outputs: Vec<Tensor>,
    pub(crate) model: ModelId,
    pub(crate) rung: u8,
    pub(crate) step_down: Option<StepDown>,
    pub(crate) ended: Moment,
}

/// Why a node gave none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missed {
    /// The first reason.
    pub(crate) reason: StepDown,
    /// Everyone who was asked rejects the input.
    pub(crate) rejected: bool,
    /// Everyone was full.
    pub(crate) overloaded: bool,
    /// Some reason may pass without a change.
    pub(crate) passing: bool,
    pub(crate) ended: Moment,
}

impl Missed {
    pub(crate) fn new(reason: StepDown, ended: Moment) -> Self {
        let passing = match reason {
            StepDown::BreakerOpen | StepDown::Overload | StepDown::Timeout | StepDown::NoTime | StepDown::Failed => true,
            StepDown::BadOutput | StepDown::Unavailable | StepDown::Forced => false,
        };
        Self { reason, rejected: false, overloaded: reason == StepDown::Overload, passing, ended }
    }

    pub(crate) fn rejected(ended: Moment) -> Self {
        Self { rejected: true, passing: false, ..Self::new(StepDown::Failed, ended) }
    }

    /// What two rungs that gave no answer amount to.
    pub(crate) fn and(self, later: Self) -> Self {
        Self {
            reason: self.reason,
            rejected: self.rejected && later.rejected,
            overloaded: self.overloaded && later.overloaded,
            passing: self.passing || later.passing,
            ended: later.ended,
        }
    }
}

impl<'a> Frame<'a> {
    /// The frame of a node below.
    pub(crate) fn below(self) -> Self {
        Self { pin: None, depth: self.depth.saturating_add(1), ..self }
    }
}

/// A node below another one. Only here is a future boxed: what a plan nests has no bound that the compiler knows.
pub(crate) fn nested<'a>(
    frame: Frame<'a>,
    node: &'a Node,
    now: Moment,
) -> Pin<Box<dyn Future<Output = Result<Answered, Missed>> + Send + 'a>> {
    Box::pin(answer(frame, node, now))
}

/// Answers by a node; ladders of plain models run without a box.
pub(crate) async fn answer<'a>(frame: Frame<'a>, node: &'a Node, now: Moment) -> Result<Answered, Missed> {
    match (node, frame.pin) {
        (Node::Ladder { rungs }, _) => ladder::climb_down(frame, rungs, now).await,
        (_, Some(pinned)) => model::call(frame, pinned, now).await,
        (Node::Model(call), None) => model::call(frame, call, now).await,
        (Node::Split { arms, key }, None) => match split::choose(&frame, arms, key.as_deref()) {
            Some(arm) => nested(frame.below(), &arm.node, now).await,
            None => Err(Missed::new(StepDown::Unavailable, now)),
        },
        (Node::Sequence { steps }, None) => sequence::follow(frame, steps, now).await,
    }
}
