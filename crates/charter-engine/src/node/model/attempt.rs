//! One try of one call: a place inside the model, an inference alone or with others, a verdict.
//!
//! Whether there is another try does not belong here.

use super::{Answered, Asked, Failed, Missed};
use crate::backend::{BackendError, Failure, Request};
use crate::call::{Priority, StepDown};
use crate::context::Moment;
use crate::guard::batch::{Judged, Member, Outcome, Room, Slot};
use crate::guard::batcher::Wish;
use crate::guard::breaker::Verdict;
use crate::guard::inference::{Outputs, infer};
use crate::guard::limiter::Completion;
use crate::guard::permit::{Permit, Refused};
use crate::guard::queue::Arrival;
use crate::phase::inspect;
use crate::signal::Signal;
use std::sync::Arc;

/// Asks to go in, and waits for a place where the model has a queue. `first`: no retry.
pub(super) async fn admitted<'a>(asked: &Asked<'a>, now: Moment, first: bool) -> Result<Permit<'a>, Missed> {
    match Permit::ask(asked.door(first), now, asked.frame.rows) {
        Ok(permit) => Ok(permit),
        Err(refused) if refused.reason == StepDown::Overload => {
            let waits = asked.opened.guard.queues() && asked.frame.caller.priority != Priority::Shadow;
            // Waiting is the exception; its state does not make every call's future larger.
            if waits { Box::pin(queued(asked, refused, now, first)).await } else { Err(shed(asked, refused, now, now)) }
        }
        Err(refused) => Err(asked.turned_away(refused, now)),
    }
}

async fn queued<'a>(asked: &Asked<'a>, refused: Refused, since: Moment, first: bool) -> Result<Permit<'a>, Missed> {
    let (caller, rows) = (asked.frame.caller, asked.frame.rows);
    // A place that leaves no time for an inference is of no use.
    let latest = asked.deadline - asked.opened.guard.service().unwrap_or_default();
    let arrival = Arrival { priority: caller.priority, tenant: caller.tenant, rows: u32::try_from(rows).unwrap_or(u32::MAX), latest };
    let answered = Permit::wait(asked.door(first), arrival, rows).await;
    let now = asked.frame.context.now();
    match answered {
        Some(Ok(permit)) => Ok(permit),
        Some(Err(refused)) => Err(asked.turned_away(refused, now)),
        None => Err(shed(asked, refused, since, now)),
    }
}

fn shed(asked: &Asked<'_>, refused: Refused, since: Moment, now: Moment) -> Missed {
    tell_shed(asked, since, now);
    asked.turned_away(refused, now)
}

fn tell_shed(asked: &Asked<'_>, since: Moment, now: Moment) {
    let (model, priority) = (asked.call.model, asked.frame.caller.priority);
    asked.frame.runtime.listener().hear(&Signal::Shed { model, priority, waited: now.since(since) });
}

/// Makes the call and tells the guards how it ended.
pub(super) async fn attempt<'a>(asked: &Asked<'a>, mut permit: Permit<'a>) -> Result<Answered, Failed> {
    let Asked { frame, call, model, backend, deadline, .. } = asked;
    let rows = frame.rows;
    let admitted = permit.started();
    let context = frame.context.until(*deadline);
    let mut judged = Judged::default();
    let result = match asked.opened.guard.room().map(|room| enter(asked, room, admitted)) {
        Some(Entered::Waits(room, wish)) => {
            let inspect = |outputs| inspect::select(outputs, call, model, frame.expected, rows);
            let outcome = Box::pin(room.together(Member { backend, inputs: &asked.inputs, rows, context }, wish, inspect)).await;
            judged = outcome.judged.clone();
            take(asked, &mut permit, outcome)?
        }
        alone => {
            let result = infer(backend.as_ref(), Request { inputs: &asked.inputs, rows, context }, deadline.since(admitted)).await;
            // The slot is free before the answer is looked at.
            drop(alone);
            result.and_then(|outputs| inspect::select(outputs, call, model, frame.expected, rows))
        }
    };
    let served = permit.started();
    let ended = context.now();
    let failure = result.as_ref().err().map(|error| error.failure);
    settle(permit, failure, Timing { late: ended > *deadline, fair: asked.is_fair(served), judged: &judged }, ended);
    let failed = |failure, reason| Failed { failure, reason, served, ended };
    match result {
        // An answer after the rung's share but within the call's time is still the best one to be had.
        Ok(_) if ended > frame.call_deadline => Err(failed(None, StepDown::Timeout)),
        Ok(outputs) => Ok(Answered { outputs, model: call.model, rung: 0, step_down: None, ended }),
        Err(BackendError { failure, message }) => {
            tracing::debug!(model = %model.name, version = %model.version, ?failure, %message, "the backend gave no answer");
            Err(failed(Some(failure), reason(failure)))
        }
    }
}

/// How a call of a model that answers several at once goes in.
enum Entered<'a> {
    /// At once, by itself.
    Alone {
        _slot: Slot,
    },
    Waits(&'a Arc<Room>, Wish),
}

fn enter<'a>(asked: &Asked<'_>, room: &'a Arc<Room>, now: Moment) -> Entered<'a> {
    let rows = u32::try_from(asked.frame.rows).unwrap_or(u32::MAX);
    let wish = Wish { rows, deadline: asked.deadline, service: asked.opened.guard.service().unwrap_or_default(), alone: false };
    match room.begin(now, &wish) {
        Some(slot) => Entered::Alone { _slot: slot },
        None => Entered::Waits(room, wish),
    }
}

/// What an inference with others amounts to for this call.
fn take(asked: &Asked<'_>, permit: &mut Permit<'_>, outcome: Outcome) -> Result<Outputs, Failed> {
    let Outcome { result, began, rows, calls_to_tell, .. } = outcome;
    let Some(began) = began else {
        // Nothing was asked of the model, so the permit goes back without a verdict.
        let now = asked.frame.context.now();
        tell_shed(asked, permit.started(), now);
        return Err(Failed { failure: None, reason: StepDown::Overload, served: now, ended: now });
    };
    permit.serve(began, rows);
    if calls_to_tell > 1 {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        asked.frame.runtime.listener().hear(&Signal::Batched { model: asked.call.model, calls: calls_to_tell, rows });
    }
    Ok(result)
}

/// What the end of an inference means for the guards.
#[derive(Clone, Copy)]
struct Timing<'a> {
    late: bool,
    /// It had time enough for running out of it to say something about the model.
    fair: bool,
    /// Of several calls of one inference, one gives the verdict: neither one reset nor one answer is many.
    judged: &'a Judged,
}

/// Tells the guards how the call ended.
fn settle(permit: Permit<'_>, failure: Option<Failure>, timing: Timing<'_>, ended: Moment) {
    // Neither to the breaker nor to the limit.
    let timed_out = if timing.fair { (Verdict::Bad, Completion::TimedOut) } else { (Verdict::Neutral, Completion::Other) };
    let (verdict, completion) = match failure {
        None if timing.late => timed_out,
        None => (Verdict::Good, Completion::Answered),
        Some(Failure::Timeout) => timed_out,
        Some(Failure::Connect) => (Verdict::Unconnected, Completion::Other),
        Some(Failure::Overloaded { retry_after: Some(wait) }) => (Verdict::Pause(wait), Completion::Other),
        Some(
            Failure::Reset | Failure::Upstream | Failure::BadOutput | Failure::SchemaMismatch | Failure::Overloaded { retry_after: None },
        ) => (Verdict::Bad, Completion::Other),
        Some(Failure::Rejected | Failure::Unavailable) => (Verdict::Neutral, Completion::Other),
    };
    // Who has nothing to say leaves the verdict to another call of the same inference.
    let (verdict, completion) = match (verdict, completion) {
        (Verdict::Neutral, _) => (verdict, completion),
        _ if timing.judged.first() => (verdict, completion),
        (_, Completion::TimedOut) => (Verdict::Neutral, Completion::Other),
        _ => (Verdict::Neutral, completion),
    };
    permit.finish(ended, verdict, completion);
}

/// Why the rung below is tried.
fn reason(failure: Failure) -> StepDown {
    match failure {
        Failure::Connect | Failure::Reset | Failure::Upstream | Failure::Rejected => StepDown::Failed,
        Failure::Timeout => StepDown::Timeout,
        Failure::BadOutput | Failure::SchemaMismatch => StepDown::BadOutput,
        Failure::Overloaded { .. } => StepDown::Overload,
        Failure::Unavailable => StepDown::Unavailable,
    }
}
