//! Runs the graph of nodes and the decisions within the call's deadline.
//!
//! Which node does what belongs to [`crate::node`].

use super::inspect;
use crate::call::{Answer, Call, CallError, Fault, Served, StepDown};
use crate::code;
use crate::context::{Context, Moment};
use crate::node::{self, Answered, Frame, Missed};
use crate::runtime::Runtime;
use crate::tensor::Tensor;
use charter_plan::plan::{FailMode, Route, Use};
use smallvec::SmallVec;
use std::time::Duration;

pub(crate) async fn answer(runtime: &Runtime, route: &Route, call: &Call, began: Moment) -> Result<Answer, CallError> {
    if let Some(reason) = runtime.broken(route.id) {
        tracing::debug!(route = %route.name, reason, "the route cannot be run");
        return Err(unanswered(route, Missed::new(StepDown::Unavailable, began), began + Duration::from_nanos(1)));
    }
    let pin = call.version.as_deref().map(|version| pinned(route, version)).transpose()?;
    let allowed_ms = call.deadline_ms.unwrap_or(route.timeout_ms).min(route.timeout_ms);
    let call_deadline = began + Duration::from_millis(u64::from(allowed_ms));
    let slots: SmallVec<[&Tensor; 32]> = call.inputs.iter().collect();
    let frame = Frame {
        runtime,
        route,
        slots: &slots,
        rows: call.rows,
        key: call.key.as_deref(),
        pin,
        expected: &route.answers,
        context: Context { clock: runtime.clock(), seed: call.seed, deadline: call_deadline },
        call_deadline,
        hurried: allowed_ms < route.timeout_ms,
        own_share: None,
        depth: 0,
    };
    let answered = node::answer(frame, &route.node, began).await.map_err(|missed| unanswered(route, missed, call_deadline))?;
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
        message: if route.pinning {
            format!("`{}` has no such version", route.name)
        } else {
            format!("`{}` does not let callers choose a version", route.name)
        },
    })
}

/// What the caller is told when no rung answered.
fn unanswered(route: &Route, missed: Missed, call_deadline: Moment) -> CallError {
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
    CallError { fault, code, retry, message: format!("`{}`: {what}; {advice}", route.name) }
}

fn fault_of(reason: StepDown) -> Fault {
    match reason {
        StepDown::BreakerOpen | StepDown::Timeout | StepDown::Failed | StepDown::BadOutput => Fault::Upstream,
        StepDown::Overload | StepDown::NoTime | StepDown::Unavailable | StepDown::Forced => Fault::Charter,
    }
}
