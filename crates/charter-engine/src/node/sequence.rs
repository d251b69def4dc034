//! Steps in order: each sees the outputs of those before it, the last one's are the answer.
//!
//! Running steps at the same time does not belong here.

use super::{Answered, Frame, Missed, nested};
use crate::call::StepDown;
use crate::context::Moment;
use crate::tensor::Tensor;
use charter_plan::plan::Step;

/// Runs the steps; the first that gives no answer ends it. A step that stepped down degrades the whole answer.
pub(crate) async fn follow<'a>(frame: Frame<'a>, steps: &'a [Step], began: Moment) -> Result<Answered, Missed> {
    let mut produced: Vec<Tensor> = Vec::new();
    let mut step_down = None;
    let mut now = began;
    let Some((last, earlier)) = steps.split_last() else { return Err(Missed::new(StepDown::Unavailable, began)) };
    for step in earlier {
        let answered = take(frame, step, &produced, now).await?;
        step_down = step_down.or(answered.step_down);
        now = answered.ended;
        produced.extend(answered.outputs);
    }
    let answered = take(frame, last, &produced, now).await?;
    Ok(Answered { step_down: step_down.or(answered.step_down), ..answered })
}

async fn take(frame: Frame<'_>, step: &Step, produced: &[Tensor], now: Moment) -> Result<Answered, Missed> {
    let slots: Vec<&Tensor> = frame.slots.iter().copied().chain(produced).collect();
    let below = Frame { slots: &slots, expected: &step.outputs, ..frame.below() };
    nested(below, &step.node, now).await
}
