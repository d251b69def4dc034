//! Runs the graph of nodes and the decisions within the call's deadline.
//!
//! Which node does what belongs to [`crate::node`].

use super::inspect;
use crate::call::{Answer, Call, CallError, Fault, Served, StepDown};
use crate::code;
use crate::context::{Context, Moment};
use crate::node::{self, Answered, Frame, Missed, Spent};
use crate::runtime::Runtime;
use crate::tensor::Tensor;
use charter_plan::plan::{FailMode, Model, Route, Use};
use smallvec::SmallVec;
use std::time::Duration;

pub(crate) async fn answer(runtime: &Runtime, route: &Route, call: &Call, began: Moment) -> Result<Answer, CallError> {
    if let Some(reason) = runtime.broken(route.id) {
        tracing::debug!(route = %route.name, reason, "the route cannot be run");
        return Err(unanswered(runtime, route, Missed::new(StepDown::Unavailable, began), began + Duration::from_nanos(1)));
    }
    let pin = call.version.as_deref().map(|version| pinned(route, version)).transpose()?;
    let allowed_ms = call.deadline_ms.unwrap_or(route.timeout_ms).min(route.timeout_ms);
    let call_deadline = began + Duration::from_millis(u64::from(allowed_ms));
    let slots: SmallVec<[&Tensor; 32]> = call.inputs.iter().collect();
    let frame = Frame {
        runtime,
        route,
        compiled: runtime.compiled(route.id),
        slots: &slots,
        rows: call.rows,
        key: call.key.as_deref(),
        caller: &call.caller,
        pin,
        apart: pin.is_some(),
        expected: &route.answers,
        context: Context { clock: runtime.clock(), seed: call.seed, deadline: call_deadline },
        call_deadline,
        hurried: allowed_ms < route.timeout_ms,
        own_share: None,
        depth: 0,
    };
    if runtime.controls().flags().route_off(route.id, &frame.asking()) {
        return Err(unanswered(runtime, route, Missed::new(StepDown::Flag, began), call_deadline));
    }
    let answered = node::answer(frame, &route.node, began).await.map_err(|missed| unanswered(runtime, route, missed, call_deadline))?;
    let Answered { mut outputs, model, rung, step_down, .. } = answered;
    inspect::decide(runtime, route, &slots, call.rows, &mut outputs)?;
    Ok(Answer { outputs, served: Served { model, rung, step_down } })
}

fn pinned<'a>(route: &'a Route, version: &str) -> Result<&'a Use, CallError> {
    let known = route.pins.iter().find(|(name, _)| route.pinning && name == version);
    known.map(|(_, call)| call).ok_or_else(|| CallError {
        fault: Fault::Caller,
        code: code::VERSION_UNKNOWN,
        retry: false,
        retry_after_ms: None,
        message: if route.pinning {
            format!("`{}` has no such version", route.name)
        } else {
            format!("`{}` does not let callers choose a version", route.name)
        },
    })
}

/// What the caller is told when no rung answered.
fn unanswered(runtime: &Runtime, route: &Route, missed: Missed, call_deadline: Moment) -> CallError {
    let advice = match route.fail {
        FailMode::Closed => "do not go on without an answer",
        FailMode::Open => "go on without an answer",
    };
    let (fault, code, retry, what) = if missed.rejected {
        (Fault::Caller, code::INPUT_REJECTED, false, "every model that was asked rejects the input")
    } else if missed.ended >= call_deadline {
        (fault_of(missed.reason), code::DEADLINE, true, "the time for the call is over")
    } else if missed.overloaded {
        (Fault::Charter, code::OVERLOADED, true, "every model has as many calls as it can take")
    } else {
        (fault_of(missed.reason), code::NO_RUNG_LEFT, missed.passing, "no rung could answer")
    };
    let retry_after_ms = missed.retry_after.filter(|_| retry).map(|wait| u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(1));
    let spent = if code == code::DEADLINE { where_spent(runtime, missed.slowest) } else { String::new() };
    CallError { fault, code, retry, retry_after_ms, message: format!("`{}`: {what}{spent}; {advice}", route.name) }
}

/// Which stage of which model took most of the time; empty when none took a millisecond.
fn where_spent(runtime: &Runtime, slowest: Option<Spent>) -> String {
    let Some(Spent { model, stage, duration }) = slowest.filter(|spent| spent.duration.as_millis() > 0) else { return String::new() };
    let label = runtime.plan().models.get(usize::from(model.0)).map(Model::label).unwrap_or_default();
    format!(" ({} ms of it in the {} of `{label}`)", duration.as_millis(), stage.name())
}

fn fault_of(reason: StepDown) -> Fault {
    match reason {
        StepDown::BreakerOpen | StepDown::Timeout | StepDown::Failed | StepDown::BadOutput => Fault::Upstream,
        StepDown::Overload | StepDown::NoTime | StepDown::Unavailable | StepDown::Forced | StepDown::Flag => Fault::Charter,
    }
}
