//! Two versions of a model on one rung: the stable one, and the candidate that comes in.
//!
//! Which stage a rollout is in, and why, does not belong here: it is read from its control for each call.

use super::{Answered, Frame, Missed, model};
use crate::assign;
use crate::call::StepDown;
use crate::chance::{Purpose, derive};
use crate::context::Moment;
use crate::controls::{RolloutControl, Stage};
use crate::mirror::{self, To, micros};
use crate::observation::{Bad, Observation, unit_of};
use crate::signal::Signal;
use charter_plan::plan::{BadKind, Rollout, RolloutId, Use};
use std::time::Duration;

/// The versions of a rollout's node.
#[derive(Clone, Copy)]
pub(crate) struct Versions<'a> {
    pub(crate) rollout: RolloutId,
    pub(crate) stable: &'a Use,
    pub(crate) candidate: &'a Use,
}

/// Parts per 10,000 that are all.
const ALL: u16 = 10_000;
/// How late a timer may end what the candidate does: timers tick in milliseconds.
const TIMER: Duration = Duration::from_millis(2);

/// Answers by the version that the stage and the call's key choose. A candidate that fails, unless it rejects the input, is followed by the stable
/// version in the time that is left; the failure stays the candidate's. At every stage what the stable version needs is kept back from the candidate, so
/// that one that hangs costs no answer, where that is at most half of the time: whoever takes as long as the stable version always has time enough.
///
/// A version's errors, slow answers and rungs without an answer are told to whoever judges the rollout while it splits calls. Neutral, and not counted:
/// rejected inputs, hurried callers who ran out of time before the version was slow, too little time to try, a breaker that is open, what an operator or a flag turned off, and calls that are cancelled.
pub(crate) async fn follow<'a>(frame: Frame<'a>, versions: Versions<'a>, now: Moment) -> Result<Answered, Missed> {
    let plan = frame.runtime.plan();
    let known = plan.rollouts.get(usize::from(versions.rollout.0)).zip(frame.runtime.controls().rollout(versions.rollout));
    // Copies, and calls that ask for a version by name, take no part.
    let Some((settings, control)) = known.filter(|_| !frame.apart) else { return model::call(frame, versions.stable, now).await };
    let stage = control.stage();
    let weight = match stage {
        Stage::Stable | Stage::Shadow => 0,
        Stage::Canary(share) => share,
        Stage::Full => ALL,
    };
    let candidate = weight > 0 && assign::within(weight, hash(&frame, settings));
    let (own_frame, call) = if candidate { (kept_back(frame, control, now), versions.candidate) } else { (frame, versions.stable) };
    let first = model::call(own_frame, call, now).await;
    match &first {
        Ok(answered) if !candidate => control.latencies().add(micros(answered.ended.since(now))),
        Err(missed) if candidate && missed.mismatched => control.count_mismatch(),
        _ => {}
    }
    let verdict = verdict(&own_frame, control, call, &first, now);
    let mut own = true;
    let result = match first {
        Err(missed) if candidate && !missed.rejected => {
            own = false;
            frame.runtime.listener().hear(&Signal::CandidateFailed { rollout: versions.rollout, reason: missed.reason });
            model::call(frame, versions.stable, missed.ended).await.map_err(|later| missed.and(later))
        }
        first => first,
    };
    if weight > 0
        && let Some(bad) = verdict
    {
        tell(
            &frame,
            control,
            versions.rollout,
            // Whoever answers for a version hides from its callers, not from its judge, that it gave no answer itself.
            Told { candidate, weight, bad: if own && result.is_ok() { bad } else { bad.and(BadKind::Fallback) } },
        );
    }
    match stage {
        Stage::Shadow => copy(&frame, settings, To::Candidate(versions.rollout), &result, now),
        Stage::Canary(_) if candidate && own && result.is_ok() => copy(&frame, settings, To::Stable(versions.rollout), &result, now),
        _ => {}
    }
    result
}

/// The frame of the candidate: the time that there is, and what the node would have had without a hurried caller, each less what the stable version needs.
fn kept_back<'a>(frame: Frame<'a>, control: &RolloutControl, now: Moment) -> Frame<'a> {
    // `u32::MAX` while nothing is frozen.
    let needs_us = control.latencies().quantile(0.99).map_or(control.slow_us(), |p99_us| p99_us.min(control.slow_us()));
    let needs = Duration::from_micros(u64::from(needs_us)) + TIMER;
    let less = |time: Duration| if needs <= time / 2 { time - needs } else { time };
    let share = frame.own_share.unwrap_or(Duration::from_millis(u64::from(frame.route.timeout_ms)));
    Frame { context: frame.context.until(now + less(frame.context.deadline.since(now))), own_share: Some(less(share)), ..frame }
}

/// What assigns the call: its key under the rollout's name, else chance.
fn hash(frame: &Frame<'_>, settings: &Rollout) -> u32 {
    match frame.key {
        Some(key) => assign::hash(&settings.name, key.as_bytes()),
        None => (derive(frame.context.seed, Purpose::Rollout, u64::from(settings.id.0)) >> 32) as u32,
    }
}

/// What was bad about a version's own call; `None` where that says nothing about the version.
fn verdict(frame: &Frame<'_>, control: &RolloutControl, call: &Use, result: &Result<Answered, Missed>, began: Moment) -> Option<Bad> {
    match result {
        Ok(answered) if micros(answered.ended.since(began)) > control.slow_us() => Some(Bad::one(BadKind::Slow)),
        Ok(_) => Some(Bad::NONE),
        Err(missed) if missed.rejected => None,
        Err(missed) => match missed.reason {
            // Nobody was asked. What opened a breaker was told when it happened; a pause that an upstream asks for is one failure, not one for each call.
            StepDown::BreakerOpen | StepDown::NoTime | StepDown::Forced | StepDown::Flag => None,
            // Too little time says nothing, unless it was more than what is slow. Else nobody would see a version hang while callers are hurried.
            StepDown::Timeout if frame.cuts_short(call.model, began) => {
                (micros(missed.ended.since(began)) > control.slow_us()).then(|| Bad::one(BadKind::Slow))
            }
            StepDown::Timeout | StepDown::Overload | StepDown::Failed | StepDown::BadOutput | StepDown::Unavailable => {
                Some(Bad::one(BadKind::Error))
            }
        },
    }
}

struct Told {
    candidate: bool,
    weight: u16,
    bad: Bad,
}

fn tell(frame: &Frame<'_>, control: &RolloutControl, rollout: RolloutId, told: Told) {
    let Told { candidate, weight, bad } = told;
    control.count(candidate, bad.has(BadKind::Error));
    if !bad.is_empty() {
        let unit = frame.key.map_or(0, |key| unit_of(key.as_bytes()));
        frame.runtime.controls().observations().observe(Observation::BadCall { rollout, candidate, weight, bad, unit });
    }
}

/// Copies the call to the other version; one that failed by itself too, so that errors are compared as well.
fn copy(frame: &Frame<'_>, settings: &Rollout, to: To, result: &Result<Answered, Missed>, began: Moment) {
    match result {
        Ok(answered) => mirror::offer(frame, settings.comparison, to, Some(&answered.outputs), answered.ended.since(began)),
        Err(missed) if mirror::was_asked(missed) && !missed.rejected && !frame.hurried => {
            mirror::offer(frame, settings.comparison, to, None, missed.ended.since(began));
        }
        Err(_) => {}
    }
}
