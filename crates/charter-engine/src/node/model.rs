//! One guarded call of one model.
//!
//! What happens when it gives no answer does not belong here.

use super::{Answered, Frame, Missed};
use crate::backend::{Backend, BackendError, Failure, Inference, Request};
use crate::call::StepDown;
use crate::context::Moment;
use crate::guard::breaker::Verdict;
use crate::guard::limiter::Completion;
use crate::guard::permit::{Door, Permit};
use crate::phase::{inspect, prepare};
use crate::tensor::Tensor;
use charter_plan::plan::Use;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

type Outputs = Result<Vec<Tensor>, BackendError>;

/// Calls the model and inspects its answer.
pub(crate) async fn call<'a>(frame: Frame<'a>, call: &'a Use, now: Moment) -> Result<Answered, Missed> {
    let Frame { runtime, rows, context, .. } = frame;
    let missed = |reason| Err(Missed::new(reason, now));
    let (Some(model), Some(opened)) = (runtime.plan().models.get(usize::from(call.model.0)), runtime.opened(call.model)) else {
        return missed(StepDown::Unavailable);
    };
    let Ok(backend) = &opened.backend else { return missed(StepDown::Unavailable) };
    let deadline = opened.timeout.map_or(context.deadline, |timeout| context.deadline.min(now + timeout));
    // Work that nobody would wait for is dropped before it is begun.
    if deadline <= now {
        return missed(StepDown::NoTime);
    }
    let inputs = match prepare::bind(frame.slots, call, model, rows) {
        Ok(inputs) => inputs,
        Err(mismatch) => {
            tracing::debug!(model = %model.name, version = %model.version, %mismatch, "the inputs do not fit the model");
            return missed(StepDown::Failed);
        }
    };
    let hurried = frame.hurried && !is_fair(&frame, deadline, now, opened.timeout);
    let (guard, clock, listener) = (&opened.guard, context.clock, runtime.listener());
    let door = Door { guard, clock, listener, model: call.model, seed: context.seed, hurried };
    let permit = match Permit::ask(door, now, rows) {
        Ok(permit) => permit,
        Err(reason) => return missed(reason),
    };
    let request = Request { inputs: &inputs, rows, context: context.until(deadline) };
    let result = infer(backend.as_ref(), request, deadline.since(now)).await;
    let ended = context.now();
    let result = result.and_then(|outputs| inspect::select(outputs, call, model, frame.expected, rows));
    let late = ended > deadline;
    settle(permit, result.as_ref().err().map(|error| error.failure), late, hurried, ended);
    match result {
        // An answer after the rung's share but within the call's time is still the best one to be had.
        Ok(_) if ended > frame.call_deadline => Err(Missed::new(StepDown::Timeout, ended)),
        Ok(outputs) => Ok(Answered { outputs, model: call.model, rung: 0, step_down: None, ended }),
        Err(error) => {
            tracing::debug!(model = %model.name, version = %model.version, failure = ?error.failure, message = %error.message, "the model gave no answer");
            Err(match reason(error.failure) {
                Some(reason) => Missed::new(reason, ended),
                None => Missed::rejected(ended),
            })
        }
    }
}

/// Whether the model had as much time as it would have had without a hurried caller.
fn is_fair(frame: &Frame<'_>, deadline: Moment, now: Moment, timeout: Option<Duration>) -> bool {
    let route = Duration::from_millis(u64::from(frame.route.timeout_ms));
    let own = frame.own_share.unwrap_or(route).min(timeout.unwrap_or(Duration::MAX));
    deadline.since(now) >= own
}

/// Runs the inference, at most for `patience`. A panic of the backend is a failure of the model, not of the server.
async fn infer(backend: &dyn Backend, request: Request<'_>, patience: Duration) -> Outputs {
    let begun = catch_unwind(AssertUnwindSafe(|| backend.infer(request)));
    match begun {
        Ok(Inference::Ready(result)) => result,
        Ok(Inference::Pending(future)) => tokio::time::timeout(patience, calmly(future)).await.unwrap_or_else(|_| Err(timed_out())),
        Err(_) => Err(panicked()),
    }
}

async fn calmly(mut future: Pin<Box<dyn Future<Output = Outputs> + Send + '_>>) -> Outputs {
    poll_fn(|task| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(task))) {
        Ok(progress) => progress,
        Err(_) => std::task::Poll::Ready(Err(panicked())),
    })
    .await
}

fn timed_out() -> BackendError {
    BackendError { failure: Failure::Timeout, message: "the model did not answer in its share of the time".to_owned() }
}

fn panicked() -> BackendError {
    BackendError { failure: Failure::Upstream, message: "the backend panicked".to_owned() }
}

/// Tells the guards how the call ended.
fn settle(permit: Permit<'_>, failure: Option<Failure>, late: bool, hurried: bool, ended: Moment) {
    // Too little time for a fair try says nothing about the model, neither to its breaker nor to its limit.
    let timed_out = if hurried { (Verdict::Neutral, Completion::Other) } else { (Verdict::Bad, Completion::TimedOut) };
    let (verdict, completion) = match failure {
        None if late => timed_out,
        None => (Verdict::Good, Completion::Answered),
        Some(Failure::Timeout) => timed_out,
        Some(Failure::Connect) => (Verdict::Unconnected, Completion::Other),
        Some(Failure::Overloaded { retry_after: Some(wait) }) => (Verdict::Pause(wait), Completion::Other),
        Some(Failure::Reset | Failure::Upstream | Failure::BadOutput | Failure::Overloaded { retry_after: None }) => {
            (Verdict::Bad, Completion::Other)
        }
        Some(Failure::Rejected | Failure::Unavailable) => (Verdict::Neutral, Completion::Other),
    };
    permit.finish(ended, verdict, completion);
}

/// Why the rung below is tried; `None` when the input was rejected.
fn reason(failure: Failure) -> Option<StepDown> {
    Some(match failure {
        Failure::Connect | Failure::Reset | Failure::Upstream => StepDown::Failed,
        Failure::Timeout => StepDown::Timeout,
        Failure::BadOutput => StepDown::BadOutput,
        Failure::Overloaded { .. } => StepDown::Overload,
        Failure::Unavailable => StepDown::Unavailable,
        Failure::Rejected => return None,
    })
}
