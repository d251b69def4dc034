//! The nodes of an answer graph.
//!
//! | room | what is in it |
//! |---|---|
//! | [`model`] | one guarded call of one model |
//! | [`ladder`] | rungs from best to safest |
//! | [`split`] | exactly one arm, by weight |
//! | [`sequence`] | steps whose outputs later steps see |
//! | [`rollout`] | two versions on one rung: the stable one and its candidate |
//! | [`experiment`] | each unit gets one arm |
//! | [`shadow`] | one answers, another gets copies |
//! | [`cascade`] | steps from cheap to good, until one is sure enough |
//! | [`ensemble`] | all members at once; [`combine`] makes one answer of theirs |
//! | [`cache`] | answers that were given before |
//! | [`check`] | whether a graph can be run at all |
//! | [`compile`] | what is worked out once for each node |
//!
//! Admission, decisions and signals about whole calls belong to [`crate::phase`].

pub(crate) mod cache;
pub(crate) mod cascade;
pub(crate) mod check;
pub(crate) mod combine;
pub(crate) mod compile;
pub(crate) mod ensemble;
pub(crate) mod experiment;
pub(crate) mod ladder;
pub(crate) mod model;
pub(crate) mod rollout;
pub(crate) mod sequence;
pub(crate) mod shadow;
pub(crate) mod split;

use crate::call::{Caller, StepDown};
use crate::context::{Context, Moment};
use crate::flag::Asking;
use crate::runtime::Runtime;
use crate::tensor::Tensor;
use charter_plan::plan::{ModelId, Node, Route, Use};
use charter_plan::tensor::TensorSpec;
use compile::Compiled;
use rollout::Versions;
use std::pin::Pin;
use std::time::Duration;

/// What a node knows of the call that it answers.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) route: &'a Route,
    /// What was worked out for this node.
    pub(crate) compiled: &'a Compiled,
    /// The route's inputs, then what earlier steps of sequences appended.
    pub(crate) slots: &'a [&'a Tensor],
    pub(crate) rows: usize,
    /// What sticky splits hash.
    pub(crate) key: Option<&'a str>,
    pub(crate) caller: &'a Caller,
    /// What the outermost node, or its first rung, is replaced by.
    pub(crate) pin: Option<&'a Use>,
    /// The call is a copy, or asks for a version by name: it is answered, but not counted, copied, kept, or answered from what was kept.
    pub(crate) apart: bool,
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
    /// The first who was asked answered in another form than its signature says.
    pub(crate) mismatched: bool,
    /// The soonest that somebody may have room again, where that is known.
    pub(crate) retry_after: Option<Duration>,
    /// Where most of the time went.
    pub(crate) slowest: Option<Spent>,
    pub(crate) ended: Moment,
}

/// Time that a call spent in one stage of one model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) model: ModelId,
    pub(crate) stage: Stage,
    pub(crate) duration: Duration,
}

/// What a call does at a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It waits for a place.
    Queue,
    /// It waits for an inference together with others, or is answered.
    Inference,
    /// It was tried before, and waited in between.
    Retries,
}

impl Stage {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Inference => "inference",
            Self::Retries => "retries",
        }
    }
}

impl Missed {
    pub(crate) fn new(reason: StepDown, ended: Moment) -> Self {
        let passing = match reason {
            StepDown::BreakerOpen | StepDown::Overload | StepDown::Timeout | StepDown::NoTime | StepDown::Failed => true,
            StepDown::BadOutput | StepDown::Unavailable | StepDown::Forced | StepDown::Flag => false,
        };
        Self {
            reason,
            rejected: false,
            overloaded: reason == StepDown::Overload,
            passing,
            mismatched: false,
            retry_after: None,
            slowest: None,
            ended,
        }
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
            mismatched: self.mismatched,
            retry_after: match (self.retry_after, later.retry_after) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
            slowest: if later.slowest.map(|spent| spent.duration) > self.slowest.map(|spent| spent.duration) {
                later.slowest
            } else {
                self.slowest
            },
            ended: later.ended,
        }
    }
}

impl<'a> Frame<'a> {
    /// What flags may ask about the call.
    pub(crate) fn asking(&self) -> Asking<'a> {
        Asking::Call { key: self.key, route: &self.route.name }
    }

    /// An input of the route by name.
    pub(crate) fn input(&self, name: &str) -> Option<&'a Tensor> {
        let position = self.route.inputs.iter().position(|input| input.name == name)?;
        self.slots.get(position).copied()
    }

    /// The frame of the node below that stands at this position.
    pub(crate) fn below(self, position: usize) -> Self {
        Self { pin: None, compiled: self.compiled.child(position), depth: self.depth.saturating_add(1), ..self }
    }

    /// Whether a hurried caller leaves a model less time than it would have had.
    pub(crate) fn cuts_short(&self, model: ModelId, now: Moment) -> bool {
        if !self.hurried {
            return false;
        }
        let timeout = self.runtime.opened(model).and_then(|opened| opened.timeout).unwrap_or(Duration::MAX);
        let own = self.own_share.unwrap_or(Duration::from_millis(u64::from(self.route.timeout_ms))).min(timeout);
        self.context.deadline.since(now).min(timeout) < own
    }
}

/// Time kept back to give the answer that there already is, before the deadline: a twentieth, at most five milliseconds. Less would be lost to timers,
/// which tick in milliseconds.
pub(crate) fn answer_reserve(left: Duration) -> Duration {
    (left / 20).min(Duration::from_millis(5))
}

/// A node below another one: models and rollouts, which nest nothing, are asked without a box.
pub(crate) async fn child<'a>(frame: Frame<'a>, node: &'a Node, now: Moment) -> Result<Answered, Missed> {
    match node {
        Node::Model(call) => model::call(frame, call, now).await,
        Node::Rollout { rollout, stable, candidate } => {
            rollout::follow(frame, Versions { rollout: *rollout, stable, candidate }, now).await
        }
        node => nested(frame, node, now).await,
    }
}

/// Any node below another one. Only here is a future boxed: what a plan nests has no bound that the compiler knows.
pub(crate) fn nested<'a>(
    frame: Frame<'a>,
    node: &'a Node,
    now: Moment,
) -> Pin<Box<dyn Future<Output = Result<Answered, Missed>> + Send + 'a>> {
    Box::pin(answer(frame, node, now))
}

/// Answers by the outermost node of a route, or by one in a box.
pub(crate) async fn answer<'a>(frame: Frame<'a>, node: &'a Node, now: Moment) -> Result<Answered, Missed> {
    match (node, frame.pin) {
        (Node::Ladder { rungs }, _) => ladder::climb_down(frame, rungs, now).await,
        // What stands around a ladder leaves the pin to its first rung.
        (Node::Cache { node: below, .. } | Node::Shadow { primary: below, .. }, Some(_)) => {
            nested(Frame { pin: frame.pin, ..frame.below(0) }, below, now).await
        }
        (_, Some(pinned)) => model::call(frame, pinned, now).await,
        (Node::Model(call), None) => model::call(frame, call, now).await,
        (Node::Split(split), None) => match split::choose(&frame, split) {
            Some((position, arm)) => child(frame.below(position), &arm.node, now).await,
            None => Err(Missed::new(StepDown::Unavailable, now)),
        },
        (Node::Sequence { steps }, None) => sequence::follow(frame, steps, now).await,
        (Node::Rollout { rollout, stable, candidate }, None) => {
            rollout::follow(frame, Versions { rollout: *rollout, stable, candidate }, now).await
        }
        (Node::Experiment { experiment, arms }, None) => experiment::follow(frame, *experiment, arms, now).await,
        (Node::Shadow { comparison, primary, .. }, None) => shadow::follow(frame, *comparison, primary, now).await,
        (Node::Cascade { steps }, None) => cascade::follow(frame, steps, now).await,
        (Node::Ensemble(ensemble), None) => ensemble::follow(frame, ensemble, now).await,
        (Node::Cache { cache, node }, None) => cache::ask(frame, *cache, node, now).await,
    }
}
