//! Copies of calls: the same inputs to another version, after the version compared with has answered, only to compare.
//!
//! | room | what is in it |
//! |---|---|
//! | [`original`] | finding what a copy goes to in the graph that its call came from |
//!
//! A copy is started as soon as the version that it is compared with has answered, in a task of its own, the only one that a call ever starts: the call
//! does not wait for it, but what is left of the call, its decisions and its way back, goes on beside it. The comparison's budget owns the copy: it holds
//! a place there until it ends. A version of a rollout gets as much time as its rung has, any other copy the route's time.
//!
//! Copies are dropped first: without a place, or while a model they would ask is nearly full, none is made. They feed no cache, no experiment and no count
//! of a rollout's calls. What comes of a comparison does not belong here.

mod original;

use crate::assign;
use crate::call::{Caller, Priority, StepDown};
use crate::chance::{Purpose, derive};
use crate::context::{Context, Moment};
use crate::node::{Answered, Frame, Missed, model, nested};
use crate::observation::Pair;
use crate::runtime::Runtime;
use crate::signal::{MirrorOutcome, Signal};
use crate::tensor::Tensor;
use charter_plan::Plan;
use charter_plan::plan::{Comparison, ComparisonId, RolloutId, RouteId, Use};
use original::{Original, find};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// What a copy goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    Mirror(ComparisonId),
    Candidate(RolloutId),
    /// From a call that the candidate answered.
    Stable(RolloutId),
}

/// How many copies of each comparison are inside.
#[derive(Debug)]
pub(crate) struct Mirrors(Vec<AtomicU32>);

/// What a copy needs of the call that it is made from.
struct Copied {
    route: RouteId,
    to: To,
    slots: Vec<Tensor>,
    rows: usize,
    key: Option<String>,
    caller: Caller,
    seed: u64,
    depth: u8,
    /// The first answer, or none where that version failed.
    answer: Option<Vec<Tensor>>,
    took: Duration,
    /// What the rung has without a hurried caller, for a version of a rollout: one too slow for its rung shows in its copies.
    own_share: Option<Duration>,
}

/// A place in a comparison's budget, given back however the copy ends.
struct Place {
    runtime: Arc<Runtime>,
    comparison: ComparisonId,
}

impl Mirrors {
    pub(crate) fn prepare(plan: &Plan) -> Self {
        Self(plan.comparisons.iter().map(|_| AtomicU32::new(0)).collect())
    }

    fn inside(&self, comparison: ComparisonId) -> Option<&AtomicU32> {
        self.0.get(usize::from(comparison.0))
    }
}

impl Place {
    fn take(runtime: Arc<Runtime>, comparison: &Comparison) -> Option<Self> {
        let one_more = |inside: u32| (inside < comparison.concurrency_max).then(|| inside + 1);
        runtime.mirrors().inside(comparison.id)?.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Self { runtime, comparison: comparison.id })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(inside) = self.runtime.mirrors().inside(self.comparison) {
            inside.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Copies a call that was just answered in `took`, if the comparison's share takes it and there is room. `answer` is `None` where the version that was
/// asked failed. Nothing is allocated unless a copy is made.
pub(crate) fn offer(frame: &Frame<'_>, comparison: ComparisonId, to: To, answer: Option<&[Tensor]>, took: Duration) {
    let runtime = frame.runtime;
    let Some(settings) = runtime.plan().comparisons.get(usize::from(comparison.0)) else { return };
    let dice = (derive(frame.context.seed, Purpose::Mirror, u64::from(comparison.0)) >> 32) as u32;
    if frame.apart || !assign::within(settings.share, dice) {
        return;
    }
    let room =
        find(frame.route, runtime.compiled(frame.route.id), to).is_some_and(|original| has_room(runtime, original, frame.context.now()));
    // Without tokio there is nobody to run a copy.
    let spawned = room.then(Handle::try_current).and_then(Result::ok).and_then(|handle| {
        let place = Place::take(runtime.shared()?, settings)?;
        let copied = Copied {
            route: frame.route.id,
            to,
            slots: frame.slots.iter().map(|&tensor| tensor.clone()).collect(),
            rows: frame.rows,
            key: frame.key.map(str::to_owned),
            caller: Caller { priority: Priority::Shadow, ..frame.caller.clone() },
            seed: frame.context.seed,
            depth: frame.depth,
            answer: answer.map(<[Tensor]>::to_vec),
            took,
            own_share: if matches!(to, To::Mirror(_)) { None } else { frame.own_share },
        };
        handle.spawn(run(place, copied));
        Some(())
    });
    if spawned.is_none() {
        runtime.listener().hear(&Signal::Mirrored { comparison, outcome: MirrorOutcome::Dropped });
    }
}

/// Whether each model that the copy asks has a tenth of its places to spare for the calls that people wait for.
fn has_room(runtime: &Runtime, original: Original<'_>, now: Moment) -> bool {
    let spare = |call: &Use| {
        runtime.opened(call.model).is_some_and(|opened| {
            let status = opened.guard.status(now);
            status.limit.is_none_or(|limit| status.in_flight == 0 || u64::from(status.in_flight) * 10 < u64::from(limit) * 9)
        })
    };
    match original {
        Original::Version { call, .. } => spare(call),
        Original::Node { node, .. } => node.uses().into_iter().all(spare),
    }
}

async fn run(place: Place, copied: Copied) {
    let runtime = place.runtime.as_ref();
    let Some(route) = runtime.plan().routes.get(usize::from(copied.route.0)) else { return };
    let Some(original) = find(route, runtime.compiled(route.id), copied.to) else { return };
    let began = runtime.clock().now();
    let route_time = Duration::from_millis(u64::from(route.timeout_ms));
    let deadline = began + copied.own_share.unwrap_or(route_time).min(route_time);
    let slots: Vec<&Tensor> = copied.slots.iter().collect();
    let frame = Frame {
        runtime,
        route,
        compiled: original.compiled(),
        slots: &slots,
        rows: copied.rows,
        key: copied.key.as_deref(),
        caller: &copied.caller,
        pin: None,
        apart: true,
        expected: original.expected(),
        context: Context { clock: runtime.clock(), seed: copied.seed, deadline },
        call_deadline: began + route_time,
        hurried: false,
        own_share: copied.own_share,
        depth: copied.depth.saturating_add(1),
    };
    let result = match original {
        Original::Version { call, .. } => model::call(frame, call, began).await,
        Original::Node { node, .. } => nested(frame, node, began).await,
    };
    drop(slots);
    compare(&place, copied, result, began);
}

/// Tells what became of the copy, and hands both answers to the comparison.
fn compare(place: &Place, copied: Copied, result: Result<Answered, Missed>, began: Moment) {
    let runtime = place.runtime.as_ref();
    let comparison = place.comparison;
    let outcome = match &result {
        // An answer of a lower rung is not the mirror's own.
        Ok(answered) if answered.step_down.is_none() => MirrorOutcome::Answered,
        Ok(_) => MirrorOutcome::Dropped,
        Err(missed) if was_asked(missed) => MirrorOutcome::Failed,
        Err(_) => MirrorOutcome::Dropped,
    };
    runtime.listener().hear(&Signal::Mirrored { comparison, outcome });
    if let (To::Candidate(rollout), Err(Missed { mismatched: true, .. })) = (copied.to, &result)
        && let Some(control) = runtime.controls().rollout(rollout)
    {
        control.count_mismatch();
    }
    if outcome == MirrorOutcome::Dropped {
        return;
    }
    let Some(settings) = runtime.plan().comparisons.get(usize::from(comparison.0)) else { return };
    let (mirror, ended) = match result {
        Ok(answered) => (Some(answered.outputs), answered.ended),
        Err(missed) => (None, missed.ended),
    };
    let mut inputs = copied.slots;
    let own = runtime.plan().routes.get(usize::from(copied.route.0)).map_or(0, |route| route.inputs.len());
    inputs.truncate(if settings.slices.is_empty() { 0 } else { own });
    runtime.controls().observations().compare(Box::new(Pair {
        comparison,
        rows: copied.rows,
        inputs,
        primary: copied.answer,
        mirror,
        primary_us: micros(copied.took),
        mirror_us: micros(ended.since(began)),
        canary: matches!(copied.to, To::Stable(_)),
    }));
}

/// Whether a version that gave no answer was asked at all, and the fault its own.
pub(crate) fn was_asked(missed: &Missed) -> bool {
    match missed.reason {
        StepDown::Timeout | StepDown::Failed | StepDown::BadOutput | StepDown::Unavailable => true,
        StepDown::BreakerOpen | StepDown::Overload | StepDown::NoTime | StepDown::Forced | StepDown::Flag => false,
    }
}

pub(crate) fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}
