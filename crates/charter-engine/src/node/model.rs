//! One guarded call of one model.
//!
//! | room | what is in it |
//! |---|---|
//! | [`attempt`] | one try: a place, an inference, a verdict |
//! | [`again`] | further tries: retries and hedges |
//!
//! What happens when it gives no answer does not belong here.

mod again;
mod attempt;

use super::{Answered, Frame, Missed, Spent, Stage};
use crate::backend::{Backend, Failure};
use crate::call::StepDown;
use crate::context::Moment;
use crate::guard::permit::{Door, Refused};
use crate::phase::prepare::{self, Inputs};
use crate::runtime::Opened;
use charter_plan::plan::{Model, Use};
use std::sync::Arc;
use std::time::Duration;

/// A call that is ready to be made, once or several times.
struct Asked<'a> {
    frame: Frame<'a>,
    call: &'a Use,
    model: &'a Model,
    opened: &'a Opened,
    backend: &'a Arc<dyn Backend>,
    inputs: Inputs<'a>,
    began: Moment,
    deadline: Moment,
    hurried: bool,
}

/// Why one try gave no answer.
#[derive(Clone, Copy, Debug)]
struct Failed {
    /// What the backend said; `None` when it was not asked in time.
    failure: Option<Failure>,
    reason: StepDown,
    /// When its inference began.
    served: Moment,
    ended: Moment,
}

/// Calls the model and inspects its answer.
pub(crate) async fn call<'a>(frame: Frame<'a>, call: &'a Use, now: Moment) -> Result<Answered, Missed> {
    let Frame { runtime, rows, context, .. } = frame;
    let missed = |reason| Err(Missed::new(reason, now));
    let (Some(model), Some(opened)) = (runtime.plan().models.get(usize::from(call.model.0)), runtime.opened(call.model)) else {
        return missed(StepDown::Unavailable);
    };
    let Ok(backend) = &opened.backend else { return missed(StepDown::Unavailable) };
    if runtime.controls().flags().model_off(call.model, &frame.asking()) {
        return missed(StepDown::Flag);
    }
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
    let hurried = frame.hurried && deadline.since(now) < fair_share(&frame, opened.timeout);
    let asked = Asked { frame, call, model, opened, backend, inputs, began: now, deadline, hurried };
    if opened.guard.tries_once() {
        let permit = attempt::admitted(&asked, now, true).await?;
        attempt::attempt(&asked, permit).await.map_err(|failed| asked.missed(failed, 0))
    } else {
        // What few models need does not make every call's future larger.
        Box::pin(again::persist(&asked, now)).await
    }
}

/// The time that the model would have had without a hurried caller.
fn fair_share(frame: &Frame<'_>, timeout: Option<Duration>) -> Duration {
    let route = Duration::from_millis(u64::from(frame.route.timeout_ms));
    frame.own_share.unwrap_or(route).min(timeout.unwrap_or(Duration::MAX))
}

impl<'a> Asked<'a> {
    fn door(&self, first: bool) -> Door<'a> {
        let Self { frame, call, opened, hurried, .. } = self;
        let (clock, listener) = (frame.context.clock, frame.runtime.listener());
        Door { guard: &opened.guard, clock, listener, model: call.model, seed: frame.context.seed, hurried: *hurried, first }
    }

    /// Whether a try that is served only now says something about the model when its time runs out: who waited has less of it, but half is enough.
    fn is_fair(&self, served: Moment) -> bool {
        let share = fair_share(&self.frame, self.opened.timeout);
        !self.hurried && (served == self.began || self.deadline.since(served) >= share / 2)
    }

    /// What the node above is told of a call that was not let in.
    fn turned_away(&self, refused: Refused, now: Moment) -> Missed {
        let slowest = Some(Spent { model: self.call.model, stage: Stage::Queue, duration: now.since(self.began) });
        Missed { retry_after: refused.retry_after, slowest, ..Missed::new(refused.reason, now) }
    }

    /// What the node above is told of the last try.
    fn missed(&self, failed: Failed, retries: u8) -> Missed {
        let Failed { failure, reason, served, ended } = failed;
        let (before, inside) = (served.since(self.began), ended.since(served));
        let (stage, duration) = match before > inside {
            true if retries > 0 => (Stage::Retries, before),
            true => (Stage::Queue, before),
            false => (Stage::Inference, inside),
        };
        let Model { name, version, .. } = self.model;
        let spent_ms = duration.as_millis();
        tracing::debug!(model = %name, %version, ?failure, reason = reason.name(), stage = stage.name(), spent_ms, "the model gave no answer");
        let retry_after = match failure {
            Some(Failure::Overloaded { retry_after }) => retry_after,
            _ => None,
        };
        let missed = if failure == Some(Failure::Rejected) { Missed::rejected(ended) } else { Missed::new(reason, ended) };
        let slowest = Some(Spent { model: self.call.model, stage, duration });
        Missed { retry_after, slowest, mismatched: failure == Some(Failure::SchemaMismatch), ..missed }
    }
}
