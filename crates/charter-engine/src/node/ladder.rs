//! Rungs from best to safest; the first that answers wins.
//!
//! Each rung gets `min(own share + unspent, remaining − reserve of the rungs below)`. Whether a rung may be called is its guard's business.

use super::{Answered, Frame, Missed, child, model};
use crate::call::StepDown;
use crate::context::Moment;
use crate::guard::deadline::Share;
use crate::signal::Signal;
use charter_plan::plan::Rung;
use std::time::Duration;

/// Tries rung after rung. The answer carries why the first one did not answer.
pub(crate) async fn climb_down<'a>(frame: Frame<'a>, rungs: &'a [Rung], began: Moment) -> Result<Answered, Missed> {
    let mut now = began;
    let mut unspent = Duration::ZERO;
    let mut missed: Option<Missed> = None;
    let mut step: Option<(u8, StepDown)> = None;
    for (position, rung) in rungs.iter().enumerate() {
        let number = u8::try_from(position).unwrap_or(u8::MAX);
        if let Some((above, reason)) = step.take() {
            frame.runtime.listener().hear(&Signal::SteppedDown { route: frame.route.id, rung: above, reason });
        }
        let share = Share { within: millis(rung.within_ms), unspent, reserve: millis(rung.reserve_ms) };
        let result = match share.deadline(now, frame.context.deadline) {
            _ if turned_off(&frame, rungs, number) => Err(Missed::new(StepDown::Flag, now)),
            None => Err(Missed::new(StepDown::NoTime, now)),
            Some(deadline) => {
                let own_share = Some(share.within.saturating_add(unspent));
                let below = Frame { context: frame.context.until(deadline), own_share, ..frame.below(position) };
                match frame.pin.filter(|_| position == 0) {
                    Some(pinned) => model::call(below, pinned, now).await,
                    None => child(below, &rung.node, now).await,
                }
            }
        };
        match result {
            Ok(answered) => {
                let step_down = missed.map(|missed| missed.reason).or(answered.step_down);
                return Ok(Answered { rung: number, step_down, ..answered });
            }
            Err(miss) => {
                unspent = share.left(miss.ended.since(now));
                now = miss.ended;
                step = Some((number, miss.reason));
                missed = Some(missed.map_or(miss, |above| above.and(miss)));
            }
        }
    }
    Err(missed.unwrap_or(Missed::new(StepDown::Unavailable, now)))
}

/// Whether a flag turns a rung off. Flags name rungs of the route's own ladder, not of ladders inside it.
fn turned_off(frame: &Frame<'_>, rungs: &[Rung], number: u8) -> bool {
    let flags = frame.runtime.controls().flags();
    flags.rung_off(frame.route.id, number, &frame.asking()) && frame.route.node.own_ladder().is_some_and(|own| std::ptr::eq(own, rungs))
}

fn millis(milliseconds: u32) -> Duration {
    Duration::from_millis(u64::from(milliseconds))
}
