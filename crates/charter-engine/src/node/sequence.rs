//! Steps in order: each sees the outputs of those before it, the last one's are the answer.
//!
//! Running steps at the same time does not belong here.

use super::{Answered, Frame, Missed, child};
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
    for (position, step) in earlier.iter().enumerate() {
        let answered = take(frame.below(position), step, &produced, now).await?;
        step_down = step_down.or(answered.step_down);
        now = answered.ended;
        produced.extend(answered.outputs);
    }
    let answered = take(frame.below(earlier.len()), last, &produced, now).await?;
    Ok(Answered { step_down: step_down.or(answered.step_down), ..answered })
}

async fn take(below: Frame<'_>, step: &Step, produced: &[Tensor], now: Moment) -> Result<Answered, Missed> {
    let slots: Vec<&Tensor> = below.slots.iter().copied().chain(produced).collect();
    child(Frame { slots: &slots, expected: &step.outputs, ..below }, &step.node, now).await
}
