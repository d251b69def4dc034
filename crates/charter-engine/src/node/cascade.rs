//! Steps from cheap to good; the first that is sure enough of its answer wins.
//!
//! Each step gets all the time that is left, because no shares are stated. Only once there is an answer, though an unsure one, a little is kept back to
//! give that answer in time. How sure a step is, its own expression says; whether it is right to be so sure belongs to monitors.

use super::compile::{Own, Program};
use super::{Answered, Frame, Missed, answer_reserve, child};
use crate::call::StepDown;
use crate::context::Moment;
use crate::mirror::was_asked;
use crate::signal::Signal;
use crate::tensor::{Tensor, Values};
use charter_plan::plan::CascadeStep;

/// Asks step after step. An unsure answer stands, as a degraded one, when every later step fails. What the steps that were asked cost is told.
pub(crate) async fn follow<'a>(frame: Frame<'a>, steps: &'a [CascadeStep], began: Moment) -> Result<Answered, Missed> {
    let mut cost = 0.0;
    let result = climb_up(frame, steps, began, &mut cost).await;
    if cost > 0.0 {
        frame.runtime.listener().hear(&Signal::Spent { route: frame.route.id, cost });
    }
    result
}

async fn climb_up<'a>(frame: Frame<'a>, steps: &'a [CascadeStep], began: Moment, cost: &mut f64) -> Result<Answered, Missed> {
    let Own::Confidence(programs) = &frame.compiled.own else { return Err(Missed::new(StepDown::Unavailable, began)) };
    let mut now = began;
    let mut unsure: Option<Answered> = None;
    let mut missed: Option<Missed> = None;
    for (position, step) in steps.iter().enumerate() {
        let mut below = frame.below(position);
        if unsure.is_some() {
            below.context = below.context.until(frame.context.deadline - answer_reserve(frame.context.deadline.since(now)));
        }
        match child(below, &step.node, now).await {
            Ok(answered) => {
                *cost += step.cost_per_row * frame.rows as f64;
                let program = programs.get(position).and_then(Option::as_ref);
                let stands = match (&step.confidence, program) {
                    (Some(confidence), Some(program)) => least(program, &frame, &answered.outputs) >= confidence.min,
                    _ => true,
                };
                if stands {
                    return Ok(answered);
                }
                now = answered.ended;
                // Only what fails after the best answer so far degrades it.
                (unsure, missed) = (Some(answered), None);
            }
            Err(miss) => {
                if was_asked(&miss) {
                    *cost += step.cost_per_row * frame.rows as f64;
                }
                now = miss.ended;
                missed = Some(missed.map_or(miss, |earlier| earlier.and(miss)));
            }
        }
    }
    let reason = missed.map(|missed| missed.reason);
    match unsure {
        Some(answered) => Ok(Answered { step_down: reason.or(answered.step_down), ended: now, ..answered }),
        None => Err(missed.unwrap_or(Missed::new(StepDown::Unavailable, now))),
    }
}

/// How sure the answer is in its least sure row. One that cannot be worked out, or is not a number, is not sure at all.
fn least(program: &Program, frame: &Frame<'_>, outputs: &[Tensor]) -> f64 {
    match program.evaluate(frame.rows, frame.slots, outputs) {
        Ok(Values::Fp64(values)) if values.iter().any(|sure| sure.is_nan()) => f64::NEG_INFINITY,
        Ok(Values::Fp64(values)) => values.iter().copied().fold(f64::INFINITY, f64::min),
        Ok(_) => f64::NEG_INFINITY,
        Err(problem) => {
            tracing::debug!(route = %frame.route.name, problem, "the confidence of a cascade's step cannot be computed");
            f64::NEG_INFINITY
        }
    }
}
